"""DMARC: does what passed belong to the domain in From, and what does that domain ask for otherwise? RFC 7489.

Decided here:

- No usable From domain (none, several): ``permerror``, policy is not looked up (6.6.1).
- The record is sought at the From domain, then at its organizational domain; several records count as none (6.6.3).
- A record without a valid p=, or with an invalid sp=, counts as ``p=none`` when it names a rua=, else ``permerror``.
- ``aligned_by`` is told with no record too, then by relaxed alignment.
- pct= is not sampled: below 100 the policy is shown as if this mail had been drawn, at 0 the next weaker one (6.6.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.dns.resolver import Resolver
from emulator.receiver.organizational import OrganizationalDomains
from emulator.verdicts import DkimVerdict, DmarcVerdict, SpfVerdict

_VERSION = re.compile(r"\s*v\s*=\s*DMARC1\s*(?:;|\Z)")
_POLICIES = ("none", "quarantine", "reject")
_WEAKER = {"reject": "quarantine", "quarantine": "none", "none": "none"}
_FAILED = ("SERVFAIL", "TIMEOUT")


@dataclass(frozen=True, slots=True)
class Record:
    """A DMARC record as published at ``_dmarc.<domain>``. ``policy`` "" when the record is of no use."""

    domain: str
    text: str
    policy: str
    subdomain_policy: str
    strict_dkim: bool
    strict_spf: bool
    percent: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """``disposition``: what the receiver does with the mail, ``none``, ``quarantine`` or ``reject``. ``crowded``: the
    domain whose several records count as none, "" where there are not several."""

    verdict: DmarcVerdict
    record: Record | None
    disposition: str
    crowded: str = ""


def check(
    from_domain: str,
    spf: SpfVerdict,
    dkim: Iterable[DkimVerdict],
    resolver: Resolver,
    organizational: OrganizationalDomains,
) -> DmarcVerdict:
    """``from_domain``: the one domain of From, lower case, "" when there is none to be picked. Never raises."""
    return assess(from_domain, spf, tuple(dkim), resolver, organizational).verdict


def assess(
    from_domain: str,
    spf: SpfVerdict,
    dkim: tuple[DkimVerdict, ...],
    resolver: Resolver,
    organizational: OrganizationalDomains,
) -> Assessment:
    """As ``check``, with the record and what is done with the mail."""
    if not from_domain:
        return Assessment(DmarcVerdict("permerror", ""), None, "none")
    status, record, crowded = _discover(from_domain, resolver, organizational)
    aligned = _aligned_by(from_domain, spf, dkim, record, organizational)
    if record is None:
        return Assessment(DmarcVerdict(status, from_domain, aligned_by=aligned), None, "none", crowded)
    if not record.policy:
        verdict = DmarcVerdict("permerror", from_domain, record_domain=record.domain, aligned_by=aligned)
        return Assessment(verdict, record, "none")
    verdict = DmarcVerdict(
        result="pass" if aligned else "fail",
        from_domain=from_domain,
        policy=record.policy,
        subdomain_policy=record.subdomain_policy,
        record_domain=record.domain,
        aligned_by=aligned,
    )
    asked = record.policy if record.domain == from_domain else record.subdomain_policy
    wanted = asked if record.percent else _WEAKER[asked]
    return Assessment(verdict, record, "none" if aligned else wanted)


def read(domain: str, text: str) -> Record:
    """Reads a TXT value that begins with ``v=DMARC1``. Unknown tags are ignored (6.3)."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        if sign:
            tags.setdefault(name.strip().lower(), value.strip())
    policy = tags.get("p", "").lower()
    subdomain = tags.get("sp", policy).lower()
    if policy not in _POLICIES or subdomain not in _POLICIES:
        policy = subdomain = "none" if tags.get("rua") else ""
    percent = tags.get("pct", "100")
    return Record(
        domain=domain,
        text=text,
        policy=policy,
        subdomain_policy=subdomain,
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
        percent=int(percent) if percent.isascii() and percent.isdecimal() and len(percent) <= 3 else 100,
    )


def _discover(
    from_domain: str, resolver: Resolver, organizational: OrganizationalDomains
) -> tuple[str, Record | None, str]:
    """The record, or why there is none: ``none`` or ``temperror``, and whose several records count as none."""
    for domain in dict.fromkeys((from_domain, organizational.of(from_domain))):
        answer = resolver.query(f"_dmarc.{domain}", "TXT")
        if answer.status in _FAILED:
            return "temperror", None, ""
        records = [text for text in answer.values if _VERSION.match(text)]
        if len(records) > 1:
            return "none", None, domain
        if records:
            return "none", read(domain, records[0]), ""
    return "none", None, ""


def _aligned_by(
    from_domain: str,
    spf: SpfVerdict,
    dkim: tuple[DkimVerdict, ...],
    record: Record | None,
    organizational: OrganizationalDomains,
) -> str:
    strict_dkim = record is not None and record.strict_dkim
    strict_spf = record is not None and record.strict_spf
    by = []
    if any(one.result == "pass" and organizational.aligned(one.domain, from_domain, strict_dkim) for one in dkim):
        by.append("dkim")
    if spf.result == "pass" and organizational.aligned(spf.domain, from_domain, strict_spf):
        by.append("spf")
    return ",".join(by)
