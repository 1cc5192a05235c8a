"""v1 SendEmail through boto3: what arrives, what is refused in which words, and whose settings a mail takes."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.runtime import Emulator
from tests.api import refusals
from tests.api.v1_mail import DOMAIN, SENDER, TO, params
from tests.conftest import running

FAILED = "Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: "


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One without the sandbox's rate, which other tests hold to: these send several mails each."""
    with running(max_send_rate=-1.0, max_24_hour_send=-1.0) as one:
        yield one


@pytest.fixture
def ready(lab):
    lab.verify(DOMAIN, TO)
    return lab


def refused(lab, **changes: Any) -> tuple[int, str, str | None]:
    return refusals.refused(lab.ses.send_email, **params(**changes))


def arrived(lab, **changes: Any) -> Any:
    """Sends and waits for (one copy of) the mail."""
    return lab.wait(message_id=lab.ses.send_email(**params(**changes))["MessageId"])


def all_copies(lab, message_id: str, count: int) -> list[Any]:
    """All copies of a mail, when ``count`` of them have come."""
    deadline = time.monotonic() + 30
    while True:
        found = lab.api("GET", f"messages?message_id={message_id}&limit=100")["messages"]
        if len(found) >= count or time.monotonic() > deadline:
            assert len(found) == count
            return found
        time.sleep(0.02)


def raw(lab, mail) -> bytes:
    return lab.get(f"/_ses/api/messages/{mail['id']}/raw")


def names(mail) -> list[str]:
    """The header names below the receiver's and the signatures, in order."""
    found = [name for name, _ in mail["headers"]]
    return found[len(found) - found[::-1].index("DKIM-Signature") :]


# --- what arrives ---------------------------------------------------------------------------------


def test_a_text_mail_is_one_part_and_its_fields_come_in_sess_order(ready):
    mail = arrived(ready, ReplyToAddresses=["Help <help@elsewhere.example>"])
    assert names(mail) == [
        "From", "Reply-To", "To", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
        "Message-ID", "Date", "Feedback-ID", "X-SES-Outgoing",
    ]  # fmt: skip
    headers = dict(mail["headers"])
    assert headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert headers["Content-Transfer-Encoding"] == "7bit"
    assert headers["Reply-To"] == "Help <help@elsewhere.example>"
    assert headers["Message-ID"] == f"<{mail['message_id']}@ap-northeast-1.amazonses.com>"
    assert mail["text"] == "t\r\n"  # SMTP carries lines
    assert mail["html"] in (None, "")
    assert raw(ready, mail).endswith(b"\r\n\r\nt\r\n")


def test_an_html_mail_is_one_part(ready):
    mail = arrived(ready, Message={"Subject": {"Data": "s"}, "Body": {"Html": {"Data": "<p>über</p>"}}})
    headers = dict(mail["headers"])
    assert headers["Content-Type"] == "text/html; charset=UTF-8"
    assert headers["Content-Transfer-Encoding"] == "quoted-printable"
    assert mail["html"].rstrip("\r\n") == "<p>über</p>"
    assert b"<p>=C3=BCber</p>" in raw(ready, mail)


def test_text_and_html_are_alternatives_text_first(ready):
    body = {"Text": {"Data": "plain words"}, "Html": {"Data": "<b>bold words</b>"}}
    mail = arrived(ready, Message={"Subject": {"Data": "s"}, "Body": body})
    data = raw(ready, mail)
    boundary = re.search(rb'multipart/alternative; \r\n\tboundary="(----=_Part_\d+_\d+\.\d{13})"\r\n', data)
    assert boundary is not None, data
    parts = data.split(b"--" + boundary[1])[1:]
    assert [part.split(b"\r\n")[1] for part in parts[:2]] == [
        b"Content-Type: text/plain; charset=UTF-8",
        b"Content-Type: text/html; charset=UTF-8",
    ]
    assert parts[2].startswith(b"--\r\n")
    assert (mail["text"], mail["html"]) == ("plain words", "<b>bold words</b>")


