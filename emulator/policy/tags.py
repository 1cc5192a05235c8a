"""Message tags: names and values, in SES's words.

All texts are observed (reference sending.md 2.2), the two blanks after ``'_',`` included, and so is that a name is
judged before its value and that the two feedback ids pass with their colon. The order within one string (empty, long,
characters) is decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from emulator import errors
from emulator.values import Tag

MAX_LENGTH = 255
RESERVED = frozenset({"ses:feedback-id-a", "ses:feedback-id-b"})

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_VALUE = re.compile(r"[A-Za-z0-9_.@-]+")
_HINT = "Tags are at most 255 ASCII letters, digits, '_' and '-' (values also '.' and '@')."


def require_valid(tags: Iterable[Tag]) -> None:
    """Raises ``invalid_parameter`` for the first tag that is wrong."""
    for tag in tags:
        if tag.name not in RESERVED:
            _require("name", tag.name, _NAME, "'_',  '-'")
        _require("value", tag.value, _VALUE, "'_',  '-' , '.', '@'")


def _require(what: str, text: str, allowed: re.Pattern[str], others: str) -> None:
    if not text:
        raise errors.invalid_parameter(f"The tag {what} must be specified.", _HINT)
    if len(text) > MAX_LENGTH:
        raise errors.invalid_parameter(f"Tag {what} cannot exceed {MAX_LENGTH} characters.", _HINT)
    if allowed.fullmatch(text) is None:
        raise errors.invalid_parameter(
            f"Invalid tag {what} <{text}>: only alphanumeric ASCII characters, {others} are allowed.", _HINT
        )


def from_header(value: str) -> tuple[Tag, ...]:
    """``X-SES-MESSAGE-TAGS``: ``a=b, c=d`` (reference 7.4). A piece without ``=`` is a name without value."""
    pieces = (piece.strip() for piece in value.split(","))
    return tuple(
        Tag(name.strip(), text.strip()) for name, _, text in (piece.partition("=") for piece in pieces if piece)
    )
