"""The Query protocol of SES v1: an urlencoded form or query string in, XML out (reference sending.md 9.2).

Every operation of the model is read and answered by its shapes alone. Decisions where AWS is silent or was only
observed: a field given twice counts once, the first; unknown fields are ignored (both seen at STS, the same front
end); fields of the query string come before the body's; booleans are ``true false 1 0`` in exactly this case, and
integers signed 32 bit (observed at SES, 2026). A body that is not a form is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.aws import faults, wire
from emulator.aws.model import Member, OperationModel, Service, Shape
from emulator.aws.wire import Answer, Parsed
from emulator.errors import Fault
from emulator.values import Door

# Deeper than any input shape reaches (14); keys beyond it name nothing.
_MAX_DEPTH = 24
_FAULT_NAMESPACE = "http://webservices.amazon.com/AWSFault/2005-15-09"
_INTEGER = re.compile(rb"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(rb"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?")
_INDEX = re.compile("[0-9]{1,10}")
_BOOLEANS = {b"true": True, b"1": True, b"false": False, b"0": False}

# What may not stand in XML text as it is: markup, CR (a parser would turn it into LF), and what XML 1.0 cannot hold.
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}

# A form as a tree of its dotted names; what is a value and a node at once is a node.
_Node = dict[str, Any]


class QueryCodec:
    """Bytes to calls and results to bytes, for one service of the Query protocol. Thread-safe, holds no state."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def parse(self, body: bytes, query_string: str, content_type: str) -> Parsed:
        """Reads a POSTed form, a GET's query string, or both. Raises Fault, and nothing else, for any input."""
        tree = _tree(_fields(body, query_string, content_type))
        action, version = _plain(tree, "Action"), _plain(tree, "Version")
        if not action:
            raise faults.missing_action()
        operation = self._service.operation(action) if version == self._service.api_version else None
        if operation is None:
            raise faults.invalid_action(action[:200], version and version[:50])
        shape = operation.input_shape
        return Parsed(action, {} if shape is None else _structure(shape, tree), self._service.api_version)

    def answer(self, operation: str, result: Mapping[str, Any], request_id: str) -> Answer:
        """A good answer. ``result`` is by the output shape's member names; None members are left out. Raises
        ValueError when the service has no such operation or the shape no such member: a mistake of ours."""
        model = _known(self._service.operation(operation), operation)
        out: list[str] = [f'<{operation}Response xmlns="{self._service.xml_namespace}">']
        if model.output_shape is None or not result:
            if result:
                raise ValueError(f"{operation} has no output, not {sorted(result)}")
            out.append(f"<{model.result_wrapper}/>")
        else:
            _write(out, model.result_wrapper, model.output_shape, result)
        out.append(f"<ResponseMetadata><RequestId>{_escaped(request_id)}</RequestId></ResponseMetadata>")
        out.append(f"</{operation}Response>")
        return self._answer(model.status, out, request_id)

    def refuse(self, fault: Fault, request_id: str) -> Answer:
        """A refusal; the members of the modelled error stand inside ``<Error>``, those it has not are left out."""
        code = fault.code(Door.V1)
        status = faults.status_of(fault, Door.V1, self._service)
        known = self._service.error(code)
        unversioned = code == "InvalidAction" and (fault.message or "").endswith(faults.NO_VERSION)
        out = [
            f'<ErrorResponse xmlns="{_FAULT_NAMESPACE if unversioned else self._service.xml_namespace}"><Error>',
            f"<Type>{'Sender' if status < 500 else 'Receiver'}</Type><Code>{_escaped(code)}</Code>",
        ]
        if fault.message is not None:
            out.append(f"<Message>{_escaped(fault.message)}</Message>")
        for name in known.members if known else ():
            if name in fault.members:
                out.append(f"<{name}>{_escaped(fault.members[name])}</{name}>")
        out.append(f"</Error><RequestId>{_escaped(request_id)}</RequestId></ErrorResponse>")
        return self._answer(status, out, request_id)

    def _answer(self, status: int, out: list[str], request_id: str) -> Answer:
        headers = (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id))
        return Answer(status, headers, "".join(out).encode("utf-8"))


# --- reading -------------------------------------------------------------------------------------


def _fields(body: bytes, query_string: str, content_type: str) -> list[tuple[bytes, bytes]]:
    kind = content_type.partition(";")[0].strip().lower()
    form = body if kind in ("", "application/x-www-form-urlencoded") else b""
    try:
        return wire.pairs(query_string.encode("utf-8", "replace")) + wire.pairs(form)
    except ValueError as reason:
        raise faults.malformed_query_string(str(reason)) from None


def _tree(fields: Iterable[tuple[bytes, bytes]]) -> _Node:
    root: _Node = {}
    for name, value in fields:
        if name.count(b".") > _MAX_DEPTH:
            continue
        node = root
        *parents, last = name.decode("utf-8", "replace").split(".")
        for part in parents:
            child = node.get(part)
            if type(child) is not dict:
                child = node[part] = {}
            node = child
        node.setdefault(last, value)
    return root


def _plain(tree: _Node, name: str) -> str | None:
    value = tree.get(name)
    return value.decode("utf-8", "replace") if type(value) is bytes else None


def _structure(shape: Shape, node: Any) -> dict[str, Any]:
    if type(node) is bytes:
        raise faults.malformed_input(None, f"{shape.name} is a structure: give its members as Name.Member=value.")
    params = {}
    for member in shape.members.values():
        child = node.get(member.wire)
        if child is not None:
            params[member.name] = _value(member.shape, child)
    for name in shape.absent_false:
        params.setdefault(name, False)
    return params


