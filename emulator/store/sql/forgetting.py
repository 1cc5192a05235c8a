"""Emptying the store, of everything or of one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import BindParameter, Executable, bindparam, delete, or_, select

from emulator.store.sql.identities import COLUMNS as IDENTITY_COLUMNS
from emulator.store.sql.identities import Identities
from emulator.store.sql.records import COLUMNS as RECORD_COLUMNS
from emulator.store.sql.records import COUNT_UP, Records, record_of
from emulator.store.sql.schema import (
    account,
    captured,
    delivery,
    document,
    identity,
    inbound,
    outbound,
    record,
    sending_event,
    world,
)
from emulator.store.sql.shelf import Shelf
from emulator.values import Identity, Record, Scope

_account: BindParameter[str] = bindparam("account")
# The accounts first: whoever is accepting a mail holds one of them, and is waited for. Then captured mails. Identities
# before the records' serial, and that before the records: as whoever changes an identity and its records takes them.
_ALL_SENT: Sequence[Executable] = [delete(table) for table in (account, sending_event, delivery, outbound, inbound)]
_ALL_ELSE: Sequence[Executable] = [
    delete(identity),
    delete(document),
    COUNT_UP,
    delete(record),
    delete(world).where(world.c.key != "secret", world.c.key.notlike("%\\_key", escape="\\")),
]
_ITS_SENT: Sequence[Executable] = [
    delete(account).where(account.c.account == _account),
    delete(delivery).where(delivery.c.outbound_id.in_(select(outbound.c.id).where(outbound.c.account == _account))),
    delete(outbound).where(outbound.c.account == _account),
    delete(inbound).where(inbound.c.account == _account),
    delete(document).where(document.c.account == _account),
]
_FORGET_ITS_IDENTITIES = delete(identity).where(identity.c.account == _account)
_ITS_IDENTITIES = select(*IDENTITY_COLUMNS).where(identity.c.account == _account)
_IDENTITIES = select(*IDENTITY_COLUMNS)
_MADE_FOR_IDENTITIES = select(record.c.id, *RECORD_COLUMNS).where(
    or_(record.c.origin == "publish", record.c.origin == "ses")
)
_DELETE_RECORD = delete(record).where(record.c.id == bindparam("of_id"))


class Forgetting(Identities, Records, Shelf):
    def forget(self, scope: Scope | None = None) -> None:
        if scope is None:
            for statement in _ALL_SENT:
                self._run(statement)
            self._take_away([[]])
            for statement in _ALL_ELSE:
                self._run(statement)
            return
        of = {"account": scope.account}
        identities = [self._identity(row) for row in self._run(_ITS_IDENTITIES, of)]
        for statement in _ITS_SENT:
            self._run(statement, of)
        self._take_away([[captured.c.account == scope.account]])
        self._run(_FORGET_ITS_IDENTITIES, of)
        if identities:
            self._forget_records(identities)

    def _forget_records(self, gone: list[Identity]) -> None:
        self._lock_records()
        staying = (self._identity(row) for row in self._run(_IDENTITIES))
        claims = Claims(gone, staying)
        numbers = [row[0] for row in self._run(_MADE_FOR_IDENTITIES) if claims.forgotten(record_of(row[1:]))]
        if numbers:
            self._run_all(_DELETE_RECORD, [{"of_id": number} for number in numbers])
            self._run(COUNT_UP)


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
