"""``/dns``: the world's zone, to read and write, and who asked it what."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest

from emulator.dns.records import TYPES, check_record, normal_name, parse_record
from emulator.dns.responder import Asked
from emulator.http import asked, shapes
from emulator.http.inspection import Inspection
from emulator.values import Record

_PAGE = 50
_LONGEST_PAGE = 1000
_MOST_RECORDS = 1000
TTL = 300


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/dns/records")
    def records() -> Response:
        """All, or those of ``name`` and ``type``."""
        name, kind = _name(), _type()
        with inspection.store.read() as reader:
            found = reader.records() if name is None else reader.records_at(name)
        return jsonify(records=[shapes.record(one) for one in found if kind is None or one.type == kind])

    @api.put("/dns/records")
    def put_records() -> Response:
        """One record ``{"name","type","value","ttl"}``, or ``{"records":[…]}``: all of them or none. A record of the
        same name, type and value is replaced, others of that name and type stay."""
        wanted = [_record(given) for given in _given_records()]
        put(inspection, wanted)
        return jsonify(records=[shapes.record(one) for one in wanted])

    @api.delete("/dns/records")
    def delete_records() -> Response:
        """Those of ``name``, where given also of ``type`` and ``value``."""
        asked.nothing_but("name", "type", "value")
        name, kind, value = _name(), _type(), asked.text("value")
        if not name:
            raise BadRequest("name says which records to delete.")
        if kind is not None and value is not None:
            value = parsed(name, kind, value, TTL).value
        return jsonify(deleted=remove(inspection, name, kind, value))

    @api.get("/dns/queries")
    def queries() -> Response:
        """Newest first."""
        limit = asked.whole("limit", _PAGE, 1, _LONGEST_PAGE)
        return jsonify(queries=[_query(one) for one in inspection.queries.recent(limit)])


def put(inspection: Inspection, wanted: Sequence[Record]) -> None:
    """All of ``wanted`` or none: raises 400 where one may not stand beside the others. What follows from them has been
    drawn when this returns."""
    with inspection.store.write() as writer:
        for one in wanted:
            beside = [*writer.records_at(one.name), *(other for other in wanted if other is not one)]
            try:
                check_record(one, beside)
            except ValueError as problem:
                raise BadRequest(str(problem)) from problem
        writer.put_records(wanted)
    inspection.zone_changed()


def remove(inspection: Inspection, name: str, kind: str | None, value: str | None) -> int:
    """How many were there. What follows from it has been drawn when this returns."""
    with inspection.store.write() as writer:
        deleted = writer.delete_records(name, kind, value)
    inspection.zone_changed()
    return deleted


def _name() -> str | None:
    name = asked.text("name")
    if name is None:
        return None
    try:
        return normal_name(name)
    except ValueError as problem:
        raise BadRequest(str(problem)) from problem


def _type() -> str | None:
    kind = asked.text("type")
    if kind is None:
        return None
    if kind.upper() not in TYPES:
        raise BadRequest(f"type must be one of {', '.join(TYPES)}.")
    return kind.upper()


def _given_records() -> list[object]:
    given = asked.json_object()
    wanted = given.get("records", [given])
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= _MOST_RECORDS:
        raise BadRequest(f"records must be a list of 1 to {_MOST_RECORDS} records.")
    return wanted


def _record(given: object) -> Record:
    if not isinstance(given, dict):
        raise BadRequest("A record is a JSON object with name, type, value and ttl.")
    ttl = given.get("ttl")
    return parsed(given.get("name"), given.get("type"), given.get("value"), TTL if ttl is None else ttl)


def parsed(name: object, kind: object, value: object, ttl: object) -> Record:
    """A record of whatever was given, in the world's spelling; 400 where it is none."""
    try:
        return parse_record(name, kind, value, ttl)  # type: ignore[arg-type]  # it looks at the types itself
    except ValueError as problem:
        raise BadRequest(str(problem)) from problem


def _query(one: Asked) -> shapes.Json:
    return {
        "at": shapes.instant(one.at),
        "client": one.client,
        "protocol": one.proto,
        "name": one.name,
        "type": one.type,
        "status": one.status,
    }
