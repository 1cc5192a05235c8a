"""JSON Schema (2020-12, which OpenAPI 3.1 uses) of the types that JSON is annotated with.

A TypedDict becomes a component of its own, named as its class; members it does not name are not there. In
``Annotated`` a text is the description, a pair is a keyword of JSON Schema with its value (a tuple is an array), and an
enumeration gives the possible values.
"""

from __future__ import annotations

import inspect
import types
from enum import EnumMeta
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def schema_of(annotation: Any, components: dict[str, Schema]) -> Schema:
    """The schema; TypedDicts in it are added to ``components``. TypeError for what is no JSON."""
    if is_typeddict(annotation):
        name = annotation.__name__.removesuffix("Json")
        if name not in components:
            components[name] = {}
            components[name].update(_object(annotation, components))
        return {"$ref": f"#/components/schemas/{name}"}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _more(schema_of(arguments[0], components), arguments[1:])
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0], components)}
    if origin in (Union, types.UnionType):
        return _one_of([schema_of(one, components) for one in arguments])
    # Last: what is said in ``Annotated`` may be a list, which nothing can look up.
    if annotation in _PLAIN:
        return {"type": _PLAIN[annotation]}
    raise TypeError(f"{annotation!r} has no JSON Schema")


def _object(annotation: Any, components: dict[str, Schema]) -> Schema:
    properties: dict[str, Schema] = {}
    required = []
    for name, hint in get_type_hints(annotation, include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        properties[name] = schema_of(get_args(hint)[0] if optional else hint, components)
        if not optional:
            required.append(name)
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    own_words = annotation.__dict__.get("__doc__")
    return {"description": inspect.cleandoc(own_words), **schema} if own_words else schema


def _one_of(choices: list[Schema]) -> Schema:
    """Of plain types one schema with several types, which readers of schemas show best. Possible values are those of
    one choice alone, and would refuse the others."""
    merged: Schema = {}
    names = []
    for choice in choices:
        if (
            "type" not in choice
            or choice.keys() & {"enum", "const"}
            or merged.keys() & choice.keys() - {"type", "description"}
        ):
            return {"anyOf": choices}
        names.append(choice["type"])
        merged |= choice
    return {**merged, "type": names}


def _more(schema: Schema, said: tuple[Any, ...]) -> Schema:
    schema = dict(schema)
    for one in said:
        if isinstance(one, str):
            schema["description"] = one
        elif isinstance(one, EnumMeta):
            values: list[str | None] = list(map(str, one.__members__.values()))
            schema["enum"] = [*values, None] if "null" in schema["type"] else values
        else:
            keyword, value = one
            schema[keyword] = list(value) if isinstance(value, tuple) else value
    return schema
