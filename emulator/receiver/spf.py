"""SPF: may this address send for that domain? RFC 7208, evaluated by pyspf over the emulator's resolver.

Decided here: the null sender is checked as ``postmaster@<HELO>`` (2.4); a domain of fewer than two labels, or one
that is no DNS name, and a client without an IP address give ``none`` (4.3); whatever pyspf cannot digest in a record
is a ``permerror``.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from emulator.dns.resolver import Resolver
from emulator.receiver.names import domain_name
from emulator.values import Envelope
from emulator.verdicts import SpfVerdict

_EXPLAINED = ("fail", "permerror", "temperror")
_PYSPF_PREFIXES = ("SPF Permanent Error: ", "SPF Temporary Error: ")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict and the record of ``verdict.domain`` that it rests on, "" when there is none. ``crowded``: the domain
    whose several records are the error, "" where that is not it."""

    verdict: SpfVerdict
    record: str
    crowded: str = ""


def check(envelope: Envelope, resolver: Resolver, receiver: str, now: float = 0.0) -> SpfVerdict:
    """Never raises. ``receiver`` and ``now`` only serve the macros %{r} and %{t} of a fail's explanation."""
    return evaluate(envelope, resolver, receiver, now).verdict


def evaluate(envelope: Envelope, resolver: Resolver, receiver: str, now: float = 0.0) -> Evaluation:
    """``explanation`` is the domain's own (exp=) for a fail, and pyspf's words for the errors."""
    local, domain = identity(envelope)
    address = _address(envelope.client_ip)
    if not address:
        return Evaluation(SpfVerdict("none", domain, envelope.client_ip, "the client has no IP address"), "")
    if not domain or "." not in domain:
        return Evaluation(SpfVerdict("none", domain, address, "the sender names no domain"), "")
    from emulator.receiver.spf_query import Query

    query = Query(address, local, domain, domain_name(envelope.helo), receiver, resolver, now)
    try:
        result, _, explanation = query.check()
    except Exception as error:
        # pyspf raises more than it declares on records made to hurt (endless digits, broken networks).
        result, explanation = "permerror", f"the record cannot be evaluated ({type(error).__name__})"
    for prefix in _PYSPF_PREFIXES:
        explanation = explanation.removeprefix(prefix)
    verdict = SpfVerdict(result, domain, address, explanation if result in _EXPLAINED else "")
    return Evaluation(verdict, query.record, query.crowded)


def identity(envelope: Envelope) -> tuple[str, str]:
    """Local part and domain that are checked (RFC 7208 2.3, 2.4, 4.3); the domain is "" when it is no DNS name."""
    if not envelope.mail_from:
        return "postmaster", domain_name(envelope.helo)
    local, sign, domain = envelope.mail_from.rpartition("@")
    return local or "postmaster", domain_name(domain) if sign else ""


def _address(text: str) -> str:
    """The client's address in canonical form, an IPv4-mapped one as IPv4; "" when it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
