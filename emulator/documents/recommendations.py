"""What SES advised an account to do about its identities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

OPEN = "OPEN"
FIXED = "FIXED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(Document):
    """``name`` is ``identity/type``; ``type``: DKIM, SPF, DMARC or BIMI. ``status`` as it was last found."""

    KIND: ClassVar[str] = "recommendation"

    identity: str
    type: str
    description: str
    impact: str
    status: str = OPEN
