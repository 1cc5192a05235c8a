"""What happens when the sink has taken a mail: judged, read, stored. Then the sink says 250.

A copy that SES delivers is known by its envelope, since MAIL FROM bears the MessageId: Message-ID may be out of sight,
under a broken header of the customer's. Only the bounces and complaints that SES forwards come from the null sender and
from ``no-reply@amazonses.com``. SES wrote them itself, so their Message-ID is in its place and says it.

What SES receives for accounts is queued for their receipt rules in the transaction that captures the mail: a copy that
comes a second time is captured no second time, and received no second time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping

from emulator import ids
from emulator.clock import Clock
from emulator.incoming import IncomingMail, WaitingMail
from emulator.mail.raw import parse
from emulator.post.bounces import remember
from emulator.post.happenings import Happenings, MailCaptured
from emulator.receiver.reading import read_summary
from emulator.receiver.verdict import Receiver
from emulator.store.ports import Store
from emulator.values import Captured, Envelope, Scope

_BORNE = re.compile(r"\A<?([0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{6})@")


class Reception:
    """The sink's callback; blocking, thread-safe. ``tell`` is called when a mail has been stored, ``received`` when one
    waits for receipt rules."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        receiver: Receiver,
        tell: Callable[[], None],
        happenings: Happenings,
        received: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._receiver = receiver
        self._tell = tell
        self._happenings = happenings
        self._received = received

    def receive(self, envelope: Envelope, data: bytes, ours: bool, takers: Mapping[Scope, tuple[str, ...]]) -> str:
        """Returns the queue id to put into the reply. ``ours``: it came through SES's own relay, so its MessageId can
        be found, and a second delivery of the same copy is recognised and not stored again. ``takers``: who receives
        it by SES, each for which recipients."""
        now = self._clock.now()
        verdict = self._receiver.judge(data, envelope, now)
        message_id = _message_id(envelope, data) if ours else None
        key = _delivery_key(envelope, message_id) if message_id is not None else None
        queue_id = (key or hashlib.sha256(data).hexdigest())[:16]
        stored = self._receiver.stored(data, envelope, verdict, now, queue_id)
        summary = read_summary(data)
        mail = Captured(
            id=0,
            received_at=now,
            envelope=envelope,
            raw=stored,
            verdict=verdict,
            message_id=message_id,
            from_=summary.from_,
            to=summary.to,
            cc=summary.cc,
            reply_to=summary.reply_to,
            subject=summary.subject,
            text=summary.text,
            attachments=summary.attachments,
            size=len(stored),
            delivery_key=key,
        )
        with self._store.write() as writer:
            if mail.message_id is not None and not writer.deliveries(mail.message_id):
                # A reset forgot the message while this copy was on its way: it belongs to the time before.
                return queue_id
            id = writer.capture(mail)
            if takers and id is not None:
                waiting = _waiting(mail, data, takers)
                writer.queue_inbound(waiting)
                remember(writer, waiting)
        self._tell()
        if takers:
            self._received()
        if id is not None:
            self._happenings.publish(MailCaptured(id))
        return queue_id


def _waiting(mail: Captured, data: bytes, takers: Mapping[Scope, tuple[str, ...]]) -> list[WaitingMail]:
    """One for each account, with the bytes that came: the receiver's own fields above them are not SES's."""
    return [
        WaitingMail(
            IncomingMail(ids.inbound_message_id(), scope, mail.received_at, mail.envelope, mail.verdict),
            recipients,
            data,
        )
        for scope, recipients in takers.items()
    ]


def _message_id(envelope: Envelope, data: bytes) -> str | None:
    """That of a copy from SES; None when neither the envelope nor the mail bears one."""
    borne = _BORNE.match(envelope.mail_from) or _BORNE.match("".join(parse(data).values("Message-ID")[:1]))
    return borne.group(1) if borne else None


def _delivery_key(envelope: Envelope, message_id: str) -> str:
    """Names one copy: MAIL FROM where it bears the MessageId, else that and MAIL FROM, with the recipient."""
    borne = _BORNE.match(envelope.mail_from) is not None
    sender = envelope.mail_from if borne else f"{message_id} {envelope.mail_from}"
    copy = "\n".join((sender, *envelope.rcpt_to))
    return hashlib.sha256(copy.encode("utf-8", "surrogateescape")).hexdigest()
