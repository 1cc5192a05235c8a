"""What SES puts on top of a mail that it receives, and what its AddHeader action does. All else stays as it came.

Source: reference events-and-api.md 6.5, mails of 2017 to 2024 in public repositories. Decided here:

- The spam and virus verdicts are there only where a rule scans (observed: a mail of 2019 without them). Spam is not
  judged: always PASS.
- X-SES-RECEIPT and X-SES-DKIM-SIGNATURE are left out. The first is a sealed text that only SES can read, and the second
  signs it; nobody can check either, so made-up ones would be worth nothing.
- ``by`` names the region's own host, which is observed for us-east-1. ``for`` is the one recipient, and left out where
  there are several (RFC 5321 4.4: it would tell each of them the others).
- ``pass`` and ``none`` of SPF are worded as observed, the others as Google words them; the domain is the one whose
  record was asked.
- A mail without a signature has no dkim entry, and ``dmarc=none`` is written where a From domain has no record
  (observed in 2019).
- What the peer said is made harmless: anything but printable ASCII is ``?``, so are brackets and ``;`` within comments,
  and all is cut after 320 characters.
- AddHeader's field comes above all others, also SES's, and is folded and encoded as SES's own composing does it.
"""

from __future__ import annotations

import re
from email.utils import formatdate

from emulator.dns.amazonses import inbound_host
from emulator.incoming import IncomingMail
from emulator.mail import raw
from emulator.mail.headers import printable, text_field
from emulator.values import Envelope
from emulator.verdicts import SpfVerdict

_LONGEST = 320
_UNSAFE = re.compile(r"[()\\;\s]")
_SPF_WORDS = {
    "pass": "domain of {domain} designates {ip} as permitted sender",
    "none": "{ip} is neither permitted nor denied by domain of {domain}",
    "neutral": "{ip} is neither permitted nor denied by domain of {domain}",
    "fail": "domain of {domain} does not designate {ip} as permitted sender",
    "softfail": "domain of transitioning {domain} does not designate {ip} as permitted sender",
    "permerror": "permanent error in processing during lookup of {domain}",
    "temperror": "error in processing during lookup of {domain}",
}


def received(mail: IncomingMail, data: bytes, *, scanned: bool) -> bytes:
    """``data``, a mail as it came in SMTP, as SES hands it to actions: under SES's own fields, the rest byte for byte.
    ``scanned``: the rule at hand scans. A mail that begins with a blank would continue SES's last field, so an empty
    line parts the two."""
    fields = "".join([f"{field}\r\n" for field in _fields(mail, scanned)]).encode("ascii")
    return fields + (b"\r\n" if data.startswith((b" ", b"\t")) else b"") + data


def with_header(data: bytes, name: str, value: str) -> bytes:
    """``data`` after an AddHeader action. ``name`` and ``value`` are the action's, which were checked with the rule."""
    return text_field(name, value, "UTF-8").encode("ascii", "replace") + b"\r\n" + data


def fields_of(data: bytes) -> tuple[tuple[str, str], ...]:
    """Name and unfolded value of each field of a mail, from the top: what ``events.receipt`` tells of it."""
    return tuple([(raw.text(field.name), field.value) for field in raw.parse(data).fields if field.name])


def _fields(mail: IncomingMail, scanned: bool) -> list[str]:
    """Each without its line end, in SES's order."""
    envelope = mail.envelope
    spf = _spf(mail.verdict.spf, envelope)
    one = f"\r\n for {_clean(envelope.rcpt_to[0])}" if len(envelope.rcpt_to) == 1 else ""
    client = f"{_safe(mail.client_name)} [{_safe(envelope.client_ip)}]"
    fields = [
        f"Return-Path: <{_clean(envelope.mail_from)}>",
        f"Received: from {_safe(envelope.helo)} ({client})"
        f"\r\n by {inbound_host(mail.scope.region)} with SMTP id {mail.message_id}{one};"
        f"\r\n {formatdate(mail.received_at).removesuffix('-0000')}+0000 (UTC)",
    ]
    if scanned:
        fields.append("X-SES-Spam-Verdict: PASS")
        fields.append(f"X-SES-Virus-Verdict: {'FAIL' if mail.infected else 'PASS'}")
    return [*fields, f"Received-SPF: {spf}", f"Authentication-Results: amazonses.com;\r\n {_results(mail, spf)}"]


def _spf(verdict: SpfVerdict, envelope: Envelope) -> str:
    """The result with its comment and its three properties, each of which ends in ``;``."""
    ip = _safe(envelope.client_ip)
    words = _SPF_WORDS[verdict.result].format(domain=_safe(verdict.domain), ip=ip)
    sender, helo = _clean(envelope.mail_from), _safe(envelope.helo)
    return f"{verdict.result} (spfCheck: {words}) client-ip={ip}; envelope-from={sender}; helo={helo};"


def _results(mail: IncomingMail, spf: str) -> str:
    """All entries, folded; ``spf`` is Received-SPF's value, which is repeated (observed)."""
    dmarc = mail.verdict.dmarc
    entries = [f"spf={spf}"]
    entries += [f"dkim={one.result} header.i={_safe(one.identity)};" for one in mail.verdict.dkim]
    if dmarc.from_domain:
        entries.append(f"dmarc={dmarc.result} header.from={_safe(dmarc.from_domain)};")
    return "\r\n ".join(entries)


def _clean(text: str) -> str:
    return printable(text)[:_LONGEST]


def _safe(text: str) -> str:
    return _UNSAFE.sub("?", _clean(text))
