"""What a tenant may send with: its own resources and no others, and only while it is enabled.

Source: reference events-and-api.md 7 (tenant send: both texts observed); which resources count was observed too: the
identity that covers the From address (the most specific one), the configuration set in force, explicit or the
identity's default, and a stored template (inferred). The tenant is looked for before the recipients are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from emulator.documents.tenants import Tenant
from emulator.errors import tenants as errors
from emulator.values import Scope


def needed(identity: str | None, configuration_set: str | None = None, template: str | None = None) -> tuple[str, ...]:
    """The last parts of the ARNs that a send by a tenant rests on, in SES's order."""
    named = (("identity", identity), ("configuration-set", configuration_set), ("template", template))
    return tuple(f"{kind}/{name}" for kind, name in named if name)


def require_tenant(name: str, tenant: Tenant | None, scope: Scope) -> Tenant:
    """The tenant that a send names. Raises the send's own 404, or that its sending is paused."""
    if tenant is None:
        raise errors.sending_tenant_not_found(name, scope.account)
    if tenant.sending_status == "DISABLED":
        raise errors.tenant_sending_paused(name)
    return tenant


def require_associated(needed: Sequence[str], associated: Collection[str], scope: Scope) -> None:
    """``associated``: those of ``needed`` that the tenant has (``reader.documents(TenantResource, scope, needed,
    parent=tenant)``, by name). Raises 403 with the ARNs of all that it has not."""
    missing = [part for part in needed if part not in associated]
    if missing:
        raise errors.tenant_not_associated([f"arn:aws:ses:{scope.region}:{scope.account}:{part}" for part in missing])
