"""Bounces of received mail: the lines that were observed, read by another parser."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any, cast

import pytest

from emulator.documents.receipt import BounceAction
from emulator.mail.bounce_reply import BouncedRecipient, bounce_reply, of_action, of_type
from emulator.values import Header

ARRIVED = 1443707337.5  # Thu, 1 Oct 2015 13:48:57 UTC
NOW = 1443707337.938
BOUNDARY = b"----=_Part_0_1984813963.1443707337938"
ORIGINAL = b"Received: from x\r\n by y\r\nFrom: a@b.example\r\nSubject: Hi\r\n\r\nThe body.\r\n"
ACTION = BounceAction("550", "Mailbox does not exist", "Postmaster <postmaster@neko.example.jp>", "5.1.1")
RECIPIENTS = of_action(ACTION, ["kijitora@neko.example.jp"])


def made(recipients: list[BouncedRecipient] = RECIPIENTS, **changes: Any) -> bytes:
    given: dict[str, Any] = {
        "sender": ACTION.sender,
        "to": "a@b.example",
        "region": "us-west-2",
        "arrived_at": ARRIVED,
        "now": NOW,
        "boundaries": lambda: (0, 1984813963),
        "original": ORIGINAL,
    }
    return bounce_reply(recipients, **{**given, **changes})


def read(data: bytes) -> list[EmailMessage]:
    """The parts, as Python's parser sees them."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert not message.defects
    return [cast(EmailMessage, part) for part in message.iter_parts()]


def report(data: bytes) -> list[list[tuple[str, str]]]:
    """The fields of each group of the report."""
    groups = cast(list[EmailMessage], read(data)[1].get_payload())
    return [[(name, str(value)) for name, value in group.items()] for group in groups]


def test_a_bounce_is_written_as_ses_writes_it() -> None:
    assert made() == (
        b"From: Postmaster <postmaster@neko.example.jp>\r\n"
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
        b"This message could not be delivered.\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"Content-Type: message/delivery-status\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Description: Delivery Status Notification\r\n"
        b"\r\n"
        b"Reporting-MTA: dns; inbound-smtp.us-west-2.amazonaws.com\r\n"
        b"Arrival-Date: Thu, 1 Oct 2015 13:48:57 +0000\r\n"
        b"\r\n"
        b"Action: failed\r\n"
        b"Final-Recipient: rfc822; kijitora@neko.example.jp\r\n"
        b"Original-Recipient: rfc822; kijitora@neko.example.jp\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 Mailbox does not exist\r\n"
        b"Status: 5.1.1\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"\r\n"
        b"content-type: text/rfc822-headers\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Description: Undelivered Message Headers\r\n"
        b"\r\n"
        b"Received: from x\r\n"
        b" by y\r\n"
        b"From: a@b.example\r\n"
        b"Subject: Hi\r\n"
        b"\r\n"
        b"--" + BOUNDARY + b"--\r\n"
    )


def test_another_parser_reads_it() -> None:
    types = [part.get_content_type() for part in read(made())]
    assert types == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert len(report(made())) == 2


def test_the_body_of_the_original_is_not_sent_back() -> None:
    assert b"The body." not in made()


def test_without_an_original_there_are_two_parts() -> None:
    assert len(read(made(original=b""))) == 2


def test_every_recipient_has_a_group() -> None:
    groups = report(made(of_action(ACTION, ["a@x.org", "b@x.org"])))
    assert [dict(group)["Final-Recipient"] for group in groups[1:]] == ["rfc822; a@x.org", "rfc822; b@x.org"]


def test_an_action_without_a_status_has_the_class_of_its_reply() -> None:
    refused = of_action(BounceAction("450", "Temporary failure", "a@x.org"), ["b@x.org"])
    assert refused == [BouncedRecipient("b@x.org", "4.0.0", "smtp; 450 Temporary failure")]


@pytest.mark.parametrize(
    ("bounce_type", "status", "code"),
    [
        ("DoesNotExist", "5.1.1", "550 5.1.1 Mailbox does not exist"),
        ("MessageTooLarge", "5.3.4", "552 5.3.4 Message too large"),
        ("ExceededQuota", "5.2.2", "552 5.2.2 Mailbox full"),
        ("ContentRejected", "5.6.1", "500 5.6.1 Message content rejected"),
        ("Undefined", "5.0.0", "554 5.0.0 Unknown failure"),
        ("TemporaryFailure", "4.0.0", "450 4.0.0 Temporary failure"),
    ],
)
def test_the_types_of_send_bounce(bounce_type: str, status: str, code: str) -> None:
    assert of_type(bounce_type, "a@x.org") == BouncedRecipient("a@x.org", status, f"smtp; {code}")


def test_what_send_bounce_may_say_itself() -> None:
    one = BouncedRecipient(
        "a@x.org",
        "4.2.1",
        action="delayed",
        final="b@x.org",
        remote_mta="dns; mx.x.org",
        last_attempt_at=ARRIVED,
        extensions=(Header("X-Mine", "2"),),
    )
    groups = report(made([one], reporting_mta="dns; mta.x.org", extensions=[Header("X-Ours", "1")]))
    assert groups == [
        [
            ("Reporting-MTA", "dns; mta.x.org"),
            ("Arrival-Date", "Thu, 1 Oct 2015 13:48:57 +0000"),
            ("X-Ours", "1"),
        ],
        [
            ("Action", "delayed"),
            ("Final-Recipient", "rfc822; b@x.org"),
            ("Original-Recipient", "rfc822; a@x.org"),
            ("Remote-MTA", "dns; mx.x.org"),
            ("Status", "4.2.1"),
            ("Last-Attempt-Date", "Thu, 1 Oct 2015 13:48:57 +0000"),
            ("X-Mine", "2"),
        ],
    ]


def test_an_explanation_may_say_anything() -> None:
    data = made(explanation="Zu groß.\nSorry!")
    text = read(data)[0]
    assert text.get_content() == "Zu groß.\r\nSorry!"
    assert data.count(b"\n") == data.count(b"\r\n")
    assert b"Content-Transfer-Encoding: 8bit\r\n\r\n--" in data


def test_nothing_said_can_make_a_line_of_its_own() -> None:
    hostile = "x\r\nStatus: 2.0.0\r\n\r\nAction: delivered ü"
    one = BouncedRecipient(hostile, hostile, hostile, hostile, hostile, hostile)
    groups = report(made([one], reporting_mta=hostile))
    assert len(groups) == 2
    assert [name for name, _ in groups[1]].count("Status") == 1
    assert all(value.isascii() for group in groups for _, value in group)


def test_an_original_outside_ascii_keeps_its_bytes() -> None:
    header = "Subject: Grüße\r\n".encode()
    data = made(original=header + b"\r\nbody")
    assert b"content-type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n" in data
    assert b"\r\n\r\n" + header in data
