"""What SES keeps under a name, beside identities and mail: templates, configuration sets, contacts … One file an area
holds the frozen values; the store keeps each whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.values import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Stored under (account, region, kind, ``parent``, ``name``). ``parent`` is the name of what it belongs to (a
    contact's list, a rule's set), "" when it stands alone.

    Fields of a subclass are of JSON's own types, ``bytes``, string enums, frozen dataclasses, tuples of these
    (``tuple[X, ...]``), or None. A new field needs a default, so that documents stored before it can be read. ``KIND``
    stands in the database: it is never changed.
    """

    KIND: ClassVar[str]

    scope: Scope
    name: str
    parent: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0
