"""The meaning of a document that has the form: names, statuses, keys and records, each checked by the rule that the
API has for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator.dns.records import parse_record
from emulator.errors import Fault
from emulator.mail.sign import SIGNING_BITS, load_key
from emulator.policy.identity_names import identity_name
from emulator.policy.mail_from import check_domain
from emulator.seed.document import Document, Where
from emulator.seed.model import PARTS, Seed, SeededAccount, SeededDkim, SeededIdentity
from emulator.seed.problems import Problems, shown
from emulator.seed.zonefile import parse_zone
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from emulator.values import (
    AccountDetails,
    DkimOrigin,
    Identity,
    IdentityKind,
    MailFrom,
    OnMxFailure,
    Scope,
    Status,
)

ReadText = Callable[[Path, str, Problems], str | None]
_TTL = 300
_TOKENS = 3


def read_document(document: Document, seed: Seed, problems: Problems, read_text: ReadText) -> None:
    """Adds what the document says to ``seed``, and what it cannot mean to ``problems``."""
    _Reading(document, seed, problems, read_text).all()


class _Reading:
    def __init__(self, document: Document, seed: Seed, problems: Problems, read_text: ReadText) -> None:
        self._document = document
        self._content: dict[str, Any] = document.content
        self._seed = seed
        self._problems = problems
        self._read_text = read_text

    def all(self) -> None:
        for number, given in enumerate(self._content.get("accounts", ())):
            self._account(given, ("accounts", number))
        for number, given in enumerate(self._content.get("identities", ())):
            self._identity(given if isinstance(given, dict) else {"name": given}, ("identities", number))
        dns = self._content.get("dns", {})
        for number, given in enumerate(dns.get("records", ())):
            self._record(given, ("dns", "records", number))
        for number, given in enumerate(dns.get("zones", ())):
            self._zone(given, ("dns", "zones", number))

    def _wrong(self, where: Where, problem: str) -> None:
        self._problems.add(self._document.place(where), problem)

    def _scope(self, given: dict[str, Any]) -> Scope:
        account = given.get("account", self._content.get("account", DEFAULT_ACCOUNT))
        region = given.get("region", self._content.get("region", DEFAULT_REGION))
        return Scope(str(account), region)

    # --- accounts -------------------------------------------------------------------------------

    def _account(self, given: dict[str, Any], where: Where) -> None:
        scope = self._scope(given)
        if scope in self._seed.accounts:
            place = self._seed.accounts[scope][0]
            self._wrong(where, f"account {scope.account} in {scope.region} is there already ({place})")
            return
        details = given.get("details")
        account = SeededAccount(
            scope,
            given.get("production"),
            given.get("sending_enabled", True),
            _details(details) if details is not None else None,
        )
        self._seed.accounts[scope] = self._document.place(where), account

    # --- identities -----------------------------------------------------------------------------

    def _identity(self, given: dict[str, Any], where: Where) -> None:
        scope = self._scope(given)
        try:
            name, kind = identity_name(given["name"])
        except Fault as fault:
            name_place = (*where, "name")
            self._wrong(name_place, f"expected an address or a domain, found {shown(given['name'])}: {fault.hint}")
            return
        if (scope, name) in self._seed.identities:
            place = self._seed.identities[scope, name][0]
            self._wrong(where, f"{name} in account {scope.account}, {scope.region} is there already ({place})")
            return
        if "status" in given and "verified" in given:
            self._wrong((*where, "status"), "expected either verified or status, found both")
        status = Status(given["status"]) if "status" in given else _status(given.get("verified", True))
        publish = given.get("publish", status is Status.SUCCESS)
        identity = SeededIdentity(
            scope=scope,
            name=name,
            kind=kind,
            status=status,
            token=given.get("token"),
            dkim=self._dkim(given, kind, status, where),
            mail_from=self._mail_from(given.get("mail_from", {}), Identity(scope, name, kind, 0.0), status, where),
            publish=(PARTS if publish else ()) if isinstance(publish, bool) else tuple(publish),
        )
        self._seed.identities[scope, name] = self._document.place(where), identity

    def _dkim(self, given: dict[str, Any], kind: IdentityKind, identity: Status, parent: Where) -> SeededDkim:
        where = (*parent, "dkim")
        dkim = given.get("dkim", kind is IdentityKind.DOMAIN)
        if kind is IdentityKind.EMAIL_ADDRESS:
            if dkim is not False:
                self._wrong(where, "expected no DKIM of an address: it has that of its domain's identity")
            return SeededDkim(enabled=False)
        if dkim is False:
            return SeededDkim(enabled=False)
        if dkim is True:
            dkim = {}
        status = Status(dkim["status"]) if "status" in dkim else _status(identity is Status.SUCCESS)
        enabled = dkim.get("enabled", True)
        if "selector" in dkim:
            return self._byodkim(dkim, enabled, status, where)
        return self._easy_dkim(dkim, enabled, status, where)

    def _easy_dkim(self, dkim: dict[str, Any], enabled: bool, status: Status, where: Where) -> SeededDkim:
        tokens, key, bits = dkim.get("tokens"), dkim.get("private_key"), dkim.get("bits")
        if tokens == []:
            for name in ("bits", "private_key", "status"):
                if name in dkim:
                    self._wrong((*where, name), "expected none where DKIM was never asked for (no tokens)")
            return SeededDkim(enabled=enabled)
        if tokens is not None and len(set(tokens)) != _TOKENS:
            self._wrong((*where, "tokens"), f"expected {_TOKENS} different tokens, or none, found {len(set(tokens))}")
        if key is not None:
            try:
                found = load_key(key).key_size
            except ValueError as problem:
                self._wrong((*where, "private_key"), f"expected an RSA private key: {problem!s:.200}")
                return SeededDkim()
            if found not in (1024, 2048) or bits not in (None, found):
                wanted = f"{bits}" if bits else "1024 or 2048"
                self._wrong((*where, "private_key"), f"expected a key of {wanted} bits, found one of {found}")
            bits = found
        return SeededDkim(enabled, status, DkimOrigin.EASY_DKIM, tuple(tokens) if tokens else None, key, bits or 2048)

    def _byodkim(self, dkim: dict[str, Any], enabled: bool, status: Status, where: Where) -> SeededDkim:
        for name in ("bits", "tokens"):
            if name in dkim:
                self._wrong((*where, name), "expected none beside a selector: it belongs to Easy DKIM")
        key, file = dkim.get("private_key"), dkim.get("private_key_file")
        if (key is None) == (file is None):
            self._wrong(where, "expected private_key or private_key_file beside selector")
            return SeededDkim()
        name = "private_key"
        if file is not None:
            name = "private_key_file"
            key = self._read_text(self._document.folder / file, self._document.place((*where, name)), self._problems)
            if key is None:
                return SeededDkim()
        problem = _why_unusable(key or "")
        # SES takes anything and never verifies it; a seed says so with its status, or made a mistake.
        if problem and dkim.get("status") not in (Status.PENDING, Status.FAILED):
            self._wrong((*where, name), problem)
        return SeededDkim(enabled, status, DkimOrigin.BYODKIM, (dkim["selector"],), key)

    def _mail_from(
        self, given: str | dict[str, Any], identity: Identity, of_identity: Status, parent: Where
    ) -> MailFrom:
        where: Where = (*parent, "mail_from")
        if isinstance(given, str):
            given = {"domain": given}
        else:
            where = (*where, "domain") if "domain" in given else where
        on_mx_failure = OnMxFailure(given.get("on_mx_failure", OnMxFailure.USE_DEFAULT_VALUE))
        if "domain" not in given:
            if "status" in given:
                self._wrong(where, "expected a domain beside status")
            return MailFrom(None, on_mx_failure)
        try:
            domain = check_domain(given["domain"], identity)
        except Fault as fault:
            below = identity.name.rpartition("@")[2].lower()
            self._wrong(where, f"expected a domain below {below}, found {shown(given['domain'])} ({fault.message})")
            return MailFrom()
        status = Status(given["status"]) if "status" in given else _status(of_identity is Status.SUCCESS)
        return MailFrom(domain, on_mx_failure, status)

    # --- DNS ------------------------------------------------------------------------------------

    def _record(self, given: dict[str, Any], where: Where) -> None:
        try:
            record = parse_record(given["name"], given["type"], given["value"], given.get("ttl", _TTL), "seed")
        except ValueError as problem:
            self._wrong(where, str(problem))
            return
        self._seed.records.append((self._document.place(where), record))

    def _zone(self, given: dict[str, Any], where: Where) -> None:
        origin = given.get("origin")
        if ("file" in given) == ("text" in given):
            self._wrong(where, "expected either file or text")
            return
        if "file" in given:
            file = self._document.folder / given["file"]
            text = self._read_text(file, self._document.place((*where, "file")), self._problems)
            if text is not None:
                self._seed.records += parse_zone(str(file), text, origin or file.stem, self._problems)
            return
        # A text of several lines begins below its key.
        first_line = self._document.lines[*where, "text"] + ("\n" in given["text"])
        self._seed.records += parse_zone(self._document.name, given["text"], origin, self._problems, first_line)


def _why_unusable(key: str) -> str:
    """What a seed with this BYODKIM key is told, "" where SES would sign with it."""
    try:
        bits = load_key(key).key_size
    except ValueError as problem:
        return f"expected an RSA private key: {problem!s:.200}"
    return "" if bits in SIGNING_BITS else f"expected a key of 1024 to 2048 bits, found one of {bits}"


def _status(verified: bool) -> Status:
    return Status.SUCCESS if verified else Status.PENDING


def _details(given: dict[str, Any]) -> AccountDetails:
    return AccountDetails(
        mail_type=given["mail_type"],
        website_url=given["website_url"],
        contact_language=given.get("contact_language"),
        use_case_description=given.get("use_case_description"),
        additional_contacts=tuple(given.get("additional_contacts", ())),
        review_status=given.get("review_status", "GRANTED"),
        # Drawn when the account is made.
        case_id=given.get("case_id", ""),
    )
