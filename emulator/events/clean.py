"""Texts of events as UTF-8 can write them, whatever a mail held."""

from __future__ import annotations

from typing import Any


def clean(value: Any) -> Any:
    """``value`` with halves of surrogate pairs joined where they meet, else replaced by U+FFFD; texts in dicts and
    lists too."""
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {clean(name): clean(one) for name, one in value.items()}
    if isinstance(value, list):
        return [clean(one) for one in value]
    return value
