"""mail_object and tags: the mail as an event knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.events.event import as_text
from emulator.events.mail_object import of_configuration_set, of_notification
from emulator.events.tags import all_tags, tags
from emulator.sending_events import EventType
from emulator.values import Tag

Make = Callable[..., Any]
RENDERED = (
    ("From", "john@example.com"),
    ("To", "jane@example.com"),
    ("Subject", "Hello Jane"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=UTF-8"),
    ("Content-Transfer-Encoding", "7bit"),
)


@pytest.mark.parametrize("operation", ["SendTemplatedEmail", "SendBulkTemplatedEmail", "SendBulkEmail"])
def test_a_templates_send_knows_what_the_call_said(make_event: Make, make_message: Make, operation: str) -> None:
    message = make_message(operation=operation, headers=RENDERED)
    mail = of_configuration_set(make_event(EventType.SEND), message)
    assert "sourceArn" not in mail
    assert [header["name"] for header in mail["headers"]] == ["From", "To", "MIME-Version"]
    assert list(mail["commonHeaders"]) == ["from", "to", "messageId"]


def test_a_templates_delivery_knows_all(make_event: Make, make_message: Make) -> None:
    message = make_message(operation="SendTemplatedEmail", headers=RENDERED)
    mail = of_configuration_set(make_event(EventType.DELIVERY), message)
    assert list(mail)[2] == "sourceArn"
    assert [header["name"] for header in mail["headers"]] == ["Date", *(name for name, _ in RENDERED)]
    assert mail["headers"][0]["value"] == "Thu, 26 Mar 2026 10:00:00 +0000"
    assert mail["commonHeaders"]["date"] == "Thu, 26 Mar 2026 10:00:00 +0000"
    assert list(mail["commonHeaders"]) == ["from", "date", "to", "messageId", "subject"]


def test_an_empty_raw_mail(make_event: Make, make_message: Make) -> None:
    message = make_message(operation="SendRawEmail", headers=(), tags=())
    mail = of_configuration_set(make_event(EventType.SEND), message)
    assert (mail["headers"], mail["commonHeaders"]) == ([], {"messageId": message.message_id})
    assert "ses:from-domain" not in mail["tags"]


def test_no_identity_of_the_account_no_arn(make_event: Make, make_message: Make) -> None:
    message = make_message(source_arn=None)
    assert "sourceArn" not in of_configuration_set(make_event(EventType.SEND), message)
    assert "sourceArn" not in of_notification(make_event(EventType.BOUNCE), message, headers=False)


def test_destination_has_every_recipient(make_event: Make, make_message: Make) -> None:
    event = make_event(EventType.BOUNCE, recipients=("b@x",))
    message = make_message(recipients=("a@x", "b@x"))
    assert of_configuration_set(event, message)["destination"] == ["a@x", "b@x"]
    assert of_notification(event, message, headers=False)["destination"] == ["a@x", "b@x"]


def test_all_common_headers_in_order(make_event: Make, make_message: Make) -> None:
    names = ("Subject", "Message-Id", "BCC", "Cc", "To", "Date", "Reply-To", "From", "Return-Path", "X-Other")
    message = make_message(headers=tuple((name, f"{name.lower()}@x") for name in names))
    common = of_notification(make_event(EventType.BOUNCE), message, headers=True)["commonHeaders"]
    assert list(common) == ["returnPath", "from", "replyTo", "date", "to", "cc", "bcc", "messageId", "subject"]
    assert (common["replyTo"], common["bcc"], common["messageId"]) == (["reply-to@x"], ["bcc@x"], "message-id@x")


def test_headers_that_name_nobody_are_not_common(make_event: Make, make_message: Make) -> None:
    message = make_message(headers=(("To", " "), ("Subject", "")))
    common = of_notification(make_event(EventType.BOUNCE), message, headers=True)["commonHeaders"]
    assert common == {"subject": ""}


def test_own_message_id_is_shown_to_identities_only(make_event: Make, make_message: Make) -> None:
    event = make_event(EventType.BOUNCE)
    message = make_message(headers=(("Message-ID", "<own@x>"),))
    assert of_notification(event, message, headers=True)["commonHeaders"] == {"messageId": "<own@x>"}
    assert of_configuration_set(event, message)["commonHeaders"] == {"messageId": message.message_id}
    assert of_notification(event, make_message(headers=()), headers=True)["commonHeaders"] == {}


@pytest.mark.parametrize(("size", "shown"), [(10 * 1024 - 2, 1), (10 * 1024 - 1, 0)])
def test_headers_end_at_ten_kilobytes(make_event: Make, make_message: Make, size: int, shown: int) -> None:
    message = make_message(headers=(("X1", "x" * (size - 1) + "y"), ("Subject", "Hello")))
    mail = of_configuration_set(make_event(EventType.SEND), message)
    assert mail["headersTruncated"] is True
    assert len(mail["headers"]) == shown
    assert mail["commonHeaders"]["subject"] == "Hello"


def test_headers_of_just_ten_kilobytes_are_whole(make_event: Make, make_message: Make) -> None:
    message = make_message(headers=(("X1", "é" * (5 * 1024 - 1)),))
    mail = of_configuration_set(make_event(EventType.SEND), message)
    assert (mail["headersTruncated"], len(mail["headers"])) == (False, 1)


def test_only_a_delivery_tells_the_outgoing_address(make_event: Make, make_message: Make) -> None:
    for type in EventType:
        told = tags(make_event(type), make_message())
        assert told.get("ses:outgoing-ip") == (["54.240.8.86"] if type is EventType.DELIVERY else None)


@pytest.mark.parametrize("type", [EventType.RENDERING_FAILURE, EventType.DELIVERY_DELAY])
def test_failures_and_delays_have_few_tags(make_event: Make, make_message: Make, type: EventType) -> None:
    few = {"ses:configuration-set": ["ConfigSet"], "custom-tag": ["tag-value"]}
    assert tags(make_event(type), make_message()) == few
    assert all_tags(make_event(type), make_message())["ses:operation"] == ["SendEmail"]


def test_what_is_not_known_is_no_tag(make_event: Make, make_message: Make) -> None:
    message = make_message(configuration_set=None, source_ip="", headers=(), tags=())
    assert list(tags(make_event(EventType.SEND), message)) == ["ses:operation", "ses:caller-identity"]


def test_a_tag_given_twice_has_two_values_and_none_replaces_sess_own(make_event: Make, make_message: Make) -> None:
    given = (Tag("a", "1"), Tag("a", "2"), Tag("ses:operation", "x"), Tag("ses:feedback-id-a", "f"))
    told = tags(make_event(EventType.SEND), make_message(tags=given))
    assert (told["a"], told["ses:operation"], told["ses:feedback-id-a"]) == (["1", "2"], ["SendEmail"], ["f"])


def test_no_header_makes_an_event_too_long_for_sns(make_event: Make, make_message: Make) -> None:
    many = ", ".join([f"a{number:05}@x.example" for number in range(20_000)])
    headers = (
        ("From", "me@x.example"),
        ("To", many),
        ("Cc", f"({many})"),
        ("Date", many),
        ("Subject", "é" * 2_000_000),
    )
    mail = of_configuration_set(make_event(EventType.SEND), make_message(headers=headers))
    assert mail["headersTruncated"]
    common = mail["commonHeaders"]
    # 16 characters each.
    assert common["to"] == [f"a{number:05}@x.example" for number in range(640)]
    assert "cc" not in common
    assert common["subject"] == "é" * 10_240
    assert len(as_text({"eventType": "Send", "mail": mail}).encode()) < 100_000
