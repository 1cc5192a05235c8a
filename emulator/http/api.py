"""The inspection API at ``/_ses/api``: what was captured, asked, refused, published, and what time it is.

Bad input is answered 4xx with ``{"error":{"code","message"}}`` and changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, TooManyRequests

from emulator.aws import sigv4
from emulator.clock import monotonic
from emulator.dns.records import parse_record
from emulator.errors import Fault
from emulator.http import shapes
from emulator.http.guard import refuse_cross_site
from emulator.http.inspection import Inspection
from emulator.post.identities import needed
from emulator.receiver.reading import read
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from emulator.store.ports import MessageFilter
from emulator.values import Captured, Identity, Record, Scope
from emulator.version import VERSION

_PAGE = 50
_MOST = 500
_WAIT = 10.0
_LONGEST_WAIT = 300.0
_LATEST = 253402300799.0  # the last second of the year 9999: datetime ends there
_FILTERS = ("to", "from", "subject", "text", "message_id", "region", "account", "q")
_PUBLISHED = ("dkim", "mail_from", "verification", "all")


def inspection_api(inspection: Inspection, own_hosts: Callable[[], frozenset[str]]) -> Blueprint:
    """The blueprint, to be registered by the app."""
    api = Blueprint("inspection", __name__, url_prefix="/_ses/api")

    @api.before_request
    def same_origin() -> None:
        refuse_cross_site(request, own_hosts())

    @api.after_request
    def harmless(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; sandbox")
        return response

    @api.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> tuple[Response, int]:
        return error(problem.code or 400, problem.name.replace(" ", ""), problem.description or problem.name)

    @api.get("/health")
    def health() -> Response:
        return jsonify(status="ok", version=VERSION)

    @api.get("/messages")
    def messages() -> Response:
        """Newest first; ``cursor`` is the ``next`` of the page before."""
        wanted = _filter(before=_whole("cursor", None, 1))
        limit = _whole("limit", _PAGE, 1, _MOST)
        assert limit is not None
        with inspection.store.read() as reader:
            page = reader.search(wanted, limit + 1)
            total = reader.count(_filter())
        more = str(page[limit - 1].id) if len(page) > limit else None
        return jsonify(messages=[shapes.message_summary(mail) for mail in page[:limit]], total=total, next=more)

    @api.delete("/messages")
    def delete_messages() -> Response:
        with inspection.store.write() as writer:
            return jsonify(deleted=writer.delete_captured(_filter()))

    @api.get("/messages/wait")
    def wait() -> Response:
        """The newest match as soon as there is one; 404 when ``timeout`` seconds are over."""
        timeout = _seconds("timeout", _WAIT, 0, _LONGEST_WAIT)
        wanted = _filter(after=_whole("after", None, 0))
        if not inspection.arrivals.take_place():
            raise TooManyRequests("Too many clients wait for mail at once.")
        try:
            mail = _wait_for(inspection, wanted, timeout)
        finally:
            inspection.arrivals.leave_place()
        return jsonify(_whole_message(inspection, mail))

    @api.get("/messages/<int:number>")
    def message(number: int) -> Response:
        return jsonify(_whole_message(inspection, _captured(inspection, number)))

    @api.delete("/messages/<int:number>")
    def delete_message(number: int) -> Response:
        with inspection.store.write() as writer:
            if not writer.delete_captured_id(_in_range(number)):
                raise NotFound(f"There is no message {number}.")
        return jsonify(deleted=1)

    @api.get("/messages/<int:number>/raw")
    def raw(number: int) -> Response:
        mail = _captured(inspection, number)
        # A browser must never render it: message/rfc822 is saved, not shown.
        return _download(mail.raw, "message/rfc822", f"{number}.eml")

    @api.get("/messages/<int:number>/attachments/<int:part>")
    def attachment(number: int, part: int) -> Response:
        parts = read(_captured(inspection, number).raw).attachments
        if part >= len(parts):
            raise NotFound(f"Message {number} has no attachment {part}.")
        return _download(parts[part].content, "application/octet-stream", parts[part].file_name or f"part-{part}")

    @api.get("/requests")
    def requests() -> Response:
        limit = _whole("limit", _PAGE, 1, 2000)
        assert limit is not None
        entries = inspection.journal.recent(
            limit,
            account=request.args.get("account"),
            region=request.args.get("region"),
            accepted=_flag("accepted"),
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
        inspection.set_clock(_new_offset(inspection, _json()))
        return jsonify(now=shapes.instant(inspection.clock.now()))

    @api.get("/identities/<path:name>")
    def identity(name: str) -> Response:
        return _identity(inspection.identities.get(_scope(), name), name)

    @api.post("/identities/<path:name>/verify")
    def verify(name: str) -> Response:
        return _identity(inspection.identities.mark_verified(_scope(), name), name)

    @api.post("/identities/<path:name>/publish")
    def publish(name: str) -> Response:
        """Publishes the identity's records in the world's zone: ``records=dkim`` (default), ``mail_from``,
        ``verification`` or ``all``."""
        what = request.args.get("records", "dkim")
        if what not in _PUBLISHED:
            raise BadRequest(f"records must be one of {', '.join(_PUBLISHED)}.")
        if inspection.identities.publish(_scope(), name, what) is None:
            raise NotFound(f"There is no identity {name} in this account and region.")
        inspection.zone_changed()
        return _identity(inspection.identities.get(_scope(), name), name)

    @api.get("/dns/records")
    def records() -> Response:
        name, kind = request.args.get("name"), request.args.get("type")
        with inspection.store.read() as reader:
            found = reader.records() if name is None else reader.records_at(name.rstrip(".").lower())
        return jsonify(records=[shapes.record(one) for one in found if kind is None or one.type == kind.upper()])

    @api.put("/dns/records")
    def put_records() -> Response:
        """One record ``{"name","type","value","ttl"}``, or ``{"records":[…]}``."""
        given = _json()
        wanted = given.get("records", [given])
        if not isinstance(wanted, list):
            raise BadRequest("records must be a list.")
        made = [_record(one) for one in wanted]
        with inspection.store.write() as writer:
            _refuse_cname_conflict(made, writer.records_at)
            writer.put_records(made)
        inspection.zone_changed()
        return jsonify(records=[shapes.record(one) for one in made])

    @api.delete("/dns/records")
    def delete_records() -> Response:
        name = request.args.get("name")
        if not name:
            raise BadRequest("name says which records to delete.")
        kind = request.args.get("type")
        with inspection.store.write() as writer:
            deleted = writer.delete_records(
                name.rstrip(".").lower(), kind.upper() if kind else None, request.args.get("value")
            )
        inspection.zone_changed()
        return jsonify(deleted=deleted)

    @api.get("/dns/queries")
    def queries() -> Response:
        limit = _whole("limit", _PAGE, 1, _MOST)
        assert limit is not None
        return jsonify(
            queries=[
                {
                    "at": shapes.instant(query.at),
                    "client": query.client,
                    "protocol": query.proto,
                    "name": query.name,
                    "type": query.type,
                    "status": query.status,
                }
                for query in inspection.queries.recent(limit)
            ]
        )

    @api.route("/", defaults={"rest": ""}, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    @api.route("/<path:rest>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def nothing(rest: str) -> Response:
        raise NotFound(f"There is no /_ses/api/{rest} for {request.method}.")

    return api


def error(status: int, code: str, message: str) -> tuple[Response, int]:
    """The one shape of a refusal."""
    return jsonify(error={"code": code, "message": message}), status


# --- input --------------------------------------------------------------------------------------


def _filter(*, before: int | None = None, after: int | None = None) -> MessageFilter:
    values = {name: request.args.get(name) for name in _FILTERS}
    for name, value in values.items():
        if value is not None and ("\x00" in value or len(value) > 1000):
            raise BadRequest(f"{name} is no text to look for.")
    return MessageFilter(
        to=values["to"],
        from_=values["from"],
        subject=values["subject"],
        text=values["text"],
        q=values["q"],
        message_id=values["message_id"],
        region=values["region"],
        account=values["account"],
        after=after,
        before=before,
    )


def _whole(name: str, default: int | None, least: int, most: int = 2**62) -> int | None:
    value = request.args.get(name)
    if value is None or (value == "" and default is None):
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most):
        raise BadRequest(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def _seconds(name: str, default: float, least: float, most: float) -> float:
    value = request.args.get(name)
    if value is None:
        return default
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not least <= seconds <= most:
        raise BadRequest(f"{name} must be a number of seconds from {least:g} to {most:g}.")
    return seconds


def _flag(name: str) -> bool | None:
    value = request.args.get(name)
    if value is None:
        return None
    if value not in ("true", "false"):
        raise BadRequest(f"{name} must be true or false.")
    return value == "true"


def _json() -> dict[str, Any]:
    try:
        given = request.get_json(force=True)
    except RecursionError:
        given = None
    if not isinstance(given, dict):
        raise BadRequest("The body must be a JSON object.")
    return given


def _scope() -> Scope:
    return Scope(request.args.get("account", DEFAULT_ACCOUNT), request.args.get("region", DEFAULT_REGION))


def _account_to_reset() -> str | None:
    account = request.args.get("account")
    if account is None and request.get_data():
        given = _json().get("account")
        if given is not None and not isinstance(given, str):
            raise BadRequest("account must be a string.")
        account = given
    if account is None and "Authorization" in request.headers:
        try:
            access_key = sigv4.read(dict(request.headers), "").access_key
        except Fault as fault:
            raise BadRequest(fault.message or "The signature cannot be read.") from fault
        account = sigv4.account_of(access_key, DEFAULT_ACCOUNT)
    return account


def _new_offset(inspection: Inspection, given: dict[str, Any]) -> float:
    """The clock's offset that ``{"advance_seconds"}``, ``{"now"}`` or ``{"reset":true}`` asks for."""
    clock = inspection.clock
    match given:
        case {"reset": True}:
            return 0.0
        case {"advance_seconds": int() | float() as seconds} if not isinstance(seconds, bool):
            target = clock.now() + float(seconds) if -_LATEST < seconds < _LATEST else math.nan
        case {"now": str() as text}:
            try:
                wanted = datetime.fromisoformat(text)
            except ValueError as problem:
                raise BadRequest(f"now must be an ISO 8601 time: {problem}.") from problem
            target = (wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)).timestamp()
        case _:
            raise BadRequest('Give {"advance_seconds": n}, {"now": "2026-01-01T00:00:00Z"} or {"reset": true}.')
    if not 0 <= target <= _LATEST - 366 * 86400:
        raise BadRequest("The clock must stay between 1970 and 9998.")
    return target - clock.now() + clock.offset


