"""Why SPF, DKIM, DMARC and via came out as they did, and the exact record or call that would change it.

Said is only what follows from the bytes, the peer and DNS. SES is recognised from outside, by the names that it puts
into envelope, HELO, Message-ID and signature; then the change is its own call, else the bare DNS record.
Sources: reference sending.md 4.3, 5.1, 5.2; RFC 7208, RFC 6376, RFC 7489.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.dns.amazonses import dkim_zone
from emulator.receiver.dmarc import Assessment
from emulator.receiver.message import Message
from emulator.receiver.organizational import OrganizationalDomains
from emulator.receiver.spf import Evaluation
from emulator.values import Envelope
from emulator.verdicts import Display, DkimVerdict, Reason

_REGION = r"(?P<region>[a-z]{2,4}(?:-[a-z]+){1,2}-[0-9])"
_SES_DOMAIN = re.compile(rf"(?:{_REGION}\.)?amazonses\.com")
_SES_HELO = re.compile(rf"[a-z][0-9]+-[0-9]+\.smtp-out\.(?:{_REGION}\.)?amazonses\.com", re.IGNORECASE)
_SES_MESSAGE_ID = re.compile(rf"\s*<[0-9a-f-]+@(?:{_REGION}|email)\.amazonses\.com>\s*")
_EASY_DKIM_SELECTOR = re.compile(r"[a-z2-7]{32}")
_ALL_TERM = re.compile(r" (?=[-~?+]?all\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """One judged mail. ``region`` is the SES region that sent it, "" when it shows no sign of SES."""

    envelope: Envelope
    from_domain: str
    spf: Evaluation
    dkim: tuple[DkimVerdict, ...]
    dmarc: Assessment
    display: Display
    region: str


def explain(case: Case, organizational: OrganizationalDomains) -> tuple[Reason, ...]:
    """Four reasons, about ``spf``, ``dkim``, ``dmarc`` and ``via``, in this order."""
    changes = _Changes(case, organizational)
    return (
        _spf(case, changes, organizational),
        _dkim(case, changes, organizational),
        _dmarc(case, changes, organizational),
        _via(case, changes, organizational),
    )


def ses_region(envelope: Envelope, message: Message, dkim: tuple[DkimVerdict, ...]) -> str:
    """The region whose SES the mail says it came from, from its envelope, else HELO, else Message-ID; us-east-1's
    names bear no region. "" when nothing speaks of SES."""
    identifiers = message.values(b"message-id")
    found = (
        _SES_DOMAIN.fullmatch(envelope.mail_from.rpartition("@")[2].lower())
        or _SES_HELO.fullmatch(envelope.helo)
        or (_SES_MESSAGE_ID.fullmatch(identifiers[0].decode("latin-1")[:320]) if identifiers else None)
    )
    if found:
        return found["region"] or "us-east-1"
    return "<region>" if any(signature.domain == "amazonses.com" for signature in dkim) else ""


class _Changes:
    """The calls and records that would change a verdict, for the identity that From belongs to."""

    def __init__(self, case: Case, organizational: OrganizationalDomains) -> None:
        signers = [
            signature.domain
            for signature in case.dkim
            if signature.domain and organizational.aligned(signature.domain, case.from_domain)
        ]
        self._case = case
        self._organizational = organizational
        self.identity = signers[0] if signers else self._likely_identity()

    def _likely_identity(self) -> str:
        """Where no signature names it: what a custom MAIL FROM lies below, else From's organizational domain."""
        sender, of_from = self._case.spf.verdict.domain, self._case.from_domain
        above = sender.partition(".")[2]
        custom = self._case.region and not _SES_DOMAIN.fullmatch(sender)
        if custom and self._organizational.aligned(above, of_from) and f".{of_from}".endswith(f".{above}"):
            return above
        return self._organizational.of(of_from) if of_from else ""

    def mail_from(self) -> str:
        """Makes SPF pass for a domain that is aligned with From."""
        case, identity = self._case, self.identity
        if not identity:
            return ""
        if not case.region:
            return f'Send with a MAIL FROM at {identity} and publish {identity} TXT "v=spf1 {self._host()} ~all"'
        domain = f"mail.{identity}"
        return (
            f"aws sesv2 put-email-identity-mail-from-attributes --email-identity {identity} "
            f"--mail-from-domain {domain} --region {case.region}\n"
            f"{domain} MX 10 feedback-smtp.{case.region}.amazonses.com\n"
            f'{domain} TXT "v=spf1 include:amazonses.com ~all"'
        )

    def own_signature(self) -> str:
        """Makes a signature by the domain in From."""
        case, identity = self._case, self.identity
        if not identity:
            return ""
        if not case.region:
            return (
                f"Sign as d={identity} and publish the key: "
                f'<selector>._domainkey.{identity} TXT "v=DKIM1; k=rsa; p=<public key>"'
            )
        return (
            f"aws ses set-identity-dkim-enabled --identity {identity} --dkim-enabled --region {case.region}\n"
            f"<token>._domainkey.{identity} CNAME <token>.{dkim_zone(case.region)}, for each of the three tokens that "
            f"aws ses verify-domain-dkim --domain {identity} --region {case.region} names"
        )

    def key(self, signature: DkimVerdict) -> str:
        """The record under which a signature's key is looked for."""
        name = f"{signature.selector}._domainkey.{signature.domain}"
        easy = self._case.region and signature.domain != "amazonses.com"
        if easy and _EASY_DKIM_SELECTOR.fullmatch(signature.selector):
            return f"{name} CNAME {signature.selector}.{dkim_zone(self._case.region)}"
        return f'{name} TXT "v=DKIM1; k=rsa; p=<public key of the signer>"'

    def spf_record(self) -> str:
        """The SPF record that would let this client send for the domain that was checked."""
        domain, record = self._case.spf.verdict.domain, self._case.spf.record
        if not domain or _SES_DOMAIN.fullmatch(domain):
            return ""
        permit = "include:amazonses.com" if self._sent_by_ses() else self._host()
        if not record or self._case.spf.verdict.result == "permerror":
            return f'{domain} TXT "v=spf1 {permit} ~all"'
        if permit in record.split():
            permit = self._host()
        end = _ALL_TERM.search(record)
        fitting = f"{record[: end.start()]} {permit}{record[end.start() :]}" if end else f"{record} {permit}"
        return f'{domain} TXT "{fitting}"'

    def _sent_by_ses(self) -> bool:
        return bool(self._case.region) and _SES_HELO.fullmatch(self._case.envelope.helo) is not None

    def _host(self) -> str:
        client = self._case.spf.verdict.client_ip
        return f"ip6:{client}" if ":" in client else f"ip4:{client}"


