"""What the tests of the HTTP port share: a plain HTTP call, and mail brought by a stranger."""

from __future__ import annotations

import http.client
import json
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Answer:
    """``headers`` by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture
def ask() -> Callable[..., Answer]:
    """``ask(lab, method, path, body, headers)``: exactly these headers, nothing that a library would add."""

    def call(
        lab: Any,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        place = lab.endpoint.removeprefix("http://")
        connection = http.client.HTTPConnection(place, timeout=30)
        given = {"Host": place, **(headers or {})}
        if body is not None:
            given["Content-Length"] = str(len(body))
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    return call


@pytest.fixture
def post() -> Callable[..., dict[str, Any]]:
    """``post(lab, data, sender, to)``: a stranger's mail to the sink, as the inspection API then shows it."""

    def bring(lab: Any, data: bytes, sender: str = "stranger@away.example", to: str = "someone@here.example") -> Any:
        host, _, port = lab.addresses.sink.rpartition(":")
        newest = lab.api("GET", "messages?limit=1")["messages"]
        with smtplib.SMTP(host, int(port), timeout=20) as client:
            client.sendmail(sender, [to], data)
        return lab.api("GET", f"messages/wait?timeout=20&to={to}&after={newest[0]['id'] if newest else 0}")

    return bring
