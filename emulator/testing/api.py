"""The emulator's HTTP port as the plugin uses it: one request a connection, so that nothing stays open in a test
that counts open files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

_TIMEOUT = 30.0
_NOTHING: Mapping[str, object] = MappingProxyType({})


class EmulatorError(Exception):
    """The emulator cannot be started or reached, or was asked for something that makes no sense."""


class Refused(EmulatorError):
    """It answered, and not with success. ``status`` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """``endpoint`` is a URL without path. ``why_gone`` tells what is known of an emulator that does not answer.
    No proxy is asked, whatever the environment says: the emulator is near."""

    def __init__(self, endpoint: str, why_gone: Callable[[], str] = lambda: "") -> None:
        self.endpoint = endpoint
        self._why_gone = why_gone

    def get(self, path: str, query: Mapping[str, object] = _NOTHING, *, timeout: float = _TIMEOUT) -> Any:
        """The JSON below ``/_ses/api/``; parameters that are None are left out. ``timeout`` in seconds."""
        __tracebackhide__ = True
        return self.call("GET", path, query, timeout=timeout)

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] = _NOTHING,
        *,
        body: object = None,
        timeout: float = _TIMEOUT,
    ) -> Any:
        """As ``get``, with another method and ``body`` as JSON."""
        __tracebackhide__ = True
        given = {name: value for name, value in query.items() if value is not None}
        target = f"/_ses/api/{path}" + (f"?{urlencode(given)}" if given else "")
        content = b"" if body is None else json.dumps(body).encode()
        return json.loads(self.request(method, target, content, {}, timeout))

    def request(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], timeout: float = _TIMEOUT
    ) -> bytes:
        """The answer's bytes. Raises ``Refused`` for any status but 200, ``EmulatorError`` when there is no answer."""
        __tracebackhide__ = True
        from http.client import HTTPConnection, HTTPException, HTTPSConnection

        where = urlsplit(self.endpoint)
        kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
        connection = kind(where.hostname or "", where.port, timeout=timeout)
        try:
            connection.request(method, target, body, {"Connection": "close", **headers})
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as problem:
            why = " ".join(str(problem).split()) or type(problem).__name__
            # The exception below has nothing to add but a traceback through the standard library.
            raise EmulatorError(f"The emulator at {self.endpoint} does not answer ({why}).{self._why_gone()}") from None
        finally:
            connection.close()
        if answer.status != 200:
            raise Refused(answer.status, _message(answer.status, content))
        return content


def _message(status: int, content: bytes) -> str:
    """What the inspection API or SES says; the body as it is when it says nothing of that form."""
    try:
        given = json.loads(content)
        message = given["error"]["message"] if "error" in given else given["message"]
    except (ValueError, KeyError, TypeError):
        message = content[:300].decode("utf-8", "replace")
    return f"{message} (HTTP {status})"
