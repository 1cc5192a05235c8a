"""Queues what becomes of a mail for those who are told of it, in the transaction in which it becomes so; for mail of
which nobody is told, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial

from emulator import ids
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.events.bodies import said_once
from emulator.policy import event_publishing, identity_arns
from emulator.sending_events import EventType, SendingEvent, SubscriptionChange
from emulator.store.ports import Reader, Writer
from emulator.values import Delivery, Identity, OutboundMessage, Outcome, Scope

_DELAYED = (EventType.DELIVERY_DELAY,)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who could be told of a mail."""

    used: ConfigurationSet | None
    identity: Identity | None
    feedback_to: str

    def hears(self, type: EventType) -> bool:
        return event_publishing.heard(self.used, self.identity, self.feedback_to, type)


def queue_accepted(writer: Writer, message: OutboundMessage, audience: Audience) -> bool:
    """SEND, of all recipients. It comes before any other event of the message. Returns whether anybody hears it."""
    if not audience.hears(EventType.SEND):
        return False
    send = SendingEvent(EventType.SEND, message.message_id, message.scope, message.accepted_at, message.recipients)
    writer.queue_events((send,))
    return True


def queue_ended(
    writer: Writer,
    message: OutboundMessage,
    audience: Audience,
    recipients: tuple[str, ...],
    outcome: Outcome,
    reply: str,
    template: str = "",
) -> bool:
    """Of copies that come to their end when the message is accepted. Returns whether anybody hears of it."""
    at, replies = message.accepted_at, (reply,) * len(recipients)
    events = [
        SendingEvent(type, message.message_id, message.scope, at, recipients, outcome, replies, template)
        for type in event_publishing.types_of(outcome)
        if recipients and audience.hears(type)
    ]
    writer.queue_events(events)
    return bool(events)


def feedback_id(scope: Scope, message_id: str, type: EventType, outcome: Outcome | None, reply: str, at: float) -> str:
    """The id of the bounce or complaint that a copy's end at ``at`` brings about: that of all copies which share the
    event, each time that it is told, and on the suppression list."""
    of = (message_id, type, outcome or "", *said_once(type, outcome, reply), repr(at))
    return ids.feedback_id(scope.region, at, "\0".join(of))


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one copy just now: its end, or with ``outcome`` QUEUED a try that failed for the time being."""

    copy: Delivery
    outcome: Outcome
    reply: str


def queue_changed(writer: Writer, changes: Iterable[Change], at: float) -> bool:
    """Copies of one message share an event where it says the same of all of them, as several bounces of one call do at
    SES, each with its own reply (observed). Returns whether anybody hears of them."""
    audiences = _Audiences(writer)
    together: dict[tuple[str, EventType, Outcome, tuple[str, ...]], list[Change]] = {}
    for change in changes:
        copy = change.copy
        types = _DELAYED if change.outcome is Outcome.QUEUED else event_publishing.types_of(change.outcome)
        for type in types:
            if audiences.of(copy).hears(type):
                said = said_once(type, change.outcome, change.reply)
                together.setdefault((copy.message_id, type, change.outcome, said), []).append(change)
    writer.queue_events(
        SendingEvent(
            type,
            message_id,
            shared[0].copy.scope,
            at,
            tuple([change.copy.recipient for change in shared]),
            outcome,
            tuple([change.reply for change in shared]),
        )
        for (message_id, type, outcome, _), shared in together.items()
    )
    return bool(together)


def queue_subscription(writer: Writer, message_id: str, change: SubscriptionChange, at: float) -> bool:
    """Of a contact that used the link in a mail. The set is asked that the mail was sent with. Returns whether anybody
    hears it; nobody does of a mail that is gone."""
    message = writer.outbound(message_id)
    if message is None:
        return False
    used = used_set(writer, message.scope, message.configuration_set)
    if not event_publishing.destinations(used, EventType.SUBSCRIPTION):
        return False
    event = SendingEvent(EventType.SUBSCRIPTION, message_id, message.scope, at, message.recipients, subscription=change)
    writer.queue_events((event,))
    return True


class _Audiences:
    """As they are in this transaction; each set and identity is looked up once."""

    def __init__(self, reader: Reader) -> None:
        self._set = cache(partial(used_set, reader))
        self._identity = cache(partial(identity_of, reader))

    def of(self, copy: Delivery) -> Audience:
        used = self._set(copy.scope, copy.configuration_set)
        return Audience(used, self._identity(copy.source_arn), copy.feedback_to)


def used_set(reader: Reader, scope: Scope, name: str | None) -> ConfigurationSet | None:
    """The set that a mail was sent with, unless it is gone by now."""
    return None if name is None else reader.document(ConfigurationSet, scope, name)


def identity_of(reader: Reader, arn: str | None) -> Identity | None:
    """The identity whose settings count for a mail, unless it is gone by now."""
    named = None if arn is None else identity_arns.parse(arn)
    return next(iter(reader.identities(named[0], (named[1],))), None) if named is not None else None
