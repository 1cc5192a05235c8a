"""One connection to the database, seen twice: by SQLAlchemy and by the driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection


class Cursor(Protocol):
    """What we use of the cursors of sqlite3 and psycopg. Rows are tuples of what the driver makes of a value: a Boolean
    is an int on SQLite."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def executemany(self, statement: str, parameters: Sequence[Any], /) -> object: ...

    def __iter__(self) -> Iterator[Any]: ...


class Driver(Protocol):
    """What we use of the connections of sqlite3 and psycopg."""

    def execute(self, statement: str, parameters: Any = ..., /) -> Cursor: ...

    def cursor(self) -> Cursor: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Link:
    """``connection`` is for statements that are put together on the spot, ``driver``, the same connection below it, for
    all others and for BEGIN: SQLAlchemy's "begin" event would slow every statement of the engine."""

    connection: Connection
    driver: Driver

    def commit(self) -> None:
        self._end_of_sqlalchemy()
        self.driver.commit()

    def rollback(self) -> None:
        self.driver.rollback()
        # Also where COMMIT has failed: SQLAlchemy counts that as a transaction no more, and yet refuses all that comes
        # after until it is told of the rollback.
        self.connection.rollback()

    def discard(self) -> None:
        """Closes the connection for good, broken or not; SQLAlchemy's pool does not get it back."""
        self.connection.invalidate()
        self.connection.close()

    def _end_of_sqlalchemy(self) -> None:
        """SQLAlchemy begins a transaction of its own, without a word to the database, with the first statement that it
        executes."""
        if self.connection.in_transaction():
            self.connection.commit()
