"""Mail that an account has received by its receipt rules, as long as it may be bounced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail(Document):
    """``name`` is SES's id of the mail, ``created_at`` when it came. ``mail_from`` is the envelope's sender, ""
    of a bounce; ``recipients`` are those that the account received it for; ``header`` is its header section, byte for
    byte."""

    KIND: ClassVar[str] = "received-mail"

    mail_from: str
    recipients: tuple[str, ...]
    header: bytes
