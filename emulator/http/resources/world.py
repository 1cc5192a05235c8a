"""``/health``, ``/requests``, ``/clock`` and ``/reset``, and the 404 for whatever is not there."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired, TypedDict

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound

from emulator.aws import sigv4
from emulator.clock import LAST_INSTANT, Clock
from emulator.errors import Fault
from emulator.http import asked, shapes
from emulator.http.described import Described, Flag, Limit, Text
from emulator.http.inspection import Inspection
from emulator.http.json_types import Done, Instant, RequestEntry
from emulator.settings import DEFAULT_ACCOUNT
from emulator.version import VERSION

# A year is left for what is counted from now.
_LATEST = LAST_INSTANT - 366 * 86400
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

LIMIT = Limit(default=50, most=2000)
ACCEPTED = Flag("accepted", "only what was accepted, or only what was refused")
ACCOUNT = Text("account", "only of this account")
REGION = Text("region", "only of this region")
TO_RESET = Text("account", "the account to reset: 12 digits", example=DEFAULT_ACCOUNT)


class Health(Done):
    version: str


class Requests(TypedDict):
    requests: list[RequestEntry]


class Now(TypedDict):
    now: Instant


class Advance(TypedDict):
    """Moves the clock on, or back."""

    advance_seconds: Annotated[float, ("examples", (86400,))]


class SetTo(TypedDict):
    """Sets the clock to a time between 1970 and 9998; in UTC unless it names its offset."""

    now: Annotated[str, ("format", "date-time"), ("examples", ("2031-05-06T07:08:09Z",))]


class BackToReal(TypedDict):
    """The clock shows the real time again."""

    reset: Annotated[bool, ("const", True)]


class WhomToReset(TypedDict):
    account: NotRequired[Annotated[str, ("pattern", "^[0-9]{12}$"), ("examples", ("123456789012",))]]


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/health")
    @Described(Health)
    def health() -> Response:
        """Ask whether the emulator answers."""
        return jsonify(status="ok", version=VERSION)

    @api.get("/requests")
    @Described(Requests, parameters=(LIMIT, ACCEPTED, ACCOUNT, REGION), errors=(400,))
    def requests() -> Response:
        """List the SES calls, newest first.

        At any door, accepted or refused, each with what every rule said and the fact it rested on. The last 2 000.
        """
        entries = inspection.journal.recent(
            LIMIT.read(), account=ACCOUNT.read(), region=REGION.read(), accepted=ACCEPTED.read()
        )
        return jsonify(requests=[shapes.request_entry(entry) for entry in entries])

    @api.post("/reset")
    @Described(Done, parameters=(TO_RESET,), body=WhomToReset, body_required=False, errors=(400,))
    def reset() -> Response:
        """Go back to the state after the start.

        For the account named by `account`, here or in the body, or by the caller's own AWS signature; for all of them,
        the world's zone and the clock when none is named.
        """
        inspection.reset(_account_to_reset())
        return jsonify(status="ok")

    @api.get("/clock")
    @Described(Now)
    def clock() -> Response:
        """Read the emulator's clock."""
        return jsonify(now=shapes.instant(inspection.clock.now()))

    @api.post("/clock")
    @Described(Now, body=Advance | SetTo | BackToReal, errors=(400,))
    def move_clock() -> Response:
        """Move the emulator's clock.

        Answers when what follows from the new time has been drawn.
        """
        inspection.set_clock(new_offset(inspection.clock, asked.json_object()))
        return jsonify(now=shapes.instant(inspection.clock.now()))

    @api.route("/", defaults={"rest": ""}, methods=_METHODS)
    @api.route("/<path:rest>", methods=_METHODS)
    def nothing(rest: str) -> Response:
        raise NotFound(f"There is no {request.method} /_ses/api/{rest:.200}.")


def _account_to_reset() -> str | None:
    account = TO_RESET.read()
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
                ahead = float(seconds) if abs(seconds) < _LATEST else math.nan
                _check(clock.now() + ahead)
                return clock.offset + ahead
            case {"now": str() as text}:
                try:
                    wanted = datetime.fromisoformat(text)
                except ValueError as problem:
                    raise BadRequest(f"now must be an ISO 8601 time: {problem}.") from problem
                target = (wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)).timestamp()
                _check(target)
                return target - clock.now() + clock.offset
    raise BadRequest('Give {"advance_seconds": n}, {"now": "2026-01-01T00:00:00Z"} or {"reset": true}.')


def _check(target: float) -> None:
    if not 0 <= target <= _LATEST:
        raise BadRequest("The clock must stay between 1970 and 9998.")
