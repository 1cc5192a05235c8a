"""event: whole records in both shapes, against the literal ones of the reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.events.event import as_text, configuration_set_event, detail_type, notification
from emulator.sending_events import EventType, Seen, SendingEvent
from emulator.values import Door, Envelope, OutboundMessage, Outcome, Scope, Tag

Make = Callable[..., Any]

SEND = {
    "eventType": "Send",
    "mail": {
        "timestamp": "2026-03-26T10:00:00.042Z",
        "source": "John Doe <john@example.com>",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "sendingAccountId": "123456789012",
        "messageId": "0100019d1d463523-617e8165-a084-4d91-aa5e-13778264d5d4-000000",
        "destination": ["jane@example.com"],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": '"John Doe" <john@example.com>'},
            {"name": "To", "value": "jane@example.com"},
            {"name": "Subject", "value": "Grüße"},
            {"name": "MIME-Version", "value": "1.0"},
        ],
        "commonHeaders": {
            "from": ["John Doe <john@example.com>"],
            "to": ["jane@example.com"],
            "messageId": "0100019d1d463523-617e8165-a084-4d91-aa5e-13778264d5d4-000000",
            "subject": "Grüße",
        },
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": ["ConfigSet"],
            "ses:source-ip": ["192.0.2.7"],
            "ses:from-domain": ["example.com"],
            "custom-tag": ["tag-value"],
            "ses:caller-identity": ["root"],
        },
    },
    "send": {},
}


def text_of(record: object) -> str:
    """With the order of the members."""
    return json.dumps(record)


def test_a_send_event_is_the_recorded_one(make_event: Make, make_message: Make) -> None:
    assert text_of(configuration_set_event(make_event(EventType.SEND), make_message(), "")) == text_of(SEND)


@pytest.mark.parametrize(
    ("type", "name", "keys"),
    [
        (EventType.SEND, "Send", ["eventType", "mail", "send"]),
        (EventType.REJECT, "Reject", ["eventType", "mail", "reject"]),
        (EventType.BOUNCE, "Bounce", ["eventType", "bounce", "mail"]),
        (EventType.COMPLAINT, "Complaint", ["eventType", "complaint", "mail"]),
        (EventType.DELIVERY, "Delivery", ["eventType", "mail", "delivery"]),
        (EventType.OPEN, "Open", ["eventType", "mail", "open"]),
        (EventType.CLICK, "Click", ["eventType", "mail", "click"]),
        (EventType.RENDERING_FAILURE, "Rendering Failure", ["eventType", "mail", "failure"]),
        (EventType.DELIVERY_DELAY, "DeliveryDelay", ["eventType", "mail", "deliveryDelay"]),
        (EventType.SUBSCRIPTION, "Subscription", ["eventType", "mail", "subscription"]),
    ],
)
def test_names_and_order_of_every_type(
    make_event: Make, make_message: Make, type: EventType, name: str, keys: list[str]
) -> None:
    record = configuration_set_event(make_event(type), make_message(), "")
    assert (record["eventType"], list(record)) == (name, keys)


def test_a_rendering_failure_is_the_documented_one(make_event: Make, make_message: Make) -> None:
    missing = "Attribute 'attributeName' is not present in the rendering data."
    event = make_event(EventType.RENDERING_FAILURE, reply=missing, template="MyTemplate")
    record = configuration_set_event(event, make_message(operation="SendTemplatedEmail", tags=()), "")
    expected = {
        "eventType": "Rendering Failure",
        "mail": {
            "timestamp": "2026-03-26T10:00:00.042Z",
            "source": "John Doe <john@example.com>",
            "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
            "sendingAccountId": "123456789012",
            "messageId": "0100019d1d463523-617e8165-a084-4d91-aa5e-13778264d5d4-000000",
            "destination": ["jane@example.com"],
            "headersTruncated": False,
            "tags": {"ses:configuration-set": ["ConfigSet"]},
        },
        "failure": {"errorMessage": missing, "templateName": "MyTemplate"},
    }
    assert text_of(record) == text_of(expected)


@pytest.mark.parametrize(
    ("type", "keys"),
    [
        (EventType.BOUNCE, ["notificationType", "bounce", "mail"]),
        (EventType.COMPLAINT, ["notificationType", "complaint", "mail"]),
        (EventType.DELIVERY, ["notificationType", "mail", "delivery"]),
    ],
)
def test_the_three_notifications(make_event: Make, make_message: Make, type: EventType, keys: list[str]) -> None:
    record = notification(make_event(type), make_message(), "f", headers=False)
    assert (record["notificationType"], list(record)) == (type.capitalize(), keys)
    assert list(record["mail"]) == [
        "timestamp",
        "source",
        "sourceArn",
        "sourceIp",
        "callerIdentity",
        "sendingAccountId",
        "messageId",
        "destination",
    ]


def test_a_delivery_notification_with_headers(make_event: Make, make_message: Make) -> None:
    event = make_event(EventType.DELIVERY, outcome=Outcome.DELIVERED, reply="250 Ok")
    fields = (
        ("From", '"John Doe" <john@example.com>'),
        ("Date", "Wed, 27 Jan 2016 14:58:45 +0000"),
        ("To", "Jane Doe <jane@example.com>"),
        ("Message-ID", "custom-message-ID"),
        ("Subject", "Hello"),
    )
    record = notification(event, make_message(headers=fields), "", headers=True)
    expected = {
        "timestamp": "2026-03-26T10:00:00.042Z",
        "source": "John Doe <john@example.com>",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "sourceIp": "192.0.2.7",
        "callerIdentity": "root",
        "sendingAccountId": "123456789012",
        "messageId": "0100019d1d463523-617e8165-a084-4d91-aa5e-13778264d5d4-000000",
        "destination": ["jane@example.com"],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in fields],
        "commonHeaders": {
            "from": ["John Doe <john@example.com>"],
            "date": "Wed, 27 Jan 2016 14:58:45 +0000",
            "to": ["Jane Doe <jane@example.com>"],
            "messageId": "custom-message-ID",
            "subject": "Hello",
        },
    }
    assert text_of(record["mail"]) == text_of(expected)


@pytest.mark.parametrize("type", [one for one in EventType if one not in ("BOUNCE", "COMPLAINT", "DELIVERY")])
def test_nothing_else_is_notified(make_event: Make, make_message: Make, type: EventType) -> None:
    with pytest.raises(ValueError, match=type):
        notification(make_event(type), make_message(), "", headers=True)


def test_text_is_compact_and_only_events_end_their_line() -> None:
    assert as_text({"eventType": "Send", "send": {"ü": None}}) == '{"eventType":"Send","send":{"ü":null}}\n'
    assert as_text({"notificationType": "Bounce"}) == '{"notificationType":"Bounce"}'
    assert as_text({"a": "\x00\ufffe\uffff"}) == '{"a":"\\u0000\\ufffe\\uffff"}'


def test_halves_of_characters_do_not_keep_an_event_back(make_event: Make, make_message: Make) -> None:
    message = make_message(headers=(("Subject", "\ud800x\udc00 \ud83d\ude00"),))
    record = configuration_set_event(make_event(EventType.SEND), message, "")
    assert record["mail"]["commonHeaders"]["subject"] == "\ufffdx\ufffd 😀"


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        (EventType.SEND, "Email Sent"),
        (EventType.REJECT, "Email Rejected"),
        (EventType.BOUNCE, "Email Bounced"),
        (EventType.COMPLAINT, "Email Complaint Received"),
        (EventType.DELIVERY, "Email Delivered"),
        (EventType.OPEN, "Email Opened"),
        (EventType.CLICK, "Email Clicked"),
        (EventType.RENDERING_FAILURE, "Email Rendering Failed"),
        (EventType.DELIVERY_DELAY, "Email Delivery Delayed"),
    ],
)
def test_what_eventbridge_calls_them(type: EventType, expected: str) -> None:
    assert detail_type(type) == expected


ANY = st.text(st.characters(), max_size=30)
NAMES = st.sampled_from(["From", "To", "Subject", "Reply-To", "Message-ID", "X-Mine"]) | ANY
SCOPE = Scope("123456789012", "us-east-1")


@given(
    st.sampled_from(EventType),
    st.none() | st.sampled_from(Outcome),
    ANY | st.from_regex(r"[45]\d\d [45]\.\d\.\d ", fullmatch=True),
    st.lists(st.tuples(NAMES, ANY | st.from_regex(r"=\?[a-z0-9-]{1,9}\?[QB]\?[ -~]{0,9}\?=")), max_size=6),
    st.lists(ANY, min_size=1, max_size=3),
    st.floats(0, 253402300799.0),
    st.floats(0, 253402300799.0),
)
def test_any_record_can_be_written_and_read(
    type: EventType,
    outcome: Outcome | None,
    reply: str,
    headers: list[tuple[str, str]],
    recipients: list[str],
    accepted_at: float,
    at: float,
) -> None:
    event = SendingEvent(
        type,
        "m",
        SCOPE,
        at,
        tuple(recipients),
        outcome,
        (reply,) * len(recipients),
        reply,
        Seen(reply, reply, reply, ((reply, reply),)),
    )
    message = OutboundMessage(
        message_id="m",
        scope=SCOPE,
        accepted_at=accepted_at,
        door=Door.SMTP,
        operation="SendRawEmail",
        caller="",
        source=reply,
        feedback_to="",
        envelope=Envelope("", tuple(recipients), "192.0.2.1", "a0-1.example"),
        data=b"",
        counted=0,
        tags=(Tag(reply, reply),),
        headers=tuple(headers),
    )
    records = [configuration_set_event(event, message, "f")]
    if type in ("BOUNCE", "COMPLAINT", "DELIVERY"):
        records.append(notification(event, message, "f", headers=True))
    for record in records:
        assert json.loads(as_text(record).encode()) == record