def _spf(case: Case, changes: _Changes, organizational: OrganizationalDomains) -> Reason:
    verdict, record = case.spf.verdict, case.spf.record
    domain, client = verdict.domain, verdict.client_ip
    what = f'the record of {domain}, "{record}",'
    if verdict.result == "pass":
        sentence = f"SPF passed: {what} designates {client}"
        if not case.from_domain or organizational.aligned(domain, case.from_domain):
            return Reason("spf", f"{sentence}.")
        owner = "SES's own MAIL FROM domain" if _SES_DOMAIN.fullmatch(domain) else "another domain"
        return Reason("spf", f"{sentence}; but {domain} is {owner}, not {case.from_domain}'s.", changes.mail_from())
    if verdict.result == "none" and not case.envelope.mail_from and _SES_HELO.fullmatch(domain):
        # Amazon's own name: no record of the reader's can stand there, and none is missing.
        nobody = f"a bounce has no sender, and SES's host {domain} publishes no SPF record"
        return Reason("spf", f"SPF found nothing to check: {nobody}.")
    if verdict.result == "none":
        why = verdict.explanation or f"{domain} publishes no SPF record"
        change = "" if verdict.explanation else changes.spf_record() or changes.mail_from()
        return Reason("spf", f"SPF found nothing to check: {why}.", change)
    if verdict.result == "temperror":
        return Reason("spf", f"SPF could not be checked for {domain}: {verdict.explanation}.")
    if verdict.result == "permerror":
        sentence = f"SPF cannot be evaluated for {domain}: {verdict.explanation}."
        crowd = case.spf.crowded
        return Reason("spf", sentence, f"Leave one SPF record at {crowd}." if crowd else changes.spf_record())
    said = "neither permits nor denies" if verdict.result == "neutral" else "does not designate"
    sentence = f"SPF {verdict.result}: {what} {said} {client}."
    return Reason("spf", sentence, changes.spf_record() or changes.mail_from())


def _dkim(case: Case, changes: _Changes, organizational: OrganizationalDomains) -> Reason:
    ours = [one for one in case.dkim if organizational.aligned(one.domain, case.from_domain)]
    passed = next((one for one in [*ours, *case.dkim] if one.result == "pass"), None)
    if passed and passed in ours:
        sentence = f"DKIM passed: the signature of {passed.domain} (selector {passed.selector}) verifies"
        return Reason("dkim", f"{sentence} and its domain is aligned with From.")
    broken = next((one for one in [*ours, *case.dkim] if one.result != "pass"), None)
    if broken and (broken in ours or not passed):
        return _broken_signature(broken, changes)
    if passed and not case.from_domain:
        return Reason("dkim", f"DKIM passed for {passed.domain}; From names no single domain to compare it with.")
    if passed:
        domain, identity = case.from_domain, changes.identity
        whose = "the domain of From" if identity == domain else f"which From's {domain} is in"
        sentence = f"DKIM passed for {passed.domain} only; no signature is of {identity}, {whose}."
        return Reason("dkim", sentence, changes.own_signature())
    return Reason("dkim", "The mail bears no DKIM signature.", changes.own_signature())


