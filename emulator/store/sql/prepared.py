"""Core statements as the driver itself takes them.

SQLAlchemy needs 15 to 20 µs to execute a statement that it has compiled before, SQLite often 2: on a mail's way, where
each transaction is six to twenty statements, that was most of the store's work. So a statement that never changes is
compiled once per store, and its text goes straight to the driver's connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from emulator.store.sql.schema import Plain, storable


class Prepared:
    """One statement's text for one database, and how its parameters are handed over."""

    def __init__(self, statement: Executable, dialect: Dialect, names: Iterable[str]) -> None:
        """``names``: those of the parameters, without the statement's own constants; an insert writes just these
        columns."""
        compiled = statement.compile(  # type: ignore[attr-defined]  # every statement has it, Executable does not say so
            dialect=dialect, column_keys=list(names)
        )
        assert isinstance(compiled, SQLCompiler)
        # An IN of as many places as the value has: its text is not known before.
        assert not compiled.post_compile_params, compiled
        self.text = str(compiled)
        self._order = compiled.positiontup
        self._constants = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
        self._plain = [name for name, bind in compiled.binds.items() if isinstance(bind.type, Plain)]

    def parameters(self, given: Mapping[str, object]) -> Any:
        """``given`` and the constants as the driver wants them: by place for sqlite3, by name for psycopg. Text becomes
        what the database can hold, as ``Plain`` does it where SQLAlchemy executes."""
        values: dict[str, Any] = {**self._constants, **given}
        for name in self._plain:
            text = values[name]
            if text is not None and not (text.isascii() and "\0" not in text):
                values[name] = storable(text)
        return values if self._order is None else [values[name] for name in self._order]


class Statements:
    """The statements of one store, each compiled when it is first needed. They are known by their identity, so only
    constants of a module and what is made once per store belong here, and always with the same parameters."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[Executable, Prepared] = {}

    def get(self, statement: Executable, names: Iterable[str]) -> Prepared:
        found = self._prepared.get(statement)
        if found is None:
            # Two threads may both come here first; either's is as good.
            found = self._prepared[statement] = Prepared(statement, self._dialect, names)
        return found
