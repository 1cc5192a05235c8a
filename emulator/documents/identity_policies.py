"""Sending authorization policies: who else may send with an identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPolicy(Document):
    """``parent`` is the identity's name, ``text`` JSON without blanks. It goes when its identity goes."""

    KIND: ClassVar[str] = "identity-policy"

    text: str
