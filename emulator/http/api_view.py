"""What the page of the API shows, from its description: operations by resource with calls to copy, and shapes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from emulator.http.json_schema import Schema

_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is, in words; ``shape`` names the shape that it is or holds, "" when none."""

    text: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a member of a shape. ``limits`` are what else its values are held to."""

    name: str
    where: str
    type: Type
    limits: str
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    about: str
    content: tuple[tuple[str, Type], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    anchor: str
    method: str
    path: str
    summary: str
    text: tuple[str, ...]
    parameters: tuple[Member, ...]
    bodies: tuple[Type, ...]
    answers: tuple[Answer, ...]
    call: str


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    about: str
    members: tuple[Member, ...]


def resources(api: Schema, base: str) -> tuple[Resource, ...]:
    """The operations by the first part of their path; ``base`` is the address that calls go to."""
    found: dict[str, list[Operation]] = {}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            one = _operation(api, base, path, method.upper(), operation)
            found.setdefault(operation["tags"][0], []).append(one)
    return tuple(Resource(name, tuple(operations)) for name, operations in found.items())


def shapes(api: Schema) -> tuple[Shape, ...]:
    """What the JSON holds, by name."""
    return tuple(
        Shape(name, schema.get("description", ""), tuple(_members(schema)))
        for name, schema in sorted(api["components"]["schemas"].items())
    )


def paragraphs(text: str) -> tuple[str, ...]:
    """What blank lines part."""
    return tuple(" ".join(one.split()) for one in text.split("\n\n") if one.strip())


def _operation(api: Schema, base: str, path: str, method: str, operation: Schema) -> Operation:
    given = operation.get("requestBody")
    body = given["content"]["application/json"]["schema"] if given else None
    return Operation(
        anchor=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        text=paragraphs(operation.get("description", "")),
        parameters=tuple(
            Member(one["name"], one["in"], _type(one["schema"]), _limits(one["schema"]), one["description"])
            for one in operation["parameters"]
        ),
        bodies=tuple(_type(one) for one in body.get("anyOf", [body])) if body else (),
        # 403 is every operation's and said once, above all of them.
        answers=tuple(_answer(api, status, one) for status, one in operation["responses"].items() if status != "403"),
        call=_call(api, base, path, method, operation, body if given and given["required"] else None),
    )


def _answer(api: Schema, status: str, answer: Schema) -> Answer:
    if "$ref" in answer:
        answer = api["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = tuple((media_type, _type(one.get("schema", {}))) for media_type, one in answer["content"].items())
    said = "" if any(what.shape for _, what in content) and status == "200" else answer["description"]
    return Answer(status, said, content)


def _members(schema: Schema) -> Iterable[Member]:
    for name, one in schema.get("properties", {}).items():
        where = "" if name in schema.get("required", ()) else "optional"
        yield Member(name, where, _type(one), _limits(one), one.get("description", ""))


def _type(schema: Schema) -> Type:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SCHEMAS)
        return Type(name, name)
    if schema.get("type") == "array":
        items = _type(schema["items"])
        return Type(f"list of {items.text}", items.shape)
    if "anyOf" in schema:
        choices = [_type(one) for one in schema["anyOf"]]
        return Type(" or ".join(one.text for one in choices), next((one.shape for one in choices if one.shape), ""))
    kinds = schema.get("type", "")
    return Type(" or ".join(kinds) if isinstance(kinds, list) else kinds)


def _limits(schema: Schema) -> str:
    """``1 to 500; 50 unless given``."""
    said = []
    if "enum" in schema:
        said.append(", ".join("null" if one is None else str(one) or '""' for one in schema["enum"]))
    if "const" in schema:
        said.append(f"always {json.dumps(schema['const'])}")
    if "minimum" in schema or "maximum" in schema:
        said.append(f"{schema.get('minimum', '')} to {schema.get('maximum', '')}")
    if "default" in schema:
        said.append(f"{schema['default']} unless given")
    return "; ".join(said)


def _call(api: Schema, base: str, path: str, method: str, operation: Schema, body: Schema | None) -> str:
    """A line for a shell, with the examples that the description has."""
    query = []
    for one in operation["parameters"]:
        for example in one["schema"].get("examples", ())[:1]:
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", quote(example, safe="@"))
            else:
                query.append((one["name"], example))
    words = ["curl"]
    if "text/event-stream" in operation["responses"]["200"].get("content", {}):
        words.append("-N")
    if method != ("POST" if body else "GET"):
        words += ["-X", method]
    words.append(base + path + (f"?{urlencode(query, safe='@')}" if query else ""))
    if body:
        words += ["-d", json.dumps(_example(api, body))]
    return shlex.join(words)


def _example(api: Schema, schema: Schema) -> Any:
    """A value that the schema allows, of the first choice where there are several."""
    if "$ref" in schema:
        return _example(api, api["components"]["schemas"][schema["$ref"].removeprefix(_SCHEMAS)])
    if "anyOf" in schema:
        return _example(api, schema["anyOf"][0])
    if "properties" in schema:
        asked = schema.get("required") or schema["properties"]
        return {name: _example(api, schema["properties"][name]) for name in asked}
    if schema.get("type") == "array":
        return [_example(api, schema["items"])]
    if "const" in schema:
        return schema["const"]
    return next(iter(schema.get("examples") or schema.get("enum") or [""]))
