"""Conditions of a policy: operators over what is known of a request. Pure.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Creating a condition that tests multiple
key values"; keys from SES's Developer Guide, "Amazon SES policy anatomy". A key that a request does not have fails
every operator but the negated ones, ``…IfExists``, ``Null`` and ``ForAllValues`` (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

KEYS = frozenset(
    {
        *("ses:recipients", "ses:fromaddress", "ses:fromdisplayname", "ses:feedbackaddress", "ses:apiversion"),
        *("aws:currenttime", "aws:epochtime", "aws:sourceip", "aws:securetransport"),
        *("aws:principalarn", "aws:principalaccount", "aws:sourceaccount"),
    }
)
"""Those whose values are known here, in lower case: keys are compared so. ``aws:SourceAccount`` never has one."""

Compare = Callable[[str, str], bool]


def holds(quantifier: str, operator: str, if_exists: bool, values: Sequence[str], found: Sequence[str] | None) -> bool:
    """Whether one condition holds. ``found`` are the request's values of the key, None where it has no such key."""
    if operator == "Null":
        return any((found is None) == (value.lower() == "true") for value in values)
    if found is None:
        return if_exists or quantifier == "ForAllValues" or (OPERATORS[operator][1] and not quantifier)
    compare, negated = OPERATORS[operator]

    def matches(one: str) -> bool:
        return any(compare(one, value) for value in values) is not negated

    if quantifier == "ForAllValues":
        return all(matches(one) for one in found)
    if negated and not quantifier:
        return all(matches(one) for one in found)
    return any(matches(one) for one in found)


def is_readable(operator: str, value: str) -> bool:
    """Whether a policy may have ``value`` under ``operator``."""
    if operator in ("Null", "Bool"):
        return value.lower() in ("true", "false")
    if operator.startswith("Numeric"):
        return _number(value) is not None
    if operator.startswith("Date"):
        return _instant(value) is not None
    if operator in ("IpAddress", "NotIpAddress"):
        return _network(value) is not None
    return True


def like(text: str, pattern: str) -> bool:
    """``*`` is any run of characters, ``?`` any one. Never takes longer than the product of both lengths: patterns and
    texts are strangers'."""
    at = star = mark = 0
    starred = False
    position = 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            starred, star, mark = True, at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[position]):
            at += 1
            position += 1
        elif starred:
            mark += 1
            at, position = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")


def _equal(text: str, wanted: str) -> bool:
    return text == wanted


def _equal_ignoring_case(text: str, wanted: str) -> bool:
    return text.lower() == wanted.lower()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _instant(text: str) -> float | None:
    """ISO 8601, or seconds since the epoch."""
    number = _number(text)
    if number is not None:
        return number
    try:
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def _network(text: str) -> object | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _in_network(text: str, wanted: str) -> bool:
    try:
        return ip_address(text) in ip_network(wanted, strict=False)
    except (ValueError, TypeError):
        return False


def _compared(read: Callable[[str], float | None], holds: Callable[[float, float], bool]) -> Compare:
    def compare(text: str, wanted: str) -> bool:
        left, right = read(text), read(wanted)
        return left is not None and right is not None and holds(left, right)

    return compare


def _ordered(prefix: str, read: Callable[[str], float | None]) -> dict[str, tuple[Compare, bool]]:
    return {
        f"{prefix}Equals": (_compared(read, lambda left, right: left == right), False),
        f"{prefix}NotEquals": (_compared(read, lambda left, right: left == right), True),
        f"{prefix}LessThan": (_compared(read, lambda left, right: left < right), False),
        f"{prefix}LessThanEquals": (_compared(read, lambda left, right: left <= right), False),
        f"{prefix}GreaterThan": (_compared(read, lambda left, right: left > right), False),
        f"{prefix}GreaterThanEquals": (_compared(read, lambda left, right: left >= right), False),
    }


OPERATORS: Mapping[str, tuple[Compare, bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
    **_ordered("Numeric", _number),
    **_ordered("Date", _instant),
    "Bool": (_equal_ignoring_case, False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
    "ArnEquals": (like, False),
    "ArnLike": (like, False),
    "ArnNotEquals": (like, True),
    "ArnNotLike": (like, True),
    "Null": (_equal, False),
}
"""By name: how a request's value is compared with a policy's, and whether the operator is its negation."""
