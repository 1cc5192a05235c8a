"""The description of the inspection API is true: it is valid, names every route and parameter, and whatever is asked
within or beside it is answered as it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_type_hints

import pytest
import schemathesis
from flask import Flask, Request
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.datastructures import ImmutableMultiDict

from emulator.clock import Clock
from emulator.dns.responder import QueryLog
from emulator.http.api import inspection_api
from emulator.http.description import NOT_THERE, operations
from emulator.http.inspection import Inspection
from emulator.post.arrivals import Arrivals
from emulator.post.happenings import Happenings
from emulator.post.identities import Identities
from emulator.post.journal import Journal
from emulator.post.keyring import Keyring
from emulator.settings import Settings
from emulator.store.sql.engine import open_store, sqlite_url

STREAM = "/_ses/api/stream"
WAIT = "/_ses/api/messages/wait"
# A foreign page, and a crowd: tested where they belong.
HARD_TO_GET = {403, 429}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MAIL = (
    b"From: x@away.example\r\nTo: you@example.com\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n'
    b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\r\n--b--\r\n"
)


@pytest.fixture
def description(lab) -> Any:
    return lab.api("GET", "openapi.json")


def test_it_is_valid_openapi_3_1(description):
    validate(description)
    assert description["openapi"].startswith("3.1")
    for schema in description["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_speaks_of_every_operation_in_sentences(description):
    ids = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            ids.append(operation["operationId"])
            assert operation["summary"], (method, path)
            for parameter in operation["parameters"]:
                assert parameter["description"], (method, path, parameter["name"])
            assert {"200", "403"} <= operation["responses"].keys()
    assert len(ids) == len(set(ids))


# --- nothing is read that is not declared, and nothing declared that is not read ------------------


class Recorded(ImmutableMultiDict):
    """Query parameters that remember what was asked for: ``read`` belongs to the class of one test."""

    read: set[str]

    def get(self, key: str, *more: Any, **options: Any) -> Any:
        self.read.add(key)
        return super().get(key, *more, **options)


@pytest.fixture
def watched(tmp_path) -> Iterator[tuple[Flask, set[str]]]:
    """An app of the inspection API alone over an empty store, and the names of parameters that it reads."""
    read: set[str] = set()
    store, clock, happenings = open_store(sqlite_url(tmp_path)), Clock(), Happenings("test")
    parts = {
        "store": store,
        "clock": clock,
        "happenings": happenings,
        "journal": Journal(happenings),
        "arrivals": Arrivals(most_waiting=1),
        "queries": QueryLog(clock.now),
        "identities": Identities(
            store, clock, Settings(), Keyring(str, ""), base_url=str, woken=int, changed=int, happenings=happenings
        ),
    }
    hints = get_type_hints(Inspection)
    # What else there is: parts that need nothing, and functions called when something has changed, where nobody is to
    # be told.
    others = {
        one.name: hints[one.name]() if isinstance(hints[one.name], type) else (lambda *_: None)
        for one in fields(Inspection)
        if one.name not in parts
    }
    inspection = Inspection(**parts, **others)

    class Remembering(Recorded):
        pass

    Remembering.read = read

    class Watched(Request):
        parameter_storage_class = Remembering

    app = Flask("watched")
    app.request_class = Watched
    app.register_blueprint(inspection_api(inspection, lambda: frozenset({"localhost"})))
    yield app, read
    store.close()


def test_every_route_is_described(watched):
    app, _ = watched
    described = {(rule.rule, method) for rule, method, _ in operations(app.url_map, app.view_functions)}
    there = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("inspection.") and rule.endpoint != NOT_THERE
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == there
    assert ("/_ses/api/messages", "DELETE") in described


def test_a_handler_that_declares_nothing_is_found_out(watched):
    app, _ = watched
    app.add_url_rule("/_ses/api/forgotten", endpoint="inspection.forgotten", view_func=lambda: "")
    with pytest.raises(TypeError, match="forgotten"):
        list(operations(app.url_map, app.view_functions))


def test_the_parameters_that_are_read_are_those_that_are_declared(watched):
    app, read = watched
    client = app.test_client()
    for rule, method, described in operations(app.url_map, app.view_functions):
        read.clear()
        variables = {name: "0" for name, _, _ in described.variables}
        path = rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}").format(**variables)
        # An account that nobody has: whatever the operation does, it does to nobody.
        asked = {"account": "999999999999", "region": "us-east-1", "to": "nobody@never.example", "timeout": "0"}
        names = {one.name for one in described.parameters}
        query = {name: value for name, value in asked.items() if name in names}
        if rule.rule.endswith("/dns/records") and method == "DELETE":
            query = {"name": "never.example", "type": "A", "value": "192.0.2.1"}
        with client.open(path, method=method, query_string=query, json={}) as answer:
            assert answer.status_code < 500, (method, path)
        assert read == names, (method, path)


def test_asking_for_the_head_of_the_stream_keeps_no_place(watched):
    app, _ = watched
    client = app.test_client()
    # There is one place, and this server cannot tell who has gone.
    for _ in range(3):
        with client.head(STREAM) as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"


# --- what is answered is what is described ---------------------------------------------------------


@pytest.fixture
def furnished(fresh, post) -> Any:
    """An emulator with a mail of its own, a stranger's with an attachment, an identity, a bounce that somebody is told
    of, a dedicated IP, a record and a query."""
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    lab.region = "us-east-1"
    lab.verify("example.com")
    lab.wait(message_id=lab.send("me@example.com", "you@example.com"))
    lab.send("me@example.com", "bounce@simulator.amazonses.com")
    lab.until(lambda: lab.api("GET", "events")["events"])
    lab.mail = post(lab, MAIL, to="you@example.com")
    lab.record = {"name": "www.example.com", "type": "A", "value": "192.0.2.1"}
    lab.api("PUT", "dns/records", lab.record)
    lab.dedicated_ip = lab.api("POST", "dedicated-ips", {})["ip"]
    return lab


def test_whatever_is_asked_is_answered_as_described(furnished):
    schema = schemathesis.openapi.from_dict(furnished.api("GET", "openapi.json"))
    every = [one.ok() for one in schema.get_all_operations()]
    unseen = {}
    for operation in sorted(every, key=_what_it_leaves):
        if operation.path == STREAM:
            continue
        seen: Counter[int] = Counter()
        _ask(furnished, operation, GenerationMode.POSITIVE, seen)
        # A path's variable is any text, and beside it there is nothing.
        if operation.query or operation.body:
            _ask(furnished, operation, GenerationMode.NEGATIVE, seen)
        declared = {int(status) for status in operation.definition.raw["responses"]}
        unseen[operation.label] = declared - seen.keys() - HARD_TO_GET
    assert {label: statuses for label, statuses in unseen.items() if statuses} == {}


def _what_it_leaves(operation: Any) -> int:
    """Who only reads comes first, so that there is something to read; who forgets everything comes last."""
    if operation.path.endswith(("/reset", "/messages")) and operation.method.lower() != "get":
        return 4
    return ("get", "put", "post", "delete").index(operation.method.lower())


def _ask(lab: Any, operation: Any, mode: GenerationMode, seen: Counter[int]) -> None:
    """20 questions, made anew from the same seed each time; about half of them of something that is there."""

    @settings(
        max_examples=20,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def each(case: Any, real: bool) -> None:
        if real and case.path_parameters:
            there = {
                "number": lab.mail["id"],
                "place": str(lab.mail["attachments"][0]["n"]),
                "name": "example.com",
                "ip": lab.dedicated_ip,
            }
            case.path_parameters = {name: there[name] for name in case.path_parameters}
        if real and case.path.endswith("/dns/records") and case.method == "PUT":
            case.body = lab.record
        if case.path == WAIT:
            case.query = _without_waiting(case.query or {})
        response = case.call_and_validate(base_url=lab.endpoint, checks=CHECKS)
        seen[response.status_code] += 1

    each()


def _without_waiting(query: dict[str, Any]) -> dict[str, Any]:
    """What would be waited for is not; a timeout that cannot be meant stays."""
    try:
        waits = 0 <= float(query.get("timeout", 10)) <= 300
    except (TypeError, ValueError):
        waits = False
    return {**query, "timeout": 0} if waits else query
