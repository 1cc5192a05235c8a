"""The model's own constraints, refused in the words of AWS's front end before any rule of SES is asked.

Form: ``N validation error(s) detected: Value at 'content.simple.headers.1.member.name' failed to satisfy constraint:
Member must …; Value …`` (reference sending.md 2.2, events-and-api.md 7; observed at SES 2026 for the receipt rules,
tenants and suppression lists). Details that follow from the sightings:

- SES hides the value of strings (``Value at``), shows numbers (``Value '101' at 'pageSize'``) and the v2 page token.
  moto's tests show a string's, of ``identityType`` and without the count; no capture does.
- A missing member reads ``Value at``; at v2 a missing list or enum reads ``Value null at`` (VDM and tenants).
- Elements of lists and keys and values of maps list *all* constraints of their shape in brackets.
- The value set of an enum is alphabetical, but for three that were seen otherwise.
- A required boolean is never missing: it is a primitive, absent means false.

What botocore's model says and SES's front end was seen not to enforce is left to SES's own rules (``_LEFT_TO_SES``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.aws import faults
from emulator.aws.model import OperationModel, Shape
from emulator.values import Door

# (door, shape, constraint) that the model states and SES answers itself: "The header name must be specified.",
# "TenantName cannot be empty", "The ScalingMode parameter is invalid.", "Unsupported dimension provided." (seen before
# any other violation of a query; here after them), the VDM gate before an empty query list, and v1 page sizes served
# as 50.
_LEFT_TO_SES = frozenset(
    {
        (Door.V2, "MessageHeaderName", "min"),
        (Door.V2, "TenantName", "min"),
        (Door.V2, "ScalingMode", "enum"),
        (Door.V2, "MetricDimensionName", "enum"),
        (Door.V2, "BatchGetMetricDataQueries", "min"),
        (Door.V1, "MaxResults", "min"),
        (Door.V1, "MaxResults", "max"),
    }
)
# Members of one operation's input that SES judges itself, as
# "Reason X is invalid, must be one of [BOUNCE, COMPLAINT]."
_LEFT_IN = {(Door.V2, "PutConfigurationSetSuppressionOptions"): frozenset({"SuppressedReasons"})}
_SEEN_ORDER = {
    frozenset({"Event", "RequestResponse"}): ("RequestResponse", "Event"),
    frozenset({"TENANT", "ACCOUNT"}): ("TENANT", "ACCOUNT"),
    frozenset({"OPT_OUT", "OPT_IN"}): ("OPT_OUT", "OPT_IN"),
    frozenset({"ENABLED", "DISABLED"}): ("ENABLED", "DISABLED"),
}
_SHOWN = frozenset({"NextTokenV2"})
# Where a pattern has no length to guard it, longer values fail it unread: some of the model's patterns are quadratic.
_PATTERN_REACH = 2048
# No caller reads more, and a list of a million bad elements must not make a message of 100 MB.
_MAX_VIOLATIONS = 100


def check(operation: OperationModel, params: Mapping[str, Any], style: Door) -> None:
    """Raises the fault that names every violation of the operation's input shape; returns when there is none.

    ``style`` is the door whose wording and exceptions hold. After it every list is free of None.
    """
    shape = operation.input_shape
    if shape is None or not shape.checked:
        return
    found: list[str] = []
    left = _LEFT_IN.get((style, operation.name))
    if left is not None:
        params = {name: value for name, value in params.items() if name not in left}
    _structure(shape, params, "", style, found)
    if found:
        raise faults.validation_error(found)


def _structure(shape: Shape, value: Mapping[str, Any], prefix: str, style: Door, found: list[str]) -> None:
    for name, member in shape.members.items():
        given = value.get(name)
        if given is not None:
            if member.shape.checked:
                _value(member.shape, given, prefix + member.path, style, found)
        elif member.required and member.name not in shape.absent_false:
            inner = member.shape
            null = style is Door.V2 and (inner.type_name in ("list", "map") or inner.enum)
            found.append(_violation("null" if null else "", prefix + member.path, "Member must not be null"))


def _value(shape: Shape, value: Any, path: str, style: Door, found: list[str]) -> None:
    kind = shape.type_name
    if kind == "structure":
        _structure(shape, value, path + ".", style, found)
        return
    shown = f"'{value}'" if kind in ("integer", "long", "double", "float") or shape.name in _SHOWN else ""
    for text, holds in _constraints(shape, value, style):
        if not holds:
            found.append(_violation(shown, path, text))
    if kind == "list":
        _elements(shape, value, path, style, found)
    elif kind == "map":
        _entries(shape, value, path, style, found)


def _elements(shape: Shape, value: list[Any], path: str, style: Door, found: list[str]) -> None:
    element = shape.member.shape if shape.member else shape
    if element.type_name in ("structure", "list", "map"):
        for number, item in enumerate(value, 1):
            here = f"{path}.{number}.member"
            if item is None:
                found.append(_violation("", here, "Member must not be null"))
            else:
                _value(element, item, here, style, found)
            if len(found) >= _MAX_VIOLATIONS:
                return
    elif None in value or (element.checked and not all(_holds(element, item, style) for item in value)):
        texts = _texts(element, style) or "Member must not be null"
        found.append(_violation("", path, f"Member must satisfy constraint: [{texts}]"))


def _entries(shape: Shape, value: Mapping[str, Any], path: str, style: Door, found: list[str]) -> None:
    for inner, items, what in ((shape.key, value.keys(), "Map keys"), (shape.value, value.values(), "Map value")):
        if inner is None or not inner.shape.checked:
            continue
        if inner.shape.type_name in ("structure", "list", "map"):
            for key, item in value.items():
                _value(inner.shape, item, f"{path}.{key[:64]}.member", style, found)
        elif not all(_holds(inner.shape, item, style) for item in items):
            found.append(_violation("", path, f"{what} must satisfy constraint: [{_texts(inner.shape, style)}]"))


def _violation(value: str, path: str, constraint: str) -> str:
    return f"Value {value + ' ' if value else ''}at '{path}' failed to satisfy constraint: {constraint}"


def _holds(shape: Shape, value: Any, style: Door) -> bool:
    return all(holds for _, holds in _constraints(shape, value, style))


def _texts(shape: Shape, style: Door) -> str:
    return ", ".join(text for text, _ in _constraints(shape, None, style))


def _constraints(shape: Shape, value: Any, style: Door) -> list[tuple[str, bool]]:
    """A shape's constraints as AWS words them, each with whether ``value`` meets it (None meets none)."""
    stated = []
    measured = shape.type_name in ("string", "blob", "list", "map")
    size = 0 if value is None else len(value) if measured else value
    noun = "length" if measured else "value"
    low, high = shape.min, shape.max
    lenient = (style, shape.name, "min") in _LEFT_TO_SES
    if lenient and measured and value is not None and not size:
        return []  # SES's own text for an empty value, whatever the pattern says of it
    if high is not None and (style, shape.name, "max") not in _LEFT_TO_SES:
        stated.append((f"Member must have {noun} less than or equal to {high}", value is not None and size <= high))
    if low and not lenient:
        stated.append((f"Member must have {noun} greater than or equal to {low}", value is not None and size >= low))
    if shape.matcher is not None:
        stated.append(
            (f"Member must satisfy regular expression pattern: {shape.pattern}", _matches(shape, value, size))
        )
    if shape.enum and (style, shape.name, "enum") not in _LEFT_TO_SES:
        values = _SEEN_ORDER.get(frozenset(shape.enum)) or sorted(shape.enum)
        stated.append((f"Member must satisfy enum value set: [{', '.join(values)}]", value in shape.enum))
    return stated


def _matches(shape: Shape, value: str | None, size: int) -> bool:
    """The whole value must match, as Java's ``matches`` has it. A value beyond its length is not read: that
    violation stands already."""
    if value is None or shape.matcher is None:
        return False
    if size > (shape.max or _PATTERN_REACH):
        return shape.max is not None
    return shape.matcher.fullmatch(value) is not None
