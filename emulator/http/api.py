"""The inspection API at ``/_ses/api``: what was captured, asked, refused, published, and what time it is.

Bad input is answered 4xx with ``{"error":{"code","message"}}`` and changes nothing. One file a resource stands in
``resources/``.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from emulator.http.guard import refuse_cross_site
from emulator.http.inspection import Inspection
from emulator.http.resources import (
    dedicated_ips,
    dns,
    events,
    faults,
    identities,
    messages,
    openapi,
    seed,
    stream,
    world,
)
from emulator.store.ports import StoreError


def inspection_api(inspection: Inspection, own_hosts: Callable[[], frozenset[str]]) -> Blueprint:
    """The blueprint, to be registered by the app. Its answers are data: a browser renders and runs none of them."""
    api = Blueprint("inspection", __name__, url_prefix="/_ses/api")

    @api.before_request
    def same_origin() -> None:
        refuse_cross_site(request, own_hosts())

    @api.after_request
    def harmless(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
        return response

    @api.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> tuple[Response, int]:
        cause = getattr(problem, "original_exception", None)
        told = str(cause) if isinstance(cause, StoreError) else problem.description or problem.name
        return error(problem.code or 400, problem.name.replace(" ", ""), told)

    for resource in (messages, stream, events, identities, dns, dedicated_ips, faults, world, seed, openapi):
        resource.add_to(api, inspection)

    return api


def error(status: int, code: str, message: str) -> tuple[Response, int]:
    """The one shape of a refusal."""
    return jsonify(error={"code": code, "message": message}), status
