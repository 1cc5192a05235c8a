"""Whose an address is that mail comes in for: asked by the recipient's MX at each RCPT TO.

The sink takes mail from anyone for anyone. It is SES too for an address whose domain has SES's host of a region as its
MX, that is a verified identity, or below one, of an account in that region, and where that account has an active rule
set. An account that lacks one of these notices nothing.

Source: reference events-and-api.md 6.1 (documented): IP filters, then the rules, then authentication; who is matched by
no rule is refused in SMTP. Decided here, since no source says it:

- Only the MX with the lowest number counts; of several with the same one, any may be SES's. A domain's own name is
  asked, not that of a domain above it.
- Where two accounts of a region have verified the domain, both receive, and one that takes the mail is enough.
- A rule with ``TlsPolicy`` Require that matches refuses mail that came in the clear (documented: it is bounced) before
  its content is sent, as a server must that wants TLS (RFC 3207 4.3).
- While DNS cannot say where mail of a domain goes that an account receives for, it is put off, as its sender's own
  server would put it off: the catcher would take it from the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from emulator.dns.amazonses import region_of_inbound_host
from emulator.dns.resolver import Resolver
from emulator.documents.receipt import ReceiptFilter, ReceiptRule, ReceiptRuleSet
from emulator.documents.receiving import Receiving
from emulator.policy.identity import candidates
from emulator.policy.receipt_rules import allowed, matching
from emulator.store.ports import Reader, Store
from emulator.values import IdentityKind, Scope

_ANSWERED = frozenset({"NOERROR", "NXDOMAIN"})


class Refusal(Enum):
    """Why SES does not take mail for an address."""

    BLOCKED = auto()
    NO_RULE = auto()
    NEEDS_TLS = auto()
    UNKNOWN = auto()
    """DNS does not say whose mail it is."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What SES says of an address: the accounts and regions that receive for it, or why none does. Neither: it is none
    of SES's."""

    takers: tuple[Scope, ...] = ()
    refusal: Refusal | None = None


class Mailboxes:
    """Thread-safe. ``session`` gives a resolver for one question."""

    def __init__(self, store: Store, session: Callable[[], Resolver]) -> None:
        self._store = store
        self._session = session

    def any(self) -> bool:
        """Whether there is anybody who receives. One look into an index that is nearly always empty (9 µs on SQLite,
        0.1 ms on PostgreSQL), and all that receiving costs a recipient where nobody does."""
        with self._store.read() as reader:
            return bool(reader.receiving())

    def need_tls(self) -> bool:
        """Whether a rule of an active set requires TLS."""
        with self._store.read() as reader:
            return any(_requires_tls(active_rules(reader, account)) for account in reader.receiving())

    def at(self, address: str, client_ip: str, encrypted: bool) -> Mailbox:
        """Of a bare address; for mail from the client at ``client_ip``, over TLS or not. Where an account could receive
        it asks DNS: it may block."""
        judged: list[tuple[Scope, Refusal | None]] = []
        with self._store.read() as reader:
            for account in reader.receiving():
                if domains := verified_domains(reader, account.scope, [address]):
                    matched = matching(active_rules(reader, account), [address], domains)
                    rules = [rule for rule, _ in matched]
                    judged.append((account.scope, _refusal(reader, account.scope, rules, client_ip, encrypted)))
        if not judged:
            return Mailbox()
        mx = self._session().query(address.rpartition("@")[2], "MX")
        if mx.status not in _ANSWERED:
            return Mailbox(refusal=Refusal.UNKNOWN)
        region = _region(mx.values)
        takers = tuple([scope for scope, refusal in judged if refusal is None and scope.region == region])
        refusals = [refusal for scope, refusal in judged if scope.region == region]
        return Mailbox(takers, None if takers or not refusals else refusals[0])


def _region(values: Iterable[str]) -> str | None:
    """The region whose host is the MX, of the MX records' values."""
    ranked = []
    for value in values:
        number, _, host = value.partition(" ")
        ranked.append((int(number) if number.isdigit() else 0, host))
    best = min((number for number, _ in ranked), default=0)
    found = (region_of_inbound_host(host) for number, host in ranked if number == best)
    return next((region for region in found if region is not None), None)


def verified_domains(reader: Reader, scope: Scope, addresses: Iterable[str]) -> frozenset[str]:
    """Those of the account's verified domain identities that an address is at or below."""
    names = {name for address in addresses for name in candidates(address) if "@" not in name}
    found = reader.identities(scope, names) if names else ()
    return frozenset(one.name for one in found if one.kind is IdentityKind.DOMAIN and one.verified)


def active_rules(reader: Reader, account: Receiving) -> tuple[ReceiptRule, ...]:
    """In their order."""
    rule_set = reader.document(ReceiptRuleSet, account.scope, account.active_rule_set or "")
    return rule_set.rules if rule_set is not None else ()


def _refusal(
    reader: Reader, scope: Scope, matched: list[ReceiptRule], client_ip: str, encrypted: bool
) -> Refusal | None:
    if not allowed(reader.list_documents(ReceiptFilter, scope), client_ip):
        return Refusal.BLOCKED
    if not matched:
        return Refusal.NO_RULE
    if not encrypted and _requires_tls(matched):
        return Refusal.NEEDS_TLS
    return None


def _requires_tls(rules: Iterable[ReceiptRule]) -> bool:
    return any(rule.enabled and rule.tls_policy == "Require" for rule in rules)
