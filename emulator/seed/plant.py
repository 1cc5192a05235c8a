"""Makes what seeds say, in a store: what is missing. What is there already is left as it is, so a kept state goes
before its seeds, and comes back to them when it is reset."""

from __future__ import annotations

import logging
from dataclasses import replace
from threading import Lock

from emulator import ids
from emulator.dns.records import check_record
from emulator.mail.sign import make_key
from emulator.policy.dns_records import dkim_key_records
from emulator.post.dkim_keys import public_key, public_key_of
from emulator.post.identities import needed
from emulator.seed.model import Seed, SeededAccount, SeededDkim, SeededIdentity
from emulator.store.ports import Store, Writer
from emulator.values import Dkim, DkimOrigin, Identity, IdentityKind, Record, Scope, Status, Verification

log = logging.getLogger(__name__)


class Seeds:
    """Thread-safe. Tokens and keys that a seed leaves out are drawn once, so that every reset comes back to the same.

    A seeded identity is as though its owner had asked for it before the start: no mail goes out for it."""

    def __init__(self, seed: Seed) -> None:
        self._accounts = [account for _, account in seed.accounts.values()]
        self._identities = [identity for _, identity in seed.identities.values()]
        self._records = [record for _, record in seed.records]
        self._drawn: dict[tuple[Scope, str], tuple[str, Dkim]] = {}
        self._drawing = Lock()

    def sow(self, store: Store, now: float) -> None:
        """At the start: plants what is missing. ``now`` is the emulator's time."""
        with store.read() as reader:
            known = {
                (one.scope, one.name)
                for seeded in self._identities
                for one in reader.identities(seeded.scope, (seeded.name,))
            }
        for seeded in self._identities:
            # A key takes time to make, and a kept identity has its own.
            if (seeded.scope, seeded.name) not in known:
                self._draw(seeded)
        with store.write() as writer:
            self.plant(writer, now)

    def draw(self, account: str | None = None) -> None:
        """Draws all that may be needed to plant; whoever holds a transaction should not wait for it."""
        for seeded in self._identities:
            if account in (None, seeded.scope.account):
                self._draw(seeded)

    def plant(self, writer: Writer, now: float, account: str | None = None) -> None:
        """Everything, or what belongs to one account: its state and its identities. DNS records of the seeds belong to
        the world, and come back with everything only."""
        of = [one for one in self._identities if account in (None, one.scope.account)]
        states = [one for one in self._accounts if account in (None, one.scope.account)]
        # In the order in which others lock: accounts, identities, records.
        for state in sorted(states, key=lambda one: (one.scope.account, one.scope.region)):
            if writer.account(state.scope) is None:
                _plant_account(writer, state)
        records = list(self._records) if account is None else []
        for seeded in sorted(of, key=lambda one: (one.scope.account, one.scope.region, one.name)):
            if writer.identity_for_update(seeded.scope, seeded.name) is not None:
                continue
            identity = self._identity(seeded, now)
            writer.save_identity(identity)
            records += _records_of(identity, seeded.publish)
        _plant_records(writer, records)

    def _draw(self, seeded: SeededIdentity) -> tuple[str, Dkim]:
        with self._drawing:
            key = (seeded.scope, seeded.name)
            if key not in self._drawn:
                token, dkim = _token(seeded), _dkim(seeded.dkim)
                if dkim.private_key is not None:
                    # Checked now, so that planting need not.
                    public_key(dkim.private_key)
                self._drawn[key] = token, dkim
            return self._drawn[key]

    def _identity(self, seeded: SeededIdentity, now: float) -> Identity:
        token, dkim = self._draw(seeded)
        return Identity(
            seeded.scope,
            seeded.name,
            seeded.kind,
            created_at=now,
            verification=Verification(
                seeded.status,
                token,
                started_at=now,
                last_success_at=now if seeded.status is Status.SUCCESS else None,
                lost_at=_lost_at(seeded.status, now),
            ),
            dkim=replace(
                dkim,
                key_made_at=now if dkim.key_bits is not None else None,
                started_at=now if dkim.tokens else None,
                lost_at=_lost_at(dkim.status, now),
            ),
            mail_from=replace(
                seeded.mail_from,
                started_at=now if seeded.mail_from.domain is not None else None,
                lost_at=_lost_at(seeded.mail_from.status, now),
            ),
        )


def _lost_at(status: Status | None, now: float) -> float | None:
    return now if status is Status.TEMPORARY_FAILURE else None


def _token(seeded: SeededIdentity) -> str:
    """SES gives an address its link's secret, and a domain its TXT when DKIM does not verify it."""
    if seeded.token is not None:
        return seeded.token
    if seeded.kind is IdentityKind.EMAIL_ADDRESS:
        return ids.link_signature()
    return "" if seeded.dkim.tokens != () else ids.verification_token()


def _dkim(seeded: SeededDkim) -> Dkim:
    if seeded.tokens == ():
        return Dkim(enabled=seeded.enabled)
    tokens = ids.dkim_tokens() if seeded.tokens is None else seeded.tokens
    if seeded.origin is DkimOrigin.BYODKIM:
        return Dkim(seeded.enabled, seeded.status, seeded.origin, tokens, seeded.private_key)
    bits = seeded.bits or 2048
    return Dkim(
        enabled=seeded.enabled,
        status=seeded.status,
        origin=seeded.origin,
        tokens=tokens,
        private_key=seeded.private_key or make_key(bits),
        key_bits=bits,
        next_key_bits=bits,
    )


def _plant_account(writer: Writer, seeded: SeededAccount) -> None:
    account = writer.account_for_update(seeded.scope)
    details = seeded.details
    if details is not None and not details.case_id:
        details = replace(details, case_id=ids.case_id())
    production = account.production if seeded.production is None else seeded.production
    writer.save_account(
        replace(account, production=production, sending_enabled=seeded.sending_enabled, details=details)
    )


def _records_of(identity: Identity, publish: tuple[str, ...]) -> list[Record]:
    """SES's keys behind Easy DKIM's tokens, and what the owner published."""
    key = public_key_of(identity)
    records = list(dkim_key_records(identity, key)) if key is not None else []
    return records + [replace(one, origin="publish") for part in publish for one in needed(identity, part)]


def _plant_records(writer: Writer, records: list[Record]) -> None:
    """Those that are not there. One that may not stand beside what a kept state holds is left out, aloud."""
    new: list[Record] = []
    for record in records:
        beside = [*writer.records_at(record.name), *(one for one in new if one.name == record.name)]
        if any((one.type, one.value) == (record.type, record.value) for one in beside):
            continue
        try:
            new.append(check_record(record, beside))
        except ValueError as problem:
            log.warning("a seed's record is left out: %s", problem)
    writer.put_records(new)
