"""Mail that SES receives for an account by its receipt rules, as the rooms that act on it hand it on."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.values import Envelope, Scope
from emulator.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """One mail that SES took in, whatever the rules do with it.

    ``message_id`` is SES's own for received mail (``ids.inbound_message_id``). ``envelope`` has every recipient of the
    SMTP transaction, also those of nobody's rules. ``client_name`` is what DNS calls the client's address (PTR),
    without a final dot; "unknown" where it has no name. ``infected``: the mail contains a known virus
    (``policy/virus.py``).
    """

    message_id: str
    scope: Scope
    received_at: float
    envelope: Envelope
    verdict: Verdict
    client_name: str = "unknown"
    infected: bool = False


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """An incoming mail that waits for the receipt rules. ``recipients`` are those of the envelope that the account
    receives for; ``data`` is what came in SMTP, byte for byte. ``id`` numbers what waits, 0 before."""

    mail: IncomingMail
    recipients: tuple[str, ...]
    data: bytes
    id: int = 0
