"""The REST-JSON protocol of SES v2: routes by method and raw path, JSON bodies (reference sending.md 9.3).

Observed of SES or of the same front end (2026 probes): the texts of type errors; malformed JSON carries no text; a
boolean may be given as a word; a fraction given for an integer is cut off; a null member counts as absent, a null
boolean does not, except the one that SES keeps boxed; unknown members are ignored. Decisions: null elements of
lists are kept for validation to refuse, null values of maps are dropped; a key given twice, NaN, a lone surrogate and
text that is not UTF-8 are malformed JSON; one trailing slash of the path is ignored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from emulator.aws import faults, wire
from emulator.aws.model import Member, OperationModel, Service, Shape
from emulator.aws.wire import Answer, Parsed
from emulator.errors import Fault
from emulator.values import Door

_LIST = "Start of list found where not expected"
_MAP = "Start of structure or map found where not expected."
_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0"), False),
}
_ARTICLES = {"string": "a String", "integer": "an Integer", "long": "a Long", "double": "a Double", "blob": "a Blob"}
# A value longer than this is not repeated in a refusal.
_ECHO = 256


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_object)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class _Route:
    """A path template: literal segments, labels, and at most one greedy label, which takes one segment or more."""

    def __init__(self, operation: str, template: str) -> None:
        self.operation = operation
        self.segments = template.partition("?")[0].strip("/").split("/")
        self.greedy = next((i for i, s in enumerate(self.segments) if s.endswith("+}")), None)

    def match(self, path: list[str]) -> dict[str, str] | None:
        extra = len(path) - len(self.segments)
        if self.greedy is not None and extra > 0:
            end = self.greedy + extra + 1
            path = [*path[: self.greedy], "/".join(path[self.greedy : end]), *path[end:]]
        elif extra:
            return None
        labels = {}
        for segment, given in zip(self.segments, path, strict=True):
            if segment.startswith("{"):
                labels[segment.strip("{+}")] = given
            elif segment != given:
                return None
        return labels


class RestJsonCodec:
    """Bytes to calls and results to bytes, for one service of the REST-JSON protocol. Thread-safe, immutable."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._literal: dict[tuple[str, ...], str] = {}
        self._routes: dict[str, list[_Route]] = {}
        for operation, method, template in service.routes():
            if "{" in template:
                self._routes.setdefault(method, []).append(_Route(operation, template))
            else:
                self._literal[method, *template.rstrip("/").split("/")] = operation
        for routes in self._routes.values():
            # A literal segment is more particular than a label, a label more than a greedy one.
            routes.sort(key=lambda route: [(s.startswith("{"), s.endswith("+}")) for s in route.segments])

    def parse(self, method: str, raw_path: str, query_string: str, headers: Mapping[str, str], body: bytes) -> Parsed:
        """Reads a call. ``raw_path`` is percent-encoded and without the query. Raises Fault, and nothing else."""
        operation, labels = self._route(method, raw_path)
        model = self._service.operation(operation)
        shape = model.input_shape if model else None
        params: dict[str, Any] = {}
        if shape is not None:
            params = self._body(shape, body)
            if any(m.location for m in shape.members.values()):
                self._elsewhere(shape, params, labels, query_string, headers)
        return Parsed(operation, params, self._service.api_version)

    def answer(self, operation: str, result: Mapping[str, Any], request_id: str) -> Answer:
        """A good answer. ``result`` is by the output shape's member names; None members are left out. Raises
        ValueError when the service has no such operation or the shape no such member: a mistake of ours."""
        model = self._service.operation(operation)
        if model is None:
            raise ValueError(f"there is no operation {operation}")
        headers, content = self._result(model, result)
        text = _ENCODER.encode(content).encode("utf-8", "replace")
        return Answer(model.status, (*_headers(request_id), *headers), text)

    def refuse(self, fault: Fault, request_id: str) -> Answer:
        """A refusal; members that the modelled error has stand beside ``message``."""
        code = fault.code(Door.V2)
        known = self._service.error(code)
        content: dict[str, str | None] = {"message": fault.message}
        for name in known.members if known else ():
            if name in fault.members:
                content[name] = fault.members[name]
        return Answer(
            faults.status_of(fault, Door.V2, self._service),
            (*_headers(request_id), ("x-amzn-ErrorType", code)),
            _ENCODER.encode(content).encode("utf-8", "replace"),
        )

    def _route(self, method: str, raw_path: str) -> tuple[str, dict[str, str]]:
        try:
            segments = [_decoded(segment) for segment in raw_path.removesuffix("/").split("/")]
        except ValueError:
            raise faults.unknown_operation(method, raw_path) from None
        found = self._literal.get((method, *segments))
        if found is not None:
            return found, {}
        for route in self._routes.get(method, ()) if not segments[0] else ():
            labels = route.match(segments[1:])
            if labels is not None:
                return route.operation, labels
        raise faults.unknown_operation(method, raw_path)

    def _body(self, shape: Shape, body: bytes) -> dict[str, Any]:
        """The members of the body; a body that no member of the operation stands in is not read."""
        if shape.payload is not None:
            member = shape.members[shape.payload]
            if member.shape.type_name in ("blob", "string"):
                return {member.name: body if member.shape.type_name == "blob" else _utf8(body)} if body else {}
            return {member.name: _value(member.shape, _load(body))} if body.strip() else {}
        reads_body = any(m.location is None for m in shape.members.values())
        return _structure(shape, _load(body) if reads_body and body.strip() else {})

    def _elsewhere(
        self, shape: Shape, params: dict[str, Any], labels: Mapping[str, str], query: str, headers: Mapping[str, str]
    ) -> None:
        """Adds the members that stand in the path, the query string or a header."""
        given: dict[str, list[str]] = {}
        try:
            for name, value in wire.pairs(query.encode("utf-8", "replace")):
                given.setdefault(name.decode("utf-8"), []).append(value.decode("utf-8"))
        except ValueError:
            raise faults.malformed_query_string("The query string is not percent-encoded UTF-8.") from None
        for member in shape.members.values():
            if member.location == "uri":
                texts = [labels[member.wire]]
            elif member.location == "querystring":
                texts = given.get(member.wire, [])
            elif member.location == "header":
                found = headers.get(member.wire)
                texts = [] if found is None else [found]
            else:
                continue
            if member.shape.type_name == "list" and member.shape.member is not None and texts:
                params[member.name] = [_from_text(member.shape.member.shape, text) for text in texts]
            elif texts and (texts[0] or member.shape.type_name == "string"):
                params[member.name] = _from_text(member.shape, texts[0])

    def _result(self, model: OperationModel, result: Mapping[str, Any]) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        shape, headers, content = model.output_shape, [], {}
        for name, value in result.items():
            if shape is None or name not in shape.members:
                raise ValueError(f"the result of {model.name} has no member {name}")
            member = shape.members[name]
            if value is None:
                continue
            if member.location == "header":
                headers.append((member.wire, str(value)))
            else:
                content[member.wire] = _json(member.shape, value)
        if shape is not None and shape.payload is not None:
            content = content.get(shape.members[shape.payload].wire, {})
        return headers, content


