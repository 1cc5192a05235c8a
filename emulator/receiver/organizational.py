"""Organizational domains (RFC 7489 3.2): which names belong to one owner, by Mozilla's public suffix list."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


class OrganizationalDomains:
    """Reads the list (the copy in ``publicsuffixlist``, some 60 ms) when first asked. Thread-safe.

    Both parts of the list count, as in common verifiers. A top-level name that is not listed is a public suffix,
    so ``mail.abashiri.domain`` belongs to ``abashiri.domain``.
    """

    def __init__(self) -> None:
        self._list: PublicSuffixList | None = None
        self._lock = threading.Lock()

    def of(self, domain: str) -> str:
        """The organizational domain of a lower-case name; a public suffix itself is its own."""
        return self._suffixes().privatesuffix(domain) or domain

    def aligned(self, one: str, other: str, strict: bool = False) -> bool:
        """Identifier alignment, RFC 7489 3.1. Nothing is aligned with no domain at all."""
        if not one or not other:
            return False
        return one == other or (not strict and self.of(one) == self.of(other))

    def _suffixes(self) -> PublicSuffixList:
        if self._list is None:
            with self._lock:
                if self._list is None:
                    from publicsuffixlist import PublicSuffixList

                    self._list = PublicSuffixList()
        return self._list
