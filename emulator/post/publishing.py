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
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from emulator.clock import Clock, monotonic, real_time
from emulator.policy import event_publishing
from emulator.post.event_channels import ChannelError, EventChannels
from emulator.post.events import feedback_id, identity_of, used_set
from emulator.post.feedback import feedback_mail
from emulator.post.keyring import Keyring
from emulator.post.parcels import Parcel, to_destinations, to_topic
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


# ``PublishedLog.note`` with what is the same for all tellings of an event.
_Note = Callable[..., None]


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
        note = partial(
            self._published.note,
            at=event.at,
            scope=event.scope,
            message_id=event.message_id,
            type=event.type,
            # Before the mail is read: where it was there, and a reset came then, nothing is noted.
            since=self._published.mark(),
        )
        with self._store.read() as reader:
            message = reader.outbound(event.message_id)
            if message is None:
                return
            used = used_set(reader, message.scope, message.configuration_set)
            identity = identity_of(reader, message.source_arn)
        known_as = feedback_id(event.scope, event.message_id, event.type, event.outcome, event.reply, event.at)
        for parcel in to_destinations(self._channels, event, message, used, known_as):
            _tell(event, parcel, note)
        notification = to_topic(self._channels, event, message, identity, known_as)
        there = notification is None or _tell(event, notification, note)
        self._end(event, message, identity, there, note)

    def _end(
        self, event: SendingEvent, message: OutboundMessage, identity: Identity | None, there: bool, note: _Note
    ) -> None:
        """``there``: the identity's topic is, if it has one for the event."""
        forwarded = event_publishing.forwarded(identity, event.type, message.feedback_to)
        dropped = identity if not there and event.type is not EventType.DELIVERY else None
        mailed = forwarded or dropped is not None
        mail = feedback_mail(event, message, self._keyring, self._clock.now()) if mailed else None
        with self._store.write() as writer:
            # The account first, as in accepting: else the two could wait for each other.
            account = writer.account_for_update(mail.scope) if mail is not None else None
            if not writer.end_event(event.id):
                return
            if dropped is not None:
                _without_topic(writer, dropped, event.type)
            if mail is not None and account is not None:
                writer.add_outbound(mail, account.sent_total)
                of = identity.name if identity is not None else ""
                # Before the end of the event can be seen, as with every other channel.
                note(channel="email", target=mail.recipients[0], of=of, body=mail.message_id)
        if mail is not None:
            self._mailed()


def _tell(event: SendingEvent, parcel: Parcel, note: _Note) -> bool:
    """False when there is nobody there to take it."""
    failure, gone = "", False
    try:
        parcel.hand_over()
    except ChannelError as problem:
        failure, gone = str(problem), problem.gone
        log.warning("%s of %s is lost: %s", event.type, event.message_id, failure)
    note(channel=parcel.channel, target=parcel.target, of=parcel.of, body=parcel.body, failure=failure)
    return not gone


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
