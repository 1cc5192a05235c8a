"""Finding captured mails. Without a search the table itself is read, newest first. With one, the mails up to the
indexing row's id are found in the index and the few beyond it are read and compared here, by the same words: so a mail
is found as soon as it is captured, and capturing one costs no indexing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Select, delete, desc, exists, func, insert, literal, select

from emulator.store.ports import Line, MessageFilter, Neighbours
from emulator.store.search import Term
from emulator.store.sql import codec
from emulator.store.sql.index import Check
from emulator.store.sql.schema import captured, outbound, seen
from emulator.store.sql.shelf import (
    ALL,
    GREATEST_ID,
    Conditions,
    Shelf,
    between,
    chunks,
    content,
    marks,
    scope_fact,
    terms_of,
)
from emulator.store.words import EVERY, Document, Words, fact, field
from emulator.values import Scope

# How many are read at once of those that are not in the index.
_READ = 200

UNREAD = ~exists(select(1).where(seen.c.id == captured.c.id))
_LINE = (
    captured.c.id,
    captured.c.received_at,
    captured.c.account,
    captured.c.region,
    captured.c.message_id,
    captured.c.spf,
    captured.c.dkim,
    captured.c.dmarc,
    captured.c.via,
    captured.c.attachments,
    captured.c.snippet,
    captured.c.envelope,
    captured.c.header,
    UNREAD,
)
_FACTS = (
    captured.c.id,
    captured.c.received_at,
    captured.c.account,
    captured.c.region,
    captured.c.spf,
    captured.c.dkim,
    captured.c.dmarc,
    captured.c.via,
    captured.c.attachments,
    captured.c.envelope,
    captured.c.header,
    outbound.c.tags,
)
_sent_as = captured.outerjoin(outbound, outbound.c.message_id == captured.c.message_id)
_DOCUMENTS = select(*_FACTS, captured.c.text).select_from(_sent_as)
_DOCUMENTS_WITHOUT_BODY = select(*_FACTS, literal("")).select_from(_sent_as)
_NUMBER = select(func.count()).select_from(captured)


class Searching(Shelf):
    def lines(self, wanted: MessageFilter, limit: int, *, oldest: bool = False) -> Sequence[Line]:
        return [_line(row) for row in self._page(_LINE, wanted, limit, oldest)]

    def _page(self, columns: Sequence[Any], wanted: MessageFilter, limit: int, oldest: bool) -> list[Any]:
        """Newest first; the first of the columns is the id."""
        ids = list(islice(self._ids(wanted, oldest, limit), limit))
        rows = [row for group in chunks(ids) for row in self._connection.execute(select(*columns).where(*group))]
        return sorted(rows, key=lambda row: -row[0])

    def neighbours(self, wanted: MessageFilter, id: int) -> Neighbours:
        newer = replace(wanted, after=max(id, -1 if wanted.after is None else wanted.after))
        older = replace(wanted, before=min(id, GREATEST_ID if wanted.before is None else wanted.before))
        return Neighbours(
            newer=next(self._ids(newer, True, 1), None),
            older=next(self._ids(older, False, 1), None),
        )

    def count(self, wanted: MessageFilter) -> int:
        terms = terms_of(wanted)
        if not terms:
            return int(self._connection.execute(_NUMBER.where(*self._matching(wanted))).scalar_one())
        up_to = self._indexed()
        found, check = self._hits(wanted, terms, up_to)
        ids = found.subquery()
        statement = select(func.count()).select_from(ids).where(*check(ids.c.id))
        number = int(self._connection.execute(statement).scalar_one())
        if content(terms, False) or content(terms, True):
            return number + sum(1 for _ in self._beyond(wanted, terms, up_to, True))
        conditions = [*self._matching(wanted), *marks(ALL, terms)]
        beyond = _NUMBER.where(captured.c.id > up_to, *conditions)
        return number + int(self._connection.execute(beyond).scalar_one())

    def unindexed(self) -> int:
        beyond = _NUMBER.where(captured.c.id > self._indexed())
        return int(self._connection.execute(beyond).scalar_one())

    def mark_read(self, which: MessageFilter | Iterable[int], unread: bool = False) -> int:
        self._hold()
        groups = self._groups(which) if isinstance(which, MessageFilter) else chunks(_possible(which))
        number = 0
        for conditions in groups:
            ids = select(captured.c.id).where(*conditions)
            if unread:
                number += self._connection.execute(delete(seen).where(seen.c.id.in_(ids))).rowcount
            else:
                mark = insert(seen).from_select(["id"], ids.where(UNREAD)).execution_options(preserve_rowcount=True)
                number += self._connection.execute(mark).rowcount
        return number

    def delete_captured(self, wanted: MessageFilter) -> int:
        self._hold()
        return self._take_away(self._groups(wanted))

    def delete_captured_id(self, id: int) -> bool:
        return self._take_away(chunks(_possible([id]))) > 0

    def _groups(self, wanted: MessageFilter) -> Iterable[Conditions]:
        """Conditions on ``captured`` that together mean ``wanted``."""
        if terms_of(wanted):
            return chunks(list(self._ids(wanted, True, None)))
        return [self._matching(wanted)]

    def _ids(self, wanted: MessageFilter, oldest: bool, limit: int | None) -> Iterator[int]:
        """Of those that match, ascending when ``oldest``, else descending. ``limit``: how many will be taken, None
        for all."""
        terms = terms_of(wanted)
        if not terms:
            yield from self._column(select(captured.c.id).where(*self._matching(wanted)), oldest, limit)
            return
        up_to = self._indexed()
        found, check = self._hits(wanted, terms, up_to)
        ids = _ordered(found, oldest).offset(0).subquery()
        checks = check(ids.c.id)
        # Without its offset the subquery would be taken apart, and every hit be checked before the first are taken.
        indexed = select(ids.c.id).where(*checks) if checks else found
        if oldest:
            yield from self._column(indexed, oldest, limit)
            yield from self._beyond(wanted, terms, up_to, oldest)
        else:
            yield from self._beyond(wanted, terms, up_to, oldest)
            yield from self._column(indexed, oldest, limit)

    def _column(self, ids: Select[Any], oldest: bool, limit: int | None) -> Sequence[int]:
        return [row[0] for row in self._connection.execute(_ordered(ids, oldest).limit(limit))]

    def _hits(self, wanted: MessageFilter, terms: Sequence[Term], up_to: int) -> tuple[Select[Any], Check]:
        """The ids that match, of mails that are in the index, and what is left to be checked of each."""
        self._shared.index.begin(self._connection)
        hits = self._shared.index.hits(content(terms, False), content(terms, True))
        conditions = [*hits.conditions, hits.id <= up_to, *between(hits.id, wanted), *marks(hits, terms)]
        if wanted.message_id is not None:
            conditions.append(hits.id.in_(select(captured.c.id).where(captured.c.message_id == wanted.message_id)))
        substrings = self._substrings(wanted)
        if substrings:
            conditions.append(exists(select(1).where(captured.c.id == hits.each, *substrings)))
        return select(hits.id.label("id")).select_from(hits.source).where(*conditions), hits.check

    def _beyond(self, wanted: MessageFilter, terms: Sequence[Term], up_to: int, oldest: bool) -> Iterator[int]:
        """The ids that match, of mails that are not in the index yet."""
        having, lacking = content(terms, False), content(terms, True)
        body = any(isinstance(about, Words) and "body" in about.fields for about in (*having, *lacking))
        base = (_DOCUMENTS if body else _DOCUMENTS_WITHOUT_BODY).where(
            *self._matching(wanted), *marks(ALL, terms), captured.c.id > up_to
        )
        base = base.order_by(captured.c.id if oldest else captured.c.id.desc()).limit(_READ)
        rows = self._connection.execute(base).all()
        while rows:
            for row in rows:
                mail = document(tuple(row))
                if all(one.found_in(mail) for one in having) and not any(one.found_in(mail) for one in lacking):
                    yield mail.id
            last = rows[-1][0]
            rows = self._connection.execute(base.where(captured.c.id > last if oldest else captured.c.id < last)).all()


def _ordered(ids: Select[Any], oldest: bool) -> Select[Any]:
    return ids.order_by("id" if oldest else desc("id"))


def documents(start: int, most: int) -> Select[Any]:
    """The mails beyond an id, oldest first, as ``document`` takes them."""
    return _DOCUMENTS.where(captured.c.id > start).order_by(captured.c.id).limit(most)


def document(row: tuple[Any, ...]) -> Document:
    """A mail as a search sees it."""
    id, received_at, account, region, spf, dkim, dmarc, via, attachments, envelope_json, header, tags, body = row
    envelope, heading = codec.envelope(envelope_json), codec.heading(header)
    facts = [EVERY, fact("spf", spf), fact("dmarc", dmarc)]
    facts += [fact("dkim", result) for result in dkim.split() or ("none",)]
    if via is not None:
        facts.append(fact("via", "yes"))
    if attachments:
        facts.append(fact("has", "attachment"))
    for tag in codec.tags(tags) if tags else ():
        facts += (fact("tag", tag.name), fact("tag", f"{tag.name}={tag.value}"))
    facts += [scope_fact(kind, of) for kind, of in (("account", account), ("region", region)) if of is not None]
    return Document(
        id=id,
        received_at=received_at,
        fields=(
            field(heading.from_ or envelope.mail_from),
            field(*envelope.rcpt_to, *heading.to),
            field(*heading.cc),
            field(*heading.reply_to),
            field(heading.subject),
            field(body, body=True),
        ),
        facts=tuple(facts),
    )


def _line(row: tuple[Any, ...]) -> Line:
    """Of the columns of ``_LINE``."""
    id, received_at, account, region, message_id, spf, dkim, dmarc, via, attachments, snippet, *rest = row
    envelope_json, header, unread = rest
    envelope, heading = codec.envelope(envelope_json), codec.heading(header)
    return Line(
        id=id,
        received_at=received_at,
        message_id=message_id,
        scope=None if account is None else Scope(account, region),
        from_=heading.from_ or envelope.mail_from,
        to=heading.to or envelope.rcpt_to,
        subject=heading.subject,
        snippet=snippet,
        size=heading.size,
        attachments=attachments,
        unread=bool(unread),
        spf=spf,
        dkim=tuple(dkim.split()),
        dmarc=dmarc,
        via=via,
    )


def _possible(ids: Iterable[int]) -> list[int]:
    """Without numbers that are no database's."""
    return [id for id in ids if 0 < id <= GREATEST_ID]