def _record(given: object) -> Record:
    if not isinstance(given, dict):
        raise BadRequest("A record is a JSON object with name, type, value and ttl.")
    name, kind, value, ttl = (given.get(key) for key in ("name", "type", "value", "ttl"))
    if not (isinstance(name, str) and isinstance(kind, str) and isinstance(value, str)):
        raise BadRequest("name, type and value of a record must be strings.")
    if ttl is None:
        ttl = 300
    if not isinstance(ttl, int) or isinstance(ttl, bool):
        raise BadRequest("ttl must be a whole number of seconds.")
    try:
        return parse_record(name, kind, value, ttl)
    except ValueError as problem:
        raise BadRequest(str(problem)) from problem


def _refuse_cname_conflict(made: list[Record], records_at: Callable[[str], Iterable[Record]]) -> None:
    """A CNAME stands alone at its name (RFC 1034 3.6.2)."""
    for one in made:
        beside = [*records_at(one.name), *(other for other in made if other.name == one.name)]
        others = [
            other
            for other in beside
            if (other.type == "CNAME") != (one.type == "CNAME") or (one.type == "CNAME" and other.value != one.value)
        ]
        if others:
            raise BadRequest(f"{one.name} cannot have a CNAME beside other records (there is {others[0].type}).")


# --- output -------------------------------------------------------------------------------------


