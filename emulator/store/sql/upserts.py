"""The inserts that say ON CONFLICT. Both databases spell them alike, but SQLAlchemy has a class for each, so they are
built once per store, by the dialect in use; every other statement is a constant above its collection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Executable, Table, bindparam, func, select

from emulator.store.sql.schema import account, captured, document, identity, outbound, world

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


@dataclass(frozen=True, slots=True)
class Upserts:
    new_account: Executable
    account: Executable
    identity: Executable
    document: Executable
    world: Executable
    capture: Executable


def upserts(dialect: str) -> Upserts:
    """``dialect``: sqlite or postgresql."""
    return Upserts(
        new_account=_insert(dialect, account).on_conflict_do_nothing(),
        account=_replacing(dialect, account),
        identity=_replacing(dialect, identity),
        document=_replacing(dialect, document),
        world=_replacing(dialect, world),
        capture=_capture(dialect),
    )


def _insert(dialect: str, table: Table) -> SqliteInsert | PostgresqlInsert:
    statement: SqliteInsert | PostgresqlInsert
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        statement = postgresql_insert(table)
    else:
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        statement = sqlite_insert(table)
    return statement.values(
        {column.name: bindparam(column.name) for column in table.columns if column is not table.c.get("id")}
    )


def _replacing(dialect: str, table: Table) -> Executable:
    statement = _insert(dialect, table)
    keys = list(table.primary_key.columns)
    rest: dict[Any, Any] = {
        column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def _capture(dialect: str) -> Executable:
    """A mail that does not say whose it is belongs to whoever sent the message of its id."""
    sender = outbound.c.message_id == bindparam("message_id")
    return (
        _insert(dialect, captured)
        .values(
            account=func.coalesce(
                bindparam("account", type_=captured.c.account.type),
                select(outbound.c.account).where(sender).scalar_subquery(),
            ),
            region=func.coalesce(
                bindparam("region", type_=captured.c.region.type),
                select(outbound.c.region).where(sender).scalar_subquery(),
            ),
        )
        .on_conflict_do_nothing(index_elements=[captured.c.delivery_key])
        .returning(captured.c.id)
    )
