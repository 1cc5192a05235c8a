"""Forwarded bounces and complaints: the lines that were observed, read by another parser, the original unchanged."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from typing import cast

import pytest

from emulator.diagnostics import ON_ACCOUNT_LIST
from emulator.mail.feedback import bounce_mail, complaint_mail, mailer_daemon
from emulator.policy.list_management import OPTED_OUT
from emulator.sending_events import EventType, SendingEvent
from emulator.values import Door, Envelope, OutboundMessage, Outcome, Scope

ID = "0100016d8f3a1b2c-0a1b2c3d-1111-4222-8333-444455556666-000000"
ACCEPTED = 1571672076.25  # Mon, 21 Oct 2019 15:34:36 UTC
NOW = 1571672099.5
BOUNDARY = b"----=_Part_4711_1958420156.1571672099500"
ORIGINAL = b"From: a@b.example\r\nTo: nobody@x.example\r\nSubject: Offer\r\n\r\nBuy.\r\n"


def original(data: bytes = ORIGINAL, region: str = "us-east-1") -> OutboundMessage:
    return OutboundMessage(
        message_id=ID,
        scope=Scope("123456789012", region),
        accepted_at=ACCEPTED,
        door=Door.V2,
        operation="SendEmail",
        caller="test",
        source="a@b.example",
        feedback_to="a@b.example",
        envelope=Envelope(f"{ID}@amazonses.com", ("nobody@x.example",), "54.240.8.19", "a8-19.smtp-out.amazonses.com"),
        data=data,
        counted=1,
    )


def event(type: EventType, outcome: Outcome, reply: str = "", *recipients: str) -> SendingEvent:
    told = recipients or ("nobody@x.example",)
    return SendingEvent(type, ID, Scope("123456789012", "us-east-1"), NOW, told, outcome, (reply,) * len(told))


def bounce(
    reply: str = "550 5.1.1 user unknown",
    *recipients: str,
    outcome: Outcome = Outcome.BOUNCED,
    message: OutboundMessage | None = None,
) -> bytes:
    return bounce_mail(
        event(EventType.BOUNCE, outcome, reply, *recipients),
        message or original(),
        to="a@b.example",
        now=NOW,
        boundaries=lambda: (4711, 1958420156),
    )


def complaint(outcome: Outcome = Outcome.COMPLAINED, *recipients: str, data: bytes = ORIGINAL) -> bytes:
    return complaint_mail(
        event(EventType.COMPLAINT, outcome, "250 Ok", *recipients),
        original(data),
        to="a@b.example",
        now=NOW,
        boundaries=lambda: (4711, 1958420156),
    )


def read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(data, policy=email.policy.default))


def parts(data: bytes) -> list[tuple[bytes, bytes]]:
    """Head and body of each part, by nothing but the delimiters."""
    inside = data.split(b"\r\n--" + BOUNDARY)[1:-1]
    return [(head, body) for head, _, body in (part.removeprefix(b"\r\n").partition(b"\r\n\r\n") for part in inside)]


def test_a_bounce_is_written_as_ses_writes_it() -> None:
    assert bounce() == (
        b"From: MAILER-DAEMON@amazonses.com\r\n"
        b"To: a@b.example\r\n"
        b"Subject: Delivery Status Notification (Failure)\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; \r\n"
        b'\tboundary="' + BOUNDARY + b'"; \r\n'
        b"\treport-type=delivery-status\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"Content-Type: text/plain; charset=us-ascii\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Description: Notification\r\n"
        b"\r\n"
        b"An error occurred while trying to deliver the mail to the following recipients:\r\n"
        b"nobody@x.example\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"Content-Type: message/delivery-status\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Description: Delivery Status Notification\r\n"
        b"\r\n"
        b"Reporting-MTA: dns; a8-19.smtp-out.amazonses.com\r\n"
        b"\r\n"
        b"Action: failed\r\n"
        b"Final-Recipient: rfc822; nobody@x.example\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n"
        b"Status: 5.1.1\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"Content-Type: message/rfc822\r\n"
        b"Content-Description: Undelivered Message\r\n"
        b"\r\n" + ORIGINAL + b"\r\n"
        b"--" + BOUNDARY + b"--\r\n"
    )


def test_another_parser_finds_the_report_of_every_recipient() -> None:
    mail = read(bounce("550 5.1.1 no", "one@x.example", "two@x.example"))
    assert mail.get_content_type() == "multipart/report"
    assert mail["Content-Type"].params["report-type"] == "delivery-status"
    assert not [defect for part in mail.walk() for defect in part.defects]
    text, report, returned = mail.iter_parts()
    assert text.get_content().splitlines()[1:] == ["one@x.example", "two@x.example"]
    _, *groups = report.get_payload()
    assert [group["Final-Recipient"] for group in groups] == ["rfc822; one@x.example", "rfc822; two@x.example"]
    assert {group["Action"] for group in groups} == {"failed"}
    assert returned.get_payload(0)["Subject"] == "Offer"


@pytest.mark.parametrize(
    ("region", "sender"),
    [("us-east-1", "MAILER-DAEMON@amazonses.com"), ("us-west-2", "MAILER-DAEMON@us-west-2.amazonses.com")],
)
def test_the_sender_of_a_bounce_bears_the_region(region: str, sender: str) -> None:
    assert mailer_daemon(region) == sender
    assert bounce(message=original(region=region)).startswith(f"From: {sender}\r\n".encode())


@pytest.mark.parametrize(
    ("reply", "code", "status"),
    [
        ("550 5.4.4 Invalid domain", "smtp; 550 5.4.4 Invalid domain", "5.4.4"),
        (
            "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>",
            "smtp; 554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>",
            "4.4.7",
        ),
        ("550 no such user", "smtp; 550 no such user", "5.0.0"),
        ("550 5.1.1 two\n5.1.1 lines", "smtp; 550 5.1.1 two 5.1.1 lines", "5.1.1"),
        ("550 5.1.1 ¿quién?\x00", "smtp; 550 5.1.1 ?qui?n??", "5.1.1"),
    ],
)
def test_the_reply_is_the_diagnostic_code_and_gives_the_status(reply: str, code: str, status: str) -> None:
    report = parts(bounce(reply))[1][1].decode("ascii").split("\r\n")
    assert report[4:] == [f"Diagnostic-Code: {code}", f"Status: {status}", ""]


@pytest.mark.parametrize(
    ("outcome", "text"), [(Outcome.SUPPRESSED, ON_ACCOUNT_LIST), (Outcome.UNSUBSCRIBED, OPTED_OUT)]
)
def test_where_no_mx_was_asked_ses_reports_itself_in_its_own_words(outcome: Outcome, text: str) -> None:
    report = parts(bounce(text, outcome=outcome))[1][1].decode("ascii").split("\r\n")
    assert report[0] == "Reporting-MTA: dns; amazonses.com"
    assert report[4:] == [f"Diagnostic-Code: {text}", "Status: 5.1.1", ""]


def test_each_recipient_has_its_own_reply() -> None:
    replies = ("550 5.1.1 user unknown", "550 no such user")
    told = replace(event(EventType.BOUNCE, Outcome.BOUNCED, "", "a@x.example", "b@x.example"), replies=replies)
    mail = bounce_mail(told, original(), to="a@b.example", now=NOW, boundaries=lambda: (4711, 1958420156))
    groups = parts(mail)[1][1].decode("ascii").split("\r\n\r\n")
    assert groups[1:] == [
        "Action: failed\r\nFinal-Recipient: rfc822; a@x.example\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\nStatus: 5.1.1",
        "Action: failed\r\nFinal-Recipient: rfc822; b@x.example\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\nStatus: 5.0.0\r\n",
    ]


def test_no_line_of_the_report_is_longer_than_mail_allows() -> None:
    report = parts(bounce("550 5.1.1 " + "x" * 5000))[1][1]
    assert max(map(len, report.splitlines())) <= 998


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (ORIGINAL, None),
        (b"Subject: no final line end\r\n\r\nhi", None),
        (b"Subject: dots\r\n\r\n.\r\n..\r\n\r\n\r\n", None),
        ("Subject: Grüße\r\n\r\nGrüße\r\n".encode(), "8bit"),
        (b"Subject: latin\r\n\r\n\xe4\xf6\xfc\r\n", "8bit"),
        (b"Subject: long\r\n\r\n" + b"x" * 5000 + b"\r\n", "binary"),
        (b"Subject: nul\r\n\r\n\0\r\n", "binary"),
    ],
)
@pytest.mark.parametrize("make", [lambda data: bounce(message=original(data)), lambda data: complaint(data=data)])
def test_the_original_comes_byte_for_byte(make, data: bytes, encoding: str | None) -> None:
    mail = make(data)
    head, body = parts(mail)[2]
    assert body == data
    field = f"Content-Transfer-Encoding: {encoding}".encode()
    assert head.startswith(b"Content-Type: message/rfc822\r\n")
    if encoding is None:
        assert b"Content-Transfer-Encoding" not in head
    else:
        # RFC 2045 6.4: the whole says it too.
        assert field in head.split(b"\r\n")
        assert field in mail.partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_a_complaint_is_written_as_ses_writes_it() -> None:
    assert complaint() == (
        b"From: complaints@email-abuse.amazonses.com\r\n"
        b"To: a@b.example\r\n"
        b"Subject: FW: Offer\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; \r\n"
        b'\tboundary="' + BOUNDARY + b'"; \r\n'
        b"\treport-type=feedback-report\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"Content-Type: text/plain; charset=us-ascii\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Disposition: inline\r\n"
        b"\r\n"
        b"This is an email abuse report for an email message from amazonses.com on Mon, 21 Oct 2019 15:34:36 +0000\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"Content-Type: message/feedback-report\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Disposition: inline\r\n"
        b"\r\n"
        b"Feedback-Type: abuse\r\n"
        b"User-Agent: Amazon SES Mailbox Simulator\r\n"
        b"Version: 0.1\r\n"
        b"Original-Mail-From: <" + ID.encode() + b"@amazonses.com>\r\n"
        b"Original-Rcpt-To: nobody@x.example\r\n"
        b"Received-Date: Mon, 21 Oct 2019 15:34:36 +0000\r\n"
        b"Reported-Domain: amazonses.com\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"Content-Type: message/rfc822\r\n"
        b"Content-Disposition: inline\r\n"
        b"\r\n" + ORIGINAL + b"\r\n"
        b"--" + BOUNDARY + b"--\r\n"
    )


def test_another_parser_finds_all_who_complained() -> None:
    mail = read(complaint(Outcome.COMPLAINED, "one@x.example", "two@x.example"))
    assert mail["Content-Type"].params["report-type"] == "feedback-report"
    _, report, returned = mail.iter_parts()
    fields = email.message_from_string(report.get_payload(0).as_string())
    assert fields.get_all("Original-Rcpt-To") == ["one@x.example", "two@x.example"]
    assert returned.get_payload(0)["Subject"] == "Offer"


def test_a_complaint_by_the_suppression_list_is_ses_s_own() -> None:
    report = parts(complaint(Outcome.SUPPRESSED_COMPLAINT))[1][1]
    assert report.startswith(b"Feedback-Type: abuse\r\nUser-Agent: Amazon SES\r\nVersion: 0.1\r\n")


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        (b"Subject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n\r\n", b"Subject: FW: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n"),
        (b"SUBJECT:none\r\n\r\n", b"Subject: FW: none\r\n"),
        ("Subject: Grüße\r\n\r\n".encode(), "Subject: FW: Grüße\r\n".encode()),
        (b"From: a@b.example\r\n\r\nSubject: of the body\r\n", b"Subject: FW:\r\n"),
        (b"Subject:\r\n\r\n", b"Subject: FW:\r\n"),
    ],
)
def test_a_complaint_bears_the_subject_of_the_original(data: bytes, subject: bytes) -> None:
    assert complaint(data=data).partition(b"To: a@b.example\r\n")[2].startswith(subject + b"MIME-Version: 1.0\r\n")
