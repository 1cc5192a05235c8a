"""The search index in both databases: SQLite's FTS5, and a tsvector under GIN in PostgreSQL.

They are given the words of ``store/words.py``, so neither's own notion of a word matters. FTS5 holds no copy of the
text (contentless), so nothing can be taken out of it: ids of deleted mails stand in ``captured_gone`` until the index
is emptied or built anew. A tsvector holds no places here, since PostgreSQL forgets those of words that come often:
which mails hold all words of a sequence is found in the index, and whether in sequence is looked up in the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    String,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
    text,
)

from emulator.store.sql.link import Driver
from emulator.store.words import EVERY, FIELDS, Document, Fact, Words

Check = Callable[[ColumnElement[int]], Sequence[ColumnElement[bool]]]


def _nothing_more(_: ColumnElement[int]) -> Sequence[ColumnElement[bool]]:
    return ()


@dataclass(frozen=True, slots=True)
class Hits:
    """Where the mails that match are: ``source`` has one row a mail, ``id`` is its id. ``each`` is the same, for
    conditions that are to be looked up hit by hit: SQLite would begin with them and search anew for each of theirs.
    ``since`` is the condition of being captured at an instant or later. ``check`` are conditions on an id that take
    long to look up, for when all others are fulfilled."""

    source: FromClause
    id: ColumnElement[int]
    each: ColumnElement[int]
    since: Callable[[float], ColumnElement[bool]]
    conditions: Sequence[ColumnElement[bool]] = ()
    check: Check = _nothing_more


class Index(Protocol):
    """One database's. ``tables`` makes it; what changes it needs the indexing row (``Shelf``)."""

    @property
    def tables(self) -> Sequence[str]: ...

    def add(self, driver: Driver, documents: Sequence[Document]) -> None: ...

    def remove(self, connection: Connection, ids: Select[Any]) -> None:
        """``ids`` are in the index and still in ``captured``."""
        ...

    def clear(self, connection: Connection) -> None: ...

    def worn(self, connection: Connection) -> int:
        """How many mails are in it that are gone."""
        ...

    def begin(self, connection: Connection) -> None:
        """Before ``hits`` are asked for in a transaction."""
        ...

    def hits(self, having: Sequence[Words | Fact], lacking: Sequence[Words | Fact]) -> Hits: ...


