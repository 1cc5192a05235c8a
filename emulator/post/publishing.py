"""Publishing: takes events from their queue and tells whoever is to be told, until nobody is left.

An event is ended after all were told; killed in between, it is told again after the lease, under the same feedbackId,
as SNS itself may deliver twice. The mail that forwards it is put into the outbox in the transaction that ends it, so
there is only one.

A destination that does not take its event loses it, as at SES (observed for a topic that was deleted); the log and
``PublishedLog`` say why. A bounce or complaint topic that is gone is taken from its identity, and forwarding by mail
switched on (documented; SES also mails the owner, in words that no source has).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from emulator.clock import Clock, monotonic, real_time
from emulator.diagnostics import DELIVERY_SECONDS
from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.events.event import SNS_SUBJECT, as_text, configuration_set_event, detail_type, notification
from emulator.events.metrics import NAMESPACE, dimensions, metric_name
from emulator.policy import event_publishing
from emulator.post.event_channels import ChannelError, EventChannels
from emulator.post.events import feedback_id, identity_of, used_set
from emulator.post.feedback import feedback_mail
from emulator.post.keyring import Keyring
from emulator.post.patience import let_accepting_go_first
from emulator.post.published import PublishedLog
from emulator.post.queue_worker import QueueWorker
from emulator.sending_events import EventType, SendingEvent
from emulator.store.ports import Store, Writer
from emulator.values import Identity, OutboundMessage

log = logging.getLogger(__name__)

_BATCH = 20
_LEASE = 15.0
# After so many seconds with one batch its rest is given back, long before another process may take it: else every
# event behind a slow destination would be told twice.
_HELD = 5.0


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One telling: what ``hand_over`` gives to whom."""

    channel: str
    target: str
    of: str
    body: str
    hand_over: Callable[[], None]


