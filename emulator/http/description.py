"""The description of the inspection API (OpenAPI 3.1), made from the routes and what their handlers declare.

Put together by apispec, which is loaded here and not at the start.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from werkzeug.routing import Map, Rule

from emulator.http.described import Content, Described, description_of
from emulator.http.json_schema import Schema, schema_of
from emulator.http.json_types import ErrorJson
from emulator.version import VERSION

BLUEPRINT = "inspection"
# Answers any path and method that there is not; it describes nothing.
NOT_THERE = f"{BLUEPRINT}.nothing"

_PREFIX = "/_ses/api/"
_ABOUT = """Look into the emulator and move its world: captured mail, SES calls, identities, DNS, time.

Bad input is answered with a status below 500 and an Error, and changes nothing. Pages of other sites are refused (403).
A GET may also be a HEAD."""
_ERRORS = {
    400: "What was asked cannot be meant: the sentence says why.",
    403: "A page of another site asks, or a browser under a name that is not the emulator's.",
    404: "There is no such thing.",
    429: "Too many clients wait or listen at once.",
}
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


def description(rules: Map, handlers: dict[str, Callable[..., Any]]) -> Schema:
    """The whole document. ``rules`` and ``handlers`` (by endpoint) are the app's."""
    spec = APISpec(
        title="ses-emulator inspection API",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": "/"}],
    )
    components: dict[str, Schema] = {}
    paths: dict[str, dict[str, Schema]] = {}
    for rule, method, described in operations(rules, handlers):
        operation = _operation(rule, handlers[rule.endpoint], described, components)
        paths.setdefault(_VARIABLE.sub(r"{\1}", rule.rule), {})[method.lower()] = operation
    for path, by_method in paths.items():
        spec.path(path=path, operations=by_method)
    error = schema_of(ErrorJson, components)
    for name, schema in components.items():
        spec.components.schema(name, schema)
    for status, about in _ERRORS.items():
        content = {"application/json": {"schema": error}}
        spec.components.response(_name_of(status), {"description": about, "content": content})
    for tag in dict.fromkeys(tag for by_method in paths.values() for one in by_method.values() for tag in one["tags"]):
        spec.tag({"name": tag})
    return dict(spec.to_dict())


def operations(rules: Map, handlers: dict[str, Callable[..., Any]]) -> Iterator[tuple[Rule, str, Described]]:
    """Each rule of the API with its method and what was declared, in the order of the paths. TypeError for a handler
    that declares nothing."""
    for rule in sorted(rules.iter_rules(), key=lambda one: one.rule):
        if not rule.endpoint.startswith(f"{BLUEPRINT}.") or rule.endpoint == NOT_THERE:
            continue
        described = description_of(handlers[rule.endpoint])
        if described is None:
            raise TypeError(f"{rule.rule} is not described")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, described


def _operation(rule: Rule, handler: Callable[..., Any], described: Described, components: dict[str, Schema]) -> Schema:
    for one in described.also:
        schema_of(one, components)
    summary, _, text = inspect.cleandoc(handler.__doc__ or "").partition("\n")
    operation: Schema = {
        "operationId": rule.endpoint.partition(".")[2],
        "tags": [rule.rule.removeprefix(_PREFIX).partition("/")[0].partition(".")[0]],
        "summary": summary.rstrip("."),
        "parameters": list(_parameters(described)),
        "responses": {"200": _answer(described.answer, components)},
    }
    if text.strip():
        operation["description"] = text.strip()
    if described.body is not None:
        content = {"application/json": {"schema": schema_of(described.body, components)}}
        operation["requestBody"] = {"required": described.body_required, "content": content}
    for status in sorted({*described.errors, 403}):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/{_name_of(status)}"}
    return operation


def _parameters(described: Described) -> Iterable[Schema]:
    for name, about, example in described.variables:
        schema = {"type": "string", "examples": [example]}
        yield {"name": name, "in": "path", "required": True, "description": about, "schema": schema}
    for name, about in described.headers:
        yield {"name": name, "in": "header", "description": about, "schema": {"type": "string"}}
    for one in described.parameters:
        yield {"name": one.name, "in": "query", "description": one.about, "schema": one.schema()}


def _answer(answer: Any, components: dict[str, Schema]) -> Schema:
    if isinstance(answer, Content):
        # OpenAPI 3.1 describes what is no JSON by its media type alone (4.8.14.3).
        return {"description": answer.about, "content": {answer.media_type: {}}}
    schema = schema_of(answer, components)
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _name_of(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")
