"""The account's suppression list when mail leaves: copies that are withheld, addresses that come onto it.

It is asked when a copy is about to leave, not when the mail is accepted: the call has succeeded by then and was
charged, as at SES. One look for the recipients of a batch; more is read only for those that are listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from emulator import ids
from emulator.documents.account_attributes import ACCOUNT, AccountAttributes
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.documents.suppression import SuppressedDestination
from emulator.policy import suppression
from emulator.store.ports import Reader, Writer
from emulator.values import Delivery, Outcome, Scope


def withheld(reader: Reader, batch: Sequence[Delivery]) -> dict[tuple[str, str], Outcome]:
    """The copies that do not leave, by message id and recipient, and what became of each."""
    by_scope: defaultdict[Scope, list[Delivery]] = defaultdict(list)
    for delivery in batch:
        by_scope[delivery.scope].append(delivery)
    found: dict[tuple[str, str], Outcome] = {}
    for scope, copies in by_scope.items():
        names = [suppression.listed(copy.recipient) for copy in copies]
        entries = {one.name: one for one in reader.documents(SuppressedDestination, scope, names)}
        if not entries:
            continue
        for copy in copies:
            entry = entries.get(suppression.listed(copy.recipient))
            if entry is None:
                continue
            outcome = suppression.outcome_for(entry, _reasons(reader, copy))
            if outcome is not None:
                found[copy.message_id, copy.recipient] = outcome
    return found


def learn(writer: Writer, delivery: Delivery, outcome: Outcome, reply: str, now: float) -> None:
    """Puts the recipient of a hard bounce or complaint on the list. An entry that is there gets the new reason."""
    reason = suppression.reason_to_list(delivery.recipient, outcome, reply)
    if reason is None or reason not in _reasons(writer, delivery):
        return
    name = suppression.listed(delivery.recipient)
    before = writer.document_for_update(SuppressedDestination, delivery.scope, name)
    writer.save_document(
        SuppressedDestination(
            scope=delivery.scope,
            name=name,
            created_at=now if before is None else before.created_at,
            updated_at=now,
            reason=reason,
            message_id=delivery.message_id,
            feedback_id=ids.message_id(delivery.scope.region, now),
        )
    )


def _reasons(reader: Reader, delivery: Delivery) -> tuple[str, ...]:
    """Those in force for a message."""
    scope, set_name = delivery.scope, delivery.configuration_set
    chosen = None if set_name is None else reader.document(ConfigurationSet, scope, set_name)
    return suppression.reasons_in_force(reader.document(AccountAttributes, scope, ACCOUNT), chosen)
