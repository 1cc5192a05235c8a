"""What the tests of the HTTP port share: a plain HTTP call, and mail brought by a stranger."""

from __future__ import annotations

import html
import http.client
import json
import re
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

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


@dataclass(frozen=True)
class Page:
    """A page as a browser got it. ``words`` is its text, without tags, between single blanks; ``location`` where a
    redirect leads, "" when it is none."""

    status: int
    headers: dict[str, str]
    source: str
    location: str

    @property
    def words(self) -> str:
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.source)).split())


class Browser:
    """A browser without a script, in the account and region of a lab: opens pages and presses buttons of forms."""

    def __init__(self, lab: Any, ask: Callable[..., Answer]) -> None:
        self._lab = lab
        self._ask = ask
        self._place = {"region": lab.region, "account": lab.account}

    def open(self, path: str, **query: str) -> Page:
        return self._page("GET", f"{path}?{urlencode({**self._place, **query})}", None, {})

    def press(self, path: str, do: str, fields: dict[str, str] | None = None, **query: str) -> Page:
        """Sends a form and goes where its answer leads; the page that is then there."""
        answer = self.send(path, {**(fields or {}), "do": do}, **query)
        return self._page("GET", answer.location, None, {}) if answer.location else answer

    def send(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None, **query: str) -> Page:
        """Sends a form and stays with its answer."""
        own = {"Origin": self._lab.endpoint, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        given = {"Content-Type": "application/x-www-form-urlencoded", **own}
        return self._page("POST", f"{path}?{urlencode({**self._place, **query})}", urlencode(fields).encode(), given)

    def _page(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Page:
        answer = self._ask(self._lab, method, path, body, {"User-Agent": "Mozilla/5.0", **headers})
        assert answer.status < 500, answer.body
        return Page(answer.status, answer.headers, answer.body.decode(), answer.headers.get("location", ""))


@pytest.fixture
def browser(ask: Callable[..., Answer]) -> Callable[[Any], Browser]:
    """``browser(lab)``"""
    return lambda lab: Browser(lab, ask)
