"""The one HTTP port: our own paths go to the inspection API and the pages, everything else is AWS.

What AWS is for which service is told by the credential scope of the signature, never by the path. Plain calls of SES
do not come here (``plain_calls.py``); those that do are answered just so.
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
from emulator.http.api import error, inspection_api
from emulator.http.api_page import api_page
from emulator.http.compatibility import compatibility_paths
from emulator.http.console.blueprints import console_pages
from emulator.http.frame import Pages
from emulator.http.inbox import inbox_pages
from emulator.http.inspection import Inspection
from emulator.http.neighbours import SERVICES, Neighbours
from emulator.http.plain_calls import V2, credential_of, headers_of, wire_request
from emulator.http.ses import AwsDoor
from emulator.http.tracking import tracking_pages
from emulator.http.unsubscribe import unsubscribe_pages
from emulator.http.verify import verification_pages
from emulator.settings import DEFAULT_ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


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
    app.register_blueprint(verification_pages(inspection))
    app.register_blueprint(unsubscribe_pages(door.subscriptions))
    app.register_blueprint(tracking_pages(door.tracking))

    def aws(anything: str = "") -> WerkzeugResponse:
        headers = headers_of(request.environ)
        credential = credential_of(headers, request.query_string.decode("latin-1"))
        if isinstance(credential, Fault):
            if _is_browser_at_the_door(anything):
                return redirect("/_ses/")
            # Browsers look for it beside whatever is no page, our JSON too; it is no call of SES.
            if request.method == "GET" and anything == "favicon.ico":
                return redirect("/_ses/static/icon.svg")
        elif credential.service in SERVICES and not request.path.startswith(V2):
            return _served(neighbours, credential)
        body = request.get_data(cache=False)
        return _response(door.answer(wire_request(request.environ, headers, body, credential)))

    def not_here(anything: str) -> tuple[Response, int]:
        return error(404, "NotFound", f"There is no {request.method:.20} /_ses/{anything:.200}.")

    # Rules without methods match every method, known or not: AWS answers those too.
    app.url_map.add(Rule("/_ses/<path:anything>", endpoint="not_here"))
    app.view_functions["not_here"] = not_here
    app.url_map.add(Rule("/", endpoint="aws"))
    app.url_map.add(Rule("/<path:anything>", endpoint="aws"))
    app.view_functions["aws"] = aws
    return app


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
