"""v2 SendEmail through boto3: Simple with headers and attachments, Raw, refusals with v2's codes and statuses."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.runtime import Emulator
from tests.api import refusals
from tests.api.refusals import told
from tests.conftest import running

DOMAIN = "letters.example"
SENDER = f"sender@{DOMAIN}"
TO = "to@reader.example"
FAILED = "Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: "


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(max_send_rate=-1.0) as one:
        yield one


@pytest.fixture
def ready(lab):
    lab.verify(SENDER, TO)
    return lab


def simple(**content: Any) -> dict[str, Any]:
    return {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}} | content}


def params(**changes: Any) -> dict[str, Any]:
    given = {"FromEmailAddress": SENDER, "Destination": {"ToAddresses": [TO]}, "Content": simple()} | changes
    return {name: value for name, value in given.items() if value is not None}


def arrived(lab, **changes: Any) -> Any:
    return lab.wait(message_id=lab.sesv2.send_email(**params(**changes))["MessageId"])


def refused(lab, **changes: Any) -> tuple[int, str, str | None]:
    return refusals.refused(lab.sesv2.send_email, **params(**changes))


def raw(lab, mail) -> bytes:
    return lab.get(f"/_ses/api/messages/{mail['id']}/raw")


# --- Simple ---------------------------------------------------------------------------------------


def test_simple_content_arrives_with_the_callers_headers_in_order(ready):
    headers = [
        {"Name": "X-First", "Value": "one"},
        {"Name": "List-Unsubscribe", "Value": "<https://x.example/u>"},
        {"Name": "X-First", "Value": "two"},
    ]
    mail = arrived(
        ready,
        Content=simple(Headers=headers),
        ReplyToAddresses=["reply@elsewhere.example"],
        EmailTags=[{"Name": "kind", "Value": "order"}],
    )
    sent = [[name, value] for name, value in mail["headers"] if name in ("X-First", "List-Unsubscribe")]
    assert sent == [[one["Name"], one["Value"]] for one in headers]
    assert mail["reply_to"] == ["reply@elsewhere.example"]
    assert (mail["subject"], mail["text"]) == ("s", "t\r\n")
    assert mail["message_id"].startswith("0106")
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}


def test_attachments_and_inline_parts_come_back_as_they_were(ready):
    picture, table = bytes(range(256)) * 5, "見出し,値\r\n".encode()
    attachments = [
        {
            "FileName": "図.png",
            "RawContent": picture,
            "ContentDisposition": "INLINE",
            "ContentId": "picture@x",
            "ContentType": "image/png",
            "ContentDescription": "ein Bild, größer",
        },
        {"FileName": "表 1.csv", "RawContent": table, "ContentTransferEncoding": "QUOTED_PRINTABLE"},
        {"FileName": "plain.txt", "RawContent": b"line\r\n", "ContentDisposition": "ATTACHMENT"},
    ]
    body = {"Text": {"Data": "t"}, "Html": {"Data": '<img src="cid:picture@x">'}}
    mail = arrived(ready, Content=simple(Body=body, Attachments=attachments))
    found = [
        (one["file_name"], one["content_type"], one["disposition"], one["content_id"]) for one in mail["attachments"]
    ]
    assert found == [
        ("図.png", "image/png", "inline", "picture@x"),
        ("表 1.csv", "text/csv", "attachment", ""),
        ("plain.txt", "text/plain", "attachment", ""),
    ]
    contents = [ready.get(f"/_ses/api/messages/{mail['id']}/attachments/{number}") for number in range(3)]
    assert contents == [picture, table, b"line\r\n"]
    assert mail["html"] == '<img src="cid:picture@x">'
    data = raw(ready, mail)
    assert data.isascii()
    assert re.search(rb"^Content-Type: multipart/mixed; \r\n\tboundary=", data, re.MULTILINE)
    assert b"Content-ID: <picture@x>\r\n" in data
    assert data.count(b"Content-Type: multipart/alternative;") == 1


def test_the_blocked_extension_is_refused_in_any_case(ready):
    blocked = [{"FileName": "Invoice.pdf.EXE", "RawContent": b"MZ"}]
    assert refused(ready, Content=simple(Attachments=blocked)) == (
        400,
        "BadRequestException",
        "Illegal filename 'Invoice.pdf.EXE'.",
    )
    message = (
        f"From: {SENDER}\r\nTo: {TO}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
        'Content-Disposition: attachment;\r\n filename="run.vbs"\r\n\r\nx\r\n'
    )
    assert refused(ready, Content={"Raw": {"Data": message.encode()}})[:2] == (400, "BadRequestException")


@pytest.mark.parametrize(
    "name",
    ["bcc", "CC", "Content-Disposition", "Content-Type", "Date", "From", "Message-ID", "MIME-Version", "Reply-To",
     "Return-Path", "Subject", "to"],
)  # fmt: skip
def test_headers_that_ses_writes_itself_are_refused(ready, name):
    headers = [{"Name": name, "Value": "x@y.example"}]
    assert refused(ready, Content=simple(Headers=headers))[:2] == (400, "BadRequestException")


def test_fifteen_headers_pass_and_sixteen_are_too_many(ready):
    headers = [{"Name": f"X-Header-{number}", "Value": str(number)} for number in range(16)]
    assert refused(ready, Content=simple(Headers=headers))[:2] == (400, "BadRequestException")
    assert dict(arrived(ready, Content=simple(Headers=headers[:15]))["headers"])["X-Header-14"] == "14"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({"Name": "", "Value": "x"}, "The header name must be specified."),
        ({"Name": "X-A", "Value": "non-äscii"}, None),
        ({"Name": "X-A", "Value": "a\r\nX-Injected: b"}, None),
        ({"Name": "X A", "Value": "x"}, None),
        ({"Name": "X-" + "a" * 125, "Value": "x"}, None),
        ({"Name": "X-A", "Value": "x" * 996}, None),
        (
            {"Value": "x"},
            "1 validation error detected: Value at 'content.simple.headers.1.member.name' failed to satisfy "
            "constraint: Member must not be null",
        ),
    ],
)
def test_a_bad_header_is_refused(ready, header, text):
    status, code, message = refused(ready, Content=simple(Headers=[header]))
    assert (status, code) == (400, "BadRequestException")
    assert text is None or message == text


@pytest.mark.parametrize("names", [("List-Unsubscribe", "list-unsubscribe"), ("Content-Transfer-Encoding",)])
def test_a_header_that_may_stand_once_stands_once_in_composed_mail_too(ready, names):
    headers = [{"Name": name, "Value": "base64"} for name in names]
    text = f"Duplicate header '{names[-1]}'."
    assert refused(ready, Content=simple(Headers=headers)) == (400, "BadRequestException", text)


def test_a_sender_among_the_headers_must_be_verified(ready):
    headers = [{"Name": "Sender", "Value": "Eve <eve@elsewhere.example>"}]
    status, code, message = refused(ready, Content=simple(Headers=headers))
    assert (status, code) == (400, "MessageRejected")
    assert message.endswith(": Eve <eve@elsewhere.example>")
    assert arrived(ready, Content=simple(Headers=[{"Name": "Sender", "Value": SENDER}]))


# --- Raw ------------------------------------------------------------------------------------------


def test_raw_content_keeps_its_bytes_and_needs_no_from_address(ready):
    body = b"8 bits: \xe9\xff\r\n..dots\r\n"
    message = f"From: Ann <{SENDER}>\r\nTo: {TO}\r\nX-Own: kept\r\n\r\n".encode() + body
    mail = arrived(ready, FromEmailAddress=None, Destination=None, Content={"Raw": {"Data": message}})
    assert (mail["from"], mail["envelope"]["rcpt_to"]) == (f"Ann <{SENDER}>", [TO])
    assert raw(ready, mail).partition(b"\r\n\r\n")[2] == body
    assert b"\r\nX-Own: kept\r\n" in raw(ready, mail)


def test_the_destination_of_the_call_overrides_a_raw_messages(ready):
    message = f"From: {SENDER}\r\nTo: shown@stranger.example\r\n\r\nx\r\n".encode()
    mail = arrived(ready, Content={"Raw": {"Data": message}})
    assert (mail["to"], mail["envelope"]["rcpt_to"]) == (["shown@stranger.example"], [TO])


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (f"To: {TO}\r\n\r\nx", "Missing required header 'From'."),
        (f"From: {SENDER}\r\nFrom: {SENDER}\r\n\r\nx", "Duplicate header 'From'."),
        (f"From: bad[{SENDER}\r\n\r\nx", "Invalid From address provided."),
    ],
)
def test_a_bad_raw_message_is_a_bad_request(ready, message, text):
    answer = refused(ready, FromEmailAddress=None, Content={"Raw": {"Data": message.encode()}})
    assert answer == (400, "BadRequestException", text)


# --- refusals -------------------------------------------------------------------------------------


def test_unverified_identities_are_a_rejected_message_with_status_400(lab):
    answer = refused(
        lab,
        FromEmailAddress="Foo Bar <noreply@stranger.example>",
        Destination={"ToAddresses": ["to@stranger.example"], "BccAddresses": ["<bcc@stranger.example>"]},
        FeedbackForwardingEmailAddress="back@stranger.example",
    )
    assert answer == (
        400,
        "MessageRejected",
        f"{FAILED}to@stranger.example, <bcc@stranger.example>, Foo Bar <noreply@stranger.example>, "
        "back@stranger.example",
    )


def test_the_error_type_stands_in_a_header(lab):
    with pytest.raises(lab.sesv2.exceptions.MessageRejected) as problem:
        lab.sesv2.send_email(**params())
    assert problem.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "MessageRejected"
    assert problem.value.response["Error"]["Message"].startswith(FAILED)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Destination": {"ToAddresses": ["foo"]}}, "Missing final '@domain'"),
        ({"Destination": {"ToAddresses": [""]}}, "Invalid email address ."),
        ({"FromEmailAddress": "foo@"}, "Missing domain"),
        ({"ReplyToAddresses": ["a@b..c"]}, "Domain contains dot-dot"),
        ({"Destination": {"ToAddresses": [f"r{n}@reader.example" for n in range(51)]}}, "Recipient count exceeds 50."),
        (
            {"EmailTags": [{"Name": "bad:name", "Value": "v"}]},
            "Invalid tag name <bad:name>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
        ),
    ],
)
def test_what_v1_calls_an_invalid_value_is_a_bad_request(ready, changes, text):
    assert refused(ready, **changes) == (400, "BadRequestException", text)


def test_an_unknown_configuration_set_is_not_found_with_status_404(ready):
    assert refused(ready, ConfigurationSetName="mine") == (
        404,
        "NotFoundException",
        "Configuration set <mine> does not exist.",
    )


def test_simple_content_without_a_from_address_is_answered_with_a_null_message(ready):
    with pytest.raises(ready.sesv2.exceptions.BadRequestException) as problem:
        ready.sesv2.send_email(**params(FromEmailAddress=None))
    answer = problem.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"]["Message"] is None
    assert "FromEmailAddress" in answer["ResponseMetadata"]["HTTPHeaders"]["x-ses-emulator-hint"]


def test_mail_from_domain_not_verified_is_told_from_other_refusals(ready):
    ready.sesv2.put_email_identity_mail_from_attributes(
        EmailIdentity=SENDER, MailFromDomain=f"b.{DOMAIN}", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    assert refused(ready) == (
        400,
        "MailFromDomainNotVerifiedException",
        "DNS setup for MAIL FROM domain is invalid.",
    )


def test_a_paused_account_is_refused_and_names_the_reason(ready):
    ready.sesv2.put_account_sending_attributes(SendingEnabled=False)
    assert refused(ready)[:2] == (400, "SendingPausedException")


def test_rate_and_quota_have_their_own_codes(fresh):
    lab = fresh(max_24_hour_send=2.0)
    lab.verify(SENDER, TO)
    lab.stand_still()
    lab.sesv2.send_email(**params())
    assert refused(lab) == (429, "TooManyRequestsException", "Maximum sending rate exceeded.")
    lab.advance(1)
    lab.sesv2.send_email(**params())
    lab.advance(1)
    assert refused(lab) == (400, "LimitExceededException", "Daily message quota exceeded.")


def test_content_is_of_exactly_one_kind(ready):
    both = simple() | {"Raw": {"Data": f"From: {SENDER}\r\n\r\nx".encode()}}
    assert refused(ready, Content=both)[:2] == (400, "BadRequestException")
    assert refused(ready, Content={})[:2] == (400, "BadRequestException")


# --- identities of others ---------------------------------------------------------------------------


STRANGERS = "arn:aws:ses:ap-northeast-1:999999999999:identity/letters.example"


def test_an_identity_of_another_account_needs_its_leave_and_an_own_one_passes(ready):
    assert refused(ready, FromEmailAddressIdentityArn=STRANGERS) == (
        403,
        "AccessDeniedException",
        f"User `arn:aws:iam::{ready.account}:root' is not authorized to perform `ses:SendEmail' on resource "
        f"`{STRANGERS}'",
    )
    assert refused(ready, FeedbackForwardingEmailAddressIdentityArn="nonsense")[1] == "BadRequestException"
    own = STRANGERS.replace("999999999999", ready.account)
    assert arrived(ready, FromEmailAddressIdentityArn=own)["from"] == SENDER


def test_line_ends_in_an_attachments_names_start_no_field(ready):
    evil = {
        "FileName": "a\r\nX-Injected: 1\r\n\r\nbody.txt",
        "RawContent": b"kept",
        "ContentType": "text/plain;\r\nX-Injected: 2",
        "ContentId": "id>\r\nX-Injected: 3",
        "ContentDescription": "d\r\nX-Injected: 4",
    }
    mail = arrived(ready, Content=simple(Attachments=[evil]))
    assert re.search(rb"^X-Injected", raw(ready, mail), re.MULTILINE) is None
    assert ready.get(f"/_ses/api/messages/{mail['id']}/attachments/0") == b"kept"


def test_base64_in_v2_is_read_strictly(ready):
    """boto3 encodes by itself, so this is asked by hand: a blob that is no base64 is never taken for an empty one."""
    good = base64.b64encode(f"From: {SENDER}\r\nTo: {TO}\r\n\r\nx\r\n".encode()).decode()
    event = "before-call.sesv2.SendEmail"

    def spoil(params: dict[str, Any], **_: Any) -> None:
        params["body"] = params["body"].replace(good.encode(), b"!" + good[1:].encode())

    client = ready.client("sesv2", user_agent_extra="spoiler")
    client.meta.events.register(event, spoil)
    with pytest.raises(ClientError) as problem:
        client.send_email(Content={"Raw": {"Data": base64.b64decode(good)}})
    assert told(problem.value)[:2] == (400, "SerializationException")
