"""Identities: one row each, its state as JSON, with the columns by which it is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, select

from emulator.store.sql import codec
from emulator.store.sql.collection import Collection
from emulator.store.sql.schema import UNSETTLED, identity
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
# Statements for one name, for what a mail to one recipient asks, for a few such mails together and for fifty
# recipients: an IN of varying length would be another statement each time, which costs more than places left empty.
_SIZES = (1, 4, 12, 120)


def _named(size: int) -> Select[Any]:
    places = [bindparam(f"name{n}", type_=identity.c.name.type) for n in range(size)]
    return select(*COLUMNS).where(*_IN_SCOPE, identity.c.name.in_(places))


_NAMED = tuple((size, tuple(f"name{n}" for n in range(size)), _named(size)) for size in _SIZES)
_LISTED = select(*COLUMNS).where(*_IN_SCOPE).order_by(identity.c.name)
_UNSETTLED = select(*COLUMNS).where(UNSETTLED)
_LOCKED = select(*COLUMNS).where(*_IN_SCOPE, identity.c.name == bindparam("name")).with_for_update()
# Any number that no other lock has as its first.
_NAMES_LOCK = 5_327_002
_DELETE = delete(identity).where(*_IN_SCOPE, identity.c.name == bindparam("name"))


class Identities(Collection):
    def identities(self, scope: Scope, names: Iterable[str]) -> Sequence[Identity]:
        wanted = list(dict.fromkeys(names))
        found: list[Identity] = []
        while wanted:
            size, places, statement = next((one for one in _NAMED if one[0] >= len(wanted)), _NAMED[-1])
            batch, wanted = wanted[:size], wanted[size:]
            batch += batch[-1:] * (size - len(batch))
            of = dict(zip(places, batch, strict=True), account=scope.account, region=scope.region)
            found.extend(self._identity(row) for row in self._run(statement, of))
        return found

    def list_identities(
        self, scope: Scope, kind: IdentityKind | None = None, after: str | None = None, limit: int | None = None
    ) -> Sequence[Identity]:
        statement = _LISTED
        if kind is not None:
            statement = statement.where(identity.c.kind == kind.value)
        if after is not None:
            statement = statement.where(identity.c.name > after)
        rows = self._connection.execute(statement.limit(limit), {"account": scope.account, "region": scope.region})
        return [self._identity(tuple(row)) for row in rows]

    def unsettled_identities(self) -> Sequence[Identity]:
        return [self._identity(row) for row in self._run(_UNSETTLED)]

    def identity_for_update(self, scope: Scope, name: str) -> Identity | None:
        self._alone_with(_NAMES_LOCK, scope.account, scope.region, name)
        row = self._run(_LOCKED, {"account": scope.account, "region": scope.region, "name": name}).fetchone()
        return None if row is None else self._identity(row)

    def save_identity(self, identity: Identity) -> None:
        self._run(
            self._shared.upserts.identity,
            {
                "account": identity.scope.account,
                "region": identity.scope.region,
                "name": identity.name,
                "kind": identity.kind.value,
                "created_at": identity.created_at,
                "unsettled": int(_is_unsettled(identity)),
                "body": codec.identity_json(identity),
            },
        )

    def delete_identity(self, scope: Scope, name: str) -> bool:
        gone = self._run(_DELETE, {"account": scope.account, "region": scope.region, "name": name})
        return gone.rowcount > 0

    def _identity(self, row: tuple[Any, ...]) -> Identity:
        return self._shared.identity(row)


def identity_of(row: tuple[Any, ...]) -> Identity:
    """Of the columns of ``COLUMNS``."""
    account, region, name, kind, created_at, body = row
    return Identity(Scope(account, region), name, IdentityKind(kind), created_at, **codec.identity_parts(body))


def _is_unsettled(identity: Identity) -> bool:
    return (
        identity.kind is IdentityKind.DOMAIN
        or identity.mail_from.domain is not None
        or bool(identity.dkim.tokens)
        or identity.verification.status is Status.PENDING
    )
