"""The schema and its version. A new database gets all tables at once; a newer one than this emulator knows is left
alone. There is one version so far, so nothing is ever converted.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, inspect, select

from emulator.store.ports import StoreError
from emulator.store.sql.schema import PARTIAL_INDEXES, SCHEMA_VERSION, metadata, state

# Any number, the same in every process that opens the database.
_OPENING_LOCK = 5_327_000


def prepare(connection: Connection) -> None:
    """Makes the tables when there are none. Runs within a write transaction, so of several processes that start on
    an empty database one makes them and the others find them. Raises ``StoreError`` for a schema that is not ours."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_OPENING_LOCK)))
    if not inspect(connection).has_table(state.name):
        metadata.create_all(connection, checkfirst=False)
        for index in PARTIAL_INDEXES:
            connection.exec_driver_sql(index)
        connection.execute(insert(state).values(id=1, schema_version=SCHEMA_VERSION, dns_serial=1))
        return
    version = connection.execute(select(state.c.schema_version)).scalar_one()
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"the database has schema version {version}, this emulator knows version {SCHEMA_VERSION}: "
            + ("use a newer emulator, or another database" if version > SCHEMA_VERSION else "use another database")
        )
