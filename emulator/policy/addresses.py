"""One address as SES reads it: JavaMail's strict ``InternetAddress``, with JavaMail's words for what is wrong.

The observed texts (reference sending.md 2.2) are those of JavaMail's ``AddressException``, so its parser is the
oracle: a scan splits the string into mailboxes, each is checked leniently, more or fewer than one is an
``Illegal address``, and the one that is left is checked strictly. Names, comments, quotes, routes, groups and domain
literals are understood as there. SES differs from today's JavaMail, and what is here follows SES:

- only 7-bit addresses; anything else counts as control or whitespace (observed);
- a local part that needs quoting is refused in SES's own words (observed), and CR or LF in its quotes, like an empty
  string, with ``Invalid email address …`` (second-hand / observed);
- a bare ``;`` is ``Missing final '@domain'`` after an ``@`` (observed), an illegal character before it;
- a line end after the address is not trimmed away (observed), blanks are;
- a group is no mailbox: ``Illegal address`` (undocumented, decided); a lone ``]`` is no domain character (as in older
  JavaMail);
- 320 UTF-16 units at most, measured over ``name <address>`` as JavaMail prints it, an encoded word as written
  (observed).

Everything is one pass: linear in the length of the string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator import errors

MAX_LENGTH = 320

# What nearly every caller sends, answered without the scan: bare, ``Name <bare>`` and ``"Name" <bare>``.
_ATOM = r"[!#-'*+\-/-9=?A-Z^-~]+"
_BARE = rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)"
_PLAIN = re.compile(rf'(?:(?:"([^"\\\x00-\x1f]*)" *|([^\x00-\x1f"(),:;<>@\[\\\]]*))<)?{_BARE}(>)?')

_SCANNED = re.compile(r'[()<>"\[;,:]')
_QUOTE_OR_ESCAPE = re.compile(r'["\\]')
_BRACKET_OR_ESCAPE = re.compile(r"[\]\\]")
_PAREN_OR_ESCAPE = re.compile(r"[()\\]")
_ANGLE_QUOTE_OR_ESCAPE = re.compile(r'[>"\\]')
_BLANKS = "".join(map(chr, range(0x21)))  # what Java's trim() takes off
_ROUTE_END = re.compile("[,:]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPECIALS = frozenset('()<>,;:\\"[]')
_PHRASE_SPECIALS = re.compile(r'[()<>@,;:\\".\[\]\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]')
_DOMAIN_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")

_HINT = "Each entry must be one address, as user@example.com or Name <user@example.com>: "


@dataclass(frozen=True, slots=True)
class Mailbox:
    """``name`` is the display name unquoted, encoded words as written; None when there is none."""

    name: str | None
    local: str
    domain: str

    @property
    def addr_spec(self) -> str:
        return f"{self.local}@{self.domain}"

    def __str__(self) -> str:
        """As JavaMail prints it: the name quoted only when it must be."""
        if not self.name:
            return self.addr_spec
        name = self.name
        if _PHRASE_SPECIALS.search(name):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{self.addr_spec}>"


class _Illegal(Exception):
    """JavaMail's AddressException, before it is a fault."""


def parse(raw: str) -> Mailbox:
    """The one mailbox in ``raw``, at most 320 characters long.

    Raises ``errors.invalid_parameter`` in SES's words.
    """
    mailbox = parse_any_length(raw)
    check_length(mailbox)
    return mailbox


def parse_any_length(raw: str) -> Mailbox:
    """As ``parse`` without the length, which SES looks at later than at the syntax (reference 1.2)."""
    plain = _PLAIN.fullmatch(raw)
    if plain is not None:
        quoted, phrase, local, domain, closing = plain.groups()
        bracketed = quoted is not None or phrase is not None
        if bracketed == (closing is not None):
            name = quoted if quoted is not None else phrase
            name = name if quoted is not None else (name or "").strip(_BLANKS)
            return Mailbox(name if name and name.strip(_BLANKS) else None, local, domain)
    try:
        return _parse(raw)
    except _Illegal as illegal:
        raise errors.invalid_parameter(str(illegal), _HINT + shown(raw)) from None


def check_length(mailbox: Mailbox) -> None:
    """Raises ``Address length is more than 320 characters long: '…'.``"""
    text = str(mailbox)
    units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units > MAX_LENGTH:
        raise errors.invalid_parameter(
            f"Address length is more than {MAX_LENGTH} characters long: '{text}'.",
            f"The display name counts; this address has {units} characters.",
        )


