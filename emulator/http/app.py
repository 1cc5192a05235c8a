"""The one HTTP port: our own paths go to the inspection API and the pages, everything else is AWS.

What AWS is for which service is told by the credential scope of the signature, never by the path.

A plain call of SES, which is nearly every request, is answered from the WSGI environ: Flask's request, routing and
response took longer than reading and checking the call. Whatever is not plain takes the way through Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, Response, redirect, request
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.aws import sigv4
from emulator.aws.sigv4 import CredentialScope
from emulator.aws.wire import Answer
from emulator.errors import Fault
from emulator.http.api import error, inspection_api
from emulator.http.api_page import api_page
from emulator.http.compatibility import compatibility_paths
from emulator.http.console.blueprints import console_pages
from emulator.http.frame import Pages
from emulator.http.inbox import inbox_pages
from emulator.http.inspection import Inspection
from emulator.http.neighbours import SERVICES, Neighbours
from emulator.http.ses import SIGNING_NAME, AwsDoor, WireRequest
from emulator.http.verify import verification_pages
from emulator.settings import DEFAULT_ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A 40 MB message in base64 inside JSON, and room for the rest of the request.
MAX_BODY = 64 * 1024 * 1024

_V2 = "/v2/email/"
_PLAIN_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})


def create_app(
    door: AwsDoor, neighbours: Neighbours, inspection: Inspection, own_hosts: Callable[[], frozenset[str]]
) -> Flask:
    """The WSGI application. ``own_hosts`` are names by which browsers may know us."""
    app = Flask("emulator", static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(inspection_api(inspection, own_hosts))
    app.register_blueprint(compatibility_paths(inspection, own_hosts))
    pages = Pages(inspection, own_hosts)
    app.register_blueprint(pages.static())
    app.register_blueprint(inbox_pages(pages, inspection))
    app.register_blueprint(api_page(pages))
    for blueprint in console_pages(pages, inspection, door):
        app.register_blueprint(blueprint)
    app.register_blueprint(verification_pages(inspection, own_hosts))

    def aws(anything: str = "") -> WerkzeugResponse:
        headers = _headers(request.environ)
        credential = _credential(headers, request.query_string.decode("latin-1"))
        if isinstance(credential, Fault):
            if _is_browser_at_the_door(anything):
                return redirect("/_ses/")
        elif credential.service in SERVICES and not request.path.startswith(_V2):
            return _served(neighbours, credential)
        body = request.get_data(cache=False)
        return _response(door.answer(_wire_request(request.environ, headers, body, credential)))

    def not_here(anything: str) -> tuple[Response, int]:
        return error(404, "NotFound", f"There is no {request.method:.20} /_ses/{anything:.200}.")

    # Rules without methods match every method, known or not: AWS answers those too.
    app.url_map.add(Rule("/_ses/<path:anything>", endpoint="not_here"))
    app.view_functions["not_here"] = not_here
    app.url_map.add(Rule("/", endpoint="aws"))
    app.url_map.add(Rule("/<path:anything>", endpoint="aws"))
    app.view_functions["aws"] = aws
    app.wsgi_app = _PlainCalls(door, app.wsgi_app)  # type: ignore[method-assign]
    return app


class _PlainCalls:
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
        if (path != "/" and not path.startswith(_V2)) or environ["REQUEST_METHOD"] not in _PLAIN_METHODS:
            return None
        headers = _headers(environ)
        credential = _credential(headers, environ.get("QUERY_STRING", ""))
        if isinstance(credential, Fault) or credential.service != SIGNING_NAME:
            return None
        return _wire_request(environ, headers, environ["wsgi.input"].read(), credential)


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    """The request's headers by lower-case name."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _wire_request(
    environ: WSGIEnvironment, headers: dict[str, str], body: bytes, credential: CredentialScope | Fault
) -> WireRequest:
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


def _credential(headers: dict[str, str], query_string: str) -> CredentialScope | Fault:
    """The credential scope of the signature, or why there is none."""
    try:
        return sigv4.read(headers, query_string)
    except Fault as fault:
        return fault


def _is_browser_at_the_door(path: str) -> bool:
    return request.method == "GET" and not path and "text/html" in request.headers.get("Accept", "")


def _served(neighbours: Neighbours, credential: CredentialScope) -> WerkzeugResponse:
    body = request.get_data(cache=False)
    account = sigv4.account_of(credential.access_key, DEFAULT_ACCOUNT)

    def neighbour(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return neighbours.serve(environ, start_response, body, credential.service, account)

    return WerkzeugResponse.from_app(neighbour, request.environ, buffered=True)


def _response(answer: Answer) -> Response:
    return Response(answer.body, status=answer.status, headers=list(answer.headers))
