"""Reputation entities (v2): each tenant is one, named by its ARN.

The customer's status is the tenant's sending status and decides about its sends. SES's own status is always ENABLED
here and there is no impact: both come from findings (complaints, listings) that nobody makes offline. The policy says
what SES does about findings; it is one of SES's three.

Source: API2; ``Reputation management policies`` of the Developer Guide for the policies' ARNs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.documents.tenants import Tenant, TenantId
from emulator.errors import tenants as errors
from emulator.ses import paging
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.ses.tenants import arn, page_asked
from emulator.store.ports import Reader
from emulator.values import Scope

_POLICIES = ("none", "standard", "strict")
_RESOURCE = "RESOURCE"
_STATUSES = ("ENABLED", "REINSTATED", "DISABLED")
_IMPACTS = ("LOW", "HIGH")
_KIND = "reputation entities"


def get_reputation_entity(desk: Desk, call: Call, params: Params) -> Result:
    """404 for whatever is no tenant."""
    reference = params["ReputationEntityReference"]
    with desk.store.read() as reader:
        tenant = _tenant(reader, call, reference)
    if tenant is None:
        raise errors.reputation_entity_does_not_exist(reference)
    return {"ReputationEntity": _told(tenant)}


def list_reputation_entities(desk: Desk, call: Call, params: Params) -> Result:
    """By ARN, which is by the tenant's name. All filters must hold."""
    wanted = params.get("Filter") or {}
    for key, values in (
        ("ENTITY_TYPE", (_RESOURCE,)),
        ("SENDING_STATUS", _STATUSES),
        ("REPUTATION_IMPACT", _IMPACTS),
    ):
        if wanted.get(key, values[0]) not in values:
            raise errors.invalid_filter_value(key, wanted[key])
    size, after = page_asked(desk, call, params, _KIND)
    prefix, status = wanted.get("ENTITY_REFERENCE_PREFIX", ""), wanted.get("SENDING_STATUS")
    with desk.store.read() as reader:
        found = [
            tenant
            for tenant in reader.list_documents(Tenant, call.scope, after=after, limit=None if wanted else size + 1)
            if arn(tenant).startswith(prefix)
            and status in (None, tenant.sending_status)
            and "REPUTATION_IMPACT" not in wanted
        ]
    told = [_told(tenant) for tenant in found[:size]]
    return paging.told(desk, call, _KIND, "ReputationEntities", told, [tenant.name for tenant in found], size)


def update_reputation_entity_customer_managed_status(desk: Desk, call: Call, params: Params) -> Result:
    """DISABLED ends the tenant's sends, the other two allow them."""
    now = desk.clock.now()
    return _update(desk, call, params, sending_status=params["SendingStatus"], status_at=now)


def update_reputation_entity_policy(desk: Desk, call: Call, params: Params) -> Result:
    """One of SES's own three."""
    policy = params["ReputationEntityPolicy"]
    policies = [_policy(call.scope, name) for name in _POLICIES]
    if policy not in policies:
        raise errors.invalid_reputation_policy(policy, policies)
    return _update(desk, call, params, policy=policy)


def _update(desk: Desk, call: Call, params: Params, **changes: Any) -> Result:
    reference = params["ReputationEntityReference"]
    with desk.store.write() as writer:
        tenant = _tenant(writer, call, reference)
        locked = writer.document_for_update(Tenant, call.scope, tenant.name) if tenant is not None else None
        if locked is None:
            raise errors.no_such_reputation_entity(reference)
        writer.save_document(replace(locked, **changes))
    return {}


def _tenant(reader: Reader, call: Call, reference: str) -> Tenant | None:
    """By its whole ARN."""
    known = reader.document(TenantId, call.scope, reference.rpartition("/")[2])
    tenant = reader.document(Tenant, call.scope, known.tenant) if known is not None else None
    return tenant if tenant is not None and arn(tenant) == reference else None


def _policy(scope: Scope, name: str) -> str:
    return f"arn:aws:ses:{scope.region}:aws:reputation-policy/{name}"


def _told(tenant: Tenant) -> Result:
    return {
        "ReputationEntityReference": arn(tenant),
        "ReputationEntityType": _RESOURCE,
        "ReputationManagementPolicy": tenant.policy or _policy(tenant.scope, "standard"),
        "CustomerManagedStatus": {"Status": tenant.sending_status, "LastUpdatedTimestamp": tenant.status_at},
        "AwsSesManagedStatus": {"Status": "ENABLED", "LastUpdatedTimestamp": tenant.created_at},
        "SendingStatusAggregate": tenant.sending_status,
    }


V1: dict[str, Operation] = {}
V2 = {
    "GetReputationEntity": get_reputation_entity,
    "ListReputationEntities": list_reputation_entities,
    "UpdateReputationEntityCustomerManagedStatus": update_reputation_entity_customer_managed_status,
    "UpdateReputationEntityPolicy": update_reputation_entity_policy,
}
# Which of the operations change nothing but what is told, and why (docs/coverage.md).
STORES = {"UpdateReputationEntityPolicy": "there are no findings that it could act on"}
