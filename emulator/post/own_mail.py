"""Mail that SES itself writes, from the composed message to what goes into the outbox."""

from __future__ import annotations

from emulator import ids
from emulator.mail import envelope, raw, sign, stamp
from emulator.post.keyring import Keyring
from emulator.values import Door, Envelope, Identity, OutboundMessage, Scope

SES = "ses.amazonaws.com"
"""The caller of mail that nobody called for: SES, under the name that AWS gives it where a service calls."""


def finished(
    composed: bytes,
    *,
    scope: Scope,
    to: str,
    source: str,
    operation: str,
    caller: str,
    keyring: Keyring,
    now: float,
    mail_from: str | None = None,
    signer: Identity | None = None,
) -> OutboundMessage:
    """``composed`` stamped and signed, in an envelope to the bare address ``to``: by amazonses.com, and by ``signer``
    where it is written in a customer's name. ``mail_from`` None: one that bears the MessageId, as that of customers'
    mail does. No statistic counts it, and nobody is told what becomes of it."""
    message_id = ids.message_id(scope.region, now)
    outgoing = envelope.outgoing(scope.region)
    stamped = stamp.stamp(
        raw.parse(composed),
        message_id=message_id,
        region=scope.region,
        now=now,
        outgoing_ip=outgoing.ip,
        account_hash=keyring.account_hash(scope),
    )
    signers = [keyring.identity(signer)] if signer is not None else []
    signers.append(keyring.amazonses(scope.region))
    if mail_from is None:
        mail_from = envelope.mail_from(message_id, scope.region, None)
    return OutboundMessage(
        message_id=message_id,
        scope=scope,
        accepted_at=now,
        door=Door.V1,
        operation=operation,
        caller=caller,
        source=source,
        feedback_to="",
        envelope=Envelope(mail_from, (to,), outgoing.ip, outgoing.host),
        data=sign.sign(stamped, signers, now).to_bytes(),
        counted=0,
        in_statistics=False,
    )
