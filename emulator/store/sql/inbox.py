"""Captured mails. Lists never read their bytes; text is looked for in copies that were case-folded when stored, so a
search finds İstanbul, ÅNGSTRÖM and ＡＢＣ as it finds ascii, on both databases alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select

from emulator.store.ports import MessageFilter
from emulator.store.sql import codec
from emulator.store.sql.collection import Collection
from emulator.store.sql.schema import Plain, captured
from emulator.values import Captured, Scope

_LINE = (
    captured.c.id,
    captured.c.received_at,
    captured.c.account,
    captured.c.region,
    captured.c.message_id,
    captured.c.delivery_key,
    captured.c.envelope,
    captured.c.verdict,
    captured.c.header,
    captured.c.text,
)
# Any number: whoever captures holds it, so ids become visible in the order in which they were given.
_CAPTURE_LOCK = 5_327_001
_BY_ID = select(*_LINE, captured.c.raw).where(captured.c.id == bindparam("id"))
_LINES = select(*_LINE).order_by(captured.c.id.desc())
_NUMBER = select(func.count()).select_from(captured)
_DELETE = delete(captured)
_DELETE_ONE = delete(captured).where(captured.c.id == bindparam("id"))
_TAKE_TURN = select(func.pg_advisory_xact_lock(_CAPTURE_LOCK))


class Inbox(Collection):
    def captured(self, id: int) -> Captured | None:
        if not _is_id(id):
            return None
        row = self._run(_BY_ID, {"id": id}).fetchone()
        return None if row is None else _captured(row)

    def search(self, wanted: MessageFilter, limit: int) -> Sequence[Captured]:
        statement = _LINES.where(*self._matching(wanted)).limit(limit)
        return [_captured((*row, b"")) for row in self._connection.execute(statement)]

    def count(self, wanted: MessageFilter) -> int:
        return int(self._connection.execute(_NUMBER.where(*self._matching(wanted))).scalar_one())

    def capture(self, mail: Captured) -> int | None:
        if self._connection.dialect.name == "postgresql":
            self._run(_TAKE_TURN)
        row = self._run(
            self._shared.upserts.capture,
            {
                "received_at": mail.received_at,
                "account": mail.scope.account if mail.scope else None,
                "region": mail.scope.region if mail.scope else None,
                "message_id": mail.message_id,
                "delivery_key": mail.delivery_key,
                "folded_from": (mail.from_ or mail.envelope.mail_from).casefold(),
                "folded_to": "\n".join((*mail.envelope.rcpt_to, *mail.to, *mail.cc)).casefold(),
                "folded_subject": mail.subject.casefold(),
                "envelope": codec.envelope_json(mail.envelope),
                "verdict": codec.verdict_json(mail.verdict),
                "header": codec.heading_json(mail),
                "text": mail.text,
                "folded_text": mail.text.casefold(),
                "raw": mail.raw,
            },
        ).fetchone()
        return None if row is None else int(row[0])

    def delete_captured(self, wanted: MessageFilter) -> int:
        return self._connection.execute(_DELETE.where(*self._matching(wanted))).rowcount

    def delete_captured_id(self, id: int) -> bool:
        return _is_id(id) and self._run(_DELETE_ONE, {"id": id}).rowcount > 0

    def _matching(self, wanted: MessageFilter) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if wanted.account is not None:
            conditions.append(captured.c.account == wanted.account)
        if wanted.region is not None:
            conditions.append(captured.c.region == wanted.region)
        if wanted.message_id is not None:
            conditions.append(captured.c.message_id == wanted.message_id)
        if wanted.after is not None:
            conditions.append(captured.c.id > _bounded(wanted.after))
        if wanted.before is not None:
            conditions.append(captured.c.id < _bounded(wanted.before))
        subject, text = captured.c.folded_subject, captured.c.folded_text
        from_, to = captured.c.folded_from, captured.c.folded_to
        for needle, columns in (
            (wanted.from_, (from_,)),
            (wanted.to, (to,)),
            (wanted.subject, (subject,)),
            (wanted.text, (subject, text)),
            (wanted.q, (from_, to, subject, text)),
        ):
            if needle:
                folded = needle.casefold()
                conditions.append(or_(*(self._holds(column, folded) for column in columns)))
        return conditions

    def _holds(self, column: ColumnElement[str], needle: str) -> ColumnElement[bool]:
        """``column`` contains ``needle``, taken literally. Not LIKE: it knows wildcards, and SQLite refuses its longer
        patterns (SQLITE_MAX_LIKE_PATTERN_LENGTH)."""
        find = func.strpos if self._connection.dialect.name == "postgresql" else func.instr
        place: ColumnElement[int] = find(column, bindparam(None, needle, Plain))
        return place > 0


def _captured(row: tuple[Any, ...]) -> Captured:
    """Of the columns of ``_LINE`` and the bytes."""
    id, received_at, account, region, message_id, delivery_key, envelope, verdict, header, text, raw = row
    heading = codec.heading(header)
    return Captured(
        id=id,
        received_at=received_at,
        envelope=codec.envelope(envelope),
        raw=raw,
        verdict=codec.verdict(verdict),
        message_id=message_id,
        scope=None if account is None else Scope(account, region),
        from_=heading.from_,
        to=heading.to,
        cc=heading.cc,
        reply_to=heading.reply_to,
        subject=heading.subject,
        text=text,
        size=heading.size,
        delivery_key=delivery_key,
    )


_GREATEST_ID = 2**63 - 1


def _is_id(number: int) -> bool:
    return 0 < number <= _GREATEST_ID


def _bounded(number: int) -> int:
    """Within what a database calls an integer; no id lies outside."""
    return max(-1, min(number, _GREATEST_ID))
