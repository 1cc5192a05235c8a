"""What happened, as the second object of an event tells it: bounce, complaint, delivery and the others.

Source: reference events-and-api.md 1, 2.1 and 3.2; the order of members is the observed one. Decided:

- Mail that SES withheld itself bears SES's own sentence and no ``remoteMtaIp``; its ``reportingMTA`` is
  ``dns; amazonses.com``, its status 5.1.1 and its time in whole seconds (observed for the account's list, 5.1; inferred
  for the others).
- A complaint because of a suppression list has no report: neither ``userAgent`` nor ``complaintFeedbackType``, but
  ``arrivalDate`` (observed, 5.1).
- Opens and clicks have no ``isBotEvent``: it is in recent documentation (at second hand), in no recording, and whether
  a program opened a mail of this emulator's is a guess. A request without User-Agent has "".
- ``remoteMtaIp`` is the address of this emulator's own MX. A delivery given up has none: the last word was SES's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.diagnostics import (
    WITHHELD,
    enhanced_status,
    has_expired,
    suppression_subtype,
    transient_subtype,
)
from emulator.documents.contacts import OPT_OUT
from emulator.instants import timestamp
from emulator.sending_events import EventType, Preferences, Seen, SendingEvent, SubscriptionChange
from emulator.values import OutboundMessage, Outcome

_MX_ADDRESS = "127.0.0.1"
_SES_ITSELF = "dns; amazonses.com"


def body(event: SendingEvent, message: OutboundMessage, feedback_id: str, delivery_seconds: int) -> tuple[str, Any]:
    """Name and content of the event's own object. ``feedback_id`` is used by bounces and complaints,
    ``delivery_seconds`` (how long SES tries) by delays."""
    match event.type:
        case EventType.BOUNCE:
            return "bounce", _bounce(event, message, feedback_id)
        case EventType.COMPLAINT:
            return "complaint", _complaint(event, feedback_id)
        case EventType.DELIVERY_DELAY:
            return "deliveryDelay", _delay(event, message, delivery_seconds)
        case other:
            name, make = _OTHERS[other]
            return name, make(event, message)


def said_once(type: EventType, outcome: Outcome | None, reply: str) -> tuple[str, ...]:
    """What an event says once for all its recipients, as outcome and reply of a copy bring it about: copies of one
    message for which this is the same (and the outcome) may share an event, whose replies then are for each recipient.

    Bounces with one type and subtype share an event (observed: bounce@ and suppressionlist@ of the simulator)."""
    match type:
        case EventType.BOUNCE:
            return *bounce_type(outcome, reply), "SES gave up" if has_expired(reply) else ""
        case EventType.COMPLAINT:
            return (suppression_subtype(reply) if outcome in WITHHELD else "",)
        case EventType.DELIVERY_DELAY:
            return (_delay_type(reply),)
    return (reply,)


def bounce_type(outcome: Outcome | None, reply: str) -> tuple[str, str]:
    """bounceType and bounceSubType of a bounce."""
    match outcome:
        case Outcome.AUTO_REPLIED:
            return "Transient", "General"
        case Outcome.SUPPRESSED:
            return "Permanent", suppression_subtype(reply)
        case Outcome.UNSUBSCRIBED:
            return "Permanent", "UnsubscribedRecipient"
    subtype = transient_subtype(reply)
    return ("Permanent", "General") if subtype is None else ("Transient", subtype)


def _bounce(event: SendingEvent, message: OutboundMessage, feedback_id: str) -> dict[str, Any]:
    kind, subtype = bounce_type(event.outcome, event.reply)
    told = {"feedbackId": feedback_id, "bounceType": kind, "bounceSubType": subtype}
    withheld = event.outcome in WITHHELD
    happened = {"timestamp": timestamp(event.at // 1 if withheld else event.at)}
    if event.outcome is Outcome.AUTO_REPLIED:
        # An answer to the mail, not a DSN.
        return told | {"bouncedRecipients": _addresses(event)} | happened
    bounced = [
        {
            "emailAddress": recipient,
            "action": "failed",
            "status": enhanced_status(reply),
            "diagnosticCode": reply if withheld else f"smtp; {reply}",
        }
        for recipient, reply in zip(event.recipients, event.replies, strict=True)
    ]
    if not withheld and not has_expired(event.reply):
        happened["remoteMtaIp"] = _MX_ADDRESS
    happened["reportingMTA"] = _SES_ITSELF if withheld else f"dns; {message.envelope.helo}"
    return told | {"bouncedRecipients": bounced} | happened


def _complaint(event: SendingEvent, feedback_id: str) -> dict[str, Any]:
    withheld = event.outcome in WITHHELD
    at = timestamp(event.at)
    told = {
        "feedbackId": feedback_id,
        "complaintSubType": suppression_subtype(event.reply) if withheld else None,
        "complainedRecipients": _addresses(event),
        "timestamp": at,
    }
    if not withheld:
        # Only the mailbox simulator complains here.
        told |= {"userAgent": "Amazon SES Mailbox Simulator", "complaintFeedbackType": "abuse"}
    return told | {"arrivalDate": at}


def _delay(event: SendingEvent, message: OutboundMessage, delivery_seconds: int) -> dict[str, Any]:
    delayed = [
        {"emailAddress": recipient, "status": enhanced_status(reply), "diagnosticCode": f"smtp; {reply}"}
        for recipient, reply in zip(event.recipients, event.replies, strict=True)
    ]
    return {
        "timestamp": timestamp(event.at),
        "delayType": _delay_type(event.reply),
        "expirationTime": timestamp(message.accepted_at + delivery_seconds),
        "delayedRecipients": delayed,
    }


def _delay_type(reply: str) -> str:
    """By the enhanced status (decided; the documented example has 4.4.1): a full mailbox, a system in trouble (4.3), a
    connection (4.4); all else is General."""
    code = enhanced_status(reply)
    if code == "4.2.2":
        return "MailboxFull"
    return {"4.3": "RecipientServerError", "4.4": "TransientCommunicationFailure"}.get(
        code.rpartition(".")[0], "General"
    )


def _delivery(event: SendingEvent, message: OutboundMessage) -> dict[str, Any]:
    """``processingTimeMillis`` is at least 1, also where the clock was turned back meanwhile."""
    return {
        "timestamp": timestamp(event.at),
        "processingTimeMillis": max(1, round((event.at - message.accepted_at) * 1000)),
        "recipients": list(event.recipients),
        "smtpResponse": event.reply,
        "remoteMtaIp": _MX_ADDRESS,
        "reportingMTA": message.envelope.helo,
    }


def _failure(event: SendingEvent, message: OutboundMessage) -> dict[str, Any]:
    return {"errorMessage": event.reply, "templateName": event.template}


def _open(event: SendingEvent, message: OutboundMessage) -> dict[str, Any]:
    """In the recorded order, which is not that of a click."""
    seen = event.seen or Seen("", "")
    return {"timestamp": timestamp(event.at), "userAgent": seen.user_agent, "ipAddress": seen.ip_address}


def _click(event: SendingEvent, message: OutboundMessage) -> dict[str, Any]:
    seen = event.seen or Seen("", "")
    tags: dict[str, list[str]] = {}
    for name, value in seen.link_tags:
        tags.setdefault(name, []).append(value)
    return {
        "ipAddress": seen.ip_address,
        "timestamp": timestamp(event.at),
        "userAgent": seen.user_agent,
        "link": seen.link,
        "linkTags": tags or None,
    }


_NO_CHANGE = SubscriptionChange("", Preferences(False, ()), Preferences(False, ()))


def _subscription(event: SendingEvent, message: OutboundMessage) -> dict[str, Any]:
    """``source`` says that it was the way out in the header, also where the link in the text was used: no source has
    another word for that."""
    change = event.subscription or _NO_CHANGE
    return {
        "contactList": change.contact_list,
        "timestamp": timestamp(event.at),
        "source": "UnsubscribeHeader",
        "newTopicPreferences": _preferences(change.after),
        "oldTopicPreferences": _preferences(change.before),
    }


def _preferences(said: Preferences) -> dict[str, Any]:
    """The topics are those that the contact said something about: in the documented example they stay as they were
    when it leaves the whole list."""
    statuses = [
        {"topicName": name, "subscriptionStatus": "OptOut" if status == OPT_OUT else "OptIn"}
        for name, status in said.topics
    ]
    return {"unsubscribeAll": said.unsubscribe_all, "topicSubscriptionStatus": statuses}


def _addresses(event: SendingEvent) -> list[dict[str, Any]]:
    return [{"emailAddress": one} for one in event.recipients]


_OTHERS: dict[EventType, tuple[str, Callable[[SendingEvent, OutboundMessage], dict[str, Any]]]] = {
    EventType.SEND: ("send", lambda event, message: {}),
    EventType.DELIVERY: ("delivery", _delivery),
    EventType.OPEN: ("open", _open),
    EventType.CLICK: ("click", _click),
    EventType.SUBSCRIPTION: ("subscription", _subscription),
    EventType.REJECT: ("reject", lambda event, message: {"reason": "Bad content"}),
    EventType.RENDERING_FAILURE: ("failure", _failure),
}
