"""The one HTTP port: our own paths go to the inspection API and the pages, everything else is AWS.

What AWS is for which service is told by the credential scope of the signature, never by the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, redirect, request
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.aws import sigv4
from emulator.aws.sigv4 import CredentialScope
from emulator.aws.wire import Answer
from emulator.errors import Fault
from emulator.http.api import inspection_api
from emulator.http.compatibility import compatibility_paths
from emulator.http.inspection import Inspection
from emulator.http.neighbours import Neighbours
from emulator.http.ses import SIGNING_NAME, AwsDoor, WireRequest
from emulator.http.verify import verification_pages
from emulator.settings import DEFAULT_ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# A 40 MB message in base64 inside JSON, and room for the rest of the request.
MAX_BODY = 64 * 1024 * 1024


def create_app(
    door: AwsDoor, neighbours: Neighbours, inspection: Inspection, own_hosts: Callable[[], frozenset[str]]
) -> Flask:
    """The WSGI application. ``own_hosts`` are names by which browsers may know us."""
    app = Flask("emulator", static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(inspection_api(inspection, own_hosts))
    app.register_blueprint(compatibility_paths(inspection))
    app.register_blueprint(verification_pages(inspection, own_hosts))

    def aws(anything: str = "") -> WerkzeugResponse:
        headers = _headers(request.environ)
        credential = _credential(headers)
        if isinstance(credential, Fault):
            if _is_browser_at_the_door(anything):
                return redirect("/_ses/")
        elif credential.service != SIGNING_NAME and not request.path.startswith("/v2/email/"):
            return _served(neighbours, credential)
        environ = request.environ
        raw_path, _, query_string = (environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")
        return _response(
            door.answer(
                WireRequest(
                    method=request.method,
                    raw_path=raw_path,
                    query_string=query_string,
                    headers=headers,
                    body=request.get_data(cache=False),
                    source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
                    credential=credential,
                )
            )
        )

    # Rules without methods match every method, known or not: AWS answers those too.
    app.url_map.add(Rule("/", endpoint="aws"))
    app.url_map.add(Rule("/<path:anything>", endpoint="aws"))
    app.view_functions["aws"] = aws
    return app


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    """The request's headers by lower-case name."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _credential(headers: dict[str, str]) -> CredentialScope | Fault:
    """The credential scope of the signature, or why there is none."""
    try:
        return sigv4.read(headers, request.query_string.decode("latin-1"))
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
