"""The Attachments tab: what is enclosed, previewed where that is harmless, with checksum and download.

Raster images are shown by the browser's own decoders, under a policy that allows nothing else; SVG and HTML are
documents that could act, so they are never shown, only saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.http import wording
from emulator.receiver.reading import Part

IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"})
_TEXTS: Final = frozenset(
    {
        *("application/json", "application/xml", "application/yaml", "application/sql"),
        # Of a bounce, and of a complaint (RFC 3464, RFC 5965), what failed and why.
        *("message/rfc822", "message/delivery-status", "message/feedback-report"),
    }
)
_PREVIEW_CHARACTERS: Final = 4000
_LARGEST_IMAGE: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Enclosed:
    """``preview`` is the beginning of a text, None where there is none; ``image`` whether ``…/parts/<n>`` shows it."""

    number: int
    name: str
    content_type: str
    disposition: str
    content_id: str
    size: str
    sha256: str
    image: bool
    preview: str | None
    cut: bool


def enclosed(parts: tuple[Part, ...]) -> tuple[Enclosed, ...]:
    return tuple(_enclosed(part) for part in parts)


def is_image(part: Part) -> bool:
    """Whether a browser may be given this part as the image that it says it is."""
    return part.content_type in IMAGES and 0 < len(part.content) <= _LARGEST_IMAGE


def _enclosed(part: Part) -> Enclosed:
    is_text = part.content_type.startswith("text/") or part.content_type in _TEXTS
    text = part.content[: _PREVIEW_CHARACTERS * 4].decode("utf-8", "replace") if is_text else ""
    return Enclosed(
        number=part.number,
        name=part.file_name or "(no name)",
        content_type=part.content_type,
        disposition=part.disposition or "none",
        content_id=part.content_id,
        size=wording.size(len(part.content)),
        sha256=part.sha256,
        image=is_image(part),
        preview=text[:_PREVIEW_CHARACTERS].replace("\r\n", "\n").replace("\x00", "\ufffd") if is_text else None,
        cut=len(text) > _PREVIEW_CHARACTERS,
    )
