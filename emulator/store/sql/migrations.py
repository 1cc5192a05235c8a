"""The schema and its version. A new database gets all tables at once, one of an older version is brought to this one
when it is opened, a newer one than this emulator knows is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, bindparam, column, func, insert, inspect, select, table, update
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from emulator.store.ports import StoreError
from emulator.store.sql import codec
from emulator.store.sql.index import Index
from emulator.store.sql.schema import (
    DELIVERY_UNHAPPY,
    DOCUMENT_RECEIVING,
    PARTIAL_INDEXES,
    SCHEMA_VERSION,
    captured,
    delivery,
    document,
    inbound,
    indexing,
    metadata,
    outbound,
    seen,
    sending_event,
    state,
)

# Any number, the same in every process that opens the database.
_OPENING_LOCK = 5_327_000
_BATCH = 100


def prepare(connection: Connection, index: Index) -> None:
    """Makes the tables when there are none, or brings them to this version. Runs within a write transaction, so of
    several processes that start on an empty database one makes them and the others find them. Raises ``StoreError``
    for a schema that is not ours."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_OPENING_LOCK)))
    if not inspect(connection).has_table(state.name):
        metadata.create_all(connection, checkfirst=False)
        for statement in PARTIAL_INDEXES:
            connection.exec_driver_sql(statement)
        _make_search(connection, index)
        connection.execute(insert(state).values(id=1, schema_version=SCHEMA_VERSION, dns_serial=1))
        return
    version = connection.execute(select(state.c.schema_version)).scalar_one()
    if version == 1:
        _from_1_to_2(connection, index)
        version = 2
    if version == 2:
        _from_2_to_3(connection)
    elif version != SCHEMA_VERSION:
        raise StoreError(
            f"the database has schema version {version}, this emulator knows version {SCHEMA_VERSION}: "
            + ("use a newer emulator, or another database" if version > SCHEMA_VERSION else "use another database")
        )


def _make_search(connection: Connection, index: Index) -> None:
    for statement in index.tables:
        connection.exec_driver_sql(statement)
    connection.execute(insert(indexing).values(id=1, up_to=0))


def _from_1_to_2(connection: Connection, index: Index) -> None:
    """Version 2 knows the dialogue of a delivery, who has read a mail, and documents; and it has a search index, which
    fills itself. How many attachments an older mail has stays unknown (0)."""
    _add(connection, delivery.c.dialogue)
    _add(connection, outbound.c.configuration_set)
    _add(connection, outbound.c.source_arn)
    _add(connection, outbound.c.tenant)
    if connection.dialect.name == "sqlite":
        _rebuild_captured(connection)
    else:
        _extend_captured(connection)
    for made in (seen, indexing, document):
        connection.execute(CreateTable(made))
    for one in document.indexes:
        connection.execute(CreateIndex(one))
    _make_search(connection, index)


def _from_2_to_3(connection: Connection) -> None:
    """Version 3 queues events, and knows of a mail what they tell of it; it counts rejected copies, and queues mail
    that SES receives."""
    _add(connection, outbound.c.source_ip)
    _add(connection, outbound.c.headers)
    _add(connection, outbound.c.destination)
    for made in (sending_event, inbound):
        connection.execute(CreateTable(made))
        for one in made.indexes:
            connection.execute(CreateIndex(one))
    connection.exec_driver_sql("DROP INDEX delivery_unhappy")
    connection.exec_driver_sql(DELIVERY_UNHAPPY)
    connection.exec_driver_sql(DOCUMENT_RECEIVING)
    connection.execute(update(state).values(schema_version=3))


def _rebuild_captured(connection: Connection) -> None:
    """SQLite adds columns behind the last, which is the mail itself, and would read through it to come to them. So
    the table is made anew; no id that it ever gave is given again."""
    for name in ("ix_captured_message_id", "captured_scope"):
        connection.exec_driver_sql(f"DROP INDEX {name}")
    connection.exec_driver_sql("ALTER TABLE captured RENAME TO captured_1")
    connection.execute(CreateTable(captured))
    former = table("captured_1", *(column(one.name, one.type) for one in captured.columns if one.name not in _ADDED))
    for rows in _batches(connection, former):
        connection.execute(insert(captured), [row | _derived(row) | {"attachments": 0} for row in rows])
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = 'captured'")
    connection.exec_driver_sql("UPDATE sqlite_sequence SET name = 'captured' WHERE name = 'captured_1'")
    connection.exec_driver_sql("DROP TABLE captured_1")
    for one in captured.indexes:
        connection.execute(CreateIndex(one))


def _extend_captured(connection: Connection) -> None:
    for name, default in _ADDED.items():
        _add(connection, captured.c[name], default)
    fill = update(captured).where(captured.c.id == bindparam("of_id"))
    former = table("captured", *(column(name) for name in ("id", "verdict", "text")))
    for rows in _batches(connection, former):
        connection.execute(fill, [{"of_id": row["id"]} | _derived(row) for row in rows])
    for name in _ADDED:
        connection.exec_driver_sql(f"ALTER TABLE captured ALTER COLUMN {name} DROP DEFAULT")


# With what stands in them until they are filled.
_ADDED = {"spf": "''", "dkim": "''", "dmarc": "''", "via": "NULL", "attachments": "0", "snippet": "''"}


def _add(connection: Connection, added: Column[Any], default: str | None = None) -> None:
    form = CreateColumn(added).compile(dialect=connection.dialect)
    filled = "" if default is None else f" DEFAULT {default}"
    connection.exec_driver_sql(f"ALTER TABLE {added.table.name} ADD COLUMN {form}{filled}")


def _derived(row: dict[str, Any]) -> dict[str, Any]:
    return {**codec.verdict_columns(codec.verdict(row["verdict"])), "snippet": codec.snippet(row["text"])}


def _batches(connection: Connection, rows_of: Any) -> Iterator[list[dict[str, Any]]]:
    """All rows by id, a bounded number in memory at once."""
    last = 0
    while True:
        some = select(rows_of).where(rows_of.c.id > last).order_by(rows_of.c.id).limit(_BATCH)
        rows = [dict(row) for row in connection.execute(some).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]
