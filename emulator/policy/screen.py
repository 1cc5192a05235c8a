"""All rules in SES's order: whether a submission is accepted, and on what each verdict rested.

The order (reference sending.md 1.2, observed in part: syntax before everything, tags before verification, the
configuration set before lengths): address syntax, destinations, authorization (AWS's front end asks it before SES
looks at a call, but addresses are what policies speak of), tags, configuration set, headers, limits, size, pausing,
verification, MAIL FROM, daily quota, rate. The first rule that refuses ends it; nothing is charged then.

Which addresses are read, in order: composed content Source, To, Cc, Bcc, ReturnPath, ReplyTo; raw content Source,
From, the recipients, then Sender and Return-Path. Raw Reply-To is not read (no capture shows a refusal). Empty
senders and ``<>`` (the null sender) name nobody. For raw content through v2 (second-hand): without FromEmailAddress a
malformed From is ``Invalid From address provided.`` unless only its domain is missing; with FromEmailAddress it is
not looked at, and FromEmailAddress speaks for the message.

The header From (its first address) decides the settings identity, not the envelope's source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator import errors
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.errors import Fault
from emulator.errors.templates import template_does_not_exist
from emulator.policy import (
    addresses,
    configuration,
    headers,
    identity_arns,
    limits,
    mail_from,
    pausing,
    quota,
    sandbox,
    tags,
)
from emulator.policy.addresses import Mailbox, shown
from emulator.policy.identity import candidates, dkim_identity, settings_identity, signs
from emulator.policy.sandbox import Named
from emulator.policy.simulator import is_simulator
from emulator.values import Account, Door, Identity, Letter, RawContent, SendQuota, SimpleContent, Submission

if TYPE_CHECKING:
    from emulator.policy.authorization import Authority

PASSED = "passed"
REFUSED = "refused"
_NOBODY = frozenset({"", "<>"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules may know. ``identities`` by name: those of ``names_to_load`` that exist. ``sent_last_24_hours``
    in recipients; ``account`` locked by the caller, ``now`` read after that. ``configuration_sets`` by name: of those
    that the mail could be sent with the ones that exist. ``authorities`` by ARN: other accounts' identities that the
    caller named, and the caller's own that have policies."""

    account: Account
    quota: SendQuota
    sent_last_24_hours: int
    identities: Mapping[str, Identity]
    now: float
    configuration_sets: Mapping[str, ConfigurationSet] = field(default_factory=dict)
    authorities: Mapping[str, Authority] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule said (``passed`` or ``refused``) and the fact it rested on, for people to read."""

    rule: str
    verdict: str
    fact: str


@dataclass(frozen=True, slots=True)
class Passed:
    """An accepted submission. ``account`` is charged; ``counted`` recipients count for the day. ``recipients`` are
    bare, each once, in order. ``identity`` gave the settings, ``dkim`` is the identity whose key signs (None: none
    does), ``mail_from_domain`` the custom one that is in force, ``configuration_set`` likewise."""

    account: Account
    counted: int
    sender: Mailbox
    recipients: tuple[str, ...]
    identity: Identity | None
    dkim: Identity | None
    mail_from_domain: str | None
    configuration_set: ConfigurationSet | None = None


@dataclass(slots=True)
class _Case:
    """One submission under examination. A rule leaves in ``fact`` what it rests on, before it decides."""

    submission: Submission
    letter: Letter
    facts: Facts
    fact: str = ""
    read: dict[str, Mailbox] = field(default_factory=dict)
    recipients: dict[str, Named] = field(default_factory=dict)
    senders: list[Named] = field(default_factory=list)
    counted: int = 0
    account: Account | None = None
    identity: Identity | None = None
    mail_from_domain: str | None = None
    configuration_set: ConfigurationSet | None = None
    # Senders that use another account's identity, by their raw string.
    lent: dict[str, Authority] = field(default_factory=dict)

    def mailbox(self, raw: str) -> Mailbox:
        mailbox = self.read.get(raw)
        if mailbox is None:
            mailbox = self.read[raw] = addresses.parse_any_length(raw)
        return mailbox


def names_to_load(submission: Submission, letter: Letter) -> tuple[str, ...]:
    """Every name under which an identity could matter to this mail, once each. Never raises: what does not parse, or
    is too long for an identity, is covered by none. Recipients past the 50th are refused anyway."""
    names: dict[str, None] = {}
    wanted = dict.fromkeys((submission.source or "", *letter.senders, *letter.recipients[: limits.RECIPIENTS]))
    for raw in wanted:
        try:
            address = addresses.parse(raw).addr_spec
        except Fault:
            continue
        for name in candidates(address):
            names[name] = None
    return tuple(names)


def screen(
    submission: Submission, letter: Letter, facts: Facts, note: Callable[[Ruling], None] | None = None
) -> Passed:
    """Raises the ``Fault`` of the first rule that refuses. ``note`` hears every ruling up to it, the refusal
    included, as it falls."""
    case = _Case(submission, letter, facts)
    for name, rule in _RULES:
        case.fact = ""
        try:
            rule(case)
        except Fault as fault:
            if note is not None:
                note(Ruling(name, REFUSED, case.fact or fault.message or fault.hint))
            raise
        if note is not None:
            note(Ruling(name, PASSED, case.fact))
    sender, identities = _sender(case)
    signer = dkim_identity(sender.addr_spec, identities)
    return Passed(
        account=case.account or facts.account,
        counted=case.counted,
        sender=sender,
        recipients=tuple(mailbox.addr_spec for _, mailbox in case.recipients.values()),
        identity=case.identity,
        dkim=signer if signs(signer) else None,
        mail_from_domain=case.mail_from_domain,
        configuration_set=case.configuration_set,
    )


def _syntax(case: _Case) -> None:
    submission, letter = case.submission, case.letter
    source = submission.source or ""
    raw = isinstance(submission.content, RawContent)
    if not raw and not source:
        raise errors.invalid_parameter(None, "Give the sender: Source (v1) or FromEmailAddress (v2).")
    if source not in _NOBODY:
        case.mailbox(source)
    unread = _read_from(case, source) if raw else frozenset()
    for address in letter.recipients:
        case.mailbox(address)
    for address in letter.senders:
        if address.strip() not in _NOBODY and address not in unread:
            case.senders.append((address, case.mailbox(address)))
    if not raw:
        for address in letter.reply_to:
            case.mailbox(address)
    for address in letter.recipients:
        mailbox = case.mailbox(address)
        case.recipients.setdefault(f"{mailbox.local}@{mailbox.domain.lower()}", (address, mailbox))
    case.fact = f"{len(case.read)} addresses read"


def _read_from(case: _Case, source: str) -> frozenset[str]:
    """Reads the From field of raw content; returns those of its addresses that nobody looks at."""
    unread = set()
    for address in case.letter.from_:
        try:
            case.mailbox(address)
        except Fault as fault:
            if case.submission.door is not Door.V2:
                raise
            if source not in _NOBODY:
                unread.add(address)
            elif fault.message == "Missing final '@domain'":
                raise
            else:
                raise errors.invalid_parameter("Invalid From address provided.", fault.hint) from None
    return frozenset(unread)


def _destinations(case: _Case) -> None:
    """SES's limit of 50 comes later, with the lengths."""
    case.fact = f"{len(case.letter.recipients)} recipients"
    limits.require_some_recipient(len(case.letter.recipients))


