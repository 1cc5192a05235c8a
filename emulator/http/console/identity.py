"""``/_ses/identity?name=…``: one identity, what DNS holds of it right now, its switches, and a test email."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.dns.resolver import Resolver
from emulator.errors import Fault
from emulator.http import asked
from emulator.http.console import sending
from emulator.http.console.changes import MX_BEHAVIOURS, publish, set_mail_from, signing
from emulator.http.console.found import FOUND, Needed, look_up
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
from emulator.policy.identity import candidates, dkim_identity
from emulator.policy.verification import DNS_SERVER_ERROR, HOST_NOT_FOUND, INVALID_VALUE, TYPE_NOT_FOUND
from emulator.post.identities import needed
from emulator.ses.lookup import key
from emulator.values import DkimOrigin, Door, Identity, IdentityKind, Status

PATH = "/_ses/identity"
_LIST = "/_ses/identities"
_DONE = {
    "created": "The identity was created.",
    "verify": "Verified, as though its owner had done what is needed.",
    "resend": "Another verification mail is on its way.",
    "publish-dkim": "The DKIM records were published.",
    "publish-mail-from": "The MAIL FROM records were published.",
    "publish-verification": "The verification record was published.",
    "dkim-on": "DKIM signing is enabled.",
    "dkim-off": "DKIM signing is disabled.",
    "signing": "The DKIM settings were changed.",
    "mail-from": "The custom MAIL FROM domain was set.",
    "remove-mail-from": "The custom MAIL FROM domain was removed: mail leaves with SES's own.",
}
_BLANK_SIGNING = {"signing": "easy", "bits": "RSA_2048_BIT", "selector": "", "private_key": ""}
_ERRORS = {
    HOST_NOT_FOUND: "DNS knows no such name.",
    TYPE_NOT_FOUND: "DNS knows the name, but no record of the type.",
    INVALID_VALUE: "DNS holds another value than the one wanted.",
    DNS_SERVER_ERROR: "DNS did not answer.",
}


@dataclass(frozen=True, slots=True)
class DkimView:
    """``domain`` is the identity whose DKIM this is: itself, or of an address its domain's."""

    domain: str
    own: bool
    state: Badge
    enabled: bool
    easy: bool
    bits: int | None
    made: str
    records: tuple[Needed, ...]

    @property
    def missing(self) -> bool:
        return any(record.state is not FOUND for record in self.records)


@dataclass(frozen=True, slots=True)
class MailFromView:
    """``domain`` "" is SES's own. ``suggested`` is what the form offers."""

    domain: str
    state: Badge | None
    settled: bool
    on_mx_failure: str
    behaviour: str
    records: tuple[Needed, ...]
    suggested: str

    @property
    def missing(self) -> bool:
        return any(record.state is not FOUND for record in self.records)


@dataclass(frozen=True, slots=True)
class IdentityView:
    """``waiting``: an address whose link has not been opened. ``why``: what keeps a domain from being verified."""

    name: str
    kind: str
    is_domain: bool
    region: str
    state: Badge
    waiting: bool
    why: str
    facts: tuple[tuple[str, str], ...]
    records: tuple[Needed, ...]
    dkim: DkimView | None
    mail_from: MailFromView


def add_to(pages: Blueprint, console: Console) -> None:
    """Adds the page to the blueprint."""

    @pages.get(PATH)
    def identity() -> Response:
        return page(console, asked.text("name") or "", done=request.args.get("done", ""))

    @pages.post(PATH)
    def change_identity() -> WerkzeugResponse:
        name, do = asked.text("name") or "", word("do")
        action = _ACTIONS.get(do)
        if action is None:
            raise BadRequest("There is no such button on this page.")
        _known(console, name)
        try:
            said = action(console, name)
        except (Fault, BadRequest) as problem:
            return page(console, name, refused(problem, do))
        if do == "delete":
            return back_to(_LIST, done="deleted")
        return back_to(PATH, name=key(name), **said)


def page(console: Console, name: str, refusal: Refusal | None = None, *, done: str = "") -> Response:
    """The page of an identity; 404 when there is none of that name."""
    one = _known(console, name)
    view = _view(console, one)
    given = {refusal.about: form()} if refusal else {}
    return console.pages.render(
        "console/identity.html",
        section="identities",
        status=refusal.status if refusal else 200,
        view=view,
        behaviours=MX_BEHAVIOURS,
        signing=_BLANK_SIGNING | _chosen_signing(view.dkim) | given.get("signing", {}),
        mail_from={"mail_from": view.mail_from.suggested, "on_mx_failure": view.mail_from.on_mx_failure}
        | given.get("mail-from", {}),
        letter=sending.letter(console, one, given.get("send", {})),
        sent=sending.accepted(console, request.args.get("sent", "")) if refusal is None else None,
        refusal=refusal,
        done=_DONE.get(done),
    )


def _chosen_signing(dkim: DkimView | None) -> dict[str, str]:
    """The form of the DKIM settings as they are; a private key is never shown."""
    if dkim is None or dkim.easy:
        return {"bits": f"RSA_{dkim.bits}_BIT"} if dkim and dkim.bits else {}
    return {"signing": "byo"}


