"""One mail and its events, as the recordings have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.sending_events import EventType, SendingEvent
from emulator.values import Door, Envelope, OutboundMessage, Scope, Tag

SCOPE = Scope("123456789012", "us-east-1")
ID = "0100019d1d463523-617e8165-a084-4d91-aa5e-13778264d5d4-000000"
ACCEPTED = 1774519200.042  # 2026-03-26T10:00:00.042Z


@pytest.fixture
def make_message() -> Callable[..., OutboundMessage]:
    def make(**changes: Any) -> OutboundMessage:
        recipients = changes.pop("recipients", ("jane@example.com",))
        known: dict[str, Any] = {
            "message_id": ID,
            "scope": SCOPE,
            "accepted_at": ACCEPTED,
            "door": Door.V1,
            "operation": "SendEmail",
            "caller": "AKIAIOSFODNN7EXAMPLE",
            "source": "John Doe <john@example.com>",
            "feedback_to": "john@example.com",
            "envelope": Envelope(f"{ID}@amazonses.com", recipients, "54.240.8.86", "a8-86.smtp-out.amazonses.com"),
            "data": b"",
            "counted": 1,
            "tags": (Tag("custom-tag", "tag-value"),),
            "configuration_set": "ConfigSet",
            "source_arn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
            "source_ip": "192.0.2.7",
            "headers": (
                ("From", '"John Doe" <john@example.com>'),
                ("To", "jane@example.com"),
                ("Subject", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?="),
                ("MIME-Version", "1.0"),
            ),
        }
        return OutboundMessage(**{**known, **changes})

    return make


@pytest.fixture
def make_event() -> Callable[..., SendingEvent]:
    def make(type: EventType, reply: str = "", **changes: Any) -> SendingEvent:
        """``reply`` is every recipient's."""
        recipients = changes.get("recipients", ("jane@example.com",))
        known: dict[str, Any] = {
            "type": type,
            "message_id": ID,
            "scope": SCOPE,
            "at": ACCEPTED + 1.5,
            "recipients": recipients,
            "replies": (reply,) * len(recipients),
        }
        return SendingEvent(**{**known, **changes})

    return make