def _value(shape: Shape, node: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, node)
    if kind == "list":
        member = _of(shape.member)
        return [_value(member.shape, item) for item in _entries(node, member, member.wire)]
    if kind == "map":
        return _map(shape, node)
    if type(node) is dict:
        raise faults.malformed_input(
            "Start of list found where not expected"
            if "member" in node
            else "Start of structure or map found where not expected."
        )
    return _scalar(kind, node)


def _map(shape: Shape, node: Any) -> dict[str, Any]:
    key, value = _of(shape.key), _of(shape.value)
    result = {}
    for entry in _entries(node, key, "entry"):
        if type(entry) is not dict or key.wire not in entry or value.wire not in entry:
            raise faults.malformed_input(None, f"An entry of {shape.name} needs .{key.wire} and .{value.wire}.")
        result[_value(key.shape, entry[key.wire])] = _value(value.shape, entry[value.wire])
    return result


def _entries(node: Any, member: Member, label: str) -> list[Any]:
    """The nodes of a list or map in the order of their numbers, which may have gaps."""
    if not member.flattened and type(node) is dict:
        inner = node.get(label)
        if inner is None:
            if any(name.isdigit() for name in node):
                raise faults.malformed_input("Top level element may not be treated as a list", f"Use .{label}.1")
            inner = b""
        node = inner
    if type(node) is bytes:
        if node:
            raise faults.malformed_input(None, f"A list is given as Name.{label}.1=value.")
        return []  # how SDKs send an empty list
    numbered = []
    for name, child in node.items():
        if not _INDEX.fullmatch(name) or not int(name):
            raise faults.malformed_input(f"{name[:64]} is not a valid index")
        numbered.append((int(name), child))
    numbered.sort(key=lambda pair: pair[0])
    return [child for _, child in numbered]


def _scalar(kind: str, raw: bytes) -> Any:
    if kind == "string":
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise faults.malformed_query_string("A value is not UTF-8.") from None
    if kind == "blob":
        try:
            return wire.base64_bytes(raw)
        except ValueError as reason:
            raise faults.malformed_input(str(reason), "Blobs are base64, percent-encoded in the form.") from None
    if kind == "boolean":
        if not raw:
            raise faults.malformed_input("missing value for boolean type")
        if raw not in _BOOLEANS:
            raise faults.malformed_input("boolean must follow xsd1.1 definition")
        return _BOOLEANS[raw]
    if kind == "timestamp":
        try:
            return wire.from_iso(raw.decode("ascii"))
        except ValueError:
            raise faults.malformed_input("timestamp must follow ISO8601") from None
    return _number(kind, raw)


def _number(kind: str, raw: bytes) -> int | float:
    if not raw:
        raise faults.malformed_input("missing value for decimal type")
    if kind in wire.RANGES:
        low, high = wire.RANGES[kind]
        if _INTEGER.fullmatch(raw) and low <= int(raw) <= high:
            return int(raw)
    elif _DECIMAL.fullmatch(raw) and abs(float(raw)) != float("inf"):
        return float(raw)
    raise faults.malformed_input(None, "A number was expected, within the range of its type.")


# --- writing -------------------------------------------------------------------------------------


def _write(out: list[str], tag: str, shape: Shape, value: Any) -> None:
    kind = shape.type_name
    if kind == "structure":
        out.append(f"<{tag}>")
        for name, item in value.items():
            if name not in shape.members:
                raise ValueError(f"{shape.name} has no member {name}")
            if item is not None:
                member = shape.members[name]
                _write(out, member.wire, member.shape, item)
        out.append(f"</{tag}>")
    elif kind == "list":
        member = _of(shape.member)
        if member.flattened:
            for item in value:
                _write(out, member.wire if member.wire != "member" else tag, member.shape, item)
            return
        out.append(f"<{tag}>")
        for item in value:
            _write(out, member.wire, member.shape, item)
        out.append(f"</{tag}>")
    elif kind == "map":
        key, inner = _of(shape.key), _of(shape.value)
        entry = tag if key.flattened else "entry"
        if not key.flattened:
            out.append(f"<{tag}>")
        for name, item in value.items():
            out.append(f"<{entry}>")
            _write(out, key.wire, key.shape, name)
            _write(out, inner.wire, inner.shape, item)
            out.append(f"</{entry}>")
        if not key.flattened:
            out.append(f"</{tag}>")
    else:
        out.append(f"<{tag}>{_text(kind, value)}</{tag}>")


def _text(kind: str, value: Any) -> str:
    if kind == "string":
        return _escaped(value)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return wire.to_iso(value)
    if kind == "blob":
        return wire.base64_text(value)
    if kind in wire.RANGES:
        return str(int(value))
    return repr(float(value)).replace("inf", "Infinity").replace("nan", "NaN")


def _escaped(text: str) -> str:
    """Text as XML; what XML 1.0 cannot hold at all becomes U+FFFD, so that the answer stays readable."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], "\ufffd"), text)


def _of(member: Member | None) -> Member:
    if member is None:
        raise ValueError("a list or map without an element shape")
    return member


def _known(model: OperationModel | None, name: str) -> OperationModel:
    if model is None:
        raise ValueError(f"there is no operation {name}")
    return model
