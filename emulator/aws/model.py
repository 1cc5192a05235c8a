"""The two service models, read from the copy that botocore ships, as small shapes that cost little to look up.

botocore's own ``ServiceModel`` answers the same questions, but importing it brings an HTTP client with it (measured:
40 ms and 4 MiB beside everything else that we load, of a start budget of 400 ms). The model is a JSON file, so we
read that: documentation is dropped, and the shapes of an operation are built when it is first asked for. Names of
attributes are botocore's, and the tests hold every shape of both services against botocore's own reading.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

# SES v2's one boolean that may be null; all others are primitives in SES, absent means false (observed at both doors).
_BOXED = frozenset({"EnabledWrapper"})


@dataclass(slots=True, eq=False)
class Member:
    """A use of a shape: a structure's member, a list's element, a map's key or value.

    ``wire`` is its name in bytes, ``path`` its lower-camel name in violations (``SNSAction`` is ``sNSAction``).
    ``location`` is None (body), ``uri``, ``querystring`` or ``header``.
    """

    name: str
    wire: str
    path: str
    shape: Shape
    location: str | None = None
    required: bool = False
    flattened: bool = False


@dataclass(slots=True, eq=False)
class Shape:
    """A type of the model. ``absent_false`` are structure members that read as False when the caller left them out.

    ``checked`` says whether validation has anything to look at here or below.
    """

    name: str
    type_name: str
    members: dict[str, Member] = field(default_factory=dict)
    required_members: tuple[str, ...] = ()
    absent_false: tuple[str, ...] = ()
    member: Member | None = None
    key: Member | None = None
    value: Member | None = None
    enum: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None
    pattern: str | None = None
    matcher: re.Pattern[str] | None = None
    payload: str | None = None
    boxed: bool = False
    checked: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class OperationModel:
    """An operation: ``method`` and ``path`` as in the model's ``http``; ``status`` of a good answer."""

    name: str
    method: str
    path: str
    status: int
    input_shape: Shape | None
    output_shape: Shape | None
    result_wrapper: str


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """A modelled error by its wire code: HTTP status and the names of its extra members."""

    code: str
    status: int
    members: tuple[str, ...]