class SqliteIndex:
    tables = (
        f"CREATE VIRTUAL TABLE captured_words USING fts5 ({', '.join(FIELDS)}, facts, "
        "content='', columnsize=0, tokenize='ascii')",
        "CREATE TABLE captured_gone (id INTEGER PRIMARY KEY)",
        "CREATE TABLE captured_times (id INTEGER PRIMARY KEY, received_at REAL NOT NULL)",
    )
    _words = table("captured_words", column("rowid"))
    _each: ColumnElement[int] = literal_column("+captured_words.rowid", Integer())
    _gone = table("captured_gone", column("id"))
    _times = table("captured_times", column("id"), column("received_at"))
    _add = f"INSERT INTO captured_words (rowid, {', '.join(FIELDS)}, facts) VALUES (?, {'?, ' * len(FIELDS)}?)"

    def add(self, driver: Driver, documents: Sequence[Document]) -> None:
        driver.cursor().executemany(self._add, [(one.id, *one.fields, " ".join(one.facts)) for one in documents])
        driver.cursor().executemany(
            "INSERT INTO captured_times VALUES (?, ?)", [(one.id, one.received_at) for one in documents]
        )

    def remove(self, connection: Connection, ids: Select[Any]) -> None:
        connection.execute(insert(self._gone).from_select(["id"], ids))

    def clear(self, connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO captured_words (captured_words) VALUES ('delete-all')")
        connection.exec_driver_sql("DELETE FROM captured_gone")
        connection.exec_driver_sql("DELETE FROM captured_times")

    def worn(self, connection: Connection) -> int:
        return int(connection.execute(select(func.count()).select_from(self._gone)).scalar_one())

    def begin(self, connection: Connection) -> None:
        pass

    def hits(self, having: Sequence[Words | Fact], lacking: Sequence[Words | Fact]) -> Hits:
        sought = " AND ".join(map(_fts5, having or [Fact(EVERY)]))
        if lacking:
            sought = f"({sought}) NOT ({' OR '.join(map(_fts5, lacking))})"
        return Hits(
            self._words,
            self._words.c.rowid,
            self._each,
            lambda instant: self._each.in_(select(self._times.c.id).where(self._times.c.received_at >= instant)),
            (
                # SQLAlchemy takes text for a condition; its types do not say so.
                text("captured_words MATCH :sought").bindparams(sought=sought),  # type: ignore[arg-type]
                self._words.c.rowid.not_in(select(self._gone.c.id)),
            ),
        )


def _fts5(about: Words | Fact) -> str:
    """A part of FTS5's query language; words hold no quotation marks."""
    if isinstance(about, Fact):
        return f'(facts : "{about.word}")'
    return f'({{{" ".join(about.fields)}}} : "{" ".join(about.sequence)}"{"" if about.whole else " *"})'


class PostgresqlIndex:
    tables = (
        "CREATE TABLE captured_words (id BIGINT PRIMARY KEY, received_at DOUBLE PRECISION NOT NULL, "
        "words tsvector NOT NULL, " + ", ".join(f"{name} TEXT NOT NULL" for name in FIELDS) + ")",
        "CREATE INDEX captured_words_found ON captured_words USING gin (words)",
    )
    _words = table(
        "captured_words",
        column("id"),
        column("received_at"),
        column("words"),
        *(column(name, String()) for name in FIELDS),
    )
    _add = (
        f"INSERT INTO captured_words (id, received_at, {', '.join(FIELDS)}, words) "
        f"VALUES ({'%s, ' * (2 + len(FIELDS))}array_to_tsvector(%s::text[]))"
    )

    def add(self, driver: Driver, documents: Sequence[Document]) -> None:
        driver.cursor().executemany(
            self._add, [(one.id, one.received_at, *one.fields, _lexemes(one)) for one in documents]
        )

    def remove(self, connection: Connection, ids: Select[Any]) -> None:
        connection.execute(self._words.delete().where(self._words.c.id.in_(ids)))

    def clear(self, connection: Connection) -> None:
        connection.execute(self._words.delete())

    def worn(self, connection: Connection) -> int:
        return 0

    def begin(self, connection: Connection) -> None:
        # The planner takes the words of a mail for something that is read in passing, and reads them all.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")

    def hits(self, having: Sequence[Words | Fact], lacking: Sequence[Words | Fact]) -> Hits:
        here = self._words
        lookup = [*map(_tsquery, having or [Fact(EVERY)])]
        sequences = [about for about in having if _needs_sequence(about)]
        conditions = []
        for about in lacking:
            if _needs_sequence(about):
                there = here.alias()
                condition = _found(there, _tsquery(about)) & _in_sequence(there, about)
                conditions.append(here.c.id.not_in(select(there.c.id).where(condition)))
            else:
                lookup.append(f"!{_tsquery(about)}")
        found = select(here.c.id, here.c.received_at).where(_found(here, " & ".join(lookup)), *conditions)
        # By itself, so that it is looked up in the index: asked for the newest, the planner would walk down all mails.
        hits = found.cte("hits").prefix_with("MATERIALIZED")

        def check(id: ColumnElement[int]) -> Sequence[ColumnElement[bool]]:
            # As values, not as joins, or the planner would look them all up before the newest are taken.
            return [select(_in_sequence(here, about)).where(here.c.id == id).scalar_subquery() for about in sequences]

        return Hits(hits, hits.c.id, hits.c.id, lambda instant: hits.c.received_at >= instant, check=check)


# What stands before a word in the index says of which field it is: a tsvector's own weights are four, and asking for
# one means reading the mail's words again.
_LETTERS = dict(zip((*FIELDS, "facts"), "abcdefg", strict=True))


def _lexemes(document: Document) -> list[str]:
    found = {f"{_LETTERS['facts']}{fact}" for fact in document.facts}
    for name, there in zip(FIELDS, document.fields, strict=True):
        found.update(f"{_LETTERS[name]}{word}" for word in there.split())
    return list(found)


def _tsquery(about: Words | Fact) -> str:
    """A part of a tsquery; words hold neither quotation marks nor backslashes."""
    if isinstance(about, Fact):
        return f"'{_LETTERS['facts']}{about.word}'"
    fields = []
    for name in about.fields:
        words = [f"'{_LETTERS[name]}{word}'" for word in about.sequence]
        fields.append(f"({' & '.join(words)}{'' if about.whole else ':*'})")
    return f"({' | '.join(fields)})"


def _found(source: FromClause, tsquery: str) -> ColumnElement[bool]:
    sought = bindparam(None, tsquery, String(), unique=True)
    # A cast takes the words as they are; to_tsquery would take them apart in its own way.
    return source.c.words.op("@@", is_comparison=True)(sought.op("::")(literal_column("tsquery")))


def _needs_sequence(about: Words | Fact) -> bool:
    return isinstance(about, Words) and len(about.sequence) > 1


def _in_sequence(source: FromClause, about: Words | Fact) -> ColumnElement[bool]:
    assert isinstance(about, Words)
    return or_(*(func.strpos(source.c[name], bindparam(None, about.text, String())) > 0 for name in about.fields))


def index_of(dialect: str) -> Index:
    """``dialect``: sqlite or postgresql."""
    return PostgresqlIndex() if dialect == "postgresql" else SqliteIndex()