def _known(console: Console, name: str) -> Identity:
    one = console.inspection.identities.get(scope(), key(name))
    if one is None:
        raise NotFound(f"There is no identity {name:.320} in this account and region.")
    return one


def _view(console: Console, one: Identity) -> IdentityView:
    resolver = console.inspection.resolver()
    verification = one.verification
    waiting = one.kind is IdentityKind.EMAIL_ADDRESS and not one.verified
    facts = (
        ("Created", moment(one.created_at)),
        ("Last checked", moment(verification.last_checked_at)),
        ("Last success", moment(verification.last_success_at)),
        ("Records lost since", moment(verification.lost_at)),
    )
    return IdentityView(
        name=one.name,
        kind="Email address" if one.kind is IdentityKind.EMAIL_ADDRESS else "Domain",
        is_domain=one.kind is IdentityKind.DOMAIN,
        region=one.scope.region,
        state=badge(verification.status, "Verified"),
        waiting=waiting,
        why=_ERRORS.get(verification.error_type or "", "") if not one.verified else "",
        facts=tuple((label, text) for label, text in facts if text),
        records=look_up(needed(one, "verification"), resolver),
        dkim=_dkim(console, one, resolver),
        mail_from=_mail_from(one, resolver),
    )


def _dkim(console: Console, one: Identity, resolver: Resolver) -> DkimView | None:
    """None where there is none: an address without a registered domain, a domain that only has v1's TXT."""
    of: Identity | None = one
    if one.kind is IdentityKind.EMAIL_ADDRESS:
        with console.inspection.store.read() as reader:
            found = {parent.name: parent for parent in reader.identities(one.scope, candidates(one.name))}
        of = dkim_identity(one.name, found)
    if of is None or not of.dkim.tokens:
        return None
    return DkimView(
        domain=of.name,
        own=of is one,
        state=badge(of.dkim.status),
        enabled=of.dkim.enabled,
        easy=of.dkim.origin is DkimOrigin.EASY_DKIM,
        bits=of.dkim.key_bits,
        made=moment(of.dkim.key_made_at),
        records=look_up(needed(of, "dkim"), resolver),
    )


def _mail_from(one: Identity, resolver: Resolver) -> MailFromView:
    custom = one.mail_from
    return MailFromView(
        domain=custom.domain or "",
        state=badge(custom.status) if custom.status else None,
        settled=custom.status is Status.SUCCESS,
        on_mx_failure=custom.on_mx_failure.value,
        behaviour=dict(MX_BEHAVIOURS)[custom.on_mx_failure.value],
        records=look_up(needed(one, "mail_from"), resolver),
        suggested=custom.domain or f"mail.{one.name.rpartition('@')[2].lower()}",
    )


def _verify(console: Console, name: str) -> None:
    console.inspection.identities.mark_verified(scope(), key(name))


def _resend(console: Console, name: str) -> None:
    console.ask("VerifyEmailIdentity", {"EmailAddress": name}, Door.V1)


def _switch_dkim(console: Console, name: str, on: bool) -> None:
    console.ask("PutEmailIdentityDkimAttributes", {"EmailIdentity": name, "SigningEnabled": on})


def _change_signing(console: Console, name: str) -> None:
    origin = DkimOrigin.BYODKIM if word("signing") == "byo" else DkimOrigin.EASY_DKIM
    console.ask(
        "PutEmailIdentityDkimSigningAttributes",
        {"EmailIdentity": name, "SigningAttributesOrigin": origin.value, "SigningAttributes": signing()},
    )


def _remove_mail_from(console: Console, name: str) -> None:
    console.ask("PutEmailIdentityMailFromAttributes", {"EmailIdentity": name})


def _delete(console: Console, name: str) -> None:
    console.ask("DeleteEmailIdentity", {"EmailIdentity": name})


def _plain(do: str, change: Callable[[Console, str], None]) -> Callable[[Console, str], dict[str, str]]:
    """A button that says what it did by its own name."""

    def action(console: Console, name: str) -> dict[str, str]:
        change(console, name)
        return {"done": do}

    return action


def _send(console: Console, name: str) -> dict[str, str]:
    return {"sent": sending.send(console)}


# What each button does; the answer is what the page is told by its address.
_ACTIONS: Mapping[str, Callable[[Console, str], dict[str, str]]] = {
    do: _plain(do, change)
    for do, change in (
        ("verify", _verify),
        ("resend", _resend),
        ("publish-dkim", lambda console, name: publish(console, name, "dkim")),
        ("publish-mail-from", lambda console, name: publish(console, name, "mail_from")),
        ("publish-verification", lambda console, name: publish(console, name, "verification")),
        ("dkim-on", lambda console, name: _switch_dkim(console, name, True)),
        ("dkim-off", lambda console, name: _switch_dkim(console, name, False)),
        ("signing", _change_signing),
        ("mail-from", set_mail_from),
        ("remove-mail-from", _remove_mail_from),
        ("delete", _delete),
    )
} | {"send": _send}
