"""Content-Type and Content-Disposition in a message's header, as far as SES was seen to refuse what they say.

Source: reference sending.md 2.2, observed: ``Expected '/', got ;`` (a type without subtype),
``Expected disposition, got =`` (an encoded word instead of a disposition), ``Expected '=', got 'null'`` (a parameter
without value). They are words of JavaMail's parser, whose tokens these are (RFC 2045 5.1: atoms, quoted strings, single
specials; comments in brackets are skipped). Decided: what else that parser would not read is let through, as is a type
with nothing behind it, which RFC 1049 allowed; the fields of parts within the message are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.errors import invalid_parameter

# A comment or blanks (no group), a quoted string, an atom, or a special by itself.
_TOKEN = re.compile(r'\([^()]*\)|[ \t\r\n]+|("(?:[^"\\]|\\.)*")|([^\x00-\x20()<>@,;:\\"\[\]/?=\x7f]+)|(.)', re.DOTALL)
_END = ("", "null")


def require_content_type(value: str) -> None:
    """Raises for a type that is followed by something else than its subtype, and for a parameter without value."""
    tokens = _tokens(value)
    if next(tokens, _END)[0] != "atom":
        return
    kind, text = next(tokens, _END)
    if kind and text != "/":
        raise _expected("'/'", text)
    if next(tokens, _END)[0] == "atom":
        _require_parameters(tokens)


def require_content_disposition(value: str) -> None:
    """Raises for a special character where the disposition should stand, and for a parameter without value."""
    kind, text = next(tokens := _tokens(value), _END)
    if kind == "special":
        raise _expected("disposition", text)
    if kind == "atom":
        _require_parameters(tokens)


def _require_parameters(tokens: Iterator[tuple[str, str]]) -> None:
    """Reads ``; name = value`` until the end, or until it is something else."""
    while next(tokens, _END)[1] == ";" and next(tokens, _END)[0] == "atom":
        _, text = next(tokens, _END)
        if text != "=":
            raise _expected("'='", f"'{text}'")
        if next(tokens, _END)[0] not in ("atom", "quoted"):
            return


def _tokens(value: str) -> Iterator[tuple[str, str]]:
    """Each token's kind (``quoted``, ``atom``, ``special``) and text."""
    for found in _TOKEN.finditer(value):
        if found.lastindex is not None:
            yield ("quoted", "atom", "special")[found.lastindex - 1], found[0]


def _expected(what: str, got: str) -> Exception:
    return invalid_parameter(f"Expected {what}, got {got[:256]}", "Source: RFC 2045, section 5.1.")
