"""Dedicated IPs and the pools they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

STANDARD = "STANDARD"
MANAGED = "MANAGED"
# Where an address is that was put into no other pool (Developer Guide, "Assigning IP pools"): it is always there.
DEFAULT_POOL = "ses-default-dedicated-pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class DedicatedIpPool(Document):
    KIND: ClassVar[str] = "dedicated-ip-pool"

    scaling_mode: str = STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class DedicatedIp(Document):
    """``name`` is the IPv4 address. ``warmup`` is the percentage at ``warmup_at``; it grows from there when
    ``warming``, else it stays."""

    KIND: ClassVar[str] = "dedicated-ip"

    pool: str = DEFAULT_POOL
    warmup: int = 0
    warmup_at: float = 0.0
    warming: bool = True