def _in_range(number: int) -> int:
    if number >= 2**62:
        raise NotFound(f"There is no message {number}.")
    return number


def _captured(inspection: Inspection, number: int) -> Captured:
    with inspection.store.read() as reader:
        mail = reader.captured(_in_range(number))
    if mail is None:
        raise NotFound(f"There is no message {number}.")
    return mail


def _whole_message(inspection: Inspection, mail: Captured) -> shapes.Json:
    with inspection.store.read() as reader:
        deliveries = list(reader.deliveries(mail.message_id)) if mail.message_id else []
    return shapes.message(mail, deliveries)


def _wait_for(inspection: Inspection, wanted: MessageFilter, timeout: float) -> Captured:
    deadline = monotonic() + timeout
    while True:
        count = inspection.arrivals.count()
        with inspection.store.read() as reader:
            found = reader.search(wanted, 1)
            mail = reader.captured(found[0].id) if found else None
        if mail is not None:
            return mail
        left = deadline - monotonic()
        if left <= 0:
            raise NotFound(f"No such mail came within {timeout:g} s.")
        inspection.arrivals.wait_beyond(count, left)


def _identity(identity: Identity | None, name: str) -> Response:
    if identity is None:
        raise NotFound(f"There is no identity {name} in this account and region.")
    return jsonify(shapes.identity(identity, needed(identity)))


def _download(content: bytes, content_type: str, name: str) -> Response:
    response = Response(content, content_type=content_type)
    safe = "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in " ._-")) or "part"
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response
