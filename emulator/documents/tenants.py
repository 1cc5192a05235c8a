"""Tenants, and what belongs to them. An association is kept from both sides, so that each is found without a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant(Document):
    """``sending_status``: ENABLED, REINSTATED or DISABLED, as the customer set it. ``policy``: ARN of the reputation
    policy, None for the standard one. ``suppressed_reasons`` and ``suppression_scope`` (TENANT or ACCOUNT) are both
    None, or neither is."""

    KIND: ClassVar[str] = "tenant"

    id: str
    sending_status: str = "ENABLED"
    status_at: float = 0.0
    policy: str | None = None
    suppressed_reasons: tuple[str, ...] | None = None
    suppression_scope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantId(Document):
    """``name`` is a tenant's id: ARNs are resolved by it alone (observed)."""

    KIND: ClassVar[str] = "tenant-id"

    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResource(Document):
    """``parent`` is the tenant's name, ``name`` the last part of the resource's ARN: ``identity/example.com``."""

    KIND: ClassVar[str] = "tenant-resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceTenant(Document):
    """The other side of ``TenantResource``: ``parent`` is the resource; ``name`` begins with the instant, so that those
    of a resource are listed in the order in which they were associated."""

    KIND: ClassVar[str] = "resource-tenant"

    tenant: str
