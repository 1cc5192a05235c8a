"""``/_ses/identities``: the identities of an account and region, found and paged; and the form that makes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.errors import Fault
from emulator.http import asked
from emulator.http.console import identity
from emulator.http.console.changes import MX_BEHAVIOURS, publish, set_mail_from, signing
from emulator.http.console.shared import (
    Badge,
    Console,
    Refusal,
    back_to,
    badge,
    form,
    moment,
    refused,
    scope,
    word,
)
from emulator.http.frame import nearest
from emulator.policy.identity import candidates, dkim_identity
from emulator.ses.lookup import key
from emulator.store.ports import Reader
from emulator.values import Identity, IdentityKind, Scope, Status

PATH = "/_ses/identities"
NEW = "/_ses/identities/new"
_Choice = TypeVar("_Choice", IdentityKind, Status)

_ROWS = 50
_BATCH = 200
_DONE = {"deleted": "The identity was deleted. What its owner published in DNS stays."}
_EMPTY = dict.fromkeys(("domain", "address", "selector", "private_key", "mail_from", "enabled", "publish"), "")
_CHOSEN = {
    "kind": "domain",
    "signing": "easy",
    "bits": "RSA_2048_BIT",
    "on_mx_failure": "USE_DEFAULT_VALUE",
}
_TICKED = {"enabled": "on", "publish": "on"}


@dataclass(frozen=True, slots=True)
class Row:
    """An identity as the list shows it. ``dkim`` is None where no DKIM is there."""

    name: str
    kind: str
    state: Badge
    dkim: Badge | None
    signing: bool
    mail_from: str
    mail_from_state: Badge | None
    created: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page. ``after`` is the name behind which the next begins, "" when this is the last."""

    rows: tuple[Row, ...]
    after: str
    elsewhere: tuple[Scope, ...]


def add_to(pages: Blueprint, console: Console) -> None:
    """Adds the pages to the blueprint."""

    @pages.get(PATH)
    def identities() -> Response:
        wanted = (asked.text("q") or "").strip().lower()
        kind, status = _of(IdentityKind, "kind"), _of(Status, "status")
        return console.pages.render(
            "console/identities.html",
            section="identities",
            listing=_listing(console, scope(), wanted, kind, status),
            q=wanted,
            kind=kind.value if kind else "",
            state=status.value if status else "",
            statuses=[(one.value, badge(one, "Verified").word) for one in Status],
            first=not request.args.get("after"),
            filtered=bool(wanted or kind or status),
            done=_DONE.get(request.args.get("done", "")),
        )

    @pages.get(NEW)
    def new_identity() -> Response:
        return _form(console, None)

    @pages.post(NEW)
    def create_identity() -> WerkzeugResponse:
        try:
            name = _create(console)
        except (Fault, BadRequest) as problem:
            return _form(console, refused(problem, "create"))
        try:
            _set_up(console, name)
        except (Fault, BadRequest) as problem:
            # The identity is there; only a part of what was asked for with it is not.
            return identity.page(console, name, refused(problem, "mail-from"), done="created")
        return back_to(identity.PATH, name=key(name), done="created")


def _of(choices: type[_Choice], name: str) -> _Choice | None:
    value = asked.text(name)
    if not value:
        return None
    try:
        return choices(value)
    except ValueError:
        raise BadRequest(f"{name} must be one of {', '.join(one.value for one in choices)}.") from None


def _listing(console: Console, here: Scope, wanted: str, kind: IdentityKind | None, status: Status | None) -> Listing:
    found: list[Identity] = []
    with console.inspection.store.read() as reader:
        for one in _all(reader, here, kind, asked.text("after")):
            if wanted in one.name.lower() and status in (None, one.verification.status):
                found.append(one)
                if len(found) > _ROWS:
                    break
        page = found[:_ROWS]
        parents = _parents(reader, here, page)
        elsewhere = () if found or kind or status or wanted else reader.scopes()
    return Listing(
        rows=tuple(_row(one, dkim_identity(one.name, parents) if "@" in one.name else one) for one in page),
        after=page[-1].name if len(found) > _ROWS else "",
        elsewhere=nearest((one for one in elsewhere if one != here), here.account)[:10],
    )


def _all(reader: Reader, here: Scope, kind: IdentityKind | None, after: str | None) -> Iterator[Identity]:
    """By name, from behind ``after``, a batch at a time."""
    while True:
        batch = reader.list_identities(here, kind, after, _BATCH)
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1].name


def _parents(reader: Reader, here: Scope, page: list[Identity]) -> dict[str, Identity]:
    """The domains whose DKIM the addresses of a page have."""
    names = {name for one in page if "@" in one.name for name in candidates(one.name)}
    return {one.name: one for one in reader.identities(here, names)} if names else {}


def _row(one: Identity, dkim_of: Identity | None) -> Row:
    custom = one.mail_from
    dkim = dkim_of.dkim if dkim_of is not None and dkim_of.dkim.tokens else None
    return Row(
        name=one.name,
        kind="Domain" if one.kind is IdentityKind.DOMAIN else "Email address",
        state=badge(one.verification.status, "Verified"),
        dkim=badge(dkim.status) if dkim else None,
        signing=dkim.enabled if dkim else False,
        mail_from=custom.domain or "",
        mail_from_state=badge(custom.status) if custom.status else None,
        created=moment(one.created_at),
    )


def _form(console: Console, refusal: Refusal | None) -> Response:
    return console.pages.render(
        "console/identity_new.html",
        section="identities",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        form=_EMPTY | _CHOSEN | (form() if refusal else _TICKED),
        behaviours=MX_BEHAVIOURS,
    )


def _create(console: Console) -> str:
    """The identity's name, once CreateEmailIdentity has made it."""
    if word("kind") == "address":
        name = word("address")
        if "@" not in name:
            raise BadRequest("An email address has an @; a domain is the other type of identity.")
        console.ask("CreateEmailIdentity", {"EmailIdentity": name})
        return name
    name = word("domain")
    if not name:
        raise BadRequest("Which domain? Fill it in, as example.com.")
    if "@" in name:
        raise BadRequest("A domain has no @; an email address is the other type of identity.")
    console.ask("CreateEmailIdentity", {"EmailIdentity": name, "DkimSigningAttributes": signing()})
    return name


def _set_up(console: Console, name: str) -> None:
    """What AWS's form does beside creating: signing, MAIL FROM, publishing."""
    if word("kind") == "address":
        return
    if not word("enabled"):
        console.ask("PutEmailIdentityDkimAttributes", {"EmailIdentity": name, "SigningEnabled": False})
    if word("publish"):
        publish(console, name, "dkim")
    if word("mail_from"):
        set_mail_from(console, name)
        if word("publish"):
            publish(console, name, "mail_from")
