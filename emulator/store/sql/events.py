"""Events of accepted mail that wait to be published: a queue beside the outbox, filled with what brings them about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from emulator.sending_events import EventType, Preferences, Seen, SendingEvent, SubscriptionChange
from emulator.store.sql.collection import Collection
from emulator.store.sql.schema import outbound, sending_event
from emulator.values import Outcome, Scope

_MESSAGE = select(outbound.c.id).where(outbound.c.message_id == bindparam("of_message")).scalar_subquery()
_ADD = insert(sending_event).inline().values(outbound_id=_MESSAGE)
_CLAIMABLE = (
    select(
        sending_event.c.id,
        sending_event.c.type,
        outbound.c.message_id,
        outbound.c.account,
        outbound.c.region,
        sending_event.c.at,
        sending_event.c.recipients,
        sending_event.c.outcome,
        sending_event.c.replies,
        sending_event.c.template,
        sending_event.c.seen,
        sending_event.c.subscription,
    )
    .select_from(sending_event.join(outbound, outbound.c.id == sending_event.c.outbound_id))
    .where(or_(sending_event.c.claimed_at.is_(None), sending_event.c.claimed_at < bindparam("expired")))
    .order_by(sending_event.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=sending_event, skip_locked=True)
)
_TAKE = (
    update(sending_event)
    .where(sending_event.c.id == bindparam("of_id"))
    .values(claimed_at=bindparam("claimed_at"), owner=bindparam("owner"))
)
_RELEASE = update(sending_event).where(sending_event.c.id == bindparam("of_id")).values(claimed_at=None, owner=None)
_END = delete(sending_event).where(sending_event.c.id == bindparam("of_id"))
_WAITING = select(func.count()).select_from(sending_event)


class Events(Collection):
    def unpublished(self) -> int:
        return int(self._run(_WAITING).fetchone()[0])

    def queue_events(self, events: Iterable[SendingEvent]) -> None:
        rows = [
            {
                "of_message": event.message_id,
                "type": event.type.value,
                "at": event.at,
                "recipients": json.dumps(event.recipients),
                "outcome": None if event.outcome is None else event.outcome.value,
                "replies": json.dumps(event.replies),
                "template": event.template,
                "seen": None if event.seen is None else _seen_json(event.seen),
                "subscription": None if event.subscription is None else _change_json(event.subscription),
            }
            for event in events
        ]
        if rows:
            self._run_all(_ADD, rows)

    def claim_events(self, owner: str, now: float, lease: float, limit: int) -> Sequence[SendingEvent]:
        rows = self._run(_CLAIMABLE, {"expired": now - lease, "most": limit}).fetchall()
        if rows:
            self._run_all(_TAKE, [{"of_id": row[0], "claimed_at": now, "owner": owner} for row in rows])
        return [
            SendingEvent(
                type=EventType(type),
                message_id=message_id,
                scope=Scope(account, region),
                at=at,
                recipients=tuple(json.loads(recipients)),
                outcome=None if outcome is None else Outcome(outcome),
                replies=tuple(json.loads(replies)),
                template=template,
                seen=None if seen is None else _seen(seen),
                subscription=None if changed is None else _change(changed),
                id=id,
            )
            for id, type, message_id, account, region, at, recipients, outcome, replies, template, seen, changed in rows
        ]

    def release_events(self, ids: Iterable[int]) -> None:
        rows = [{"of_id": one} for one in ids]
        if rows:
            self._run_all(_RELEASE, rows)

    def end_event(self, id: int) -> bool:
        return self._run(_END, {"of_id": id}).rowcount > 0


def _seen_json(seen: Seen) -> str:
    return json.dumps([seen.user_agent, seen.ip_address, seen.link, seen.link_tags])


def _seen(written: str) -> Seen:
    user_agent, ip_address, link, link_tags = json.loads(written)
    return Seen(user_agent, ip_address, link, tuple((name, value) for name, value in link_tags))


def _change_json(change: SubscriptionChange) -> str:
    said = [[one.unsubscribe_all, one.topics] for one in (change.before, change.after)]
    return json.dumps([change.contact_list, *said])


def _change(written: str) -> SubscriptionChange:
    name, *said = json.loads(written)
    before, after = (Preferences(everything, tuple((one, two) for one, two in topics)) for everything, topics in said)
    return SubscriptionChange(name, before, after)
