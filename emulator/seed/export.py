"""The present state as a seed: started from it, an emulator has the same accounts, identities and DNS records.

Left out, because a seed cannot say it: mail, the use of quota and rate, the clock, and instants (what waits begins to
wait anew). Hosted zones of Route 53 are left out too, their records are not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.post.identities import needed
from emulator.seed.model import PARTS
from emulator.store.ports import Reader
from emulator.values import (
    Account,
    AccountDetails,
    Dkim,
    DkimOrigin,
    Identity,
    IdentityKind,
    MailFrom,
    OnMxFailure,
    Record,
    Scope,
    Status,
)

Entry = dict[str, Any]


def export(reader: Reader) -> Entry:
    """A document of the form of ``schema.json``. Private keys are in it."""
    accounts = sorted(reader.accounts(), key=lambda one: _order(one.scope))
    identities = [one for scope in sorted(reader.scopes(), key=_order) for one in reader.list_identities(scope)]
    records = [one for one in reader.records() if one.origin != "ses"]
    there = {replace(one, ttl=0) for one in records if one.origin == "publish"}
    published: set[Record] = set()
    entries = [_identity(one, there, published) for one in identities]
    rest = [_record(one) for one in records if replace(one, ttl=0) not in published]
    return {
        "version": 1,
        "accounts": [_account(one) for one in accounts],
        "identities": entries,
        "dns": {"records": rest},
    }


def _order(scope: Scope) -> tuple[str, str]:
    return scope.account, scope.region


def _account(account: Account) -> Entry:
    entry: Entry = {**_scope(account.scope), "production": account.production}
    if not account.sending_enabled:
        entry["sending_enabled"] = False
    if account.details is not None:
        entry["details"] = _details(account.details)
    return entry


def _scope(scope: Scope) -> Entry:
    return {"account": scope.account, "region": scope.region}


def _details(details: AccountDetails) -> Entry:
    entry: Entry = {"mail_type": details.mail_type, "website_url": details.website_url}
    if details.contact_language is not None:
        entry["contact_language"] = details.contact_language
    if details.use_case_description is not None:
        entry["use_case_description"] = details.use_case_description
    if details.additional_contacts:
        entry["additional_contacts"] = list(details.additional_contacts)
    return {**entry, "review_status": details.review_status, "case_id": details.case_id}


def _identity(identity: Identity, there: set[Record], published: set[Record]) -> Entry:
    """``there`` are the records of publish origin; those that ``publish`` stands for are added to ``published``."""
    entry: Entry = {"name": identity.name, **_scope(identity.scope)}
    status = identity.verification.status
    if status in (Status.SUCCESS, Status.PENDING):
        entry["verified"] = status is Status.SUCCESS
    else:
        entry["status"] = status.value
    if identity.verification.token:
        entry["token"] = identity.verification.token
    usual = Status.SUCCESS if status is Status.SUCCESS else Status.PENDING
    if identity.kind is IdentityKind.DOMAIN:
        entry["dkim"] = _dkim(identity.dkim, usual)
    mail_from = _mail_from(identity.mail_from, usual)
    if mail_from:
        entry["mail_from"] = mail_from
    entry["publish"] = _published(identity, there, published)
    return entry


def _dkim(dkim: Dkim, usual: Status) -> Entry | bool:
    if not dkim.tokens:
        return {"enabled": True, "tokens": []} if dkim.enabled else False
    entry: Entry = {"enabled": dkim.enabled}
    if dkim.origin is DkimOrigin.BYODKIM:
        entry["selector"] = dkim.tokens[0]
    else:
        entry["bits"] = dkim.key_bits
        entry["tokens"] = list(dkim.tokens)
    # A key that is none stays in this state, and is told by it from a mistake.
    if dkim.status is not usual or dkim.status in (Status.PENDING, Status.FAILED):
        entry["status"] = dkim.status.value
    return {**entry, "private_key": dkim.private_key}


def _mail_from(mail_from: MailFrom, usual: Status) -> Entry:
    entry: Entry = {}
    if mail_from.domain is not None:
        entry["domain"] = mail_from.domain
    if mail_from.on_mx_failure is not OnMxFailure.USE_DEFAULT_VALUE:
        entry["on_mx_failure"] = mail_from.on_mx_failure.value
    if mail_from.status is not None and mail_from.status is not usual:
        entry["status"] = mail_from.status.value
    return entry


def _published(identity: Identity, there: set[Record], published: set[Record]) -> list[str]:
    parts = []
    for part in PARTS:
        records = {replace(one, ttl=0, origin="publish") for one in needed(identity, part)}
        if records and records <= there:
            parts.append(part)
            published |= records
    return parts


def _record(record: Record) -> Entry:
    return {"name": record.name, "type": record.type, "value": record.value, "ttl": record.ttl}
