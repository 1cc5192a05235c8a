"""Marks in a mail's HTML by which SES learns of opens and clicks: an image of one pixel, and links that lead by way of
SES.

Source: reference events-and-api.md 4 (markup of the pixel observed; ``ses:no-track``, ``ses:tags``,
``{{ses:openTracker}}`` and the limit documented). The HTML is not parsed and written anew: tags are found by the rules
of HTML 13.2.5, in time that grows with the length of the text, and all that is not a changed attribute stays as it is.
What stands in comments, scripts, styles and titles is no link. Decided:

- Links are ``href`` of ``a`` and ``area``. Blanks around an address are not part of it, as in a browser.
- ``ses:tags`` goes like ``ses:no-track``, of which alone that is documented; both stay where clicks are not tracked.
- The pixel stands at the very end, behind ``</html>`` but before the last line ends; ``{{ses:openTracker}}`` stays as
  it is where opens are not tracked. A mail with several HTML parts has one pixel, in the first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.entities import html5
from urllib.parse import urlsplit

from emulator.mail.html_parts import with_html
from emulator.mail.raw import Message

OPEN_TRACKER = "{{ses:openTracker}}"
MOST_LINKS = 250

# What may open a tag, a comment or a declaration.
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_NAME = re.compile(r"[a-zA-Z][^\t\n\f\r />]*+")
_BLANKS = re.compile(r"[\t\n\f\r /]*+")
# Blanks and name; then the value with its quotes, and within them.
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*+([^\t\n\f\r />=][^\t\n\f\r />=]*+)"""
    r"""(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+("([^"]*+)"|'([^']*+)'|[^\t\n\f\r >"'][^\t\n\f\r >]*+)?)?+"""
)
_COMMENT_END = re.compile(r"--!?>")
# What stands in these is text up to their own end tag, whatever it looks like.
_RAW = ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")
_RAW_END = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII) for name in _RAW}
_LINKS = frozenset({"a", "area"})
_OURS = frozenset({"href", "ses:no-track", "ses:tags"})
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|([A-Za-z][A-Za-z0-9]*+)(;|(?!=)))")
_CHARACTER = r"[A-Za-z0-9\-._~!$&'()*+,;=:@"
_ENCODED = r"%[0-9A-Fa-f]{2}"
# RFC 3986 3, of the two schemes alone.
_ADDRESS = re.compile(
    rf"[hH][tT][tT][pP][sS]?://(?:\[[0-9A-Fa-f:.]+\]|(?:{_CHARACTER}]|{_ENCODED})++)(?::[0-9]{{0,5}})?"
    rf"(?:/(?:{_CHARACTER}/]|{_ENCODED})*+)?+(?:\?(?:{_CHARACTER}/?]|{_ENCODED})*+)?+(?:\#(?:{_CHARACTER}/?]|{_ENCODED})*+)?+"
)

LinkMaker = Callable[[str, int, str], str | None]


@dataclass(frozen=True, slots=True)
class Marks:
    """``pixel``: the image's address, None where opens are not tracked. ``link`` makes the address that stands for a
    target, from the target, the link's number (from 1) and what its ``ses:tags`` says, or None for a target that is
    left alone; None where clicks are not tracked."""

    pixel: str | None
    link: LinkMaker | None


@dataclass(frozen=True, slots=True)
class _Attribute:
    """``start`` to ``end`` is all of it with the blanks before, ``value`` where its value stands, quotes included;
    None for one without."""

    name: str
    start: int
    end: int
    value: tuple[int, int] | None
    text: str


def marked(message: Message, marks: Marks) -> Message:
    """``message`` with its HTML marked; the same object where there is nothing to mark."""
    return with_html(message, _Marker(marks).marked)


def pixel_markup(address: str) -> str:
    return f'<img alt="" src="{html.escape(address)}" style="display: none; width: 1px; height: 1px;">'


def link_tags(text: str) -> tuple[tuple[str, str], ...]:
    """Names and values in ``ses:tags`` (``k:v;k2:v2;``); what has no name or no value is passed over."""
    pairs = [entry.partition(":") for entry in text.split(";")]
    return tuple([(name.strip(), value.strip()) for name, _, value in pairs if name.strip() and value.strip()])


def is_trackable(target: str) -> bool:
    """Whether SES would touch a link to it: http or https, and valid by RFC 3986."""
    if not _ADDRESS.fullmatch(target):
        return False
    try:
        place = urlsplit(target)
        return bool(place.hostname) and (place.port is None or place.port >= 0)
    except ValueError:
        return False


