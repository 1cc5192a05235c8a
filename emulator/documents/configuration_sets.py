"""Configuration sets: what holds for the mail that names one, and where its events go.

Names of members are the API's in snake case, values of enums v2's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

REQUIRE = "REQUIRE"
ENABLED = "ENABLED"


@dataclass(frozen=True, slots=True)
class Dimension:
    """``source``: MESSAGE_TAG, EMAIL_HEADER or LINK_TAG."""

    name: str
    source: str
    default: str


@dataclass(frozen=True, slots=True)
class EventDestination:
    """Exactly one of ``topic``, ``stream`` (with ``role``), ``bus`` and ``dimensions`` is there: SNS, Firehose,
    EventBridge, CloudWatch. ``event_types`` by v2's names, in the order in which they were given."""

    name: str
    enabled: bool
    event_types: tuple[str, ...]
    topic: str | None = None
    stream: str | None = None
    role: str | None = None
    bus: str | None = None
    dimensions: tuple[Dimension, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracking:
    """``https_policy``: REQUIRE, REQUIRE_OPEN_ONLY or OPTIONAL, None where nothing was said."""

    redirect_domain: str
    https_policy: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """``tls_policy``: REQUIRE or OPTIONAL; ``shared_pool_delivery_mode``: GLOBAL, REGIONAL or ACCOUNT. None where
    nothing was said."""

    tls_policy: str | None = None
    sending_pool: str | None = None
    max_delivery_seconds: int | None = None
    shared_pool_delivery_mode: str | None = None


@dataclass(frozen=True, slots=True)
class SuppressionOptions:
    """``reasons`` of BOUNCE and COMPLAINT; none of them: no suppression for this set. ``scope``: ACCOUNT or TENANT.
    ``validation``: ENABLED or DISABLED, ``confidence``: MEDIUM, HIGH or MANAGED. None where nothing was said."""

    reasons: tuple[str, ...] | None = None
    scope: str | None = None
    validation: str | None = None
    confidence: str | None = None


@dataclass(frozen=True, slots=True)
class VdmOptions:
    """ENABLED or DISABLED, None where nothing was said."""

    engagement_metrics: str | None = None
    optimized_shared_delivery: str | None = None


@dataclass(frozen=True, slots=True)
class SigningScheme:
    """``smime``: S/MIME in ``signature_format``; else nothing is signed beside DKIM."""

    smime: bool = False
    signature_format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSet(Document):
    """An option block is None until it is put. ``last_fresh_start``: when sending was last enabled again."""

    KIND: ClassVar[str] = "configuration-set"

    sending_enabled: bool = True
    reputation_metrics_enabled: bool = False
    last_fresh_start: float | None = None
    tracking: Tracking | None = None
    delivery: DeliveryOptions | None = None
    suppression: SuppressionOptions | None = None
    vdm: VdmOptions | None = None
    archive: str | None = None
    signing: SigningScheme | None = None
    destinations: tuple[EventDestination, ...] = ()

    @property
    def max_delivery_seconds(self) -> int | None:
        return self.delivery.max_delivery_seconds if self.delivery is not None else None

    @property
    def requires_tls(self) -> bool:
        return self.delivery is not None and self.delivery.tls_policy == REQUIRE
