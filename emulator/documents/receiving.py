"""Who receives mail by SES. Apart from the rules, which few have: the store asks for this at every start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

RECEIVING = "receiving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving(Document):
    """Which rule set is active in an account and region; None: nothing is received."""

    KIND: ClassVar[str] = "receiving"

    name: str = RECEIVING
    active_rule_set: str | None = None
