"""Tenants and the resources that they may send with (v2).

Source: API2; order of lists, checks and texts observed (``errors/tenants.py``): tenants by name, a tenant's resources
by ARN, a resource's tenants in the order in which they were associated. What a tenant means for a send is in
``policy/tenants.py``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emulator import ids
from emulator.aws import faults
from emulator.documents.suppression import SuppressedDestination
from emulator.documents.tenants import ResourceTenant, Tenant, TenantId, TenantResource
from emulator.errors import tenants as errors
from emulator.ses import paging, resources, tags
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader, Writer
from emulator.values import Scope

_MOST_TENANTS = 10_000
_PAGE = 100
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 64
_KINDS = (resources.CONFIGURATION_SET, resources.IDENTITY, resources.TEMPLATE)
_STATUSES = ("ENABLED", "REINSTATED", "DISABLED")
_CONSTRAINT = "failed to satisfy constraint: Member must have"


# --- tenants ------------------------------------------------------------------------------------


def create_tenant(desk: Desk, call: Call, params: Params) -> Result:
    """Its id is new each time, also under a name that was there before."""
    name, given = params["TenantName"], tags.given(params.get("Tags"))
    if not name:
        shortest = "Member must have length greater than or equal to 1"
        raise faults.validation_error([f"Value at 'tenantName' failed to satisfy constraint: {shortest}"])
    _require_name(name)
    reasons, suppression_scope = _suppression(params.get("SuppressionAttributes", {}))
    now = desk.clock.now()
    with desk.store.write() as writer:
        if writer.document_for_update(Tenant, call.scope, name) is not None:
            raise errors.tenant_already_exists(name, call.scope.account)
        if writer.count_documents(Tenant, call.scope) >= _MOST_TENANTS:
            raise errors.too_many_tenants(_MOST_TENANTS)
        tenant = Tenant(
            scope=call.scope,
            name=name,
            created_at=now,
            updated_at=now,
            id=ids.tenant_id(),
            status_at=now,
            suppressed_reasons=reasons,
            suppression_scope=suppression_scope,
        )
        writer.save_document(tenant)
        writer.save_document(TenantId(scope=call.scope, name=tenant.id, tenant=name))
        tags.attach(writer, call.scope, _tags_part(tenant), given)
        return _told(writer, tenant)


def get_tenant(desk: Desk, call: Call, params: Params) -> Result:
    """Without ``SuppressionAttributes`` when there are none."""
    _require_name(params["TenantName"])
    with desk.store.read() as reader:
        return {"Tenant": _told(reader, existing(reader, call.scope, params["TenantName"]))}


def delete_tenant(desk: Desk, call: Call, params: Params) -> Result:
    """With its associations, tags and suppression list; the resources stay."""
    name = params["TenantName"]
    _require_name(name)
    with desk.store.write() as writer:
        tenant = _locked(writer, call.scope, name)
        for one in writer.list_documents(TenantResource, call.scope, parent=name):
            _forget(writer, one)
        tags.drop(writer, call.scope, _tags_part(tenant))
        writer.delete_documents(SuppressedDestination, call.scope, parent=name)
        writer.delete_document(TenantId, call.scope, tenant.id)
        writer.delete_document(Tenant, call.scope, name)
    return {}


def list_tenants(desk: Desk, call: Call, params: Params) -> Result:
    """By name. Filters: a part of the name, the sending status."""
    wanted = params.get("Filter") or {}
    status = wanted.get("SENDING_STATUS")
    if status is not None and status not in _STATUSES:
        raise errors.invalid_filter_value("SENDING_STATUS", status)
    part = wanted.get("TENANT_NAME_CONTAINS", "")
    list_name = paging.bound("tenants", wanted)
    size, after = page_asked(desk, call, params, list_name)
    with desk.store.read() as reader:
        # A filter looks at everything: it is a look at the list, not at every send.
        limit = size + 1 if not wanted else None
        found = [
            tenant
            for tenant in reader.list_documents(Tenant, call.scope, after=after, limit=limit)
            if part in tenant.name and status in (None, tenant.sending_status)
        ]
    told = [
        {
            "TenantName": tenant.name,
            "TenantId": tenant.id,
            "TenantArn": arn(tenant),
            "CreatedTimestamp": tenant.created_at,
            "SendingStatus": tenant.sending_status,
        }
        for tenant in found[:size]
    ]
    return paging.told(desk, call, list_name, "Tenants", told, [tenant.name for tenant in found], size)


def put_tenant_suppression_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Both members replace what was there; neither of them clears it (observed)."""
    _require_name(params["TenantName"])
    reasons, suppression_scope = _suppression(params)
    with desk.store.write() as writer:
        tenant = _locked(writer, call.scope, params["TenantName"])
        now = desk.clock.now()
        writer.save_document(
            replace(tenant, suppressed_reasons=reasons, suppression_scope=suppression_scope, updated_at=now)
        )
    return {}


