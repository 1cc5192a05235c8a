"""``/dns``: the world's zone, to read and write, and who asked it what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest

from emulator.dns.records import TYPES, check_record, normal_name, parse_record
from emulator.http import asked, shapes
from emulator.http.described import Described, Limit, Text
from emulator.http.inspection import Inspection
from emulator.http.json_types import Deleted, DnsQuery, DnsRecord, GivenRecord
from emulator.values import Record

_MOST_RECORDS = 1000
TTL = 300

NAME = Text("name", "of the record; in any case, with or without a final dot", example="www.example.com")
TYPE = Text("type", "of the record", one_of=TYPES)
VALUE = Text("value", "of the record, in presentation form")
LIMIT = Limit(default=50, most=1000)


class Records(TypedDict):
    records: list[DnsRecord]


class GivenRecords(TypedDict):
    """Several at once: all of them or none."""

    records: Annotated[list[GivenRecord], ("minItems", 1), ("maxItems", _MOST_RECORDS)]


class Queries(TypedDict):
    queries: list[DnsQuery]


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/dns/records")
    @Described(Records, parameters=(NAME, TYPE), errors=(400,))
    def records() -> Response:
        """List the records of the world's zone.

        All, or those of `name` and `type`. What SES itself publishes at amazonses.com is not among them.
        """
        name, kind = _name(), _type()
        with inspection.store.read() as reader:
            found = reader.records() if name is None else reader.records_at(name)
        return jsonify(records=[shapes.record(one) for one in found if kind is None or one.type == kind])

    @api.put("/dns/records")
    @Described(Records, body=GivenRecord | GivenRecords, errors=(400,))
    def put_records() -> Response:
        """Put records into the world's zone.

        All of them or none. A record of the same name, type and value is replaced, others of that name and type stay.
        What follows for identities is there when this answers.
        """
        wanted = [_record(given) for given in _given_records()]
        put(inspection, wanted)
        return jsonify(records=[shapes.record(one) for one in wanted])

    @api.delete("/dns/records")
    @Described(Deleted, parameters=(NAME, TYPE, VALUE), errors=(400,))
    def delete_records() -> Response:
        """Delete records from the world's zone.

        Those of `name`, which must be given, where given also of `type` and `value`. Other parameters are refused.
        """
        asked.nothing_but("name", "type", "value")
        name, kind, value = _name(), _type(), VALUE.read()
        if not name:
            raise BadRequest("name says which records to delete.")
        if kind is not None and value is not None:
            value = parsed(name, kind, value, TTL).value
        return jsonify(deleted=remove(inspection, name, kind, value))

    @api.get("/dns/queries")
    @Described(Queries, parameters=(LIMIT,), errors=(400,))
    def queries() -> Response:
        """List what the world's DNS was asked, newest first."""
        return jsonify(queries=[shapes.dns_query(one) for one in inspection.queries.recent(LIMIT.read())])


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
    name = NAME.read()
    if name is None:
        return None
    try:
        return normal_name(name)
    except ValueError as problem:
        raise BadRequest(str(problem)) from problem


def _type() -> str | None:
    kind = TYPE.read()
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
