"""Emptying the store, of everything or of one account."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BindParameter, bindparam, delete, select

from emulator.store.sql.identities import COLUMNS as IDENTITY_COLUMNS
from emulator.store.sql.identities import Identities
from emulator.store.sql.records import COLUMNS as RECORD_COLUMNS
from emulator.store.sql.records import Records, record_of
from emulator.store.sql.schema import account, captured, delivery, identity, outbound, record, world
from emulator.values import Identity, Record, Scope

_OF_ACCOUNT: BindParameter[str] = bindparam("account")


class Forgetting(Identities, Records):
    # The account's rows first: whoever is accepting a mail holds one of them, and is waited for.
    _everything = tuple(delete(table) for table in (account, delivery, outbound, captured, identity, record))
    _of_account = (
        delete(account).where(account.c.account == _OF_ACCOUNT),
        delete(delivery).where(
            delivery.c.outbound_id.in_(select(outbound.c.id).where(outbound.c.account == _OF_ACCOUNT))
        ),
        delete(outbound).where(outbound.c.account == _OF_ACCOUNT),
        delete(captured).where(captured.c.account == _OF_ACCOUNT),
        delete(identity).where(identity.c.account == _OF_ACCOUNT),
    )
    _passing_world = delete(world).where(world.c.key != "secret", world.c.key.notlike("%\\_key", escape="\\"))
    _its_identities = select(*IDENTITY_COLUMNS).where(identity.c.account == _OF_ACCOUNT)
    _other_identities = select(*IDENTITY_COLUMNS).where(identity.c.account != _OF_ACCOUNT)
    _made_for_identities = select(record.c.id, *RECORD_COLUMNS).where(record.c.origin.in_(("publish", "ses")))
    _delete_record = delete(record).where(record.c.id == bindparam("of_id"))

    def forget(self, scope: Scope | None = None) -> None:
        self._lock_records()
        if scope is None:
            for statement in self._everything:
                self._connection.execute(statement)
            self._connection.execute(self._passing_world)
            self._connection.execute(self._count_up)
            return
        of = {"account": scope.account}
        self._forget_records(of)
        for statement in self._of_account:
            self._connection.execute(statement, of)

    def _forget_records(self, of: dict[str, str]) -> None:
        gone = [self._identity(row) for row in self._connection.execute(self._its_identities, of)]
        if not gone:
            return
        staying = (self._identity(row) for row in self._connection.execute(self._other_identities, of))
        claims = Claims(gone, staying)
        numbers = [
            row.id
            for row in self._connection.execute(self._made_for_identities)
            if claims.forgotten(record_of(row[1:]))
        ]
        if numbers:
            self._connection.execute(self._delete_record, [{"of_id": number} for number in numbers])
            self._connection.execute(self._count_up)


class Claims:
    """Which identity a record was made for.

    A record that holds one of an identity's tokens is that identity's. Any other belongs to the nearest domain above
    it that is an identity or a MAIL FROM; what two accounts share stays as long as one of them is there.
    """

    def __init__(self, gone: list[Identity], staying: Iterator[Identity]) -> None:
        self._tokens = {token for one in gone for token in _tokens(one)}
        self._domains = {domain for one in gone for domain in _domains(one)}
        self._kept_tokens: set[str] = set()
        self._kept_domains: set[str] = set()
        for one in staying:
            self._kept_tokens.update(_tokens(one))
            self._kept_domains.update(_domains(one))

    def forgotten(self, record: Record) -> bool:
        words = {record.name.partition(".")[0], record.value.partition(".")[0], record.value}
        if words & self._kept_tokens:
            return False
        if words & self._tokens:
            return True
        domain = record.name
        while domain:
            if domain in self._kept_domains:
                return False
            if domain in self._domains:
                return True
            domain = domain.partition(".")[2]
        return False


def _tokens(identity: Identity) -> Iterator[str]:
    yield from identity.dkim.tokens
    if identity.verification.token:
        yield identity.verification.token


def _domains(identity: Identity) -> Iterator[str]:
    if "@" not in identity.name:
        yield identity.name
    if identity.mail_from.domain is not None:
        yield identity.mail_from.domain