@pytest.mark.parametrize("charset", ["UTF-8", "ISO-2022-JP", "Shift_JIS"])
def test_a_japanese_mail_arrives_in_its_charset(ready, charset):
    subject, text = (
        "送信元ドメインの認証をなにもしなかった場合の表示について確認します",
        "我々はジャングルの奥地へと向かった。\n",
    )
    message = {
        "Subject": {"Data": subject, "Charset": charset},
        "Body": {"Text": {"Data": text, "Charset": charset}},
    }
    mail = arrived(ready, Message=message)
    assert mail["subject"] == subject
    assert mail["text"].replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    data = raw(ready, mail)
    assert f"Content-Type: text/plain; charset={charset}\r\n".encode() in data
    field = re.search(rb"^Subject: (.*(?:\r\n[ \t].*)*)\r\n", data, re.MULTILINE)[1].decode("ascii")
    words = re.findall(rf"=\?{charset}\?([BQ])\?([^?]+)\?=", field)
    assert {kind for kind, _ in words} == {"B"}
    assert "".join(base64.b64decode(word).decode(charset) for _, word in words) == subject
    assert max(map(len, field.split("\r\n"))) <= 76


def test_an_unknown_charset_is_refused(ready):
    message = {"Subject": {"Data": "s", "Charset": "klingon"}, "Body": {"Text": {"Data": "t"}}}
    assert refused(ready, Message=message)[:2] == (400, "InvalidParameterValue")


def test_every_recipient_gets_a_copy_and_bcc_is_in_none(ready):
    ready.verify("cc@reader.example", "secret@reader.example")
    destination = {
        "ToAddresses": [f"The Reader <{TO}>"],
        "CcAddresses": ["cc@reader.example"],
        "BccAddresses": ["secret@reader.example"],
    }
    copies = all_copies(ready, ready.ses.send_email(**params(Destination=destination))["MessageId"], 3)
    assert sorted(copy["envelope"]["rcpt_to"][0] for copy in copies) == [
        "cc@reader.example",
        "secret@reader.example",
        TO,
    ]
    for copy in copies:
        assert copy["to"] == [f"The Reader <{TO}>"]
        # The receiver's trace names whom it delivered to; what was sent does not.
        sent = raw(ready, copy).split(b"DKIM-Signature:", 1)[1]
        assert b"secret" not in sent
        assert b"\nbcc:" not in sent.lower()
        assert b"\r\nCc: cc@reader.example\r\n" in sent


def test_an_address_is_printed_anew(ready):
    mail = arrived(ready, Source=f"System<{SENDER}>")
    assert mail["from"] == f"System <{SENDER}>"


def test_line_ends_in_a_subject_start_no_field(ready):
    message = {"Subject": {"Data": "s\r\nX-Injected: yes\r\n\r\nbody"}, "Body": {"Text": {"Data": "t"}}}
    mail = arrived(ready, Message=message)
    assert "X-Injected" not in dict(mail["headers"])
    assert mail["subject"].startswith("s")
    assert mail["text"] == "t\r\n"


def test_feedback_tags_lead_the_feedback_id(ready):
    mail = arrived(
        ready, Tags=[{"Name": "ses:feedback-id-a", "Value": "one"}, {"Name": "ses:feedback-id-b", "Value": "two"}]
    )
    assert dict(mail["headers"])["Feedback-ID"].startswith("one:two:1.ap-northeast-1.")
    assert dict(arrived(ready)["headers"])["Feedback-ID"].startswith("::1.ap-northeast-1.")


def test_fifty_recipients_pass_and_the_51st_is_too_many(ready):
    ready.production()
    many = [f"r{number}@reader.example" for number in range(51)]
    spread = {"ToAddresses": many[:20], "CcAddresses": many[20:40], "BccAddresses": many[40:]}
    assert refused(ready, Destination=spread) == (400, "InvalidParameterValue", "Recipient count exceeds 50.")
    spread["BccAddresses"].pop()
    copies = all_copies(ready, ready.ses.send_email(**params(Destination=spread))["MessageId"], 50)
    assert {copy["envelope"]["rcpt_to"][0] for copy in copies} == set(many[:50])


def test_without_recipients_nothing_is_sent(ready):
    before = ready.ses.get_send_quota()["SentLast24Hours"]
    assert refused(ready, Destination={"ToAddresses": []})[:2] == (400, "InvalidParameterValue")
    assert ready.ses.get_send_quota()["SentLast24Hours"] == before


# --- tags and configuration sets ------------------------------------------------------------------

