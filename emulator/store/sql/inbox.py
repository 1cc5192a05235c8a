"""Captured mails: stored, read one by one, listed with their verdicts. Lists never read their bytes; text is looked for
in copies that were case-folded when stored, so a filter finds İstanbul, ÅNGSTRÖM and ＡＢＣ as it finds ascii, on both
databases alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, literal, select

from emulator.store.ports import MessageFilter
from emulator.store.sql import codec
from emulator.store.sql.schema import captured
from emulator.store.sql.searching import UNREAD, Searching
from emulator.store.sql.shelf import GREATEST_ID
from emulator.values import Captured, Scope

_WHOLE = (
    captured.c.id,
    captured.c.received_at,
    captured.c.account,
    captured.c.region,
    captured.c.message_id,
    captured.c.delivery_key,
    captured.c.attachments,
    captured.c.envelope,
    captured.c.header,
    captured.c.verdict,
    UNREAD,
)
_LISTED = (*_WHOLE, literal(""), literal(b""))
# Any number: whoever captures holds it, so ids become visible in the order in which they were given.
_CAPTURE_LOCK = 5_327_001
_BY_ID = select(*_WHOLE, captured.c.text, captured.c.raw).where(captured.c.id == bindparam("id"))
_TAKE_TURN = select(func.pg_advisory_xact_lock(_CAPTURE_LOCK))


class Inbox(Searching):
    def captured(self, id: int) -> Captured | None:
        if not 0 < id <= GREATEST_ID:
            return None
        row = self._run(_BY_ID, {"id": id}).fetchone()
        return None if row is None else _captured(row)

    def search(self, wanted: MessageFilter, limit: int) -> Sequence[Captured]:
        return [_captured(row) for row in self._page(_LISTED, wanted, limit, False)]

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
                **codec.verdict_columns(mail.verdict),
                "attachments": mail.attachments,
                "snippet": codec.snippet(mail.text),
                "envelope": codec.envelope_json(mail.envelope),
                "header": codec.heading_json(mail),
                "verdict": codec.verdict_json(mail.verdict),
                "folded_from": (mail.from_ or mail.envelope.mail_from).casefold(),
                "folded_to": "\n".join((*mail.envelope.rcpt_to, *mail.to, *mail.cc)).casefold(),
                "folded_subject": mail.subject.casefold(),
                "text": mail.text,
                "folded_text": mail.text.casefold(),
                "raw": mail.raw,
            },
        ).fetchone()
        if row is None:
            return None
        id = int(row[0])
        if not mail.unread:
            self.mark_read([id])
        return id


def _captured(row: tuple[Any, ...]) -> Captured:
    """Of the columns of ``_WHOLE``, the text and the bytes."""
    id, received_at, account, region, message_id, delivery_key, attachments, *rest = row
    envelope, header, verdict, unread, text, raw = rest
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
        attachments=attachments,
        unread=bool(unread),
    )