def _authorization(case: _Case) -> None:
    """Which senders use another account's identity, and whether every identity's policies let them."""
    arns = identity_arns.arns_of(case.submission, case.letter)
    if arns is None and not case.facts.authorities:
        case.fact = "no identity of another account, no policy"
        return
    from emulator.policy.borrowing import borrowed

    case.lent = borrowed(case.submission, case.letter, arns, case.senders, case.recipients.values(), case.facts)
    case.fact = f"{len(case.lent)} senders by leave of another account, {len(case.facts.authorities)} policies asked"


def _tags(case: _Case) -> None:
    wanted = headers.tags_of(case.submission, case.letter)
    case.fact = f"{len(wanted)} tags"
    tags.require_valid(wanted)


def _configuration_set(case: _Case) -> None:
    asked = headers.configuration_set_of(case.submission, case.letter)
    sender = next((case.read[one] for one in (*case.letter.from_, case.submission.source) if one in case.read), None)
    wanted = configuration.chosen(asked, sender.addr_spec if sender is not None else "", case.facts.identities)
    if wanted is None:
        case.fact = "no configuration set asked for"
        return
    case.fact = f"configuration set {shown(wanted.name)}"
    case.configuration_set = configuration.require(wanted, case.facts.configuration_sets)
    case.fact = configuration.told(wanted, case.configuration_set)


def _headers(case: _Case) -> None:
    letter, content = case.letter, case.submission.content
    if isinstance(content, SimpleContent):
        limits.require_headers(content.headers)
        headers.require_valid(content.headers, headers.OF_COMPOSED)
        case.fact = f"{len(content.headers)} headers of the caller's"
        return
    case.fact = f"{len(letter.headers or ())} fields, {len(letter.from_)} addresses in From"
    source = case.submission.source or ""
    headers.require_from(letter, None if source in _NOBODY else source)
    headers.require_valid(letter.headers or ())


def _limits(case: _Case) -> None:
    for mailbox in case.read.values():
        addresses.check_length(mailbox)
    count = len(case.letter.recipients)
    case.fact = f"{count} of {limits.RECIPIENTS} recipients"
    limits.require_recipients(count)
    case.fact = f"{case.fact}, {limits.require_attachments(case.submission)}"
    template = case.submission.template
    if template is not None and template.missing:
        case.fact = f"no template {shown(template.name)}"
        raise template_does_not_exist(template.name)


def _size(case: _Case) -> None:
    door = case.submission.door
    case.fact = f"{case.letter.size} of {limits.size_limit(door)} bytes"
    limits.require_size(case.letter.size, door)


