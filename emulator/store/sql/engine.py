"""Opening a store, and its transactions.

The driver is told to leave transactions alone (autocommit) on both databases, and every BEGIN is ours: SQLite writes
with BEGIN IMMEDIATE, so that what was read in the transaction is still so when it writes; PostgreSQL reads with
REPEATABLE READ, so that a Reader sees one state, as SQLite's WAL readers do anyhow.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from emulator.store.ports import DatabaseUrlError, StoreError
from emulator.store.sql.accounts import Accounts
from emulator.store.sql.collection import Shared
from emulator.store.sql.documents import Documents
from emulator.store.sql.events import Events
from emulator.store.sql.forgetting import Forgetting
from emulator.store.sql.identities import identity_of
from emulator.store.sql.inbound import Inbound
from emulator.store.sql.inbox import Inbox
from emulator.store.sql.index import index_of
from emulator.store.sql.indexing import Indexing
from emulator.store.sql.link import Link
from emulator.store.sql.migrations import prepare
from emulator.store.sql.outbox import Outbox
from emulator.store.sql.prepared import Statements
from emulator.store.sql.turns import Turns
from emulator.store.sql.upserts import upserts

FILE_NAME = "ses-emulator.db"

# WAL with synchronous NORMAL: a transaction that returned survives the death of the process; only the death of the
# machine may take the last ones, never the file's soundness. secure_delete costs writes and hides nothing here.
# Caches are in KiB when negative.
_ON_CONNECT = (
    "PRAGMA busy_timeout = 60000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = OFF",
    "PRAGMA cache_size = -1000",
    "PRAGMA query_only = ON",
)
_ON_WRITER = (
    "PRAGMA query_only = OFF",
    "PRAGMA journal_mode = WAL",
    "PRAGMA cache_size = -4000",
    # A checkpoint waits for the disk: every 8 MiB of log rather than every 4.
    "PRAGMA wal_autocheckpoint = 2000",
    "PRAGMA journal_size_limit = 33554432",
)
_KEPT_CONNECTIONS = 8
_MOST_CONNECTIONS = 64
_REMEMBERED_IDENTITIES = 128


class Transaction(Accounts, Outbox, Events, Inbound, Inbox, Documents, Indexing, Forgetting):
    """``ports.Writer``; as a ``Reader`` the database itself refuses its writes."""


class SqlStore:
    """``ports.Store``. Thread-safe; not to be carried over a fork."""

    def __init__(self, engine: Engine, shared: Shared, turns: Turns | None) -> None:
        self._engine = engine
        self._shared = shared
        self._turns = turns
        self._writer: Link | None = None
        self._idle: deque[Link] = deque()
        self._closed = False
        self._begin_read = "BEGIN" if turns else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        self._begin_write = "BEGIN IMMEDIATE" if turns else "BEGIN"

    def prepare(self) -> None:
        """Makes the store usable; see ``migrations.prepare``."""
        if self._turns is None:
            with self._begun(self._begin_write) as link:
                prepare(link.connection, self._shared.index)
            return
        with self._turns:
            # Only one can write, so one connection is enough, and it need not be fetched from the pool each time.
            self._writer = self._connect()
            with self._writer.connection.begin():
                for pragma in _ON_WRITER:
                    self._writer.connection.exec_driver_sql(pragma)
            with _transaction(self._writer, self._begin_write):
                prepare(self._writer.connection, self._shared.index)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with self._begun(self._begin_read) as link:
            yield Transaction(link, self._shared)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        if self._turns is None:
            with self._begun(self._begin_write) as link:
                yield Transaction(link, self._shared)
            return
        with self._turns:
            assert self._writer is not None
            with _transaction(self._writer, self._begin_write):
                yield Transaction(self._writer, self._shared)

    def index(self, most: int) -> int:
        """See ``ports.Store``. Reading and taking apart is done before the write begins: nobody waits for it."""
        with self.read() as reader:
            batch = reader.unindexed_documents(most)
        if not batch.worth_writing:
            return 0
        with self.write() as writer:
            return writer.add_to_index(batch)

    def close(self) -> None:
        """Waits for a write under way. Closing twice is harmless; reading or writing afterwards is a ``StoreError``."""
        if self._closed:
            return
        if self._turns is not None:
            with self._turns:
                self._turns.close()
                if self._writer is not None:
                    self._writer.connection.close()
        self._closed = True
        self._close_idle()
        self._engine.dispose()

    def _connect(self) -> Link:
        connection = self._engine.connect()
        driver: Any = connection.connection.dbapi_connection
        return Link(connection, driver)

    @contextmanager
    def _begun(self, begin: str) -> Iterator[Link]:
        """A transaction on a connection of its own. Idle ones are kept here, not in SQLAlchemy's pool: fetching one
        there and giving it back costs more than a small read."""
        if self._closed:
            raise StoreError("the store is closed")
        link = self._begin_idle(begin)
        if link is None:
            link = self._connect()
            try:
                link.driver.execute(begin)
            except BaseException as problem:
                link.discard()
                _raise_in_words(problem)
                raise
        try:
            yield link
            link.commit()
        except BaseException as problem:
            try:
                link.rollback()
            except Exception:
                # What led here is what the caller must hear of; a connection that cannot even roll back is done with.
                link.discard()
            else:
                self._keep(link)
            _raise_in_words(problem)
            raise
        self._keep(link)

    def _begin_idle(self, begin: str) -> Link | None:
        """The idle connection used last, begun; those that the server has closed meanwhile are thrown away."""
        while True:
            try:
                link = self._idle.pop()
            except IndexError:
                return None
            try:
                link.driver.execute(begin)
            except Exception:
                # It was ended from the other side while it lay idle, in whichever way; another one is tried.
                link.discard()
                continue
            return link

    def _keep(self, link: Link) -> None:
        if len(self._idle) < _KEPT_CONNECTIONS:
            self._idle.append(link)
        else:
            link.discard()
        if self._closed:
            # Closed meanwhile, perhaps before this one came back.
            self._close_idle()

    def _close_idle(self) -> None:
        while True:
            try:
                self._idle.pop().discard()
            except IndexError:
                return


def open_store(url: str, *, production: bool = False) -> SqlStore:
    """Opens the database at ``url`` and makes its tables when it is new. ``production`` is what new accounts start
    with. Raises ``StoreError``, in words for the user, when that cannot be done."""
    place = _place(url)
    shown = place.render_as_string(hide_password=True)
    store = None
    try:
        _refuse_read_only(place)
        engine = _engine(place)
        turns = Turns(Path(f"{place.database}.lock")) if engine.dialect.name == "sqlite" else None
        remembering = lru_cache(_REMEMBERED_IDENTITIES)(identity_of)
        statements = Statements(engine.dialect)
        kind = engine.dialect.name
        store = SqlStore(engine, Shared(upserts(kind), index_of(kind), statements, production, remembering), turns)
        store.prepare()
    except ModuleNotFoundError as problem:
        raise StoreError(f"{shown} needs the driver psycopg: pip install 'ses-emulator[postgres]'") from problem
    except (SQLAlchemyError, OSError) as problem:
        _abandon(store)
        reason = str(getattr(problem, "orig", None) or problem).strip()
        raise StoreError(f"cannot open {shown}: {reason}") from problem
    except BaseException:
        _abandon(store)
        raise
    return store


def _refuse_read_only(place: URL) -> None:
    """SQLite would find out with the first write only, and that is somebody's call."""
    file = str(place.database)
    if place.get_backend_name() == "sqlite" and os.path.exists(file) and not os.access(file, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only", file)


def sqlite_url(folder: Path) -> str:
    """The URL of the SQLite file in ``folder``, which is made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return URL.create("sqlite", database=str((folder / FILE_NAME).resolve())).render_as_string(hide_password=False)


def _abandon(store: SqlStore | None) -> None:
    if store is not None:
        store.close()


def _place(url: str) -> URL:
    try:
        place = make_url(url)
    except ArgumentError as problem:
        raise DatabaseUrlError(
            f"{url!r} is no database URL: write postgresql+psycopg://user:password@host/database"
        ) from problem
    backend = place.get_backend_name()
    if backend == "postgresql" and place.drivername in ("postgresql", "postgresql+psycopg"):
        return place.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or place.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise DatabaseUrlError(f"{place.drivername} is not supported: use sqlite or postgresql+psycopg")
    if place.database in (None, "", ":memory:") or place.query:
        raise DatabaseUrlError(
            "SQLite needs a file (sqlite:////folder/file.db), without options: threads and processes share it"
        )
    return place


def _engine(place: URL) -> Engine:
    options: dict[str, Any] = {
        # The store keeps the idle ones itself.
        "pool_size": 1,
        "max_overflow": _MOST_CONNECTIONS - 1,
    }
    if place.get_backend_name() == "sqlite":
        options["connect_args"] = {"isolation_level": None, "check_same_thread": False}
    else:
        options["connect_args"] = {"autocommit": True}
        options["use_native_hstore"] = False
    engine = create_engine(place, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    try:
        for pragma in _ON_CONNECT:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise


@contextmanager
def _transaction(link: Link, begin: str) -> Iterator[None]:
    """On a connection that is kept whatever happens."""
    try:
        link.driver.execute(begin)
        yield
        link.commit()
    except BaseException as problem:
        link.rollback()
        _raise_in_words(problem)
        raise


def _raise_in_words(problem: BaseException) -> None:
    """``StoreError`` for what is wrong with SQLite's file or its disk, and nothing that was asked of it could help."""
    import sqlite3

    cause = getattr(problem, "orig", None) or problem
    unusable = (
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN),
        *(sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
    )
    # The lowest byte is the primary result code (sqlite.org/rescode.html).
    if isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF in unusable:
        raise StoreError(f"the state cannot be read or kept: {cause}") from problem
