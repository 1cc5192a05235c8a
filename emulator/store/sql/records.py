"""The world's DNS records.

A change locks the serial's row first, so changes come one after another on both databases and the serial never
repeats. That is also why no index has to keep (name, type, value) unique: a TXT value may be longer than PostgreSQL
can index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from emulator.store.sql.collection import Collection
from emulator.store.sql.schema import record, state
from emulator.values import Record

COLUMNS = (record.c.name, record.c.type, record.c.value, record.c.ttl, record.c.origin)
_AT = select(*COLUMNS).where(record.c.name == bindparam("name")).order_by(record.c.type, record.c.value)
_BELOW = select(record.c.id).where(record.c.path >= bindparam("first"), record.c.path < bindparam("end")).limit(1)
_ALL_RECORDS = select(*COLUMNS).order_by(record.c.name, record.c.type, record.c.value)
_OWNED_BY = or_(
    record.c.origin == bindparam("origin"),
    (record.c.origin >= bindparam("first_part")) & (record.c.origin < bindparam("parts_end")),
)
_OWNED = select(*COLUMNS).where(_OWNED_BY)
_DELETE_OWNED = delete(record).where(_OWNED_BY)
_SERIAL = select(state.c.dns_serial)
_SERIAL_LOCKED = _SERIAL.with_for_update()
COUNT_UP = update(state).values(dns_serial=state.c.dns_serial + 1)
_DELETE_SAME = delete(record).where(
    record.c.name == bindparam("of_name"),
    record.c.type == bindparam("of_type"),
    record.c.value == bindparam("of_value"),
)
_ADD_RECORD = insert(record).inline()
_DELETE_AT = delete(record).where(record.c.name == bindparam("name"))


class Records(Collection):
    def records_at(self, name: str) -> Sequence[Record]:
        return [record_of(row) for row in self._run(_AT, {"name": name})]

    def name_exists_below(self, name: str) -> bool:
        path = _path(name)
        # "com.example." up to, but not including, "com.example/": "/" is the character after ".".
        end = path[:-1] + "/" if path else "\U0010ffff"
        return self._run(_BELOW, {"first": path, "end": end}).fetchone() is not None

    def records(self) -> Sequence[Record]:
        return [record_of(row) for row in self._run(_ALL_RECORDS)]

    def dns_serial(self) -> int:
        return int(self._run(_SERIAL).fetchone()[0])

    def put_records(self, records: Iterable[Record]) -> None:
        new = _unique(records)
        if new:
            self._lock_records()
            self._put(new)
            self._run(COUNT_UP)

    def delete_records(self, name: str, type: str | None = None, value: str | None = None) -> int:
        statement = _DELETE_AT
        if type is not None:
            statement = statement.where(record.c.type == type)
        if value is not None:
            statement = statement.where(record.c.value == value)
        self._lock_records()
        gone = self._connection.execute(statement, {"name": name}).rowcount
        if gone:
            self._run(COUNT_UP)
        return gone

    def replace_origin(self, origin: str, records: Iterable[Record]) -> bool:
        new = _unique(records)
        for one in new:
            if one.origin != origin and not one.origin.startswith(f"{origin}:"):
                raise ValueError(f"a record of origin {one.origin!r} cannot be one of {origin!r}")
        self._lock_records()
        owned = {"origin": origin, "first_part": f"{origin}:", "parts_end": f"{origin};"}
        if {record_of(row) for row in self._run(_OWNED, owned)} == set(new):
            return False
        self._run(_DELETE_OWNED, owned)
        self._put(new)
        self._run(COUNT_UP)
        return True

    def _lock_records(self) -> None:
        self._run(_SERIAL_LOCKED).fetchone()

    def _put(self, records: Sequence[Record]) -> None:
        if not records:
            return
        self._run_all(
            _DELETE_SAME, [{"of_name": one.name, "of_type": one.type, "of_value": one.value} for one in records]
        )
        self._run_all(
            _ADD_RECORD,
            [
                {
                    "name": one.name,
                    "path": _path(one.name),
                    "type": one.type,
                    "value": one.value,
                    "ttl": one.ttl,
                    "origin": one.origin,
                }
                for one in records
            ],
        )


def _path(name: str) -> str:
    return ".".join(reversed(name.split("."))) + "." if name else ""


def _unique(records: Iterable[Record]) -> list[Record]:
    """The last of each name, type and value."""
    return list({(one.name, one.type, one.value): one for one in records}.values())


def record_of(row: Sequence[Any]) -> Record:
    return Record(*row)
