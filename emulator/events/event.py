"""A whole event: for the event destinations of a configuration set, and for the topic of an identity.

Source: reference events-and-api.md 2.1, 3.1 and 3.2. Bounces and complaints stand before ``mail``, all others behind
it (observed). Texts are cleaned of what UTF-8 cannot write, so that a hostile header cannot keep an event back.
"""

from __future__ import annotations

import json
from typing import Any

from emulator.diagnostics import DELIVERY_SECONDS
from emulator.events import mail_object
from emulator.events.bodies import body
from emulator.events.clean import clean
from emulator.sending_events import EventType, SendingEvent
from emulator.values import OutboundMessage

SNS_SUBJECT = "Amazon SES Email Event Notification"
"""Of a configuration set's events at SNS; notifications of identities have none (both observed)."""

_NAMES = {
    EventType.SEND: ("Send", "Email Sent"),
    EventType.REJECT: ("Reject", "Email Rejected"),
    EventType.BOUNCE: ("Bounce", "Email Bounced"),
    EventType.COMPLAINT: ("Complaint", "Email Complaint Received"),
    EventType.DELIVERY: ("Delivery", "Email Delivered"),
    EventType.OPEN: ("Open", "Email Opened"),
    EventType.CLICK: ("Click", "Email Clicked"),
    EventType.RENDERING_FAILURE: ("Rendering Failure", "Email Rendering Failed"),
    EventType.DELIVERY_DELAY: ("DeliveryDelay", "Email Delivery Delayed"),
    EventType.SUBSCRIPTION: ("Subscription", "Email Subscribed"),
}
_FEEDBACK = frozenset({EventType.BOUNCE, EventType.COMPLAINT})
_NOTIFIED = frozenset({EventType.BOUNCE, EventType.COMPLAINT, EventType.DELIVERY})


def configuration_set_event(
    event: SendingEvent, message: OutboundMessage, feedback_id: str, delivery_seconds: int = DELIVERY_SECONDS
) -> dict[str, Any]:
    """The record of event publishing. ``feedback_id``: the id of the bounce or complaint, of no use to other types;
    ``delivery_seconds``: for how long SES tries, which a delay tells the end of."""
    mail = mail_object.of_configuration_set(event, message)
    return _record("eventType", event, mail, body(event, message, feedback_id, delivery_seconds))


def notification(event: SendingEvent, message: OutboundMessage, feedback_id: str, headers: bool) -> dict[str, Any]:
    """What the identity's SNS topic gets; ``headers``: those are enabled for the type. Raises ValueError for a type
    that SES has no such notification of: there are Bounce, Complaint and Delivery."""
    if event.type not in _NOTIFIED:
        raise ValueError(f"no notification of {event.type}")
    mail = mail_object.of_notification(event, message, headers)
    return _record("notificationType", event, mail, body(event, message, feedback_id, DELIVERY_SECONDS))


def as_text(record: dict[str, Any]) -> str:
    """A record as it is published: JSON without blanks, characters outside ASCII as they are. A configuration set's
    event ends in a line end (observed), a notification does not (recordings have none).

    U+FFFE and U+FFFF are escaped, which no XML and no queue of SQS could carry."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return f"{text}\n" if "eventType" in record else text


def detail_type(type: EventType) -> str:
    """What EventBridge calls an event (documented)."""
    return _NAMES[type][1]


def _record(discriminator: str, event: SendingEvent, mail: dict[str, Any], own: tuple[str, Any]) -> dict[str, Any]:
    members = [own, ("mail", mail)] if event.type in _FEEDBACK else [("mail", mail), own]
    record: dict[str, Any] = clean({discriminator: _NAMES[event.type][0], **dict(members)})
    return record
