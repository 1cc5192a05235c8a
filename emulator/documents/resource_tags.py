"""Tags of whatever has an ARN. Kept beside the resources, so that every kind of them is tagged alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True)
class ResourceTag:
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceTags(Document):
    """``name`` is the ARN's last part: ``identity/example.com``, ``tenant/<id>``. Keys are different from each other.
    It goes when its resource goes."""

    KIND: ClassVar[str] = "resource-tags"

    tags: tuple[ResourceTag, ...] = ()
