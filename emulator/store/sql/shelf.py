"""Which captured mails are meant, and how they are taken away with all that is kept beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, or_, select, update

from emulator.store import search
from emulator.store.ports import MessageFilter
from emulator.store.search import MessageId, Received, Term, Unread
from emulator.store.sql.collection import Collection
from emulator.store.sql.index import Hits
from emulator.store.sql.schema import Plain, captured, indexing, seen
from emulator.store.words import Fact, Words, fact

GREATEST_ID = 2**63 - 1
_CHUNK = 500

Conditions = list[ColumnElement[bool]]

_INDEXED = select(indexing.c.up_to)
_HOLD = select(indexing.c.up_to).with_for_update()
_HOLD_IF_FREE = select(indexing.c.up_to).with_for_update(skip_locked=True)
_MOVE = update(indexing).values(up_to=bindparam("new"))
_ANY_INDEXED = select(captured.c.id).where(captured.c.id <= bindparam("up_to")).limit(1)


# The table itself, as though all that is in it had been found.
ALL = Hits(captured, captured.c.id, captured.c.id, lambda instant: captured.c.received_at >= instant)


class Shelf(Collection):
    def _indexed(self) -> int:
        return int(self._run(_INDEXED).fetchone()[0])

    def _hold(self) -> int:
        """Nobody else indexes, marks or deletes mails until the transaction ends. Returns up to which id the index
        goes."""
        return int(self._run(_HOLD).fetchone()[0])

    def _hold_if_free(self) -> int | None:
        row = self._run(_HOLD_IF_FREE).fetchone()
        return None if row is None else int(row[0])

    def _index_goes_to(self, up_to: int) -> None:
        self._run(_MOVE, {"new": up_to})

    def _take_away(self, groups: Iterable[Conditions]) -> int:
        """Deletes the mails that fulfil all conditions of one of the groups. Returns how many."""
        up_to = self._hold()
        number = 0
        for conditions in groups:
            ids = select(captured.c.id).where(*conditions)
            self._shared.index.remove(self._connection, ids.where(captured.c.id <= up_to))
            self._connection.execute(delete(seen).where(seen.c.id.in_(ids)))
            number += self._connection.execute(delete(captured).where(*conditions)).rowcount
        if number and self._run(_ANY_INDEXED, {"up_to": up_to}).fetchone() is None:
            self._shared.index.clear(self._connection)
        return number

    def _matching(self, wanted: MessageFilter) -> Conditions:
        """What ``wanted`` asks of ``captured``, without the search ``q`` and the mark."""
        conditions: Conditions = []
        if wanted.account is not None:
            conditions.append(captured.c.account == wanted.account)
        if wanted.region is not None:
            conditions.append(captured.c.region == wanted.region)
        if wanted.message_id is not None:
            conditions.append(captured.c.message_id == wanted.message_id)
        return [*conditions, *self._substrings(wanted), *between(captured.c.id, wanted)]

    def _substrings(self, wanted: MessageFilter) -> Conditions:
        subject, text = captured.c.folded_subject, captured.c.folded_text
        return [
            or_(*(self._holds(column, needle.casefold()) for column in columns))
            for needle, columns in (
                (wanted.from_, (captured.c.folded_from,)),
                (wanted.to, (captured.c.folded_to,)),
                (wanted.subject, (subject,)),
                (wanted.text, (subject, text)),
            )
            if needle
        ]

    def _holds(self, column: ColumnElement[str], needle: str) -> ColumnElement[bool]:
        """``column`` contains ``needle``, taken literally. Not LIKE: it knows wildcards, and SQLite refuses its longer
        patterns (SQLITE_MAX_LIKE_PATTERN_LENGTH)."""
        find = func.strpos if self._connection.dialect.name == "postgresql" else func.instr
        place: ColumnElement[int] = find(column, bindparam(None, needle, Plain))
        return place > 0


def between(id: ColumnElement[int], wanted: MessageFilter) -> Conditions:
    """``after`` and ``before`` of ``wanted``, within what a database calls an integer; no id lies outside."""
    conditions = []
    if wanted.after is not None:
        conditions.append(id > max(-1, min(wanted.after, GREATEST_ID)))
    if wanted.before is not None:
        conditions.append(id < max(-1, min(wanted.before, GREATEST_ID)))
    return conditions


def terms_of(wanted: MessageFilter) -> tuple[Term, ...]:
    """The search, and with it what else of ``wanted`` the search index knows; nothing when neither words nor marks
    are asked for. Raises ``SearchError``."""
    terms = search.parse(wanted.q or "")
    if wanted.unread is not None:
        terms = (*terms, Term(Unread(), not wanted.unread))
    if not terms:
        return ()
    scope = (("account", wanted.account), ("region", wanted.region))
    return (*terms, *(Term(Fact(scope_fact(kind, value))) for kind, value in scope if value is not None))


def scope_fact(kind: str, value: str) -> str:
    """Whose mail it is, as a word of the index: case counts here."""
    return fact(kind, value.encode("utf-8", "surrogatepass").hex())


def content(terms: Iterable[Term], negated: bool) -> list[Words | Fact]:
    """What the index itself is asked for."""
    return [one.about for one in terms if isinstance(one.about, Words | Fact) and one.negated == negated]


def marks(there: Hits, terms: Iterable[Term]) -> Conditions:
    """What is not asked of the index, since it changes or is better found elsewhere."""
    conditions: Conditions = []
    for term in terms:
        about = term.about
        if isinstance(about, Unread):
            condition = ~exists(select(1).where(seen.c.id == there.each))
        elif isinstance(about, Received):
            condition = there.since(about.since)
        elif isinstance(about, MessageId):
            condition = there.id.in_(select(captured.c.id).where(captured.c.message_id == about.id))
        else:
            continue
        conditions.append(~condition if term.negated else condition)
    return conditions


def chunks(ids: Sequence[int]) -> Iterator[Conditions]:
    """Conditions on ``captured`` that together mean these ids; databases bound how many one statement may name."""
    for start in range(0, len(ids), _CHUNK):
        yield [captured.c.id.in_(ids[start : start + _CHUNK])]
