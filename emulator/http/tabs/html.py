"""The HTML tab: a mail's HTML as a mail program would show it, in a frame that can do nothing.

The mail's HTML is not cleaned: whoever rewrites hostile markup meets the parser that disagrees. It is put into a
frame of an origin of its own, without scripts, forms and top navigation (``sandbox``), whose policy loads nothing but
``data:``; remote images are loaded only when asked for. That holds for the frame's address opened by itself too.

The mail's own frames and links to resources alone are renamed, for a reason of the browser's (``_FRAMES``, ``_LINKS``).

Two things are put in. ``<base target=_blank>`` before everything else: the first one counts, so links open in a new
tab; an explicit target cannot reach the page around it. Images named by ``cid:`` become ``data:`` addresses, for a
sandboxed frame is a stranger to our own paths. rel=noopener cannot be put on the mail's links without rewriting them;
browsers imply it for ``_blank``, and against rel=opener the page around the frame says Cross-Origin-Opener-Policy
``same-origin``, which makes every link of a foreign frame open without an opener (HTML, "rules for choosing a
navigable"). Referrer-Policy ``no-referrer`` keeps our address from who is visited.
"""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from emulator.http.tabs.links import Found
from emulator.http.tabs.parts import is_image
from emulator.receiver.reading import Part

WIDTHS: Final = (("desktop", "Desktop"), ("tablet", "Tablet 768"), ("phone", "Phone 375"))
SANDBOX: Final = "allow-popups allow-popups-to-escape-sandbox"
_MOST_INLINED: Final = 8 * 1024 * 1024
# Chromium takes minutes to lay out some megabytes, and the page around the frame waits with it. Gmail clips at 102 KB.
_MOST_FRAMED: Final = 2 * 1024 * 1024
# Chromium connects to the host of a frame before it finds that the policy forbids the frame (seen with 156), which
# tells a sender that the mail was opened. So a mail has none: the tokenizer knows these elements by exactly this text.
_FRAMES: Final = re.compile(r"<(/?)(i?frame)(?=[\s/>])", re.IGNORECASE | re.ASCII)
# <link rel=preconnect> and dns-prefetch are no loads, so no policy forbids them (seen with 156, outside of incognito
# windows), and what else a link may name is forbidden. <meta> stands wherever <link> may, and is as empty.
_LINKS: Final = re.compile(r"<(/?)link(?=[\s/>])", re.IGNORECASE | re.ASCII)
_TOP: Final = '<meta charset="utf-8"><base target="_blank">'
# A mail that has no backgrounds of its own, or styles for the dark, is given a dark ground. Any other would put light
# text on its own white: its colours are turned over, as Gmail on iOS and Outlook on Windows do, but not its pictures.
_DARK: Final = "<style>:root{color-scheme:dark;background:#131519;color:#e8eaed}</style>"
_TURNED: Final = (
    "<style>:root{color-scheme:light;background:#ececec;color:#000}"
    ":root,img{filter:invert(1) hue-rotate(180deg)}</style>"
)
_BACKGROUND: Final = re.compile(r"\bbgcolor\s*=|\bbackground(?:-color)?\s*[:=]", re.IGNORECASE)
_FOR_THE_DARK: Final = re.compile("color-scheme", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preview:
    """How the frame is shown now; ``large``: it is not, before somebody asks for it. ``remote_count`` is how many
    remote images the HTML asks for."""

    present: bool
    large: bool
    width: str
    dark: bool
    remote: bool
    remote_count: int


def preview(document: str | None, found: Found, *, width: str, dark: bool, remote: bool) -> Preview:
    """A width that there is none of is the desktop's."""
    known = {name for name, _ in WIDTHS}
    large = document is not None and len(document) > _MOST_FRAMED
    return Preview(document is not None, large, width if width in known else "desktop", dark, remote, len(found.remote))


def policy(remote: bool) -> str:
    """The frame's Content-Security-Policy."""
    images = "data: https: http:" if remote else "data:"
    return (
        f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; font-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )


def framed(document: str, parts: tuple[Part, ...], *, dark: bool) -> str:
    """The frame's document. A doctype of the mail's own is kept first, as it decides how the browser lays out."""
    doctype, rest = _doctype(document)
    silent = _LINKS.sub(r"<\1meta", _FRAMES.sub(r"<\1no-\2", rest))
    ground = _ground(document) if dark else ""
    return doctype + _TOP + ground + _with_inline_images(silent, parts)


def _ground(document: str) -> str:
    has_its_own = _BACKGROUND.search(document) and not _FOR_THE_DARK.search(document)
    return _TURNED if has_its_own else _DARK


def _doctype(document: str) -> tuple[str, str]:
    rest = document.lstrip("\ufeff \t\r\n\f")
    end = rest.find(">") if rest[:9].lower() == "<!doctype" else -1
    return ("<!doctype html>", document) if end < 0 else (rest[: end + 1], rest[end + 1 :])


def _with_inline_images(document: str, parts: tuple[Part, ...]) -> str:
    """The same image may be named any number of times: what is put in is bounded, not what is enclosed."""
    named: dict[str, Part] = {}
    for part in parts:
        if part.content_id and is_image(part):
            # A Content-ID in an address may be percent-encoded (RFC 2392) and, in an attribute, escaped.
            for name in (part.content_id, quote(part.content_id), html.escape(part.content_id)):
                named.setdefault(name, part)
    if not named:
        return document
    names = "|".join(re.escape(name) for name in sorted(named, key=len, reverse=True))
    left = _MOST_INLINED

    def inlined(found: re.Match[str]) -> str:
        nonlocal left
        part = named[found.group(1)]
        left -= len(part.content)
        if left < 0:
            return found.group()
        return f"data:{part.content_type};base64,{base64.b64encode(part.content).decode()}"

    return re.sub(rf"\b(?i:cid):({names})(?![\w.@-])", inlined, document)
