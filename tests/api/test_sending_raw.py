"""SendRawEmail through boto3: what SES changes in a caller's message, and that it changes nothing else; and the
mailbox simulator, whose outcomes are read from a mail's deliveries."""

from __future__ import annotations

import base64
import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.runtime import Emulator
from tests.api import refusals
from tests.conftest import running

DOMAIN = "letters.example"
SENDER = f"sender@{DOMAIN}"
TO = "to@reader.example"
FAILED = "Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: "
SWAPPED = re.compile(
    rb"<0106[0-9a-f]{12}-[0-9a-f-]{36}-000000@ap-northeast-1\.amazonses\.com>"
    rb"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [1-9]\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000"
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(max_send_rate=-1.0) as one:
        yield one


@pytest.fixture
def ready(lab):
    lab.verify(SENDER, "reader.example")
    return lab


def message(*fields: str, body: str = "body\r\n", sender: str = SENDER, to: str = TO) -> bytes:
    lines = [f"From: {sender}", f"To: {to}", *fields, "Subject: s"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def send(lab, data: bytes, **options: Any) -> str:
    return lab.ses.send_raw_email(RawMessage={"Data": data}, **options)["MessageId"]


def refused(lab, data: bytes, **options: Any) -> tuple[int, str, str | None]:
    return refusals.refused(send, lab, data, **options)


def until(found: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What ``found`` gives once it is ``wanted``, or gives after 20 seconds."""
    deadline = time.monotonic() + 20
    while not wanted(value := found()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def received(lab, message_id: str) -> tuple[list[bytes], bytes]:
    """The fields below the receiver's trace and SES's signatures, and the body, of one captured copy."""
    mail = lab.wait(message_id=message_id)
    raw = lab.get(f"/_ses/api/messages/{mail['id']}/raw")
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", head)
    ours = [number for number, field in enumerate(fields) if b"d=amazonses.com;" in field]
    return fields[ours[-1] + 1 :], body


def recipients(lab, message_id: str, count: int) -> list[str]:
    """Whom the copies went to, when ``count`` of them have come."""
    found = until(
        lambda: lab.api("GET", f"messages?message_id={message_id}")["messages"], lambda some: len(some) >= count
    )
    return sorted(one["envelope"]["rcpt_to"][0] for one in found)


# --- the bytes ------------------------------------------------------------------------------------


def test_date_and_message_id_are_swapped_in_place_and_the_trailer_comes_last(ready):
    data = message(
        "date: Sat, 20 Mar 2021 12:12:12 +0900", "X-Mailer:  two  blanks ", "MESSAGE-ID: <mine@host.example>",
        "X-Long: one\r\n two\r\n\tthree", "Received: from a by b; Sat, 20 Mar 2021 12:12:12 +0900",
    )  # fmt: skip
    fields, body = received(ready, send(ready, data))
    given = re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", data.partition(b"\r\n\r\n")[0])
    assert [SWAPPED.sub(b"*", field) for field in fields[:-2]] == [
        b"date: *" if field.startswith(b"date") else b"MESSAGE-ID: *" if field.startswith(b"MESSAGE") else field
        for field in given
    ]
    assert [field.partition(b":")[0] for field in fields[-2:]] == [b"Feedback-ID", b"X-SES-Outgoing"]
    assert body == b"body\r\n"


def test_date_and_message_id_are_appended_where_the_caller_gave_none(ready):
    fields, _ = received(ready, send(ready, message()))
    assert [SWAPPED.sub(b"*", field) for field in fields[:-2]] == [
        f"From: {SENDER}".encode(), f"To: {TO}".encode(), b"Subject: s", b"Message-ID: *", b"Date: *",
    ]  # fmt: skip


def test_fields_for_ses_are_consumed_and_all_others_stay(ready):
    own = f"arn:aws:ses:ap-northeast-1:{ready.account}:identity/{DOMAIN}"
    data = message(
        "X-SES-MESSAGE-TAGS: ses:feedback-id-a=shop, kind=order", "X-SES-CONFIGURATION-SET:",
        f"X-SES-SOURCE-ARN: {own}", f"x-ses-from-arn: {own}",
        f"X-SES-RETURN-PATH-ARN: {own}", "X-SES-LIST-MANAGEMENT-OPTIONS: list; topic=x", "X-SES-Other: stays",
        f"Return-Path: <bounces+1@{DOMAIN}>", "Bcc: hidden@reader.example", "X-Priority: 1",
    )  # fmt: skip
    ready.verify(f"bounces@{DOMAIN}")
    topic = {"TopicName": "x", "DisplayName": "x", "DefaultSubscriptionStatus": "OPT_IN"}
    ready.sesv2.create_contact_list(ContactListName="list", Topics=[topic])
    fields, _ = received(ready, send(ready, data))
    assert [field.partition(b":")[0] for field in fields] == [
        b"From", b"To", b"X-SES-Other", b"X-Priority", b"Subject", b"Message-ID", b"Date", b"Feedback-ID",
        b"X-SES-Outgoing",
    ]  # fmt: skip
    assert dict(field.split(b": ", 1) for field in fields)[b"Feedback-ID"].startswith(b"shop::1.ap-northeast-1.")


def test_the_calls_tags_beat_the_headers(ready):
    data = message("X-SES-MESSAGE-TAGS: ses:feedback-id-a=header, ses:feedback-id-b=header")
    fields, _ = received(ready, send(ready, data, Tags=[{"Name": "ses:feedback-id-b", "Value": "call"}]))
    assert fields[-2].startswith(b"Feedback-ID: :call:1.")
    bad = message("X-SES-MESSAGE-TAGS: bad name=x")
    assert refused(ready, bad)[2].startswith("Invalid tag name <bad name>: ")


def test_a_body_of_every_byte_arrives_as_it_was(ready):
    """8 bits, lines of dots, no final line end, blanks at line ends, NUL, 900 bytes without a break."""
    chance = random.Random(1)
    noise = bytes(chance.choices([byte for byte in range(256) if byte not in (10, 13)], k=900))
    body = (
        b"\r\n\r\n.\r\n..\r\n...three\r\n \t \r\n"
        + noise
        + b"\r\n"
        + "日本語\r\n".encode("iso-2022-jp")
        + b"\xff\x00end"
    )
    data = message("MIME-Version: 1.0", "Content-Type: text/plain; charset=x-unknown", body="").removesuffix(b"") + body
    message_id = send(ready, data)
    fields, arrived = received(ready, message_id)
    assert arrived == body + b"\r\n"  # SMTP carries lines: the last one gets its end
    assert b"MIME-Version: 1.0" in fields
    mail = ready.wait(message_id=message_id)
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}


def test_a_body_with_bare_line_feeds_arrives_with_smtps_line_ends(ready):
    fields, body = received(ready, send(ready, message(body="one\r\ntwo\r\n").replace(b"\r\n", b"\n")))
    assert body == b"one\r\ntwo\r\n"
    assert fields[2] == b"Subject: s"


@pytest.mark.parametrize("junk", [b"no field\r\n", b"\r\n", b"Subject\r\n"])
def test_a_message_whose_header_is_broken_is_still_its_senders_mail(ready, junk):
    """What SES adds then stands where no reader of mail looks for a header (observed, sending.md 3.3)."""
    message_id = send(ready, junk + message())
    mail = ready.wait(message_id=message_id)
    assert (mail["message_id"], mail["account"], mail["region"]) == (message_id, ready.account, ready.region)


def test_binary_attachments_come_back_as_they_were(ready):
    content = bytes(range(256)) * 40
    encoded = re.sub(r"(.{76})", r"\1\r\n", base64.b64encode(content).decode())
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nsee attachment\r\n"
        '--b\r\nContent-Type: application/octet-stream; name="f"\r\n'
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename*=UTF-8''%E8%A1%A8.bin\r\n\r\n"
        f"{encoded}\r\n--b--\r\n"
    )
    data = message("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", body=body)
    message_id = send(ready, data)
    assert received(ready, message_id)[1] == body.encode()
    mail = ready.wait(message_id=message_id)
    assert [(one["file_name"], one["size"]) for one in mail["attachments"]] == [("表.bin", len(content))]
    assert ready.get(f"/_ses/api/messages/{mail['id']}/attachments/0") == content


def test_empty_data_with_source_and_destinations_is_accepted(ready):
    message_id = send(ready, b"", Source=SENDER, Destinations=[TO])
    mail = ready.wait(message_id=message_id)
    assert mail["envelope"]["rcpt_to"] == [TO]
    assert dict(mail["headers"])["Message-ID"] == f"<{message_id}@ap-northeast-1.amazonses.com>"


# --- who gets it ----------------------------------------------------------------------------------


def test_the_messages_own_to_cc_and_bcc_are_its_recipients(ready):
    data = message("Cc: Copy <cc@reader.example>", 'BCC: "Hidden, One" <b1@reader.example>,\r\n b2@reader.example')
    message_id = send(ready, data)
    assert recipients(ready, message_id, 4) == [
        "b1@reader.example", "b2@reader.example", "cc@reader.example", TO,
    ]  # fmt: skip
    fields, _ = received(ready, message_id)
    assert [field.partition(b":")[0].lower() for field in fields].count(b"bcc") == 0
    assert b"Cc: Copy <cc@reader.example>" in fields


def test_destinations_override_the_header(ready):
    data = message("Cc: cc@stranger.example", "Bcc: bcc@stranger.example", to="shown@stranger.example")
    message_id = send(ready, data, Destinations=["one@reader.example", "Two <two@reader.example>"])
    assert recipients(ready, message_id, 2) == ["one@reader.example", "two@reader.example"]
    fields, _ = received(ready, message_id)
    assert b"To: shown@stranger.example" in fields
    assert b"Cc: cc@stranger.example" in fields
    assert not any(field.lower().startswith(b"bcc") for field in fields)


def test_source_is_the_envelopes_and_from_stays(ready):
    ready.verify(f"other@{DOMAIN}")
    mail = ready.wait(message_id=send(ready, message(), Source=f"other@{DOMAIN}"))
    assert mail["from"] == SENDER


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (f"To: {TO}\r\nSubject: s\r\n\r\nx".encode(), "Missing required header 'From'."),
        (message("From: other@letters.example"), "Duplicate header 'From'."),
        (message("List-Unsubscribe: <x>", "list-unsubscribe: <y>"), "Duplicate header 'list-unsubscribe'."),
        (message("Content-Type: text/plain", "Content-Type: text/plain"), "Duplicate header 'Content-Type'."),
        (message("DKIM-Signature: v=1", "DKIM-Signature: v=1"), "Duplicate header 'DKIM-Signature'."),
        (message(": nameless"), "Empty header names are illegal."),
        (message(to="foo@"), "Missing domain"),
        (message(sender="foo"), "Missing final '@domain'"),
        (
            message(to=", ".join(f"r{number}@reader.example" for number in range(51))),
            "Recipient count exceeds 50.",
        ),
    ],
)
def test_a_bad_message_is_refused_in_sess_words(ready, data, text):
    assert refused(ready, data) == (400, "InvalidParameterValue", text)


@pytest.mark.parametrize(
    "name",
    [
        'filename="run.exe"',
        "filename=run.EXE",
        "\r\n\tfilename =\r\n run.exe",
        "filename*=utf-8''run%2Eexe",
        "filename*0=run.; filename*1=exe",
        "filename*=unicode_escape''%5Cud800.exe",
    ],
)
def test_an_attachment_of_a_blocked_kind_is_refused_however_its_name_is_written(ready, name):
    disposition = f"Content-Disposition: attachment; {name}"
    assert refused(ready, message(disposition))[2].startswith("Illegal filename '")
    part = f"--b\r\nContent-Type: text/plain\r\n{disposition}\r\n\r\nMZ\r\n--b--\r\n"
    assert refused(ready, message("Content-Type: multipart/mixed; boundary=b", body=part))[0] == 400


def test_a_text_about_an_attachment_is_none(ready):
    body = 'Begin the part with\r\n\r\nContent-Disposition: attachment; filename="run.exe"\r\n'
    assert received(ready, send(ready, message(body=body)))[1] == body.encode()


def test_a_message_for_nobody_is_refused(ready):
    assert refused(ready, f"From: {SENDER}\r\n\r\nx".encode())[:2] == (400, "InvalidParameterValue")


def test_from_source_sender_and_return_path_must_be_verified(ready):
    data = message("Sender: Agent <agent@stranger.example>", "Return-Path: <back@stranger.example>",
                   "Reply-To: reply@stranger.example", sender="Ann <ann@stranger.example>")  # fmt: skip
    assert refused(ready, data, Source="ann@stranger.example") == (
        400,
        "MessageRejected",
        f"{FAILED}Ann <ann@stranger.example>, ann@stranger.example, Agent <agent@stranger.example>, "
        "<back@stranger.example>",
    )


@pytest.mark.parametrize("name", ["SourceArn", "FromArn", "ReturnPathArn"])
def test_an_identity_of_another_account_needs_its_leave(ready, name):
    arn = f"arn:aws:ses:ap-northeast-1:999999999999:identity/{DOMAIN}"
    assert refused(ready, message(f"Return-Path: {SENDER}"), Source=SENDER, **{name: arn}) == (
        403,
        "AccessDenied",
        f"User `arn:aws:iam::{ready.account}:root' is not authorized to perform `ses:SendRawEmail' on resource `{arn}'",
    )


def test_a_hidden_recipient_is_checked_too(ready):
    assert refused(ready, message("Bcc: hidden@stranger.example"))[2] == f"{FAILED}hidden@stranger.example"


def test_the_headers_configuration_set_must_exist(ready):
    data = message("X-SES-CONFIGURATION-SET: mine")
    assert refused(ready, data) == (
        400,
        "ConfigurationSetDoesNotExist",
        "Configuration set <mine> does not exist.",
    )


@pytest.mark.parametrize("size", [10 * 1024 * 1024 // 4 * 3 - 3, 10 * 1024 * 1024 // 4 * 3 + 1])
def test_ten_megabytes_after_base64_are_the_limit(ready, size):
    head = message(body="")
    data = head + (b"x" * 76 + b"\r\n") * ((size - len(head)) // 78 + 1)
    data = data[:size]
    if size * 4 / 3 > 10 * 1024 * 1024:
        assert refused(ready, data)[:2] == (400, "InvalidParameterValue")
    else:
        assert ready.wait(message_id=send(ready, data))["subject"] == "s"


# --- the mailbox simulator ------------------------------------------------------------------------


def test_the_simulators_mailboxes_have_their_outcomes_and_only_those_that_take_mail_are_captured(ready):
    """In the sandbox, without any of them verified; neither quota nor bounce counts see them as people."""
    wanted = {
        "success+label@simulator.amazonses.com": "DELIVERED",
        "ooto@simulator.amazonses.com": "AUTO_REPLIED",
        "complaint@simulator.amazonses.com": "COMPLAINED",
        "bounce+x@simulator.amazonses.com": "BOUNCED",
        "suppressionlist@simulator.amazonses.com": "BOUNCED",
    }
    message_id = send(ready, message(), Destinations=list(wanted))
    mail = ready.wait(message_id=message_id)
    deliveries = until(
        lambda: ready.api("GET", f"messages/{mail['id']}")["deliveries"],
        lambda some: all(one["outcome"] != "QUEUED" for one in some),
    )
    assert {one["recipient"]: one["outcome"] for one in deliveries} == wanted
    replies = {one["recipient"].partition("@")[0]: one["reply"] for one in deliveries}
    assert replies["bounce+x"].startswith("550 5.1.1 ")
    assert replies["success+label"].startswith("250 ")
    assert recipients(ready, message_id, 3) == sorted(list(wanted)[:3])
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 0.0


def test_an_unknown_mailbox_of_the_simulator_is_a_stranger(ready):
    address = "nobody@simulator.amazonses.com"
    assert refused(ready, message(to=address))[2] == f"{FAILED}{address}"


def test_statistics_count_attempts_and_bounces(lab):
    lab.verify(DOMAIN, "reader.example")
    assert lab.ses.get_send_statistics()["SendDataPoints"] == []
    send(lab, message(to=f"{TO}, bounce@simulator.amazonses.com, complaint@simulator.amazonses.com"))
    send(lab, message())
    points = until(
        lambda: lab.ses.get_send_statistics()["SendDataPoints"],
        lambda some: sum(one["DeliveryAttempts"] for one in some) >= 4 and any(one["Complaints"] for one in some),
    )
    counters = ("DeliveryAttempts", "Bounces", "Complaints", "Rejects")
    totals = {name: sum(one[name] for one in points) for name in counters}
    assert totals == {"DeliveryAttempts": 4, "Bounces": 1, "Complaints": 1, "Rejects": 0}
    assert all(one["Timestamp"].minute % 15 == one["Timestamp"].second == 0 for one in points)
