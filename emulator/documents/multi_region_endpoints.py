"""Multi-region endpoints, and the way from an EndpointId to its regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiRegionEndpoint(Document):
    """``regions``: the one it was created in, then the others."""

    KIND: ClassVar[str] = "multi-region-endpoint"

    id: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointId(Document):
    """``name`` is the EndpointId. Kept under the account and the region "", since a call through an endpoint is signed
    for all regions and names none. ``home`` is the region that it was created in, ``endpoint`` its name there."""

    KIND: ClassVar[str] = "endpoint-id"

    home: str
    endpoint: str