def _pausing(case: _Case) -> None:
    case.fact = f"sending is {'enabled' if case.facts.account.sending_enabled else 'disabled'} for the account"
    pausing.require_sending_enabled(case.facts.account)
    if case.configuration_set is not None:
        case.fact += f", and {'en' if case.configuration_set.sending_enabled else 'dis'}abled for the configuration set"
        configuration.require_sending_enabled(case.configuration_set)


def _verification(case: _Case) -> None:
    facts, region = case.facts, case.submission.scope.region
    production = facts.account.production
    lent = frozenset(
        raw for raw, mailbox in case.senders if raw in case.lent and case.lent[raw].covers(mailbox.addr_spec)
    )
    own = [sender for sender in case.senders if sender[0] not in lent] if lent else case.senders
    failed = sandbox.failing(case.recipients.values(), own, facts.identities, production)
    checked = _counted(len(case.senders), "sender")
    if not production:
        checked += f" and {_counted(len(case.recipients), 'recipient')}"
    if not failed:
        case.fact = f"{checked} covered by verified identities in {region}"
        return
    case.fact = f"{len(failed)} of {checked} not covered by a verified identity in {region}"
    senders = {raw for raw, _ in case.senders}
    raise errors.email_address_not_verified(
        sandbox.listed(failed), region, _how_to_verify(case, failed[0], failed[0] in senders, len(failed))
    )


def _how_to_verify(case: _Case, raw: str, is_sender: bool, count: int) -> str:
    scope, address = case.submission.scope, shown(case.mailbox(raw).addr_spec)
    region = scope.region
    pending = [
        identity
        for name in candidates(case.mailbox(raw).addr_spec)
        if (identity := case.facts.identities.get(name)) is not None
    ]
    if pending:
        first = pending[0]
        known = f"{shown(first.name)} is {first.verification.status.value} there"
        call = (
            f"finish it or POST /_ses/api/identities/{shown(first.name)}/verify?region={region}&account={scope.account}"
        )
    else:
        known = "no identity covers it"
        call = f"aws ses verify-email-identity --email-address {address} --region {region}, then open the link"
    others = f" ({count - 1} more fail too)" if count > 1 else ""
    escape = "--auto-verify" if is_sender else "--auto-verify, or lift the sandbox with --production"
    return f"{address} is not verified in {region}, {known}{others}: {call}; or start with {escape}."


def _mail_from(case: _Case) -> None:
    sender, identities = _sender(case)
    case.identity = settings_identity(sender.addr_spec, identities)
    if case.identity is not None and case.identity.mail_from.domain is not None:
        state = case.identity.mail_from.status
        case.fact = f"{case.identity.mail_from.domain} is {state.value if state is not None else 'unchecked'}"
    else:
        case.fact = "no custom MAIL FROM, SES's own is used"
    case.mail_from_domain = mail_from.effective_domain(case.identity)


def _daily_quota(case: _Case) -> None:
    facts = case.facts
    case.counted = sum(not is_simulator(mailbox.addr_spec) for _, mailbox in case.recipients.values())
    if facts.quota.max_24_hour_send < 0:
        case.fact = f"{case.counted} more, unlimited"
    else:
        case.fact = f"{facts.sent_last_24_hours} sent in 24 h, {case.counted} more, of {facts.quota.max_24_hour_send:g}"
    quota.daily(facts.quota, facts.sent_last_24_hours, case.counted)


def _rate(case: _Case) -> None:
    facts = case.facts
    if facts.quota.max_send_rate < 0:
        case.fact = "unlimited"
    else:
        left = round(quota.available(facts.account, facts.quota, facts.now), 2)
        level = f"{left:g} left" if left >= 0 else f"{-left:g} owed"
        case.fact = f"{level} of {facts.quota.max_send_rate:g} a second, {len(case.recipients)} wanted"
    case.account = quota.rate(facts.account, facts.quota, len(case.recipients), case.counted, facts.now)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _sender(case: _Case) -> tuple[Mailbox, Mapping[str, Identity]]:
    """The header From, else (none that is read) the source; and among which identities its own is looked for."""
    raw = next((address for address in case.letter.from_ if address in case.read), case.submission.source or "")
    mailbox = case.mailbox(raw)
    authority = case.lent.get(raw) if case.lent else None
    if authority is not None and authority.covers(mailbox.addr_spec):
        return mailbox, authority.identities
    return mailbox, case.facts.identities


_RULES: tuple[tuple[str, Callable[[_Case], None]], ...] = (
    ("address syntax", _syntax),
    ("destinations", _destinations),
    ("authorization", _authorization),
    ("tags", _tags),
    ("configuration set", _configuration_set),
    ("headers", _headers),
    ("limits", _limits),
    ("size", _size),
    ("pausing", _pausing),
    ("verification", _verification),
    ("MAIL FROM", _mail_from),
    ("daily quota", _daily_quota),
    ("send rate", _rate),
)
