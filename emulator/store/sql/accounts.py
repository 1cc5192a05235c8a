"""Accounts and the few single values of the world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, union, update

from emulator.store.sql import codec
from emulator.store.sql.collection import Collection
from emulator.store.sql.schema import account, identity, world
from emulator.values import Account, Scope

_COLUMNS = (
    account.c.account,
    account.c.region,
    account.c.production,
    account.c.sending_enabled,
    account.c.sent_total,
    account.c.bucket_level,
    account.c.bucket_at,
    account.c.details,
)
_ONE = select(*_COLUMNS).where(account.c.account == bindparam("account"), account.c.region == bindparam("region"))
_LOCKED = _ONE.with_for_update()
_ALL = select(*_COLUMNS).order_by(account.c.account, account.c.region)
_SCOPES = union(select(account.c.account, account.c.region), select(identity.c.account, identity.c.region)).order_by(
    "account", "region"
)
_UPDATE = (
    update(account)
    .where(account.c.account == bindparam("of_account"), account.c.region == bindparam("of_region"))
    .values(
        {
            name: bindparam(name)
            for name in ("production", "sending_enabled", "sent_total", "bucket_level", "bucket_at", "details")
        }
    )
)
_WORLD = select(world.c.value).where(world.c.key == bindparam("key"))


class Accounts(Collection):
    def account(self, scope: Scope) -> Account | None:
        row = self._run(_ONE, {"account": scope.account, "region": scope.region}).fetchone()
        return None if row is None else _account(row)

    def accounts(self) -> Sequence[Account]:
        return [_account(row) for row in self._run(_ALL)]

    def scopes(self) -> Sequence[Scope]:
        return [Scope(*row) for row in self._connection.execute(_SCOPES)]

    def account_for_update(self, scope: Scope) -> Account:
        """SQLite has one writer at a time, so there the lock is the transaction itself; PostgreSQL locks the row."""
        key = {"account": scope.account, "region": scope.region}
        row = self._run(_LOCKED, key).fetchone()
        if row is None:
            self._run(self._shared.upserts.new_account, _row(Account(scope, production=self._shared.production)))
            row = self._run(_LOCKED, key).fetchone()
        return _account(row)

    def save_account(self, account: Account) -> None:
        row = _row(account)
        found = self._run(_UPDATE, {"of_account": account.scope.account, "of_region": account.scope.region, **row})
        if found.rowcount == 0:
            self._run(self._shared.upserts.account, row)

    def world(self, key: str) -> str | None:
        row = self._run(_WORLD, {"key": key}).fetchone()
        return None if row is None else str(row[0])

    def set_world(self, key: str, value: str) -> None:
        self._run(self._shared.upserts.world, {"key": key, "value": value})


def _account(row: Sequence[Any]) -> Account:
    name, region, production, sending_enabled, sent_total, bucket_level, bucket_at, details = row
    return Account(
        Scope(name, region),
        bool(production),
        bool(sending_enabled),
        sent_total,
        bucket_level,
        bucket_at,
        codec.account_details(details),
    )


def _row(value: Account) -> dict[str, object]:
    return {
        "account": value.scope.account,
        "region": value.scope.region,
        "production": value.production,
        "sending_enabled": value.sending_enabled,
        "sent_total": value.sent_total,
        "bucket_level": value.bucket_level,
        "bucket_at": value.bucket_at,
        "details": codec.account_details_json(value.details),
    }