class Service:
    """One API version. Thread-safe: an operation is seen when all of its shapes are whole."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        """``description`` is the content of a botocore ``service-2.json``."""
        metadata = description["metadata"]
        self.api_version: str = metadata["apiVersion"]
        self.xml_namespace: str = metadata.get("xmlNamespace", "")
        self._shapes: Mapping[str, Any] = description["shapes"]
        self._operations: Mapping[str, Any] = description["operations"]
        self._built_shapes: dict[str, Shape] = {}
        self._built_operations: dict[str, OperationModel] = {}
        # Shapes stand among the built ones before their members do (see _shape): one thread at a time.
        self._building = threading.Lock()

    @cached_property
    def operations(self) -> tuple[str, ...]:
        """The names of all operations, in the model's order."""
        return tuple(self._operations)

    def operation(self, name: str) -> OperationModel | None:
        """The operation of that name, None when the API has none."""
        built = self._built_operations.get(name)
        if built is None and name in self._operations:
            with self._building:
                built = self._built_operations.get(name)
                if built is None:
                    built = self._built_operations[name] = self._build_operation(name)
        return built

    def routes(self) -> Iterable[tuple[str, str, str]]:
        """Every operation's name, HTTP method and path template."""
        return ((name, o["http"]["method"], o["http"]["requestUri"]) for name, o in self._operations.items())

    def error(self, code: str) -> ErrorModel | None:
        """The modelled error with this wire code, None when the model does not know it."""
        return self._errors.get(code)

    def error_status(self, code: str) -> int | None:
        """The HTTP status that the model gives to a wire code."""
        known = self._errors.get(code)
        return None if known is None else known.status

    @cached_property
    def _errors(self) -> dict[str, ErrorModel]:
        found = {}
        for name, shape in self._shapes.items():
            if shape.get("exception"):
                about = shape.get("error", {})
                code = about.get("code", name)
                members = tuple(m for m in shape.get("members", {}) if m.lower() != "message")
                found[code] = ErrorModel(code, about.get("httpStatusCode", 400), members)
        return found

    def _build_operation(self, name: str) -> OperationModel:
        raw = self._operations[name]
        http, output = raw["http"], raw.get("output")
        return OperationModel(
            name=name,
            method=http["method"],
            path=http["requestUri"],
            status=http.get("responseCode", 200),
            input_shape=self._shape(raw["input"]["shape"]) if "input" in raw else None,
            output_shape=self._shape(output["shape"]) if output else None,
            result_wrapper=(output or {}).get("resultWrapper", f"{name}Result"),
        )

    def _shape(self, name: str) -> Shape:
        built = self._built_shapes.get(name)
        if built is not None:
            return built
        raw = self._shapes[name]
        kind = raw["type"]
        shape = Shape(
            name=name,
            type_name=kind,
            required_members=tuple(raw.get("required", ())),
            enum=tuple(raw.get("enum", ())),
            min=raw.get("min"),
            max=raw.get("max"),
            pattern=raw.get("pattern"),
            matcher=_compiled(raw.get("pattern")),
            payload=raw.get("payload"),
            boxed=name in _BOXED or bool(raw.get("box")),
        )
        self._built_shapes[name] = shape  # before its members: a shape may hold itself
        if kind == "structure":
            shape.members = {
                key: self._member(key, ref, required=key in shape.required_members)
                for key, ref in raw.get("members", {}).items()
            }
            shape.absent_false = tuple(
                m.name
                for m in shape.members.values()
                if m.required and m.shape.type_name == "boolean" and not m.shape.boxed
            )
        elif kind == "list":
            shape.member = self._member("member", raw["member"], flattened=raw.get("flattened", False))
        elif kind == "map":
            shape.key = self._member("key", raw["key"], flattened=raw.get("flattened", False))
            shape.value = self._member("value", raw["value"])
        shape.checked = kind in ("list", "map") or any(
            (
                shape.enum,
                shape.min is not None,
                shape.max is not None,
                shape.pattern,
                shape.required_members,
                any(m.shape.checked for m in shape.members.values()),
            )
        )
        return shape

    def _member(self, name: str, ref: Mapping[str, Any], required: bool = False, flattened: bool = False) -> Member:
        return Member(
            name=name,
            wire=ref.get("locationName", name),
            path=name[:1].lower() + name[1:],
            shape=self._shape(ref["shape"]),
            location=ref.get("location"),
            required=required,
            flattened=flattened or ref.get("flattened", False),
        )


class Services:
    """SES's two models, each loaded when first asked for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[str, Service] = {}

    @property
    def v1(self) -> Service:
        return self._loaded.get("ses") or self._load("ses")

    @property
    def v2(self) -> Service:
        return self._loaded.get("sesv2") or self._load("sesv2")

    def _load(self, name: str) -> Service:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = Service(description(name))
            return self._loaded[name]


def description(name: str) -> dict[str, Any]:
    """The newest ``service-2.json`` that botocore ships for a service, without documentation.

    Raises LookupError when botocore is not installed or has no such model.
    """
    spec = importlib.util.find_spec("botocore")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    # The first that fits: versions are dates, newest first; a model is plain or gzipped.
    for path in sorted((p for f in folders for p in Path(f, "data", name).glob("*/service-2.json*")), reverse=True):
        data = path.read_bytes()
        loaded = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data, object_hook=_undocumented)
        return dict(loaded)
    raise LookupError(f"botocore has no service model for {name}")


def _undocumented(node: dict[str, Any]) -> dict[str, Any]:
    if isinstance(node.get("documentation"), str):
        del node["documentation"]
    return node


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """None for no pattern, and for one that only Java understands: better not enforced than wrong."""
    if pattern is None:
        return None
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None
