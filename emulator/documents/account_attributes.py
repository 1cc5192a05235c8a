"""What an account has set for all of its sending, one document an account and region. Who reads it takes
``AccountAttributes(scope=scope)`` where there is none: the defaults are SES's (API2 GetAccount).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

ACCOUNT = "account"
ENABLED = "ENABLED"
DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class VdmAttributes:
    """Virtual Deliverability Manager; each ENABLED or DISABLED."""

    enabled: str
    engagement_metrics: str = DISABLED
    optimized_shared_delivery: str = DISABLED


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAttributes(Document):
    """``suppressed_reasons``: of BOUNCE and COMPLAINT. ``vdm`` None until it is set. ``plan`` is the pricing plan that
    was asked for, ``plan_before`` the one in force until ``plan_since``. ``shared_pool_delivery_mode``: GLOBAL or
    REGIONAL, None until it is set."""

    KIND: ClassVar[str] = "account-attributes"

    name: str = ACCOUNT
    suppressed_reasons: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    vdm: VdmAttributes | None = None
    dedicated_ip_auto_warmup: bool = True
    plan: str | None = None
    plan_before: str | None = None
    plan_since: float = 0.0
    shared_pool_delivery_mode: str | None = None

    @property
    def vdm_enabled(self) -> bool:
        return self.vdm is not None and self.vdm.enabled == ENABLED
