"""Whether a document has the form that ``schema.json`` describes, in words for the person who wrote it.

Reads the part of JSON Schema (draft 2020-12) that the schema uses, so that the published schema and what is accepted
cannot differ. ``x-expected`` in the schema says what a person should write there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from emulator.seed.document import Document, Where
from emulator.seed.problems import Problems, shown

Schema = dict[str, Any]

_TYPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "text"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "integer": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "object": (lambda value: isinstance(value, dict), "keys and values"),
}


@cache
def schema_text() -> str:
    """The published schema as it is shipped."""
    return files("emulator.seed").joinpath("schema.json").read_text(encoding="utf-8")


def check(document: Document, problems: Problems) -> None:
    """Adds every place where the document is not of the form."""
    root = json.loads(schema_text())
    _Check(root, document, problems).value(document.content, root, ())


class _Check:
    def __init__(self, root: Schema, document: Document, problems: Problems) -> None:
        self._root = root
        self._document = document
        self._problems = problems

    def value(self, value: Any, given: Schema, where: Where) -> None:
        schema = self._resolved(given)
        if "anyOf" in schema:
            branches = [self._resolved(one) for one in schema["anyOf"]]
            branch = next((one for one in branches if _is_of_type(value, one)), None)
            if branch is None:
                self._wrong(where, " or ".join(dict.fromkeys(map(_expected, branches))), value)
            else:
                self.value(value, branch, where)
            return
        if not _is_of_type(value, schema) or not _is_allowed(value, schema):
            self._wrong(where, _expected(schema), value)
        elif isinstance(value, dict):
            self._mapping(value, schema, where)
        elif isinstance(value, list):
            if len(value) > schema.get("maxItems", len(value)):
                self._wrong(where, f"a list of at most {schema['maxItems']}", value, f"one of {len(value)}")
            for number, item in enumerate(value):
                self.value(item, schema.get("items", {}), (*where, number))

    def _mapping(self, value: dict[str, Any], schema: Schema, where: Where) -> None:
        known = schema["properties"]
        for key, item in value.items():
            if key in known:
                self.value(item, known[key], (*where, key))
                continue
            near = get_close_matches(key, known, 1)
            guess = f"; did you mean {near[0]}?" if near else f", expected one of {', '.join(known)}"
            self._problems.add(self._document.place((*where, key)), f"there is no such key{guess}")
        missing = [key for key in schema.get("required", ()) if key not in value]
        for given, needed in schema.get("dependentRequired", {}).items():
            missing += [key for key in needed if given in value and key not in value]
        for key in missing:
            self._problems.add(self._document.place(where), f"expected the key {key} here, found none")

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Schema = self._root["$defs"][reference.removeprefix("#/$defs/")]
        return self._resolved(found)

    def _wrong(self, where: Where, expected: str, value: object, found: str | None = None) -> None:
        self._problems.add(self._document.place(where), f"expected {expected}, found {found or shown(value)}")


def _is_of_type(value: object, schema: Schema) -> bool:
    types = schema.get("type")
    if types is None:
        return True
    names = [types] if isinstance(types, str) else types
    return any(_TYPES[name][0](value) for name in names)


def _is_allowed(value: Any, schema: Schema) -> bool:
    """The bounds of scalars; of JSON Schema's those that apply to the value's type."""
    if "const" in schema and (value != schema["const"] or isinstance(value, bool)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            return False
        # ECMA's "$" is the end; Python's stands before a final line end, too.
        pattern = schema.get("pattern")
        return pattern is None or re.search(pattern.removesuffix("$") + r"\Z", value) is not None
    if isinstance(value, int) and not isinstance(value, bool):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def _expected(schema: Schema) -> str:
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        *others, last = (str(one) for one in schema["enum"])
        return f"{', '.join(others)} or {last}" if others else last
    types = schema["type"]
    words = " or ".join(_TYPES[name][1] for name in ([types] if isinstance(types, str) else types))
    if "minimum" in schema:
        return f"{words} from {schema['minimum']} to {schema['maximum']}"
    if "maxLength" in schema or "minLength" in schema:
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        return f"{words} of {least} to {most} characters" if most else f"{words} that is not empty"
    return words
