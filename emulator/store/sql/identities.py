"""Identities: one row each, its state as JSON, with the columns by which it is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, delete, select

from emulator.store.sql import codec
from emulator.store.sql.collection import Collection
from emulator.store.sql.schema import identity
from emulator.values import Identity, IdentityKind, Scope, Status

COLUMNS = (
    identity.c.account,
    identity.c.region,
    identity.c.name,
    identity.c.kind,
    identity.c.created_at,
    identity.c.body,
)
_IN_SCOPE = (identity.c.account == bindparam("account"), identity.c.region == bindparam("region"))
# How many names one statement asks for: far below what either database takes, far above what a mail needs.
_NAMES_AT_ONCE = 500


class Identities(Collection):
    _named = select(*COLUMNS).where(*_IN_SCOPE, identity.c.name.in_(bindparam("names", expanding=True)))
    _listed = select(*COLUMNS).where(*_IN_SCOPE).order_by(identity.c.name)
    _unsettled = select(*COLUMNS).where(identity.c.unsettled)
    _delete = delete(identity).where(*_IN_SCOPE, identity.c.name == bindparam("name"))

    def identities(self, scope: Scope, names: Iterable[str]) -> Sequence[Identity]:
        wanted = iter(dict.fromkeys(names))
        found: list[Identity] = []
        while batch := list(islice(wanted, _NAMES_AT_ONCE)):
            rows = self._connection.execute(
                self._named, {"account": scope.account, "region": scope.region, "names": batch}
            )
            found.extend(identity_of(row) for row in rows)
        return found

    def list_identities(
        self, scope: Scope, kind: IdentityKind | None = None, after: str | None = None, limit: int | None = None
    ) -> Sequence[Identity]:
        statement = self._listed
        if kind is not None:
            statement = statement.where(identity.c.kind == kind.value)
        if after is not None:
            statement = statement.where(identity.c.name > after)
        if limit is not None:
            statement = statement.limit(limit)
        rows = self._connection.execute(statement, {"account": scope.account, "region": scope.region})
        return [identity_of(row) for row in rows]

    def unsettled_identities(self) -> Sequence[Identity]:
        return [identity_of(row) for row in self._connection.execute(self._unsettled)]

    def identity_by_token(self, scope: Scope, name: str, token: str) -> Identity | None:
        found = self.identities(scope, (name,))
        return found[0] if found and token and found[0].verification.token == token else None

    def save_identity(self, identity: Identity) -> None:
        self._connection.execute(
            self._upserts.identity,
            {
                "account": identity.scope.account,
                "region": identity.scope.region,
                "name": identity.name,
                "kind": identity.kind.value,
                "created_at": identity.created_at,
                "unsettled": _is_unsettled(identity),
                "body": codec.identity_json(identity),
            },
        )

    def delete_identity(self, scope: Scope, name: str) -> bool:
        gone = self._connection.execute(self._delete, {"account": scope.account, "region": scope.region, "name": name})
        return gone.rowcount > 0


def _is_unsettled(identity: Identity) -> bool:
    return (
        identity.kind is IdentityKind.DOMAIN
        or identity.mail_from.domain is not None
        or bool(identity.dkim.tokens)
        or identity.verification.status is Status.PENDING
    )


def identity_of(row: Sequence[Any]) -> Identity:
    account, region, name, kind, created_at, body = row
    return Identity(Scope(account, region), name, IdentityKind(kind), created_at, *codec.identity_parts(body))