def shown(raw: str) -> str:
    """A caller's string, safe and short enough for a header or a log line."""
    return ascii(raw if len(raw) <= 80 else raw[:77] + "...")[1:-1]


def _parse(raw: str) -> Mailbox:
    if not raw.strip(_BLANKS):
        raise _Illegal(f"Invalid email address {raw}.")
    found = _mailboxes(raw)
    if len(found) != 1 or found[0].group:
        raise _Illegal("Illegal address")
    address = found[0].text
    at = _check(address, raw, route=True, complete=True)
    local, domain = address[:at], address[at + 1 :]
    name = found[0].name
    mailbox = Mailbox(name if name and name.strip(_BLANKS) else None, local, domain)
    if not _SPECIALS.isdisjoint(local):
        printed = str(mailbox) if mailbox.name else f"<{address}>"
        raise _Illegal(f"Address contains illegal characters in user name: '{printed}'.")
    if raw[-1] in "\r\n":
        raise _Illegal("Domain contains control or whitespace")
    return mailbox


@dataclass(slots=True)
class _Found:
    """A mailbox being scanned: where its address and its name stand (-1: not seen). ``bracketed``: in ``<>``."""

    start: int = -1
    end: int = -1
    name_start: int = -1
    name_end: int = -1
    bracketed: bool = False
    group: bool = False
    text: str = ""
    name: str | None = None


def _mailboxes(raw: str) -> list[_Found]:
    """The mailboxes of a list, each one leniently checked as soon as it ends."""
    found: list[_Found] = []
    current = _Found()
    in_group = False
    position = 0
    while (hit := _SCANNED.search(raw, position)) is not None:
        index = hit.start()
        if current.start == -1:
            current.start = _first_visible(raw, position, index)
        character = raw[index]
        position = index + 1
        if character == "(":
            position = _after_comment(raw, index)
            if current.start >= 0 and current.end == -1:
                current.end = index
            if current.name_start == -1:
                current.name_start, current.name_end = index + 1, position - 1
        elif character == ")":
            raise _Illegal("Missing '('")
        elif character == ">":
            raise _Illegal("Missing '<'")
        elif character == "<":
            if current.bracketed:
                raise _Illegal("Extra route-addr")
            closing = _closing_angle(raw, index)
            if not in_group:
                if current.start >= 0:
                    current.name_start, current.name_end = current.start, index
                current.start = index + 1
            current.bracketed = True
            current.end = closing
            position = closing + 1
        elif character in '"[':
            if current.start == -1:
                current.start = index
            pattern, missing = (_QUOTE_OR_ESCAPE, '"') if character == '"' else (_BRACKET_OR_ESCAPE, "]")
            position = _closing(raw, index, pattern, missing) + 1
        elif character == ":":
            if in_group:
                raise _Illegal("Nested group")
            in_group = True
            if current.start == -1:
                current.start = index
        elif current.start == -1:  # nothing before this "," or ";"
            current = _Found()
        elif in_group:
            if character == ";":
                in_group = False
                found.append(_Found(group=True))
                current = _Found()
            else:
                current.bracketed = False
        elif character == ";":
            before = raw[current.start : index]
            raise _Illegal("Missing final '@domain'" if "@" in before else "Local address contains illegal character")
        else:
            found.append(_finished(raw, current, index))
            current = _Found()
    if current.start == -1:
        current.start = _first_visible(raw, position, len(raw))
    if current.start >= 0:
        found.append(_finished(raw, current, len(raw)))
    return found


def _first_visible(raw: str, start: int, stop: int) -> int:
    """Where text begins in ``raw[start:stop]``: blank, tab, CR and LF are nothing; -1 when nothing is there."""
    text = raw[start:stop].lstrip(" \t\r\n")
    return stop - len(text) if text else -1


def _finished(raw: str, found: _Found, index: int) -> _Found:
    end = index if found.end == -1 else found.end
    found.text = raw[found.start : end].strip(_BLANKS)
    if found.name_start >= 0:
        found.name = _unquoted(raw[found.name_start : found.name_end].strip(_BLANKS))
    _check(found.text, raw, route=found.bracketed, complete=False)
    return found


def _unquoted(name: str) -> str:
    if len(name) >= 2 and name[0] == name[-1] == '"':
        return _ESCAPED.sub(r"\1", name[1:-1])
    return name


