"""Mail that SES has received for an account: a value, queued when it is captured, worked off by the receipt rules."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.values import Envelope, Scope
from emulator.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class InboundMail:
    """``data`` is what came in SMTP, byte for byte. ``envelope`` has all recipients of the SMTP transaction,
    ``recipients`` those of them that the account receives for. ``received_at`` is by the emulator's clock.
    ``message_id`` is SES's for mail that it receives. ``id`` numbers what waits, 0 before."""

    message_id: str
    scope: Scope
    received_at: float
    envelope: Envelope
    recipients: tuple[str, ...]
    verdict: Verdict
    data: bytes
    id: int = 0
