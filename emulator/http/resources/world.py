"""``/health``, ``/requests``, ``/clock`` and ``/reset``, and the 404 for whatever is not there."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from emulator.aws import sigv4
from emulator.clock import Clock
from emulator.errors import Fault
from emulator.http import asked, shapes
from emulator.http.inspection import Inspection
from emulator.settings import DEFAULT_ACCOUNT
from emulator.version import VERSION

_PAGE = 50
_LONGEST_PAGE = 2000
# datetime ends with the year 9999; a year is left for what is counted from now.
_LATEST = 253402300799.0 - 366 * 86400
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/health")
    def health() -> Response:
        return jsonify(status="ok", version=VERSION)

    @api.get("/requests")
    def requests() -> Response:
        """Newest first; ``accepted=true`` or ``false``, ``account`` and ``region`` filter."""
        entries = inspection.journal.recent(
            asked.whole("limit", _PAGE, 1, _LONGEST_PAGE),
            account=asked.text("account"),
            region=asked.text("region"),
            accepted=asked.flag("accepted"),
        )
        return jsonify(requests=[shapes.request_entry(entry) for entry in entries])

    @api.post("/reset")
    def reset() -> Response:
        """The account named by ``account``, or by the caller's own signature; all when neither is there."""
        inspection.reset(_account_to_reset())
        return jsonify(status="ok")

    @api.get("/clock")
    def clock() -> Response:
        return jsonify(now=shapes.instant(inspection.clock.now()))

    @api.post("/clock")
    def move_clock() -> Response:
        """Returns when what follows from the new time has been drawn."""
        inspection.set_clock(new_offset(inspection.clock, asked.json_object()))
        return jsonify(now=shapes.instant(inspection.clock.now()))

    @api.route("/", defaults={"rest": ""}, methods=_METHODS)
    @api.route("/<path:rest>", methods=_METHODS)
    def nothing(rest: str) -> Response:
        raise NotFound(f"There is no {request.method} /_ses/api/{rest:.200}.")


def _account_to_reset() -> str | None:
    account = request.args.get("account")
    if account is None and request.get_data():
        given = asked.json_object()
        unknown = given.keys() - {"account"}
        if unknown or not isinstance(given.get("account", ""), str):
            raise BadRequest('Give {"account": "123456789012"}, or nothing to reset everything.')
        account = given.get("account")
    if account is not None:
        return asked.account_number(account)
    if "Authorization" not in request.headers:
        return None
    try:
        access_key = sigv4.read(dict(request.headers), "").access_key
    except Fault as fault:
        raise BadRequest(fault.message or "The signature cannot be read.") from fault
    return sigv4.account_of(access_key, DEFAULT_ACCOUNT)


def new_offset(clock: Clock, given: dict[str, Any]) -> float:
    """The clock's offset that ``{"advance_seconds"}``, ``{"now"}`` or ``{"reset":true}`` asks for."""
    if len(given) == 1:
        match given:
            case {"reset": True}:
                return 0.0
            case {"advance_seconds": int() | float() as seconds} if not isinstance(seconds, bool):
                return _offset_at(clock, clock.now() + float(seconds) if abs(seconds) < _LATEST else math.nan)
            case {"now": str() as text}:
                try:
                    wanted = datetime.fromisoformat(text)
                except ValueError as problem:
                    raise BadRequest(f"now must be an ISO 8601 time: {problem}.") from problem
                return _offset_at(clock, (wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)).timestamp())
    raise BadRequest('Give {"advance_seconds": n}, {"now": "2026-01-01T00:00:00Z"} or {"reset": true}.')


def _offset_at(clock: Clock, target: float) -> float:
    if not 0 <= target <= _LATEST:
        raise BadRequest("The clock must stay between 1970 and 9998.")
    return target - clock.now() + clock.offset