NAME_CHARACTERS = "only alphanumeric ASCII characters, '_',  '-' are allowed."
VALUE_CHARACTERS = "only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("test_invalid_name:123", "v", f"Invalid tag name <test_invalid_name:123>: {NAME_CHARACTERS}"),
        ("n", "test_invalid_value:123", f"Invalid tag value <test_invalid_value:123>: {VALUE_CHARACTERS}"),
        ("", "v", "The tag name must be specified."),
        ("n", "", "The tag value must be specified."),
        ("n" * 256, "v", "Tag name cannot exceed 255 characters."),
        ("n", "v" * 256, "Tag value cannot exceed 255 characters."),
        ("bad:name", "bad:value", f"Invalid tag name <bad:name>: {NAME_CHARACTERS}"),
    ],
)
def test_a_bad_tag_is_refused_before_identities_are_checked(lab, name, value, text):
    tags = [{"Name": "fine", "Value": "fine.@_-"}, {"Name": name, "Value": value}]
    assert refused(lab, Tags=tags) == (400, "InvalidParameterValue", text)


def test_the_longest_tag_passes(ready):
    arrived(ready, Tags=[{"Name": "n" * 255, "Value": "v" * 255}])


def test_an_unknown_configuration_set_is_named_in_text_and_member(ready):
    with pytest.raises(ready.ses.exceptions.ConfigurationSetDoesNotExistException) as problem:
        ready.ses.send_email(**params(ConfigurationSetName="mine"))
    error = problem.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "ConfigurationSetDoesNotExist",
        "Configuration set <mine> does not exist.",
    )
    assert problem.value.response["ConfigurationSetName"] == "mine"


# --- who may send to whom -------------------------------------------------------------------------


def test_a_display_name_stands_in_the_list_of_the_failed(lab):
    lab.verify(TO)
    assert refused(lab, Source="Sendportal <me@stranger.example>") == (
        400,
        "MessageRejected",
        f"{FAILED}Sendportal <me@stranger.example>",
    )


def test_several_failures_are_one_list_recipients_first(lab):
    listed = refused(
        lab,
        Source="From <from@stranger.example>",
        Destination={
            "ToAddresses": ["to@stranger.example", "to@stranger.example"],
            "CcAddresses": ["Cc <cc@stranger.example>"],
            "BccAddresses": ["bcc@stranger.example"],
        },
        ReturnPath="return@stranger.example",
        ReplyToAddresses=["reply@stranger.example"],
    )
    assert listed == (
        400,
        "MessageRejected",
        f"{FAILED}to@stranger.example, Cc <cc@stranger.example>, bcc@stranger.example, "
        "From <from@stranger.example>, return@stranger.example",
    )


def test_a_pending_identity_counts_as_none(lab):
    lab.ses.verify_email_identity(EmailAddress="pending@stranger.example")
    assert refused(lab, Source="pending@stranger.example", Destination={"ToAddresses": ["pending@stranger.example"]})[
        2
    ] == (f"{FAILED}pending@stranger.example")


def test_a_return_path_must_be_verified_and_a_reply_to_need_not(ready):
    assert refused(ready, ReturnPath="bounces@stranger.example")[2] == f"{FAILED}bounces@stranger.example"
    mail = arrived(ready, ReturnPath=f"bounces@{DOMAIN}", ReplyToAddresses=["reply@stranger.example"])
    assert mail["envelope"]["mail_from"] == f"{mail['message_id']}@ap-northeast-1.amazonses.com"
    assert f"bounces@{DOMAIN}".encode() not in raw(ready, mail)


def test_an_identity_of_another_account_needs_its_leave(ready):
    arn = "arn:aws:ses:ap-northeast-1:{}:identity/letters.example"
    strangers = arn.format("999999999999")
    for name in ("SourceArn", "ReturnPathArn"):
        assert refused(ready, ReturnPath=f"bounces@{DOMAIN}", **{name: strangers}) == (
            403,
            "AccessDenied",
            f"User `arn:aws:iam::{ready.account}:root' is not authorized to perform `ses:SendEmail' on resource "
            f"`{strangers}'",
        )
    assert arrived(ready, SourceArn=arn.format(ready.account))["from"] == SENDER