# --- reading -------------------------------------------------------------------------------------


def _decoded(segment: str) -> str:
    return wire.unquote(segment.encode("utf-8")).decode("utf-8") if "%" in segment else segment


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise faults.serialization(None, "The body is not UTF-8.") from None


def _load(body: bytes) -> Any:
    try:
        return _DECODER.decode(_utf8(body))
    except ValueError as reason:
        raise faults.serialization(None, f"The body is not JSON: {str(reason)[:200]}") from None
    except RecursionError:
        raise faults.serialization(None, "The body is nested too deeply.") from None


def _structure(shape: Shape, value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise faults.serialization(_LIST if type(value) is list else "Expected null")
    params = {}
    members = shape.members
    for name, given in value.items():
        member = members.get(name) or _by_wire(shape, name)
        if member is None or member.location is not None:
            continue
        if given is not None:
            params[member.name] = _value(member.shape, given)
        elif member.shape.type_name == "boolean" and not member.shape.boxed:
            raise faults.serialization(None, f"{name} is a boolean that cannot be null; leave it out.")
    for name in shape.absent_false:
        params.setdefault(name, False)
    return params


def _by_wire(shape: Shape, name: str) -> Member | None:
    return next((m for m in shape.members.values() if m.wire == name), None)


def _value(shape: Shape, value: Any) -> Any:
    kind = shape.type_name
    if kind == "string":
        if type(value) is not str:
            raise _mismatch(kind, value)
        if not wire.whole(value):
            raise faults.serialization(None, "A string holds half a surrogate pair.")
        return value
    if kind == "structure":
        return _structure(shape, value)
    if kind == "list":
        if type(value) is not list:
            raise faults.serialization(_MAP if type(value) is dict else "Expected list or null")
        element = shape.member.shape if shape.member else shape
        return [None if item is None else _value(element, item) for item in value]
    if kind == "map":
        if type(value) is not dict:
            raise faults.serialization(_LIST if type(value) is list else "Expected null")
        inner = shape.value.shape if shape.value else shape
        if not all(wire.whole(key) for key in value):
            raise faults.serialization(None, "A key holds half a surrogate pair.")
        return {key: _value(inner, item) for key, item in value.items() if item is not None}
    return _scalar(kind, value)


def _scalar(kind: str, value: Any) -> Any:
    given = type(value)
    if kind == "boolean":
        if given is bool:
            return value
        if given is str and value.lower() in _WORDS:
            return _WORDS[value.lower()]
        raise _mismatch(kind, value)
    if kind == "blob":
        if given is not str:
            raise _mismatch(kind, value)
        return _blob(value)
    if given is not int and given is not float:
        raise _mismatch(kind, value)
    if kind == "timestamp":
        try:
            return wire.instant(value)
        except (ValueError, OverflowError):
            raise faults.serialization(None, "A timestamp is seconds since 1970, as a number.") from None
    if kind in wire.RANGES:
        low, high = wire.RANGES[kind]
        if not low <= value <= high:  # infinity is beyond both
            raise faults.serialization(None, f"{str(value)[:40]} is out of range.")
        return int(value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise faults.serialization(None, "A number is out of range.")
    return number


def _blob(text: str) -> bytes:
    try:
        return wire.base64_bytes(text.encode("utf-8", "replace"))
    except ValueError as reason:
        message = f"'{text}' can not be converted to a Blob: {reason}" if len(text) <= _ECHO else str(reason)
        raise faults.serialization(message, "Blobs are base64 with padding and without line breaks.") from None


def _mismatch(kind: str, value: Any) -> Fault:
    """The text for a JSON value that is none of its type's; None for pairs that nobody has seen at AWS."""
    if type(value) is list:
        return faults.serialization(_LIST)
    if type(value) is dict:
        return faults.serialization(_MAP)
    if type(value) is bool:
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    else:
        token = "STRING_VALUE" if type(value) is str else "NUMBER_VALUE"
    if kind == "boolean":
        # The two articles are SES's own.
        return faults.serialization(
            f"{token} can not be converted to {'an' if token == 'STRING_VALUE' else 'a'} Boolean"
        )
    target = _ARTICLES.get(kind)
    return faults.serialization(f"{token} can not be converted to {target}" if target else None)


def _from_text(shape: Shape, text: str) -> Any:
    """A member of the path, the query string or a header; an empty number is absent, which the caller sees to."""
    kind = shape.type_name
    if kind == "string":
        return text
    if kind in wire.RANGES:
        low, high = wire.RANGES[kind]
        digits = text[1:] if text[:1] in ("+", "-") else text
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20 and low <= int(text) <= high):
            raise faults.serialization(f"'{text[:_ECHO]}' can not be converted to {kind.capitalize()}")
        return int(text)
    if kind == "timestamp":
        try:
            return wire.from_iso(text)
        except ValueError:
            raise faults.serialization(None, "A timestamp in the query is ISO 8601 with a zone.") from None
    if kind in ("double", "float"):
        try:
            number = float(text) if text.isascii() and len(text) <= _ECHO else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise faults.serialization(f"'{text[:_ECHO]}' can not be converted to {kind.capitalize()}")
        return number
    return _scalar(kind, text)


# --- writing -------------------------------------------------------------------------------------


def _headers(request_id: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "application/json"), ("x-amzn-RequestId", request_id))


def _json(shape: Shape, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        content = {}
        for name, item in value.items():
            if name not in shape.members:
                raise ValueError(f"{shape.name} has no member {name}")
            if item is not None:
                member = shape.members[name]
                content[member.wire] = _json(member.shape, item)
        return content
    if kind == "list":
        element = shape.member.shape if shape.member else shape
        return [_json(element, item) for item in value]
    if kind == "map":
        inner = shape.value.shape if shape.value else shape
        return {key: _json(inner, item) for key, item in value.items()}
    if kind == "timestamp":
        return round(float(value), 3)  # epoch seconds with milliseconds, as SES writes them
    if kind == "blob":
        return wire.base64_text(value)
    if kind in ("double", "float"):
        number = float(value)
        if math.isfinite(number):
            return number
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return value
