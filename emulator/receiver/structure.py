"""How a mail is put together: its MIME parts, one inside the other, as RFC 2045 and 2046 nest them.

Any bytes have a structure. It is bounded in depth and number, so a mail of a million empty parts is drawn like one of
a few hundred. Names and types are the mail's own words: decoded, trusted for nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.receiver.reading import parsed

if TYPE_CHECKING:
    from email.message import Message

_DEEPEST = 16
_MOST = 300


@dataclass(frozen=True, slots=True)
class Node:
    """One part. ``size`` is that of its body as transferred, in characters; None for one that only holds others.
    ``more``: it has parts that are not shown."""

    content_type: str
    charset: str
    encoding: str
    disposition: str
    file_name: str
    content_id: str
    size: int | None
    children: tuple[Node, ...]
    more: bool


def structure(data: bytes) -> Node:
    """Never raises, whatever the bytes; a mail nested too deeply for the parser is a single part."""
    return _Drawing().node(parsed(data), 0)


class _Drawing:
    def __init__(self) -> None:
        self._left = _MOST

    def node(self, part: Message, depth: int) -> Node:
        self._left -= 1
        payload = part.get_payload()
        inner = [child for child in payload if not isinstance(child, str)] if isinstance(payload, list) else []
        children = []
        for child in inner if depth < _DEEPEST else ():
            if self._left <= 0:
                break
            children.append(self.node(child, depth + 1))
        return Node(
            content_type=part.get_content_type(),
            charset=_shown(_charset(part)),
            encoding=_shown(part.get("Content-Transfer-Encoding", "")).lower(),
            disposition=part.get_content_disposition() or "",
            file_name=_shown(_file_name(part)),
            content_id=_shown(part.get("Content-ID", "")),
            size=None if isinstance(payload, list) else len(str(payload)),
            children=tuple(children),
            more=len(children) < len(inner),
        )


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset(""))
    except (LookupError, ValueError):
        return ""


def _file_name(part: Message) -> str:
    try:
        return part.get_filename("")
    except ValueError:
        return ""


def _shown(value: object) -> str:
    """Encoded words decoded, bytes that are no text replaced, of any length that a page can bear."""
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    text = " ".join(str(value).split())[:500]
    with suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return text.encode("utf-8", "replace").decode("utf-8", "replace").replace("\x00", "\ufffd")
