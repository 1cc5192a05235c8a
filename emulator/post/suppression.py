"""The suppression list of the account, or of a tenant, when mail leaves: copies that are withheld, addresses that come
onto it.

It is asked when a copy is about to leave, not when the mail is accepted: the call has succeeded by then and was
charged, as at SES. One look for the recipients of a batch; more is read only for those that are listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from emulator.diagnostics import ON_ACCOUNT_LIST, ON_TENANT_LIST
from emulator.documents.account_attributes import ACCOUNT, AccountAttributes
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.documents.suppression import SuppressedDestination
from emulator.documents.tenants import Tenant
from emulator.policy import suppression
from emulator.post.events import feedback_id
from emulator.sending_events import EventType
from emulator.store.ports import Reader, Writer
from emulator.values import Delivery, Outcome, Scope


def withheld(reader: Reader, batch: Sequence[Delivery]) -> dict[tuple[str, str], tuple[Outcome, str]]:
    """The copies that do not leave, by message id and recipient: what became of each, and its diagnostic code."""
    grouped: defaultdict[tuple[Scope, str | None], list[Delivery]] = defaultdict(list)
    for delivery in batch:
        if not _of_ses(delivery):
            grouped[delivery.scope, delivery.tenant].append(delivery)
    found: dict[tuple[str, str], tuple[Outcome, str]] = {}
    for (scope, tenant), copies in grouped.items():
        names = [suppression.listed(copy.recipient) for copy in copies]
        lists = {"": _entries(reader, scope, names)}
        if tenant is not None:
            lists[tenant] = _entries(reader, scope, names, tenant)
        for copy in copies:
            name = suppression.listed(copy.recipient)
            if not any(name in entries for entries in lists.values()):
                continue
            parent, reasons = _in_force(reader, copy)
            entry = lists[parent].get(name)
            outcome = suppression.outcome_for(entry, reasons) if entry is not None else None
            if outcome is not None:
                text = ON_TENANT_LIST if parent else ON_ACCOUNT_LIST
                found[copy.message_id, copy.recipient] = outcome, text
    return found


def learn(writer: Writer, delivery: Delivery, outcome: Outcome, reply: str, now: float) -> None:
    """Puts the recipient of a hard bounce or complaint on the list. An entry that is there gets the new reason. Nobody
    is listed for mail of SES's own."""
    if _of_ses(delivery):
        return
    reason = suppression.reason_to_list(delivery.recipient, outcome, reply)
    if reason is None:
        return
    parent, reasons = _in_force(writer, delivery)
    if reason not in reasons:
        return
    name = suppression.listed(delivery.recipient)
    told_as = EventType.COMPLAINT if outcome is Outcome.COMPLAINED else EventType.BOUNCE
    before = writer.document_for_update(SuppressedDestination, delivery.scope, name, parent)
    writer.save_document(
        SuppressedDestination(
            scope=delivery.scope,
            name=name,
            parent=parent,
            created_at=now if before is None else before.created_at,
            updated_at=now,
            reason=reason,
            message_id=delivery.message_id,
            feedback_id=feedback_id(delivery.scope, delivery.message_id, told_as, outcome, reply, now),
        )
    )


def _of_ses(delivery: Delivery) -> bool:
    """Mail that SES itself wrote: nobody is told of its bounces. It is not the account's, so that the account's list
    neither keeps it back nor learns from it (decided; verification mail comes from an address of Amazon's)."""
    return not delivery.feedback_to


def _entries(reader: Reader, scope: Scope, names: Sequence[str], parent: str = "") -> dict[str, SuppressedDestination]:
    return {one.name: one for one in reader.documents(SuppressedDestination, scope, names, parent)}


def _in_force(reader: Reader, delivery: Delivery) -> tuple[str, tuple[str, ...]]:
    """For a message: the list that counts (a tenant's name, or "" for the account's), and the reasons that do. A
    tenant that is gone by now has no say."""
    scope, set_name, name = delivery.scope, delivery.configuration_set, delivery.tenant
    chosen = None if set_name is None else reader.document(ConfigurationSet, scope, set_name)
    tenant = None if name is None else reader.document(Tenant, scope, name)
    reasons = suppression.reasons_in_force(reader.document(AccountAttributes, scope, ACCOUNT), chosen, tenant)
    return (name or "" if suppression.has_own_list(tenant, chosen) else ""), reasons
