"""Domain names as the receiver compares them, and the way past RFC 5322's comments.

A name that cannot stand in DNS has no form here ("" is returned), so that nothing odd reaches a query or a header.
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_LONGEST_NAME = 253


def domain_name(text: str) -> str:
    """``text`` in lower case, in A-labels, without its final dot; "" when it is no DNS name (RFC 1035 2.3.4)."""
    name = text.strip().removesuffix(".").lower()
    if len(name) > _LONGEST_NAME:
        return ""
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return name if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) else ""


def after_comment(text: str, start: int) -> int:
    """Where the comment that opens at ``start`` has ended (RFC 5322 3.2.2, they nest); the end when it never does."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, start):
        sign = mark.group()
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return mark.end()
    return len(text)