# --- associations -------------------------------------------------------------------------------


def create_tenant_resource_association(desk: Desk, call: Call, params: Params) -> Result:
    """Of an identity, a configuration set or a template of this account and region."""
    name, given = params["TenantName"], params["ResourceArn"]
    _require_name(name)
    kind, resource = _resource(call.scope, given)
    with desk.store.write() as writer:
        _locked(writer, call.scope, name)
        part = _existing_resource(writer, call.scope, kind, resource)
        if writer.document_for_update(TenantResource, call.scope, part, name) is not None:
            raise errors.already_associated(given, name)
        one = TenantResource(scope=call.scope, parent=name, name=part, created_at=desk.clock.now())
        writer.save_document(one)
        writer.save_document(
            ResourceTenant(scope=call.scope, parent=part, name=_place(one), created_at=one.created_at, tenant=name)
        )
    return {}


def delete_tenant_resource_association(desk: Desk, call: Call, params: Params) -> Result:
    """Tenant and resource must be there; the association need not (observed)."""
    name = params["TenantName"]
    _require_name(name)
    kind, resource = _resource(call.scope, params["ResourceArn"])
    with desk.store.write() as writer:
        _locked(writer, call.scope, name)
        part = _existing_resource(writer, call.scope, kind, resource)
        one = writer.document_for_update(TenantResource, call.scope, part, name)
        if one is not None:
            _forget(writer, one)
    return {}


def list_tenant_resources(desk: Desk, call: Call, params: Params) -> Result:
    """Types are told as ARNs name them, which are not the model's values (observed)."""
    name = params["TenantName"]
    _require_name(name)
    kind = (params.get("Filter") or {}).get("RESOURCE_TYPE")
    if kind is not None and kind not in _KINDS:
        raise errors.invalid_resource_type(kind)
    list_name = paging.bound(f"resources of tenant {name}", kind)
    size, after = page_asked(desk, call, params, list_name)
    with desk.store.read() as reader:
        existing(reader, call.scope, name)
        limit = size + 1 if kind is None else None
        found = [
            one
            for one in reader.list_documents(TenantResource, call.scope, parent=name, after=after, limit=limit)
            if kind is None or one.name.startswith(f"{kind}/")
        ]
    told = [
        {"ResourceType": one.name.partition("/")[0], "ResourceArn": resources.arn(call.scope, one.name)}
        for one in found[:size]
    ]
    return paging.told(desk, call, list_name, "TenantResources", told, [one.name for one in found], size)


def list_resource_tenants(desk: Desk, call: Call, params: Params) -> Result:
    """In the order in which they were associated."""
    given = params["ResourceArn"]
    kind, resource = _resource(call.scope, given)
    list_name = f"tenants of {resources.part(kind, resource)}"
    size, after = page_asked(desk, call, params, list_name)
    with desk.store.read() as reader:
        part = _existing_resource(reader, call.scope, kind, resource)
        found = reader.list_documents(ResourceTenant, call.scope, parent=part, after=after, limit=size + 1)
        of_name = {one.name: one.id for one in reader.documents(Tenant, call.scope, [one.tenant for one in found])}
    told = [
        {
            "TenantName": one.tenant,
            "TenantId": of_name[one.tenant],
            "ResourceArn": resources.arn(call.scope, part),
            "AssociatedTimestamp": one.created_at,
        }
        for one in found[:size]
    ]
    return paging.told(desk, call, list_name, "ResourceTenants", told, [one.name for one in found], size)


# --- for the areas ------------------------------------------------------------------------------


def existing(reader: Reader, scope: Scope, name: str) -> Tenant:
    """The tenant of that name, or the 404 of management operations (a send has another)."""
    return _there(reader.document(Tenant, scope, name), name)


def require_not_associated(reader: Reader, scope: Scope, part: str) -> None:
    """Whoever deletes an identity, a configuration set or a template asks this first, at both versions."""
    if reader.list_documents(ResourceTenant, scope, parent=part, limit=1):
        raise errors.has_tenant_associations(resources.arn(scope, part))


def arn(tenant: Tenant) -> str:
    return resources.arn(tenant.scope, f"{resources.TENANT}/{tenant.name}/{tenant.id}")