def _closing(raw: str, opening: int, pattern: re.Pattern[str], missing: str) -> int:
    """Where the quote or bracket that opened at ``opening`` closes; a backslash hides what follows it."""
    position = opening + 1
    while (hit := pattern.search(raw, position)) is not None:
        if hit.group() != "\\":
            return hit.start()
        position = hit.end() + 1
    raise _Illegal(f"Missing '{missing}'")


def _closing_angle(raw: str, opening: int) -> int:
    position, quoted = opening + 1, False
    while (hit := _ANGLE_QUOTE_OR_ESCAPE.search(raw, position)) is not None:
        position = hit.end()
        if hit.group() == "\\":
            position += 1
        elif hit.group() == '"':
            quoted = not quoted
        elif not quoted:
            return hit.start()
    raise _Illegal("Missing '\"'" if quoted else "Missing '>'")


def _after_comment(raw: str, opening: int) -> int:
    """The position after the comment's last parenthesis; comments nest."""
    position, depth = opening + 1, 1
    while depth:
        hit = _PAREN_OR_ESCAPE.search(raw, position)
        if hit is None:
            raise _Illegal("Missing ')'")
        position = hit.end()
        if hit.group() == "\\":
            position += 1
        else:
            depth += 1 if hit.group() == "(" else -1
    return position


def _check(address: str, raw: str, *, route: bool, complete: bool) -> int:
    """JavaMail's check of one address; returns where its ``@`` stands, -1 for a simple name.

    ``route`` allows ``@a,@b:`` in front (RFC 822), ``complete`` wants a domain and well-placed quotes. ``raw`` is
    the whole string, for the text that quotes it.
    """
    if not address:
        raise _Illegal("Empty address")
    start = _after_route(address) if route and address[0] == "@" else 0
    at = _check_local(address, raw, start, complete)
    if at == -1:
        if complete:
            raise _Illegal("Missing final '@domain'")
        return -1
    _check_domain(address[at + 1 :])
    return at


def _after_route(address: str) -> int:
    start = 0
    while start < len(address) and (hit := _ROUTE_END.search(address, start)) is not None:
        if address[start] != "@":
            raise _Illegal("Illegal route-addr")
        start = hit.end()
        if hit.group() == ":":
            break
    return start


def _check_local(address: str, raw: str, start: int, complete: bool) -> int:
    character, quoted = "", False
    for index in range(start, len(address)):
        before, character = character, address[index]
        if character == "\\" or before == "\\":
            continue
        if character == '"':
            following = address[index + 1 : index + 2]
            if complete and quoted and following not in ("@", ""):
                raise _Illegal("Quote not at end of local address")
            if complete and not quoted and index != 0:
                raise _Illegal("Quote not at start of local address")
            quoted = not quoted
            continue
        if quoted and character in "\r\n":
            raise _Illegal(f"Invalid email address {raw}.")
        if quoted:
            continue
        if character == ".":
            if index == start:
                raise _Illegal("Local address starts with dot")
            if before == ".":
                raise _Illegal("Local address contains dot-dot")
        if character == "@":
            if index == 0:
                raise _Illegal("Missing local name")
            if before == ".":
                raise _Illegal("Local address ends with dot")
            return index
        if character <= " " or character >= "\x7f":
            raise _Illegal("Local address contains control or whitespace")
        if character in _SPECIALS:
            raise _Illegal("Local address contains illegal character")
    if quoted:
        raise _Illegal("Unterminated quote")
    return len(address) - 1 if character == "@" else -1


def _check_domain(domain: str) -> None:
    if not domain:
        raise _Illegal("Missing domain")
    if domain[0] == ".":
        raise _Illegal("Domain starts with dot")
    before, in_literal, last = "@", False, len(domain) - 1
    for index, character in enumerate(domain):
        if character == "[":
            if index:
                raise _Illegal("Domain literal not at start of domain")
            in_literal = True
        elif character == "]" and in_literal:
            if index != last:
                raise _Illegal("Domain literal end not at end of domain")
            in_literal = False
        elif character <= " " or character >= "\x7f":
            raise _Illegal("Domain contains control or whitespace")
        elif not in_literal:
            if character not in _DOMAIN_CHARACTERS:
                raise _Illegal("Domain contains illegal character")
            if character == before == ".":
                raise _Illegal("Domain contains dot-dot")
        before = character
    if before == ".":
        raise _Illegal("Domain ends with dot")
