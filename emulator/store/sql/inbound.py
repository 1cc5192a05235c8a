"""Mail that waits for the receipt rules of the account that receives it: a queue beside the inbox, filled with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from emulator.documents.receiving import Receiving
from emulator.store.sql import codec
from emulator.store.sql.collection import Collection
from emulator.store.sql.document_json import document_of
from emulator.store.sql.schema import RECEIVING, document, inbound
from emulator.values import Scope

if TYPE_CHECKING:
    from emulator.incoming import WaitingMail

_RECEIVING = (
    select(
        document.c.account,
        document.c.region,
        document.c.parent,
        document.c.name,
        document.c.created_at,
        document.c.updated_at,
        document.c.body,
    )
    .where(RECEIVING)
    .order_by(document.c.account, document.c.region)
)
_ADD = insert(inbound).inline()
_CLAIMABLE = (
    select(
        inbound.c.id,
        inbound.c.message_id,
        inbound.c.account,
        inbound.c.region,
        inbound.c.received_at,
        inbound.c.envelope,
        inbound.c.recipients,
        inbound.c.verdict,
        inbound.c.data,
    )
    .where(or_(inbound.c.claimed_at.is_(None), inbound.c.claimed_at < bindparam("expired")))
    .order_by(inbound.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(inbound)
    .where(inbound.c.id == bindparam("of_id"))
    .values(claimed_at=bindparam("claimed_at"), owner=bindparam("owner"))
)
_END = delete(inbound).where(inbound.c.id == bindparam("of_id"))
_WAITING = select(func.count()).select_from(inbound)


class Inbound(Collection):
    def receiving(self) -> Sequence[Receiving]:
        """Schema version 2 kept that no set is active; such documents are passed over."""
        names = ("parent", "name", "created_at", "updated_at")
        found = [
            document_of(Receiving, {"scope": Scope(account, region), **dict(zip(names, rest, strict=True))}, body)
            for account, region, *rest, body in self._run(_RECEIVING).fetchall()
        ]
        return [one for one in found if one.active_rule_set is not None]

    def waiting_inbound(self) -> int:
        return int(self._run(_WAITING).fetchone()[0])

    def queue_inbound(self, waiting: Iterable[WaitingMail]) -> None:
        for one in waiting:
            mail = one.mail
            self._run(
                _ADD,
                {
                    "message_id": mail.message_id,
                    "account": mail.scope.account,
                    "region": mail.scope.region,
                    "received_at": mail.received_at,
                    "envelope": codec.envelope_json(mail.envelope),
                    "recipients": json.dumps(one.recipients),
                    "verdict": codec.verdict_json(mail.verdict),
                    "data": one.data,
                },
            )

    def claim_inbound(self, owner: str, now: float, lease: float) -> WaitingMail | None:
        from emulator.incoming import IncomingMail, WaitingMail

        row = self._run(_CLAIMABLE, {"expired": now - lease}).fetchone()
        if row is None:
            return None
        id, message_id, account, region, received_at, envelope, recipients, verdict, data = row
        self._run(_TAKE, {"of_id": id, "claimed_at": now, "owner": owner})
        mail = IncomingMail(
            message_id=message_id,
            scope=Scope(account, region),
            received_at=received_at,
            envelope=codec.envelope(envelope),
            verdict=codec.verdict(verdict),
        )
        return WaitingMail(mail, tuple(json.loads(recipients)), data, id)

    def end_inbound(self, id: int) -> bool:
        return self._run(_END, {"of_id": id}).rowcount > 0