def page_asked(desk: Desk, call: Call, params: Params, kind: str) -> tuple[int, str | None]:
    """How many, and after which name. Asked before anything is looked up (observed)."""
    size, token = params.get("PageSize", _PAGE), params.get("NextToken")
    violations = []
    if token == "":
        violations.append(f"Value '' at 'nextToken' {_CONSTRAINT} length greater than or equal to 1")
    if size > _PAGE:
        violations.append(f"Value '{size}' at 'pageSize' {_CONSTRAINT} value less than or equal to {_PAGE}")
    if size < 1:
        violations.append(f"Value '{size}' at 'pageSize' {_CONSTRAINT} value greater than or equal to 1")
    if violations:
        raise faults.validation_error(violations)
    return size, paging.begin(desk, call, kind, token, errors.invalid_page_token())


# --- inside -------------------------------------------------------------------------------------


def _require_name(name: str) -> None:
    if not name.strip():
        raise errors.tenant_name_cannot_be_empty()
    if len(name) > _LONGEST:
        raise errors.tenant_name_too_long()
    if not _NAME.fullmatch(name):
        raise errors.invalid_tenant_name(name)


def _suppression(given: Params) -> tuple[tuple[str, ...] | None, str | None]:
    reasons, scope = given.get("SuppressedReasons"), given.get("SuppressionScope")
    if scope is None and reasons is not None:
        raise errors.reasons_without_scope() if reasons else errors.scope_required()
    if reasons is None and scope is not None:
        raise errors.scope_without_reasons()
    if reasons is None:
        return None, None
    if len(set(reasons)) < len(reasons):
        raise errors.reason_twice()
    return tuple(reasons), scope


def _resource(scope: Scope, given: str) -> tuple[str, str]:
    """Kind and name. Checked in the order observed: form, service, kind, name, region, account."""
    fields = given.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn":
        raise errors.not_an_ses_resource()
    kind, slash, name = fields[5].partition("/")
    if fields[2] != "ses":
        raise errors.not_an_ses_arn()
    if kind not in _KINDS:
        raise errors.unsupported_resource_type(kind)
    if not slash or not name:
        raise errors.not_an_ses_resource()
    if fields[3] != scope.region:
        raise errors.not_in_the_same("region", given)
    if fields[4] != scope.account:
        raise errors.not_in_the_same("account", given)
    return kind, name


def _existing_resource(reader: Reader, scope: Scope, kind: str, name: str) -> str:
    if not resources.exists(reader, scope, kind, name):
        raise errors.resource_does_not_exist(kind, name)
    return resources.part(kind, name)


def _locked(writer: Writer, scope: Scope, name: str) -> Tenant:
    return _there(writer.document_for_update(Tenant, scope, name), name)


def _there(found: Tenant | None, name: str) -> Tenant:
    if found is None:
        raise errors.tenant_does_not_exist(name)
    return found


def _forget(writer: Writer, one: TenantResource) -> None:
    writer.delete_document(ResourceTenant, one.scope, _place(one), one.name)
    writer.delete_document(TenantResource, one.scope, one.name, one.parent)


def _place(one: TenantResource) -> str:
    """The name of its other side: those of a resource stand in the order of their creation."""
    return f"{int(one.created_at * 1e6):020d}/{one.parent}"


def _tags_part(tenant: Tenant) -> str:
    return resources.part(resources.TENANT, tenant.id)


def _told(reader: Reader, tenant: Tenant) -> Result:
    told: Result = {
        "TenantName": tenant.name,
        "TenantId": tenant.id,
        "TenantArn": arn(tenant),
        "CreatedTimestamp": tenant.created_at,
        "Tags": tags.told(reader, tenant.scope, _tags_part(tenant)),
        "SendingStatus": tenant.sending_status,
    }
    if tenant.suppressed_reasons is not None:
        told["SuppressionAttributes"] = {
            "SuppressedReasons": list(tenant.suppressed_reasons),
            "SuppressionScope": tenant.suppression_scope,
        }
    return told


V1: dict[str, Operation] = {}
V2 = {
    "CreateTenant": create_tenant,
    "GetTenant": get_tenant,
    "DeleteTenant": delete_tenant,
    "ListTenants": list_tenants,
    "PutTenantSuppressionAttributes": put_tenant_suppression_attributes,
    "CreateTenantResourceAssociation": create_tenant_resource_association,
    "DeleteTenantResourceAssociation": delete_tenant_resource_association,
    "ListTenantResources": list_tenant_resources,
    "ListResourceTenants": list_resource_tenants,
}
