"""Plain calls of SES, which are nearly all requests, answered from the WSGI environ: Flask's request, routing and
response took longer than reading and checking the call. Whatever is not plain takes the way through Flask, which is
loaded (with all pages: as much as everything else at the start together) when somebody first takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from emulator.aws import sigv4
from emulator.aws.sigv4 import CredentialScope
from emulator.errors import Fault
from emulator.http.ses import SIGNING_NAME, AwsDoor, WireRequest
from emulator.once import Once

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

V2 = "/v2/email/"
_PLAIN_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})


class Lazily:
    """A WSGI application that is made by ``load`` at the first request."""

    def __init__(self, load: Callable[[], WSGIApplication]) -> None:
        self._app = Once(load)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app()(environ, start_response)


class PlainCalls:
    """Answers plain calls of SES (signed for it, to its own paths) and leaves the rest to ``otherwise``, the way
    through Flask, which answers SES's calls just so."""

    def __init__(self, door: AwsDoor, otherwise: WSGIApplication) -> None:
        self._door = door
        self._otherwise = otherwise

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = self._plain_call(environ)
        if asked is None:
            return self._otherwise(environ, start_response)
        answer = self._door.answer(asked)
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [*answer.headers, ("Content-Length", str(len(answer.body)))],
        )
        return [answer.body]

    def _plain_call(self, environ: WSGIEnvironment) -> WireRequest | None:
        """None, and the body still unread, when this is for somebody else."""
        path = environ.get("PATH_INFO", "")
        # Only a server that ends the body itself, chunked or not, lets it be read without counting.
        if not environ.get("wsgi.input_terminated"):
            return None
        if (path != "/" and not path.startswith(V2)) or environ["REQUEST_METHOD"] not in _PLAIN_METHODS:
            return None
        headers = headers_of(environ)
        credential = credential_of(headers, environ.get("QUERY_STRING", ""))
        if isinstance(credential, Fault) or credential.service != SIGNING_NAME:
            return None
        return wire_request(environ, headers, environ["wsgi.input"].read(), credential)


def headers_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The request's headers by lower-case name."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def wire_request(
    environ: WSGIEnvironment, headers: dict[str, str], body: bytes, credential: CredentialScope | Fault
) -> WireRequest:
    """The request as the AWS door reads it; ``body`` has been read already."""
    raw_path, _, query_string = (environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")
    return WireRequest(
        method=environ["REQUEST_METHOD"],
        raw_path=raw_path,
        query_string=query_string,
        headers=headers,
        body=body,
        source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
        credential=credential,
    )


def credential_of(headers: dict[str, str], query_string: str) -> CredentialScope | Fault:
    """The credential scope of the signature, or why there is none."""
    try:
        return sigv4.read(headers, query_string)
    except Fault as fault:
        return fault
