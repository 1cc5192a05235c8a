"""What the collections share: the store's belongings and the connection of the transaction they are part of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from emulator.store.sql.upserts import Upserts
from emulator.values import Dkim, MailFrom, Verification


@dataclass(frozen=True, slots=True)
class Shared:
    """Made once per store. ``production`` is what new accounts start with; ``identity_parts`` is
    ``codec.identity_parts``, remembering what it decoded last: every mail asks for the same few identities."""

    upserts: Upserts
    production: bool
    identity_parts: Callable[[str], tuple[Verification, Dkim, MailFrom]]


class Collection:
    """Valid only while the transaction is open."""

    def __init__(self, connection: Connection, shared: Shared) -> None:
        self._connection = connection
        self._shared = shared