def _broken_signature(signature: DkimVerdict, changes: _Changes) -> Reason:
    name = f"{signature.domain} (selector {signature.selector})" if signature.domain else "an unnamed domain"
    sentence = f"DKIM {signature.result}: the signature of {name} does not count, because {signature.reason}."
    if signature.reason == "body hash did not verify":
        return Reason("dkim", sentence, "Deliver the body as it was signed; no record can change this.")
    if signature.reason == "signature did not verify":
        change = f"Deliver the signed fields unchanged, and let the key be the signer's: {changes.key(signature)}"
        return Reason("dkim", sentence, change)
    if "key" in signature.reason and signature.result != "temperror":
        return Reason("dkim", sentence, changes.key(signature))
    change = "" if signature.result == "temperror" else "Sign the mail anew; no record can change this."
    return Reason("dkim", sentence, change)


def _dmarc(case: Case, changes: _Changes, organizational: OrganizationalDomains) -> Reason:
    verdict, record = case.dmarc.verdict, case.dmarc.record
    domain = case.from_domain
    if not domain:
        return Reason("dmarc", "DMARC cannot be checked: From does not name exactly one domain.")
    if verdict.result == "temperror":
        return Reason("dmarc", f"DMARC could not be checked: DNS did not answer for _dmarc.{domain}.")
    owner = organizational.of(domain)
    proposal = f'_dmarc.{owner} TXT "v=DMARC1; p=none"'
    if record is None:
        by = _by(verdict.aligned_by)
        outlook = f"with one it would pass by {by}" if by else "with one it would fail, as nothing is aligned with From"
        if case.dmarc.crowded:
            crowd = f"_dmarc.{case.dmarc.crowded}"
            sentence = f"No DMARC: there are several records at {crowd}, which count as none"
            return Reason("dmarc", f"{sentence}; {outlook}.", f"Leave one of the records at {crowd}.")
        places = " or ".join(f"_dmarc.{name}" for name in dict.fromkeys((domain, owner)))
        return Reason("dmarc", f"No DMARC: there is no record at {places}; {outlook}.", proposal)
    where = f"the record of _dmarc.{record.domain}"
    if not record.policy:
        return Reason("dmarc", f"DMARC cannot be evaluated: {where} has no valid p= or sp=.", proposal)
    if verdict.result == "pass":
        return Reason("dmarc", f"DMARC passed: From's {domain} is aligned by {_by(verdict.aligned_by)}.")
    strict = _strict(case, organizational)
    if strict:
        sentence, tag = strict
        relaxed = re.sub(rf"\b{tag}\s*=\s*s\b", f"{tag}=r", record.text, flags=re.IGNORECASE)
        return Reason(
            "dmarc",
            f"DMARC failed: {sentence}, and {where} asks for strict alignment ({tag}=s).",
            f'_dmarc.{record.domain} TXT "{relaxed}"',
        )
    sentence = f"DMARC failed: neither SPF nor DKIM passed for a domain that is aligned with From's {domain}."
    return Reason("dmarc", sentence, _either(case, changes, organizational))


def _strict(case: Case, organizational: OrganizationalDomains) -> tuple[str, str] | None:
    """What would be aligned if the record did not ask for more, and the tag by which it asks."""
    for signature in case.dkim:
        if signature.result == "pass" and organizational.aligned(signature.domain, case.from_domain):
            return f"the signature of {signature.domain} verifies but is not exactly {case.from_domain}'s", "adkim"
    spf = case.spf.verdict
    if spf.result == "pass" and organizational.aligned(spf.domain, case.from_domain):
        return f"SPF passed for {spf.domain}, which is not exactly {case.from_domain}", "aspf"
    return None


def _via(case: Case, changes: _Changes, organizational: OrganizationalDomains) -> Reason:
    shown, domain = case.display, case.from_domain
    if shown.via is None:
        if shown.signed_by and organizational.aligned(shown.signed_by, domain):
            return Reason("via", f"No via: the signing domain {shown.signed_by} is aligned with From's {domain}.")
        if shown.mailed_by:
            return Reason("via", f"No via: the MAIL FROM domain {shown.mailed_by} is aligned with From's {domain}.")
        sentence = "No via, but a question mark: neither DKIM nor SPF passed, so there is no domain to name."
        return Reason("via", sentence, _either(case, changes, organizational))
    names = [f"the signing domain {shown.signed_by}"] if shown.signed_by else []
    names += [f"the MAIL FROM domain {shown.mailed_by}"] if shown.mailed_by else []
    author = f"From's {domain}" if domain else "From, which names no single domain"
    if len(names) == 2:
        sentence = f"Shown as via {shown.via}: neither {names[0]} nor {names[1]} is aligned with {author}."
    else:
        sentence = f"Shown as via {shown.via}: {names[0]} is not aligned with {author}."
    return Reason("via", sentence, _either(case, changes, organizational))


def _either(case: Case, changes: _Changes, organizational: OrganizationalDomains) -> str:
    """Either of the two is enough for DMARC and for via. A signature that is there and broken is to be mended."""
    broken = next((one for one in case.dkim if organizational.aligned(one.domain, case.from_domain)), None)
    first = _broken_signature(broken, changes).change if broken else changes.own_signature()
    second = changes.mail_from()
    return f"{first}\nor\n{second}" if first and second else first or second


def _by(aligned: str) -> str:
    return aligned.upper().replace(",", " and ")
