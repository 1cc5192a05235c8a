"""The inspection API of a running emulator, for the commands: answers as JSON, failures as exit codes.

0 done, 1 refused or not found, 2 wrong use, 3 no emulator answers, 4 the time of ``inbox wait`` is up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import click

from emulator.cli.options import Command, option, variable, web_address
from emulator.cli.terminal import safe
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION, Settings

_TIMEOUT = 60.0


class Failed(click.ClickException):
    """One line to stderr, and exit code 1: refused, or not there."""

    def __init__(self, message: str) -> None:
        super().__init__(safe(message))


class NotFound(Failed):
    """The API answered 404."""


class Unreachable(Failed):
    """Nobody answers, or somebody else."""

    exit_code = 3

    def __init__(self, url: str, why: object) -> None:
        super().__init__(f"no emulator answers at {url}: {why}")


class TimeIsUp(Failed):
    exit_code = 4


@dataclass(frozen=True, slots=True)
class Api:
    """``account`` and ``region`` None: not said, so the API's defaults, or no filter."""

    url: str
    account: str | None = None
    region: str | None = None

    @property
    def whose(self) -> tuple[str, str]:
        """Account and region for what belongs to one."""
        return self.account or DEFAULT_ACCOUNT, self.region or DEFAULT_REGION

    def call(
        self,
        method: str,
        *path: str,
        query: Mapping[str, object] | None = None,
        body: Any = None,
        timeout: float = _TIMEOUT,
    ) -> dict[str, Any]:
        """The JSON answer. Query parameters that are None are left out; a final ``_`` of a name is not sent.
        ``timeout`` in seconds is that of the connection."""
        data = json.dumps(body).encode("ascii") if body is not None else None
        with self._open(method, path, query or {}, data, timeout) as answer:
            try:
                found = json.loads(answer.read())
            except ValueError as problem:
                raise Unreachable(self.url, "what answers there speaks no JSON") from problem
        if not isinstance(found, dict):
            raise Unreachable(self.url, "what answers there is no emulator")
        return found

    def download(self, *path: str) -> bytes:
        """The bytes behind a path."""
        with self._open("GET", path, {}, None, _TIMEOUT) as answer:
            return bytes(answer.read())

    def events(self, query: Mapping[str, object]) -> Iterator[tuple[str, Any]]:
        """Name and data of each server-sent event, until the emulator stops. The heartbeat comes every 15 s."""
        with self._open("GET", ("stream",), query, None, _TIMEOUT) as answer:
            name, data = "message", ""
            for line in answer:
                field, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
                if field == "event":
                    name = value.strip()
                elif field == "data":
                    data += value.strip()
                elif not field and not value and data:
                    yield name, json.loads(data)
                    name, data = "message", ""

    @contextmanager
    def _open(
        self, method: str, path: tuple[str, ...], query: Mapping[str, object], data: bytes | None, timeout: float
    ) -> Iterator[Any]:
        given = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        place = "/".join(quote(part, safe="@") for part in path)
        address = f"{self.url}/_ses/api/{place}" + (f"?{urlencode(given)}" if given else "")
        # No proxy: the emulator is near, and what the environment names is for the world outside.
        opener = build_opener(ProxyHandler({}))
        try:
            with opener.open(Request(address, data=data, method=method), timeout=timeout) as answer:
                yield answer
        except HTTPError as problem:
            with problem:
                raise _refusal(self.url, problem.code, problem.read()) from problem
        except URLError as problem:
            raise Unreachable(self.url, problem.reason) from problem
        except (OSError, HTTPException, ValueError) as problem:
            raise Unreachable(self.url, problem or type(problem).__name__) from problem


def _refusal(url: str, status: int, body: bytes) -> Failed:
    try:
        message = str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return Unreachable(url, f"HTTP status {status}, and not as an emulator answers")
    return NotFound(message) if status == 404 else Failed(message)


def api_options(command: Command) -> Command:
    """``--url``, ``--account`` and ``--region`` for what acts in one account and region: the command takes ``url``,
    ``account`` and ``region``."""
    return _url(_account("12 digits. [123456789012]")(_region("As eu-west-1. [us-east-1]")(command)))


def filters(command: Command) -> Command:
    """The same for what shows everybody's unless told whose."""
    return _url(_account("Only of this account: 12 digits.")(_region("Only of this one, as eu-west-1.")(command)))


def with_account(command: Command) -> Command:
    """``--url`` and ``--account``, everybody's without it: the command takes ``url`` and ``account``."""
    return _url(_account("Only this account: 12 digits.")(command))


def with_url(command: Command) -> Command:
    """``--url`` alone, for what belongs to nobody. The command takes ``url``."""
    return _url(command)


def json_option(command: Command) -> Command:
    """``--json``, without a variable: a script says for each call what it reads."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def _digits(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) == 12 and value.isascii() and value.isdigit()):
        raise click.BadParameter("an account has 12 digits", context, parameter)
    return value


def _here() -> str:
    """Where an emulator with this environment listens: the container's health check sees the container's."""
    return f"http://127.0.0.1:{os.environ.get(variable('--port')) or Settings().port}"


_url: Callable[[Command], Command] = option(
    "--url",
    default=_here,
    show_default="http://127.0.0.1:4579, or where SES_EMULATOR_PORT says",
    callback=web_address,
    help="The running emulator.",
)


def _account(what: str) -> Callable[[Command], Command]:
    return option("--account", callback=_digits, help=what)


def _region(what: str) -> Callable[[Command], Command]:
    return option("--region", help=what)
