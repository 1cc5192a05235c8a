"""Bounces of mail that an account has received, sent to whoever sent it: what is remembered of a mail for that, and the
finished bounce.

Source: API1 SendBounce ("on an email up to 24 hours after you receive it"), reference events-and-api.md 6.3. Decided:

- A bounce comes from the null sender, as every DSN (RFC 3464 2), and is signed as the account's own mail is: by the
  key of the domain of its From, and by amazonses.com. It takes nothing from the day and counts in no statistic.
- What is older than 24 hours by the emulator's clock is forgotten when the account receives again. Of a header that is
  larger than 64 KiB the fields that fit are remembered, from the top: a mail that is all header must not be kept twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from emulator import ids
from emulator.clock import Clock
from emulator.documents.received import ReceivedMail
from emulator.incoming import WaitingMail
from emulator.mail import raw
from emulator.mail.bounce_reply import EXPLANATION, BouncedRecipient, bounce_reply
from emulator.policy.addresses import parse
from emulator.policy.identity import candidates, dkim_identity, signs
from emulator.post import own_mail
from emulator.post.keyring import Keyring
from emulator.store.ports import Reader, Store, Writer
from emulator.values import Header, Identity, OutboundMessage, Scope

BOUNCEABLE_SECONDS = 24 * 3600

_FORGOTTEN_AT_ONCE = 100
_MOST_HEADER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Bounce:
    """What ``sender`` (From, as the caller wrote it) tells of ``original``. ``arrived_at`` None: when it came.
    ``reporting_mta`` None: the region's inbound host."""

    original: ReceivedMail
    sender: str
    recipients: tuple[BouncedRecipient, ...]
    explanation: str = EXPLANATION
    reporting_mta: str | None = None
    arrived_at: float | None = None
    extensions: tuple[Header, ...] = ()


def remember(writer: Writer, waiting: Iterable[WaitingMail]) -> None:
    """Of mail that is queued for receipt rules, in the same transaction: it can be bounced from now on."""
    for one in waiting:
        mail = one.mail
        too_old = (mail.received_at - BOUNCEABLE_SECONDS, "")
        for old in writer.newest_documents(ReceivedMail, mail.scope, before=too_old, limit=_FORGOTTEN_AT_ONCE):
            writer.delete_document(ReceivedMail, mail.scope, old.name)
        writer.save_document(received_mail(one))


def received_mail(waiting: WaitingMail) -> ReceivedMail:
    """What is remembered of it."""
    mail = waiting.mail
    return ReceivedMail(
        scope=mail.scope,
        name=mail.message_id,
        created_at=mail.received_at,
        updated_at=mail.received_at,
        mail_from=mail.envelope.mail_from,
        recipients=waiting.recipients,
        header=_header(waiting.data),
    )


def _header(data: bytes) -> bytes:
    kept, room = [], _MOST_HEADER_BYTES
    for field in raw.parse(data).fields:
        room -= len(field.raw)
        if room < 0:
            break
        kept.append(field.raw)
    return b"".join(kept)


def bounceable(reader: Reader, scope: Scope, message_id: str, now: float) -> ReceivedMail | None:
    """The received mail of that id; None when the account received none, or not in the last 24 hours."""
    found = reader.document(ReceivedMail, scope, message_id)
    return found if found is not None and now - found.created_at <= BOUNCEABLE_SECONDS else None


def bounce_mail(
    bounce: Bounce, signer: Identity | None, *, operation: str, caller: str, keyring: Keyring, now: float
) -> OutboundMessage:
    """The finished bounce, to the sender of the original, which must not be the null sender. ``signer``: the identity
    that signs beside amazonses.com, see ``signer_of``."""
    original, region = bounce.original, bounce.original.scope.region
    composed = bounce_reply(
        bounce.recipients,
        sender=bounce.sender,
        to=original.mail_from,
        region=region,
        arrived_at=original.created_at if bounce.arrived_at is None else bounce.arrived_at,
        now=now,
        boundaries=ids.boundary_numbers,
        original=original.header,
        explanation=bounce.explanation,
        reporting_mta=bounce.reporting_mta,
        extensions=bounce.extensions,
    )
    return own_mail.finished(
        composed,
        scope=original.scope,
        to=original.mail_from,
        source=bounce.sender,
        operation=operation,
        caller=caller,
        keyring=keyring,
        now=now,
        mail_from="",
        signer=signer,
    )


def signer_of(identities: Sequence[Identity], sender: str) -> Identity | None:
    """Whose key signs mail of ``sender``, among the identities that could speak for it (``names_of``)."""
    found = dkim_identity(parse(sender).addr_spec, {one.name: one for one in identities})
    return found if signs(found) else None


def names_of(sender: str) -> tuple[str, ...]:
    """The names of the identities that could speak for an address. Raises ``Fault`` where it is none."""
    return candidates(parse(sender).addr_spec)


class Bounces:
    """Puts bounces into the outbox. Thread-safe. ``woken`` is called when one stands there."""

    def __init__(self, store: Store, clock: Clock, keyring: Keyring, woken: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._keyring = keyring
        self._woken = woken

    def send(self, bounce: Bounce, signer: Identity | None, *, operation: str, caller: str) -> str:
        """Returns the MessageId of the bounce."""
        self._keyring.ready()
        now = self._clock.now()
        mail = bounce_mail(bounce, signer, operation=operation, caller=caller, keyring=self._keyring, now=now)
        with self._store.write() as writer:
            writer.add_outbound(mail, writer.account_for_update(mail.scope).sent_total)
        self._woken()
        return mail.message_id