def test_production_lifts_the_check_of_recipients_only(ready):
    stranger = {"ToAddresses": ["anybody@stranger.example"]}
    assert refused(ready, Destination=stranger)[2] == f"{FAILED}anybody@stranger.example"
    ready.production()
    assert arrived(ready, Destination=stranger)["to"] == ["anybody@stranger.example"]
    both = {"Source": "other@stranger.example", "Destination": stranger}
    assert refused(ready, **both)[2] == f"{FAILED}other@stranger.example"


def test_a_label_is_covered_by_its_address_and_not_the_other_way_round(lab):
    lab.verify("me@labels.example", "you+tag@labels.example")
    mail = arrived(lab, Source="me+news@labels.example", Destination={"ToAddresses": ["me+inbox@labels.example"]})
    assert mail["from"] == "me+news@labels.example"
    lone = {"Source": "you@labels.example", "Destination": {"ToAddresses": ["me@labels.example"]}}
    assert refused(lab, **lone)[2] == f"{FAILED}you@labels.example"


def test_an_address_identity_has_case_and_a_domain_has_none(ready):
    ready.verify("Me@CASES.example")
    assert refused(ready, Source="Me@cases.example")[2] == f"{FAILED}Me@cases.example"
    assert refused(ready, Source="me@CASES.example")[2] == f"{FAILED}me@CASES.example"
    assert arrived(ready, Source="Me@CASES.example")["from"] == "Me@CASES.example"
    mail = arrived(ready, Source=f"Any.Body@{DOMAIN.upper()}")
    assert mail["from"] == f"Any.Body@{DOMAIN.upper()}"
    assert mail["display"]["signed_by"] == DOMAIN


def test_a_domain_covers_its_subdomains_and_never_its_parent(ready):
    ready.verify("sub.parent.example")
    mail = arrived(ready, Source="x@deep.er.sub.parent.example")
    own = mail["authentication"]["dkim"][0]
    assert (own["domain"], own["identity"]) == ("sub.parent.example", "@deep.er.sub.parent.example")
    assert refused(ready, Source="x@parent.example")[2] == f"{FAILED}x@parent.example"
    assert refused(ready, Source="x@xsub.parent.example")[2] == f"{FAILED}x@xsub.parent.example"


def test_the_most_specific_identity_gives_dkim_and_mail_from(ready):
    """Address, lowest subdomain, higher domain, each with settings of its own."""

    def mail_from(identity: str, domain: str) -> None:
        ready.ses.set_identity_mail_from_domain(Identity=identity, MailFromDomain=domain)
        where = f"region={ready.region}&account={ready.account}&records=mail_from"
        ready.api("POST", f"identities/{identity}/publish?{where}")

    ready.verify("top.example", "low.top.example", "me@low.top.example")
    mail_from("top.example", "m.top.example")
    mail_from("me@low.top.example", "me.low.top.example")
    ready.ses.set_identity_dkim_enabled(Identity="top.example", DkimEnabled=True)

    def seen(source: str) -> tuple[list[str], str]:
        mail = arrived(ready, Source=source)
        signers = [one["domain"] for one in mail["authentication"]["dkim"]]
        assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}
        return signers, mail["envelope"]["mail_from"].partition("@")[2]

    assert seen("x@top.example") == (["top.example", "amazonses.com"], "m.top.example")
    assert seen("x@other.top.example") == (["top.example", "amazonses.com"], "m.top.example")
    assert seen("x@low.top.example") == (["low.top.example", "amazonses.com"], "ap-northeast-1.amazonses.com")
    assert seen("me@low.top.example") == (["low.top.example", "amazonses.com"], "me.low.top.example")
    ready.ses.set_identity_dkim_enabled(Identity="low.top.example", DkimEnabled=False)
    assert seen("x@low.top.example") == (["amazonses.com"], "ap-northeast-1.amazonses.com")
    assert seen("x@top.example") == (["top.example", "amazonses.com"], "m.top.example")


def test_a_refusal_sends_nothing_and_costs_nothing(ready):
    refused(ready, Destination={"ToAddresses": [TO, "stranger@nowhere.example"]})
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 0.0
    mail = arrived(ready)
    listed = ready.api("GET", f"messages?account={ready.account}&from={SENDER}")
    assert [one["message_id"] for one in listed["messages"]] == [mail["message_id"]]
