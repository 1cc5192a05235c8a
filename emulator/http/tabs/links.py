"""What a mail's HTML and text point to: links, images, remote content. Read, never followed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from emulator.http.tabs.markup import Tag, tokens

_TEXT_LINK: Final = re.compile(r"""https?://[^\s<>"'\u0000-\u001f]{1,2000}""", re.IGNORECASE)
_TEXT_END: Final = ".,;:!?)]}'\""
_REMOTE: Final = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_CSS_REMOTE: Final = re.compile(r"""(?:url\(|@import)\s*+["']?+\s*+((?:https?:)?//[^\s"')]{1,2000})""", re.IGNORECASE)
_LONGEST: Final = 2000
_MOST: Final = 1000
_MOST_WORDS: Final = 100
_SHOWN: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Image:
    """``alt`` is None when the image has no alt attribute; an empty one marks decoration and is fine."""

    source: str
    alt: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The first thousand of each. ``remote`` are addresses that a browser would load from outside."""

    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    remote: tuple[str, ...] = ()
    forms: int = 0
    scripts: int = 0


@dataclass(slots=True)
class _Collected:
    links: list[Link] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    remote: dict[str, None] = field(default_factory=dict)
    forms: int = 0
    scripts: int = 0
    target: str | None = None
    words: list[str] = field(default_factory=list)

    def see(self, token: Tag | str) -> None:
        if isinstance(token, str):
            if self.target is not None and len(self.words) < _MOST_WORDS:
                self.words.append(token[:_LONGEST])
        elif token.name in ("a", "area"):
            self.end_link()
            if not token.closing and "href" in token.attributes:
                self.target = token.attributes["href"]
            if token.name == "area":
                # It has no content and no end tag; what it is called is its alt.
                self.words.append(token.attributes.get("alt", ""))
                self.end_link()
        elif not token.closing:
            self.element(token)

    def element(self, tag: Tag) -> None:
        source = tag.attributes.get("src", "")
        if tag.name == "img":
            if len(self.images) < _MOST:
                self.images.append(Image(source[:_LONGEST], tag.attributes.get("alt")))
            if self.target is not None:
                self.words.append(tag.attributes.get("alt") or "[image]")
        self.forms += tag.name == "form"
        self.scripts += tag.name == "script" or any(name.startswith("on") for name in tag.attributes)
        addresses = [source, tag.attributes.get("background", ""), tag.attributes.get("poster", "")]
        if tag.name == "link":
            addresses.append(tag.attributes.get("href", ""))
        addresses += [part.split()[0] for part in tag.attributes.get("srcset", "").split(",") if part.strip()]
        for style in (tag.attributes.get("style", ""), tag.raw if tag.name == "style" else ""):
            addresses += _CSS_REMOTE.findall(style)
        for address in addresses:
            if len(self.remote) < _MOST and _REMOTE.match(address):
                self.remote[address.strip()[:_LONGEST]] = None

    def end_link(self) -> None:
        if self.target is not None and len(self.links) < _MOST:
            text = " ".join("".join(self.words).split())
            self.links.append(Link(text[:_LONGEST], self.target.strip()[:_LONGEST]))
        self.target = None
        self.words.clear()


def found_in(document: str | None) -> Found:
    """In a mail's HTML; nothing when it has none."""
    seen = _Collected()
    for token in tokens(document or ""):
        seen.see(token)
    seen.end_link()
    return Found(tuple(seen.links), tuple(seen.images), tuple(seen.remote), seen.forms, seen.scripts)


@dataclass(frozen=True, slots=True)
class Plain:
    """The beginning of a plain text in pieces; ``cut`` is how many characters are left to the download."""

    pieces: tuple[tuple[str, str], ...]
    cut: int


def plain(text: str) -> Plain:
    """As much of it as a browser shows at once; nothing of a text that is blank."""
    return Plain(pieces(text[:_SHOWN]) if text.strip() else (), max(0, len(text) - _SHOWN))


def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """A plain text cut into (text, target) pairs; ``target`` is "" where the text is no web address."""
    cut: list[tuple[str, str]] = []
    position = 0
    for found in _TEXT_LINK.finditer(text):
        address = found.group().rstrip(_TEXT_END)
        if found.start() > position:
            cut.append((text[position : found.start()], ""))
        cut.append((address, address))
        position = found.start() + len(address)
        if len(cut) >= 2 * _MOST:
            break
    if position < len(text):
        cut.append((text[position:], ""))
    return tuple(cut)
