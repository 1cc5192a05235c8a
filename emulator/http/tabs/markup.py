"""Reads the tags and texts of a mail's HTML, for lists of links and images; renders and cleans nothing.

In time that grows with the length of the text, whatever it is: the standard library's ``html.parser`` takes minutes for
200 kB of ``<a <a <a``. A tag, comment or attribute that does not end swallows the rest, as in a browser (HTML 13.2.5).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_NAME: Final = re.compile(r"[a-zA-Z][^\s/>]*+")
_ATTRIBUTE: Final = re.compile(
    r"""[\s/]*+([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)?))?+"""
)
_BLANKS: Final = re.compile(r"[\s/]*+")
# What stands in these is text up to their own end tag, whatever it looks like.
_RAW: Final = ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
_RAW_END: Final = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}


@dataclass(frozen=True, slots=True)
class Tag:
    """``name`` and the attributes' names in lower case, values unescaped; the first of two of one name counts.
    ``raw`` is the text inside an element whose content is no markup (style, title …)."""

    name: str
    attributes: Mapping[str, str]
    closing: bool = False
    raw: str = ""


def tokens(document: str) -> Iterator[Tag | str]:
    """Tags and the texts between them, in order."""
    position = 0
    while position < len(document):
        start = document.find("<", position)
        if start < 0:
            start = len(document)
        if start > position:
            yield html.unescape(document[position:start])
        if start == len(document):
            return
        if document.startswith("<!--", start):
            end = document.find("-->", start + 2)
            position = end + 3
        elif document.startswith(("<!", "<?"), start):
            end = document.find(">", start)
            position = end + 1
        else:
            name_at = start + (2 if document.startswith("</", start) else 1)
            name = _NAME.match(document, name_at)
            if name is None:
                yield "<"
                position = start + 1
                continue
            attributes, end = _attributes(document, name.end())
            if end < 0:
                return
            position = end
            kind, closing = name.group().lower(), name_at > start + 1
            raw = ""
            if kind in _RAW_END and not closing:
                inner_end = _RAW_END[kind].search(document, position)
                raw = document[position : inner_end.start() if inner_end else len(document)]
                position += len(raw)
            yield Tag(kind, attributes, closing, raw)
        if end < 0:
            return


def _attributes(document: str, position: int) -> tuple[dict[str, str], int]:
    """The attributes from ``position`` on, and where the tag ends; -1 when it does not."""
    found: dict[str, str] = {}
    while True:
        blanks = _BLANKS.match(document, position)
        position = blanks.end() if blanks else position
        if position >= len(document):
            return found, -1
        if document[position] == ">":
            return found, position + 1
        one = _ATTRIBUTE.match(document, position)
        if one is None:
            # A stray "=", or whatever else is no name.
            position += 1
            continue
        if one.end() < len(document) and document[one.end()] in "\"'" and document[one.end() - 1] in "= \t\r\n\f":
            # A quote that opens a value and is never closed.
            return found, -1
        value = next((text for text in one.groups()[1:] if text is not None), "")
        found.setdefault(one.group(1).lower(), html.unescape(value))
        position = one.end()
