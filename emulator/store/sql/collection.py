"""What the collections share: the store's belongings and the connection of the transaction they are part of."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Integer, bindparam, func, select

from emulator.store.sql.index import Index
from emulator.store.sql.link import Cursor, Link
from emulator.store.sql.prepared import Statements
from emulator.store.sql.schema import storable
from emulator.store.sql.upserts import Upserts
from emulator.values import Identity

_NOTHING: Mapping[str, object] = {}
_ALONE = select(func.pg_advisory_xact_lock(bindparam("what", type_=Integer), bindparam("key", type_=Integer)))


@dataclass(frozen=True, slots=True)
class Shared:
    """Made once per store. ``production`` is what new accounts start with; ``identity`` makes one of a row, and
    remembers what it made last: every mail asks for the same few identities."""

    upserts: Upserts
    index: Index
    statements: Statements
    production: bool
    identity: Callable[[tuple[Any, ...]], Identity]


class Collection:
    """Valid only while the transaction is open."""

    def __init__(self, link: Link, shared: Shared) -> None:
        self._connection = link.connection
        self._driver = link.driver
        self._shared = shared

    def _run(self, statement: Executable, parameters: Mapping[str, object] = _NOTHING) -> Cursor:
        """Executes one of the constant statements; see ``Statements``."""
        prepared = self._shared.statements.get(statement, parameters.keys())
        return self._driver.execute(prepared.text, prepared.parameters(parameters))

    def _alone_with(self, what: int, *name: str) -> None:
        """Nobody else is alone with that name, taken or not, until the transaction ends: there may be no row to lock
        yet. ``what`` is a number that no other lock has as its first. SQLite has one writer at a time anyhow."""
        if self._connection.dialect.name == "postgresql":
            # The same in every process; two names that share it wait for each other for nothing, which harms nobody.
            text = "\n".join(map(storable, name))
            self._run(_ALONE, {"what": what, "key": zlib.crc32(text.encode("utf-8", "replace")) - 2**31})

    def _run_all(self, statement: Executable, parameters: Sequence[Mapping[str, object]]) -> None:
        """The same for several sets of parameters, at least one."""
        if len(parameters) == 1:
            self._run(statement, parameters[0])
            return
        prepared = self._shared.statements.get(statement, parameters[0].keys())
        self._driver.cursor().executemany(prepared.text, [prepared.parameters(one) for one in parameters])