def attribute_text(raw: str) -> str:
    """What an attribute's value means: character references read by the rules for attributes (HTML 13.2.5.73), by
    which ``&copy=1`` has none."""
    return _REFERENCE.sub(_meant, raw) if "&" in raw else raw


def _meant(found: re.Match[str]) -> str:
    name = found[1]
    if name is not None and name + found[2] not in html5:
        return found[0]
    return html.unescape(found[0])


class _Marker:
    """Counts over all HTML of one message."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._links = 0
        self._pixel = marks.pixel

    def marked(self, document: str) -> str:
        if self._marks.link is not None:
            document = self._linked(document, self._marks.link)
        return document if self._marks.pixel is None else self._opened(document)

    def _opened(self, document: str) -> str:
        pixel, self._pixel = self._pixel, None
        markup = "" if pixel is None else pixel_markup(pixel)
        before, placeholder, after = document.partition(OPEN_TRACKER)
        if placeholder:
            return before + markup + after.replace(OPEN_TRACKER, "")
        end = len(document.rstrip("\r\n"))
        return document[:end] + markup + document[end:]

    def _linked(self, document: str, link: LinkMaker) -> str:
        pieces: list[str] = []
        position = 0
        for attributes in _links(document):
            for start, end, replacement in sorted(self._changes(attributes, link)):
                pieces += [document[position:start], replacement]
                position = end
        return "".join([*pieces, document[position:]])

    def _changes(self, attributes: list[_Attribute], link: LinkMaker) -> Iterator[tuple[int, int, str]]:
        """What becomes of the attributes of one link: start, end, and what stands there instead."""
        first: dict[str, _Attribute] = {}
        for one in attributes:
            first.setdefault(one.name, one)
            if one.name != "href":
                yield one.start, one.end, ""
        href, tags = first.get("href"), first.get("ses:tags")
        if href is None or href.value is None or "ses:no-track" in first or self._links >= MOST_LINKS:
            return
        target = attribute_text(href.text).strip("\t\n\f\r ")
        if is_trackable(target):
            said = attribute_text(tags.text) if tags is not None else ""
            address = link(target, self._links + 1, said)
            if address is not None:
                self._links += 1
                yield *href.value, f'"{html.escape(address)}"'


def _links(document: str) -> Iterator[list[_Attribute]]:
    """The attributes of each link's tag, in order. A tag, comment or attribute that does not end swallows the rest, as
    in a browser."""
    position = 0
    while found := _MARKUP.search(document, position):
        start = found.start()
        if document.startswith("<!--", start):
            end = _COMMENT_END.search(document, start + 2)
            if end is None:
                return
            position = end.end()
            continue
        closing = document.startswith("</", start)
        name = _NAME.match(document, start + (2 if closing else 1))
        if name is None:
            # A declaration, or what browsers take for a comment.
            position = document.find(">", start) + 1
            if position == 0:
                return
            continue
        attributes, position = _attributes(document, name.end())
        if position < 0:
            return
        kind = name[0].lower()
        if closing:
            continue
        if kind in _LINKS:
            yield attributes
        elif kind in _RAW_END:
            inner_end = _RAW_END[kind].search(document, position)
            if inner_end is None:
                return
            position = inner_end.start()
        elif kind == "plaintext":
            return


def _attributes(document: str, position: int) -> tuple[list[_Attribute], int]:
    """Those of ``_OURS`` in a tag whose name ends at ``position``, and where the tag ends; -1 when it does not."""
    found: list[_Attribute] = []
    while True:
        blanks = _BLANKS.match(document, position)
        after = blanks.end() if blanks is not None else position
        if after >= len(document):
            return found, -1
        if document[after] == ">":
            return found, after + 1
        one = _ATTRIBUTE.match(document, position)
        if one is None:
            # A stray "=".
            position = after + 1
            continue
        if (
            one[2] is None
            and document[one.end() : one.end() + 1] in ('"', "'")
            and document[one.end() - 1] in "= \t\r\n\f"
        ):
            # A quote that opens a value and is never closed.
            return found, -1
        position = one.end()
        if (name := one[1].lower()) in _OURS:
            text = next((value for value in (one[3], one[4], one[2]) if value is not None), "")
            found.append(_Attribute(name, *one.span(), one.span(2) if one[2] is not None else None, text))