class Publisher(QueueWorker):
    """One thread. ``last_accepted`` tells when the last mail was accepted (monotonic). ``mailed`` is called when a
    forwarding mail stands in the outbox."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        channels: EventChannels,
        keyring: Keyring,
        published: PublishedLog,
        owner: str,
        last_accepted: Callable[[], float],
        mailed: Callable[[], None],
    ) -> None:
        super().__init__("publishing")
        self._store = store
        self._clock = clock
        self._channels = channels
        self._keyring = keyring
        self._published = published
        self._since = 0
        self._owner = owner
        self._last_accepted = last_accepted
        self._mailed = mailed

    def _round(self) -> bool:
        """Publishes one batch; False when nothing was waiting, which is found by reading."""
        with self._store.read() as reader:
            if reader.unpublished() == 0:
                return False
        with self._store.write() as writer:
            batch = writer.claim_events(self._owner, real_time(), _LEASE, _BATCH)
        held_until = monotonic() + _HELD
        left = deque(batch)
        while left and not self._stopping.is_set() and monotonic() < held_until:
            let_accepting_go_first(self._last_accepted, self._stopping)
            event = left.popleft()
            try:
                self._publish(event)
            except Exception:
                # It is in the queue until its lease is over. What came after it must not wait for that, each time.
                log.exception("%s of %s was not published; trying again", event.type, event.message_id)
        if left:
            with self._store.write() as writer:
                writer.release_events([event.id for event in left])
        return bool(batch)

    def _publish(self, event: SendingEvent) -> None:
        # Before the mail is read: where it was there, and a reset came then, nothing is noted.
        self._since = self._published.mark()
        with self._store.read() as reader:
            message = reader.outbound(event.message_id)
            if message is None:
                return
            used = used_set(reader, message.scope, message.configuration_set)
            identity = identity_of(reader, message.source_arn)
        known_as = feedback_id(event.scope, event.message_id, event.type, event.outcome, event.reply, event.at)
        for parcel in self._to_destinations(event, message, used, known_as):
            self._hand_over(event, parcel)
        there = self._notified(event, message, identity, known_as)
        self._end(event, message, identity, there)

    def _to_destinations(
        self, event: SendingEvent, message: OutboundMessage, used: ConfigurationSet | None, known_as: str
    ) -> Iterator[_Parcel]:
        destinations = event_publishing.destinations(used, event.type)
        if used is None or not destinations:
            return
        longest = used.max_delivery_seconds or DELIVERY_SECONDS
        text = as_text(configuration_set_event(event, message, known_as, longest))
        for one in destinations:
            yield self._parcel(event, message, used, one, text)

    def _parcel(
        self, event: SendingEvent, message: OutboundMessage, used: ConfigurationSet, one: EventDestination, text: str
    ) -> _Parcel:
        channels, scope, of = self._channels, event.scope, f"{used.name}/{one.name}"
        if one.topic is not None:
            return _Parcel("sns", one.topic, of, text, partial(channels.sns, scope, one.topic, text, SNS_SUBJECT))
        if one.stream is not None:
            return _Parcel(
                "firehose", one.stream, of, text, partial(channels.firehose, scope, one.stream, text.encode())
            )
        if one.bus is not None:
            resources = [f"arn:aws:ses:{scope.region}:{scope.account}:configuration-set/{used.name}"]
            put = partial(channels.event_bridge, scope, one.bus, detail_type(event.type), resources, text, event.at)
            return _Parcel("eventbridge", one.bus, of, text, put)
        name, values = metric_name(event.type), dimensions(event, message, one.dimensions)
        shown = " ".join([name, *(f"{key}={value}" for key, value in values)])
        return _Parcel("cloudwatch", NAMESPACE, of, shown, partial(channels.cloud_watch, scope, name, values, event.at))

    def _notified(
        self, event: SendingEvent, message: OutboundMessage, identity: Identity | None, known_as: str
    ) -> bool:
        """False when the identity's topic is gone."""
        topic = event_publishing.topic(identity, event.type)
        if identity is None or topic is None:
            return True
        # A topic is of its identity's region and account; another account's mail may rest on that.
        scope, headers = identity.scope, event_publishing.with_headers(identity, event.type)
        text = as_text(notification(event, message, known_as, headers))
        told = _Parcel("sns", topic, identity.name, text, partial(self._channels.sns, scope, topic, text, None))
        return self._hand_over(event, told)

    def _hand_over(self, event: SendingEvent, parcel: _Parcel) -> bool:
        """False when there is nobody there to take it."""
        failure, gone = "", False
        try:
            parcel.hand_over()
        except ChannelError as problem:
            failure, gone = str(problem), problem.gone
            log.warning("%s of %s is lost: %s", event.type, event.message_id, failure)
        self._note(event, parcel, failure)
        return not gone

    def _note(self, event: SendingEvent, parcel: _Parcel, failure: str = "") -> None:
        self._published.note(
            at=event.at,
            scope=event.scope,
            message_id=event.message_id,
            type=event.type,
            channel=parcel.channel,
            target=parcel.target,
            of=parcel.of,
            body=parcel.body,
            failure=failure,
            since=self._since,
        )

    def _end(self, event: SendingEvent, message: OutboundMessage, identity: Identity | None, there: bool) -> None:
        forwarded = event_publishing.forwarded(identity, event.type, message.feedback_to)
        dropped = not there and identity is not None and event.type is not EventType.DELIVERY
        mail = feedback_mail(event, message, self._keyring, self._clock.now()) if forwarded or dropped else None
        with self._store.write() as writer:
            # The account first, as in accepting: else the two could wait for each other.
            account = writer.account_for_update(mail.scope) if mail is not None else None
            if not writer.end_event(event.id):
                return
            if dropped and identity is not None:
                _without_topic(writer, identity, event.type)
            if mail is not None and account is not None:
                writer.add_outbound(mail, account.sent_total)
                of = identity.name if identity is not None else ""
                # Before the end of the event can be seen, as with every other channel.
                self._note(event, _Parcel("email", mail.recipients[0], of, mail.message_id, lambda: None))
        if mail is not None:
            self._mailed()


def _without_topic(writer: Writer, identity: Identity, type: EventType) -> None:
    """Bounces or complaints go by mail from now on, unless the identity has got another topic meanwhile."""
    current = writer.identity_for_update(identity.scope, identity.name)
    if current is None or event_publishing.topic(current, type) != event_publishing.topic(identity, type):
        return
    told = current.notifications
    bounce = None if type is EventType.BOUNCE else told.bounce_topic
    complaint = None if type is EventType.COMPLAINT else told.complaint_topic
    told = replace(told, bounce_topic=bounce, complaint_topic=complaint, forwarding=True)
    writer.save_identity(replace(current, notifications=told))
    log.warning("%s has lost its topic for %s, which could not be told", identity.name, type)
