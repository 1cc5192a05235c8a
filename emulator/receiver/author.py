"""Whose mail this says it is: the domain of From, which DMARC and Gmail's "via" rest on.

Read from the raw bytes by RFC 5322 3.4 (display names, quotes, nested comments, groups, obsolete routes). Encoded
words are left as they are: an address written inside one is a display name, not an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.receiver.message import Message
from emulator.receiver.names import after_comment, domain_name

_PLAIN = re.compile(r"[^\"<>(),:;@\[\]\\]*(?:\"[^\"\\]*\"\s*)?<[^\"<>(),:;@\s\[\]\\]+@([A-Za-z0-9.-]+)>\s*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|\[[^\]]*\]?|[()<>,:;@\\\]]|[^"\[\]()<>,:;@\\]+', re.DOTALL)
_LONGEST_VALUE = 64 * 1024


def author_domain(message: Message) -> str:
    """The one domain of From; "" when there is none, or none that can be picked.

    Decided by RFC 7489 6.6.1: several mailboxes of one domain have that domain; mailboxes of different domains,
    several From fields, or a domain that is no DNS name (an address literal too) have none.
    """
    values = message.values(b"from")
    if len(values) != 1 or len(values[0]) > _LONGEST_VALUE:
        return ""
    domains = set(_domains(values[0].decode("utf-8", "replace")))
    return domains.pop() if len(domains) == 1 else ""


def _domains(value: str) -> Iterator[str]:
    plain = _PLAIN.fullmatch(value)
    if plain:
        yield domain_name(plain.group(1))
        return
    for address in _addresses(value):
        if "@" in address[1:]:
            last = address[::-1].index("@")
            yield domain_name("".join(address[len(address) - last :]))


def _addresses(value: str) -> Iterator[list[str]]:
    """The tokens of each addr-spec, blanks gone; a mailbox without one gives what stands in its place."""
    phrase: list[str] = []
    angle: list[str] | None = None
    inside = False
    position = 0
    while position < len(value):
        if value[position] == "(":
            position = after_comment(value, position)
            continue
        found = _TOKEN.match(value, position)
        token = found.group() if found else value[position]
        position += len(token)
        if token == "<":
            if angle:  # a second address without a comma: nobody can say which of the two is meant
                yield angle
            angle, inside = [], True
        elif token == ">":
            inside = False
        elif inside and angle is not None:
            if token == ":":
                # An obsolete route, <@a,@b:user@c>, ends here.
                angle = []
            elif token.strip():
                angle.append(token.strip())
        elif token in (",", ";"):
            yield angle if angle is not None else phrase
            phrase, angle = [], None
        elif token == ":":
            phrase = []
        elif token.strip():
            phrase.append(token.strip())
    yield angle if angle is not None else phrase
