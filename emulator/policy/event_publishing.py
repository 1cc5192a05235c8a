"""Who is told what became of a mail: the event destinations of its configuration set, the topics of its identity, and
the address that gets bounces and complaints by mail.

Source: reference events-and-api.md 2 and 3. Identity topics and event destinations are told independently of each
other. Notification topics know three types; a domain's hold for its addresses that are no identities themselves, so
the identity is the one whose settings count for the mail.
"""

from __future__ import annotations

from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.sending_events import EventType
from emulator.values import Identity, Outcome

# Events of a copy with that outcome, in the order in which SES publishes them (observed).
_TYPES = {
    Outcome.DELIVERED: (EventType.DELIVERY,),
    Outcome.BOUNCED: (EventType.BOUNCE,),
    Outcome.COMPLAINED: (EventType.DELIVERY, EventType.COMPLAINT),
    Outcome.AUTO_REPLIED: (EventType.DELIVERY, EventType.BOUNCE),
    Outcome.SUPPRESSED: (EventType.BOUNCE,),
    Outcome.SUPPRESSED_COMPLAINT: (EventType.COMPLAINT,),
    Outcome.UNSUBSCRIBED: (EventType.BOUNCE,),
    Outcome.REJECTED: (EventType.REJECT,),
    Outcome.RENDERING_FAILED: (EventType.RENDERING_FAILURE,),
}
_FORWARDED = (EventType.BOUNCE, EventType.COMPLAINT)


def types_of(outcome: Outcome) -> tuple[EventType, ...]:
    return _TYPES.get(outcome, ())


def destinations(used: ConfigurationSet | None, type: EventType) -> tuple[EventDestination, ...]:
    """Those of the set that are enabled and match, in the set's order."""
    if used is None:
        return ()
    return tuple([one for one in used.destinations if one.enabled and type in one.event_types])


def topic(identity: Identity | None, type: EventType) -> str | None:
    """The SNS topic that the identity has for this type."""
    if identity is None:
        return None
    told = identity.notifications
    topics = {
        EventType.BOUNCE: told.bounce_topic,
        EventType.COMPLAINT: told.complaint_topic,
        EventType.DELIVERY: told.delivery_topic,
    }
    return topics.get(type)


def with_headers(identity: Identity, type: EventType) -> bool:
    """Whether the mail's headers go with the notification of this type."""
    told = identity.notifications
    wanted = {
        EventType.BOUNCE: told.bounce_headers,
        EventType.COMPLAINT: told.complaint_headers,
        EventType.DELIVERY: told.delivery_headers,
    }
    return wanted.get(type, False)


def forwarded(identity: Identity | None, type: EventType, feedback_to: str) -> bool:
    """Whether a mail about it goes to ``feedback_to``. Forwarding that is switched off counts only while both topics
    are set, else SES mails all the same (API2 PutEmailIdentityFeedbackAttributes)."""
    if type not in _FORWARDED or not feedback_to:
        return False
    if identity is None:
        return True
    told = identity.notifications
    return told.forwarding or not (told.bounce_topic and told.complaint_topic)


def heard(used: ConfigurationSet | None, identity: Identity | None, feedback_to: str, type: EventType) -> bool:
    """Whether anybody is told of an event of this type."""
    return bool(destinations(used, type) or topic(identity, type) is not None or forwarded(identity, type, feedback_to))


def headers_wanted(used: ConfigurationSet | None, identity: Identity | None) -> bool:
    """Whether the headers of a mail could have to be told later."""
    if used is not None and used.destinations:
        return True
    told = identity.notifications if identity is not None else None
    return told is not None and bool(told.bounce_topic or told.complaint_topic or told.delivery_topic)
