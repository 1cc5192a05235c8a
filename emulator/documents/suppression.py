"""Suppression lists: addresses that nothing is sent to, of the account and of its tenants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedDestination(Document):
    """``name`` is the address as ``policy.suppression.listed`` writes it, ``parent`` the tenant's name or "" for the
    account's list. ``reason``: BOUNCE or COMPLAINT. ``message_id`` and ``feedback_id`` tell what put it there when SES
    did so itself, None when it was a call."""

    KIND: ClassVar[str] = "suppressed-destination"

    reason: str
    message_id: str | None = None
    feedback_id: str | None = None
