"""Accepted messages and their deliveries: the only queue there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update

from emulator.store.ports import DeliveryState, SendCounts, SentCopy
from emulator.store.sql import codec
from emulator.store.sql.collection import Collection
from emulator.store.sql.schema import QUEUED, UNHAPPY, account, delivery, outbound
from emulator.values import Delivery, Door, OutboundMessage, Outcome, Scope

# GetSendStatistics counts in quarters of an hour (SES API Reference, SendDataPoint).
_SLOT = 900
# How many bytes of mail one claim may bring into memory; a single larger mail is claimed alone.
_CLAIM_BYTES = 16 * 1024 * 1024

_IN_SCOPE = (outbound.c.account == bindparam("account"), outbound.c.region == bindparam("region"))
_slot = func.floor(outbound.c.accepted_at / _SLOT)
_OF_MESSAGE = (
    delivery.c.outbound_id
    == select(outbound.c.id).where(outbound.c.message_id == bindparam("of_message")).scalar_subquery()
)
_SENT_BEFORE = (
    select(outbound.c.sent_total)
    .where(*_IN_SCOPE, outbound.c.accepted_at <= bindparam("instant"))
    # Of several accepted at one instant the last has the greatest total.
    .order_by(outbound.c.accepted_at.desc(), outbound.c.sent_total.desc())
    .limit(1)
)
_COPIES = (
    select(_slot, func.sum(outbound.c.copies))
    .where(*_IN_SCOPE, outbound.c.accepted_at >= bindparam("since"), outbound.c.copies > 0)
    .group_by(_slot)
)
_UNHAPPY = (
    select(_slot, delivery.c.outcome, func.count())
    .select_from(delivery.join(outbound, outbound.c.id == delivery.c.outbound_id))
    .where(UNHAPPY, *_IN_SCOPE, outbound.c.accepted_at >= bindparam("since"), outbound.c.copies > 0)
    .group_by(_slot, delivery.c.outcome)
)
_SENT = (
    select(
        outbound.c.message_id,
        outbound.c.accepted_at,
        outbound.c.source,
        outbound.c.source_arn,
        outbound.c.configuration_set,
        delivery.c.recipient,
        delivery.c.outcome,
        delivery.c.reply,
        delivery.c.updated_at,
        outbound.c.tenant,
    )
    .select_from(outbound.join(delivery, outbound.c.id == delivery.c.outbound_id))
    .where(
        *_IN_SCOPE,
        outbound.c.accepted_at >= bindparam("since"),
        outbound.c.accepted_at < bindparam("until"),
        outbound.c.copies > 0,
    )
    .order_by(outbound.c.accepted_at, outbound.c.id, delivery.c.recipient)
)
_MESSAGE = select(
    outbound.c.message_id,
    outbound.c.account,
    outbound.c.region,
    outbound.c.accepted_at,
    outbound.c.door,
    outbound.c.operation,
    outbound.c.caller,
    outbound.c.source,
    outbound.c.feedback_to,
    outbound.c.envelope,
    outbound.c.data,
    outbound.c.counted,
    outbound.c.tags,
    outbound.c.configuration_set,
    outbound.c.source_arn,
    outbound.c.tenant,
    outbound.c.source_ip,
    outbound.c.headers,
    outbound.c.destination,
    outbound.c.copies,
).where(outbound.c.message_id == bindparam("message_id"))
_STATES = (
    select(
        delivery.c.recipient,
        delivery.c.outcome,
        delivery.c.reply,
        delivery.c.attempts,
        delivery.c.updated_at,
        delivery.c.dialogue,
    )
    .where(_OF_MESSAGE)
    .order_by(delivery.c.recipient)
)
_QUEUED = select(func.count()).select_from(delivery).where(QUEUED)
_ADD = insert(outbound).returning(outbound.c.id)
_ADD_DELIVERY = insert(delivery).inline()
_CLAIMABLE = (
    select(
        delivery.c.outbound_id,
        delivery.c.recipient,
        delivery.c.attempts,
        outbound.c.message_id,
        outbound.c.account,
        outbound.c.region,
        outbound.c.envelope,
        outbound.c.accepted_at,
        outbound.c.configuration_set,
        outbound.c.tenant,
        outbound.c.source_arn,
        outbound.c.feedback_to,
        outbound.c.size,
    )
    .select_from(delivery.join(outbound, outbound.c.id == delivery.c.outbound_id))
    .where(
        QUEUED,
        delivery.c.due_at <= bindparam("now"),
        or_(delivery.c.claimed_at.is_(None), delivery.c.claimed_at < bindparam("expired")),
    )
    .order_by(delivery.c.due_at, delivery.c.outbound_id, delivery.c.recipient)
    .limit(bindparam("most"))
    .with_for_update(of=delivery, skip_locked=True)
)
_TAKE = (
    update(delivery)
    .where(delivery.c.outbound_id == bindparam("of_id"), delivery.c.recipient == bindparam("of_recipient"))
    .values(claimed_at=bindparam("claimed_at"), owner=bindparam("owner"))
)
_DATA = select(outbound.c.data).where(outbound.c.id == bindparam("id"))
_END = (
    update(delivery)
    .where(_OF_MESSAGE, delivery.c.recipient == bindparam("of_recipient"), QUEUED)
    .values(
        outcome=bindparam("outcome"),
        reply=bindparam("reply"),
        dialogue=bindparam("dialogue"),
        updated_at=bindparam("updated_at"),
        attempts=delivery.c.attempts + 1,
        claimed_at=None,
        owner=None,
    )
)
_GIVE_BACK = (
    update(delivery)
    .where(_OF_MESSAGE, delivery.c.recipient == bindparam("of_recipient"), QUEUED)
    .values(
        reply=bindparam("reply"),
        dialogue=bindparam("dialogue"),
        due_at=bindparam("due_at"),
        attempts=delivery.c.attempts + 1,
        claimed_at=None,
        owner=None,
    )
)
_PULL_BACK = update(outbound).where(outbound.c.accepted_at > bindparam("now")).values(accepted_at=bindparam("now"))
_PULL_BUCKET_BACK = update(account).where(account.c.bucket_at > bindparam("now")).values(bucket_at=bindparam("now"))


class Outbox(Collection):
    def sent_before(self, scope: Scope, instant: float) -> int:
        row = self._run(_SENT_BEFORE, {"account": scope.account, "region": scope.region, "instant": instant}).fetchone()
        return 0 if row is None else int(row[0])

    def send_counts(self, scope: Scope, since: float) -> Sequence[SendCounts]:
        of = {"account": scope.account, "region": scope.region, "since": since}
        unhappy: defaultdict[tuple[int, str], int] = defaultdict(int)
        for slot, outcome, number in self._run(_UNHAPPY, of):
            unhappy[int(slot), outcome] += number
        return [
            SendCounts(
                at=float(slot * _SLOT),
                delivery_attempts=copies,
                bounces=unhappy[slot, Outcome.BOUNCED],
                complaints=unhappy[slot, Outcome.COMPLAINED],
                rejects=unhappy[slot, Outcome.REJECTED],
            )
            for slot, copies in sorted((int(slot), int(copies)) for slot, copies in self._run(_COPIES, of))
        ]

    def sent(self, scope: Scope, since: float, until: float) -> Sequence[SentCopy]:
        of = {"account": scope.account, "region": scope.region, "since": since, "until": until}
        return [
            SentCopy(message_id, accepted_at, source, arn, set_name, recipient, Outcome(outcome), *rest)
            for message_id, accepted_at, source, arn, set_name, recipient, outcome, *rest in self._run(_SENT, of)
        ]

    def outbound(self, message_id: str) -> OutboundMessage | None:
        row = self._run(_MESSAGE, {"message_id": message_id}).fetchone()
        if row is None:
            return None
        (
            stored_id,
            account,
            region,
            accepted_at,
            door,
            operation,
            caller,
            source,
            feedback_to,
            envelope,
            data,
            counted,
            tags,
            configuration_set,
            source_arn,
            tenant,
            source_ip,
            headers,
            destination,
            copies,
        ) = row
        return OutboundMessage(
            message_id=stored_id,
            scope=Scope(account, region),
            accepted_at=accepted_at,
            door=Door(door),
            operation=operation,
            caller=caller,
            source=source,
            feedback_to=feedback_to,
            envelope=codec.envelope(envelope),
            data=data,
            counted=counted,
            tags=codec.tags(tags),
            configuration_set=configuration_set,
            source_arn=source_arn,
            in_statistics=copies > 0,
            tenant=tenant,
            source_ip=source_ip or "",
            headers=codec.headers(headers),
            destination=codec.destination(destination),
        )

    def deliveries(self, message_id: str) -> Sequence[DeliveryState]:
        return [
            DeliveryState(recipient, Outcome(outcome), *rest)
            for recipient, outcome, *rest in self._run(_STATES, {"of_message": message_id})
        ]

    def undelivered(self) -> int:
        return int(self._run(_QUEUED).fetchone()[0])

    def add_outbound(self, message: OutboundMessage, sent_total: int) -> None:
        recipients = dict.fromkeys(message.recipients)
        number = self._run(
            _ADD,
            {
                "message_id": message.message_id,
                "account": message.scope.account,
                "region": message.scope.region,
                "accepted_at": message.accepted_at,
                "sent_total": sent_total,
                "copies": len(recipients) if message.in_statistics else 0,
                "door": message.door.value,
                "operation": message.operation,
                "caller": message.caller,
                "source": message.source,
                "feedback_to": message.feedback_to,
                "counted": message.counted,
                "envelope": codec.envelope_json(message.envelope),
                "tags": codec.tags_json(message.tags),
                "configuration_set": message.configuration_set,
                "source_arn": message.source_arn,
                "tenant": message.tenant,
                "source_ip": message.source_ip,
                "headers": codec.headers_json(message.headers),
                "destination": codec.destination_json(message.destination),
                "size": len(message.data),
                "data": message.data,
            },
        ).fetchone()[0]
        if recipients:
            self._run_all(
                _ADD_DELIVERY,
                [
                    # Due at once by anybody's clock: 0 also keeps new copies in the order of acceptance.
                    {
                        "outbound_id": number,
                        "recipient": recipient,
                        "outcome": Outcome.QUEUED.value,
                        "reply": "",
                        "attempts": 0,
                        "due_at": 0.0,
                    }
                    for recipient in recipients
                ],
            )

    def claim(self, owner: str, now: float, lease: float, limit: int) -> Sequence[Delivery]:
        rows = self._run(_CLAIMABLE, {"now": now, "expired": now - lease, "most": limit}).fetchall()
        chosen: list[tuple[Any, ...]] = []
        sizes: dict[int, int] = {}
        for row in rows:
            id, size = row[0], row[-1]
            if chosen and sum(sizes.values()) + (0 if id in sizes else size) > _CLAIM_BYTES:
                break
            sizes[id] = size
            chosen.append(row)
        if not chosen:
            return []
        self._run_all(
            _TAKE, [{"of_id": row[0], "of_recipient": row[1], "claimed_at": now, "owner": owner} for row in chosen]
        )
        data: dict[int, bytes] = {id: self._run(_DATA, {"id": id}).fetchone()[0] for id in sizes}
        claimed = []
        for id, recipient, attempts, message_id, of_account, region, form, *others, _ in chosen:
            envelope = codec.envelope(form)
            accepted_at, set_name, tenant, source_arn, feedback_to = others
            claimed.append(
                Delivery(
                    message_id=message_id,
                    scope=Scope(of_account, region),
                    recipient=recipient,
                    mail_from=envelope.mail_from,
                    client_ip=envelope.client_ip,
                    helo=envelope.helo,
                    data=data[id],
                    attempts=attempts,
                    accepted_at=accepted_at,
                    configuration_set=set_name,
                    tenant=tenant,
                    source_arn=source_arn,
                    feedback_to=feedback_to,
                )
            )
        return claimed

    def settle(
        self, message_id: str, recipient: str, outcome: Outcome, reply: str, at: float, dialogue: str = ""
    ) -> bool:
        ended = self._run(
            _END,
            {
                "of_message": message_id,
                "of_recipient": recipient,
                "outcome": outcome.value,
                "reply": reply,
                "dialogue": dialogue,
                "updated_at": at,
            },
        )
        return ended.rowcount > 0

    def postpone(self, message_id: str, recipient: str, reply: str, due_at: float, dialogue: str = "") -> bool:
        given_back = self._run(
            _GIVE_BACK,
            {
                "of_message": message_id,
                "of_recipient": recipient,
                "reply": reply,
                "dialogue": dialogue,
                "due_at": due_at,
            },
        )
        return given_back.rowcount > 0

    def pull_back(self, now: float) -> None:
        self._run(_PULL_BACK, {"now": now})
        self._run(_PULL_BUCKET_BACK, {"now": now})
