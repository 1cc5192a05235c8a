"""JavaScript's view of JSON values: how they print, what is true, which properties they have.

Values are those of ``json.loads``; ``null`` and ``undefined`` are both None, which no template can tell apart.
Source: ECMAScript 2015, 7.1.2, 7.1.12 and 9.1.12.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

# What \s means in a regular expression there, which is not what it means here.
SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_SAFE = 2**53
_LAST_INDEX = 2**32 - 2


def _free(_: int) -> None:
    """Spends nothing."""


def text(value: object, spend: Callable[[int], None] = _free) -> str:
    """``String(value)``, but nothing for null: ``1.0`` is 1, arrays are joined with commas, other objects are
    ``[object Object]``. ``spend`` is told of every array's length before it is read."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list):
        spend(1 + len(value))
        return ",".join([text(entry, spend) for entry in value])
    return "[object Object]"


def _number(value: int | float) -> str:
    """Numbers are doubles there: integers above 2**53 lose digits, and from 1e21 on they have an exponent."""
    if isinstance(value, int) and -_SAFE <= value <= _SAFE:
        return str(value)
    try:
        value = float(value)
    except OverflowError:
        value = math.inf if value > 0 else -math.inf
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = whole + fraction
    significant = written.lstrip("0")
    # The value is 0.DIGITS times ten to the point.
    point = len(whole) - (len(written) - len(significant)) + int(exponent or 0)
    digits = significant.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1:+d}"


def number_literal(written: str) -> int | float:
    """``Number(written)`` for decimal digits with or without a fraction."""
    value = float(written)
    return int(value) if value.is_integer() else value


def is_true(value: object) -> bool:
    """Empty arrays and objects are true, as 0, NaN, "", false and null are not."""
    if isinstance(value, list | dict):
        return True
    return bool(value) and not _is_nan(value)


def is_empty(value: object) -> bool:
    """Handlebars' own notion: nothing is there. Zero is not empty, an empty array is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _is_nan(value)
    return value == [] or not is_true(value)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def own(value: object, name: str) -> object:
    """The property that the value itself has, None without it. Arrays and strings have ``length`` and their indexes,
    counted for strings in UTF-16 units; half of a surrogate pair, which nothing could encode, is U+FFFD."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        if name == "length":
            return len(value)
        index = _index(name)
        return value[index] if index is not None and index < len(value) else None
    if isinstance(value, str) and (name == "length" or _index(name) is not None):
        return _of_string(value, name)
    return None


def _index(name: str) -> int | None:
    if _INDEX.fullmatch(name) is None or int(name) > _LAST_INDEX:
        return None
    return int(name)


def _of_string(value: str, name: str) -> object:
    units = value if value.isascii() else _units(value)
    if name == "length":
        return len(units)
    return units[int(name)] if int(name) < len(units) else None


def _units(value: str) -> str:
    return "".join(character if ord(character) < 0x10000 else "\ufffd\ufffd" for character in value)


def keys(value: dict[str, object]) -> list[str]:
    """In the order of ``Object.keys``: indexes first, by number, then the others as they came."""
    names = list(value)
    indexes = sorted((name for name in names if _index(name) is not None), key=int)
    return indexes + [name for name in names if _index(name) is None] if indexes else names


def same(one: object, other: object) -> bool:
    """``one == other`` as far as it matters: objects by identity, anything else by value and type. (JavaScript's own
    takes ``"x"`` and ``["x"]`` for equal; nobody means that.)"""
    if one is other:
        return True
    if isinstance(one, list | dict) or isinstance(other, list | dict):
        return False
    return one == other
