"""SMTP's small grammar, without sockets: paths, reply lines, dot-stuffing, peer addresses."""

from __future__ import annotations

import re

_PATH = re.compile(r'\s*<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>(?:\s+(.*))?', re.DOTALL)
_BARE_PATH = re.compile(r"\s*([^\s<>]+)(?:\s+(.*))?", re.DOTALL)
_SOURCE_ROUTE = re.compile(r"(?:@[^:@,]+,?)+:")
_UNPRINTABLE = re.compile(r"[^ -~]+")
_NOT_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

_REPLY_LIMIT = 510


def one_line(text: str) -> str:
    """``text`` as one legal reply line (RFC 5321 4.5.3.1.5: 512 octets with CRLF): printable ASCII only; what is
    cut off is marked by an ellipsis, as SES marks a list too long to show (reference sending.md 1.2)."""
    line = _UNPRINTABLE.sub(lambda found: " " if found.group().isspace() else "?", text)
    return line if len(line) <= _REPLY_LIMIT else line[: _REPLY_LIMIT - 3] + "..."


def parse_path(argument: str) -> tuple[str, str] | None:
    """The address and the parameters after ``FROM:`` or ``TO:``; None when no path can be seen.

    ``<>`` is "". Angle brackets may be missing, as SES allows; a source route is dropped (RFC 5321 appendix C).
    """
    found = _PATH.fullmatch(argument) or _BARE_PATH.fullmatch(argument)
    if found is None:
        return None
    address = found.group(1)
    route = _SOURCE_ROUTE.match(address)
    return address[route.end() :] if route else address, found.group(2) or ""


def is_text(address: str) -> bool:
    """No control character, and no byte that was not UTF-8: neither can be in an address, or be stored as text."""
    return _NOT_TEXT.search(address) is None


def unstuffed(body: bytes) -> bytes:
    """The message without the dot that the client put before a line's leading dot (RFC 5321 4.5.2)."""
    body = body.replace(b"\r\n.", b"\r\n")
    return body[1:] if body.startswith(b".") else body


def host_of(peername: object) -> str:
    """A peer's address alone; IPv4 seen through an IPv6 socket as IPv4, an IPv6 zone left out."""
    host = str(peername[0]) if isinstance(peername, tuple) else ""
    return host.removeprefix("::ffff:").partition("%")[0]
