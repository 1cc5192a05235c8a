"""The suppression list of the account and those of its tenants (v2). Source: API2, reference events-and-api.md 5.1.

What is put here acts when mail leaves (``post/suppression.py``). The account's list is that of one region; a
tenant's own one counts for its mail where PutTenantSuppressionAttributes, or the configuration set, says so.
"""

from __future__ import annotations

from typing import Any

from emulator.documents.suppression import SuppressedDestination
from emulator.documents.tenants import Tenant
from emulator.errors import suppression as errors
from emulator.errors import tenants as tenant_errors
from emulator.policy import addresses, suppression
from emulator.ses import account, paging
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader

_MOST = 1000
_KIND = "suppressed destinations"


def put_suppressed_destination(desk: Desk, call: Call, params: Params) -> Result:
    """Overwrites the reason and the time of one that is there. Not in the sandbox."""
    require_production(desk, call)
    name = suppression.listed(addresses.parse(params["EmailAddress"].strip()).addr_spec)
    now = desk.clock.now()
    with desk.store.write() as writer:
        parent = _list_of(writer, call, params)
        before = writer.document_for_update(SuppressedDestination, call.scope, name, parent)
        writer.save_document(
            SuppressedDestination(
                scope=call.scope,
                name=name,
                parent=parent,
                created_at=now if before is None else before.created_at,
                updated_at=now,
                reason=params["Reason"],
            )
        )
    return {}


def get_suppressed_destination(desk: Desk, call: Call, params: Params) -> Result:
    """``Attributes`` are there only where SES put the address on the list itself."""
    name = suppression.listed(params["EmailAddress"])
    with desk.store.read() as reader:
        parent = _list_of(reader, call, params)
        entry = reader.document(SuppressedDestination, call.scope, name, parent)
    if entry is None:
        raise errors.not_suppressed(name, bool(parent))
    told = _summary(entry)
    if entry.message_id is not None and entry.feedback_id is not None:
        told["Attributes"] = {"MessageId": entry.message_id, "FeedbackId": entry.feedback_id}
    if parent:
        told["TenantName"] = parent
    return {"SuppressedDestination": told}


def delete_suppressed_destination(desk: Desk, call: Call, params: Params) -> Result:
    """404 when it is not on the list. The address is sent to from now on."""
    name = suppression.listed(params["EmailAddress"])
    with desk.store.write() as writer:
        parent = _list_of(writer, call, params)
        if not writer.delete_document(SuppressedDestination, call.scope, name, parent):
            raise errors.not_suppressed(name, bool(parent))
    return {}


def list_suppressed_destinations(desk: Desk, call: Call, params: Params) -> Result:
    """By address (SES's order is not documented), 1000 a page. ``StartDate`` and ``EndDate`` are held against the last
    update, the end exclusive. A token holds for the tenant and the reasons with which it was taken (observed)."""
    size, token = params.get("PageSize", _MOST), params.get("NextToken")
    if not 1 <= size <= _MOST:
        raise errors.page_size_out_of_range(size, _MOST)
    kind = paging.bound(_KIND, params.get("TenantName"), sorted(params.get("Reasons") or ()))
    after = paging.begin(desk, call, kind, token, errors.invalid_page_token())
    found: list[SuppressedDestination] = []
    with desk.store.read() as reader:
        parent = _list_of(reader, call, params)
        while len(found) <= size:
            page = reader.list_documents(SuppressedDestination, call.scope, parent, after, _MOST)
            found += [entry for entry in page if _wanted(entry, params)]
            if len(page) < _MOST:
                break
            after = page[-1].name
    told = [_summary(entry) for entry in found]
    return paging.told(desk, call, kind, "SuppressedDestinationSummaries", told, [entry.name for entry in found], size)


def require_production(desk: Desk, call: Call) -> None:
    """In the sandbox the calls that fill the list are switched off (Developer Guide, "Request production access")."""
    with desk.store.read() as reader:
        production = account.of(desk, reader, call.scope).production
    if not production:
        raise errors.not_in_the_sandbox()


def _list_of(reader: Reader, call: Call, params: Params) -> str:
    """The parent of the list's entries. A tenant that is named exists."""
    tenant: str | None = params.get("TenantName")
    if not tenant:
        return ""
    if reader.document(Tenant, call.scope, tenant) is None:
        raise tenant_errors.tenant_does_not_exist(tenant)
    return tenant


def _wanted(entry: SuppressedDestination, params: Params) -> bool:
    reasons, start, end = params.get("Reasons"), params.get("StartDate"), params.get("EndDate")
    return (
        (not reasons or entry.reason in reasons)
        and (start is None or entry.updated_at >= start)
        and (end is None or entry.updated_at < end)
    )


def _summary(entry: SuppressedDestination) -> dict[str, Any]:
    return {"EmailAddress": entry.name, "Reason": entry.reason, "LastUpdateTime": entry.updated_at}


V1: dict[str, Operation] = {}
V2 = {
    "PutSuppressedDestination": put_suppressed_destination,
    "GetSuppressedDestination": get_suppressed_destination,
    "DeleteSuppressedDestination": delete_suppressed_destination,
    "ListSuppressedDestinations": list_suppressed_destinations,
}
