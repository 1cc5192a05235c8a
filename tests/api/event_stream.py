"""A client of the event stream."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from jsonschema import Draft202012Validator

SHAPES = {
    "message": "MessageSummary",
    "identity": "IdentityEvent",
    "request": "RequestEntry",
    "outcome": "Outcome",
    "reset": "Reset",
    "missed": "Missed",
}


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: Any


class Stream:
    """A client as the HTML standard describes it: fields by line, an event at an empty line. ``last_id`` is what a
    browser would send when it comes back; every event is held to its schema."""

    def __init__(self, lab: Any, query: dict[str, str], headers: dict[str, str]) -> None:
        self._schemas = lab.api("GET", "openapi.json")["components"]
        self._connection = http.client.HTTPConnection(lab.endpoint.removeprefix("http://"), timeout=30)
        self._connection.request("GET", f"/_ses/api/stream?{urlencode(query)}", headers=headers)
        self.answer = self._connection.getresponse()
        self.last_id = headers.get("Last-Event-ID", "")
        self.retry = 0

    def events(self) -> Iterator[Event]:
        name, data, id = "message", "", ""
        for line in iter(self.answer.readline, b""):
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                data += value
            elif field == "id":
                self.last_id = id = value
            elif field == "retry":
                self.retry = int(value)
            elif field == "" and line == b"\n":
                if data:
                    yield self._held_to_its_schema(Event(name, id, json.loads(data)))
                name, data, id = "message", "", ""

    def opened(self) -> Stream:
        """Returns when the emulator has begun to tell: it does so with an id."""
        while not self.last_id or not self.retry:
            line = self.answer.readline().decode()
            self.retry = int(line[7:]) if line.startswith("retry: ") else self.retry
            self.last_id = line[4:].rstrip("\n") if line.startswith("id: ") else self.last_id
        return self

    def until(self, name: str, fits: Callable[[Any], bool] = lambda data: True) -> list[Event]:
        """What comes up to and with the first such event."""
        heard = []
        for event in self.events():
            heard.append(event)
            if event.name == name and fits(event.data):
                return heard
        raise AssertionError(f"the stream ended before such a {name}: {heard}")

    def close(self) -> None:
        if self._connection.sock is not None:
            self._connection.sock.close()
        self.answer.close()
        self._connection.close()

    def _held_to_its_schema(self, event: Event) -> Event:
        schema = {"$ref": f"#/components/schemas/{SHAPES[event.name]}", "components": self._schemas}
        Draft202012Validator(schema).validate(event.data)
        return event
