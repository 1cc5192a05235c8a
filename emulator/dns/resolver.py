"""How the emulator asks DNS, and the only way in which the receiver and the identity checks learn of records."""

from __future__ import annotations

from typing import Protocol

from emulator.values import DnsAnswer


class Resolver(Protocol):
    def query(self, name: str, type: str) -> DnsAnswer:
        """Asks for ``name`` (final dot or not, any case) and a type by its mnemonic. Never raises."""
        ...
