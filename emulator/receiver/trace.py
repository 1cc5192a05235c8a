"""The lines a receiver writes above a mail, as Gmail lays them out: Return-Path, Received, Received-SPF and
Authentication-Results (RFC 8601, RFC 7208 9.1). Source: the article, reference sending.md 5.2, mails in public lists.

Decided here:

- ``neutral`` is worded "by domain of", as Google does where a record says ``?``; its "by best guess record" belongs
  to domains without any, which are ``none`` here (RFC 7208 2.6.1).
- Without a DMARC record there is no dmarc entry, as in the article.
- Received names the client by its HELO and address only; no reverse lookup is made, and the time is UTC.
- Whatever the peer said is made harmless: unprintable characters become ``?``, long values are cut, comments and
  values are quoted where they must be.
"""

from __future__ import annotations

import re
from email.utils import formatdate

from emulator.receiver.dmarc import Assessment
from emulator.values import Envelope
from emulator.verdicts import DkimVerdict, SpfVerdict

_FOLD = "\r\n       "
_RECEIVED_FOLD = "\r\n        "
_UNPRINTABLE = re.compile(r"[^ -~\u00a1-\ud7ff\ue000-\uffef\U00010000-\U0010ffff]")
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~@-]+")
_SPECIAL = re.compile(r'(["\\])')
_COMMENT_SPECIAL = re.compile(r"([()\\])")
_NO_HOST = re.compile(r"[\s();<>]")
_LONGEST = 320


def authentication_results(
    name: str, envelope: Envelope, spf: SpfVerdict, dkim: tuple[DkimVerdict, ...], dmarc: Assessment
) -> str:
    """The value of Authentication-Results, folded: signatures in their order, then spf, then dmarc."""
    entries = [_dkim_entry(signature) for signature in dkim]
    entries.append(f"spf={spf.result} ({spf_comment(name, envelope, spf)}) {_spf_property(envelope)}")
    found = dmarc.verdict
    if found.result in ("pass", "fail"):
        policies = f"p={found.policy.upper()} sp={found.subdomain_policy.upper()} dis={dmarc.disposition.upper()}"
        entries.append(f"dmarc={found.result} ({policies}) header.from={_value(found.from_domain)}")
    elif found.result != "none":
        entries.append(f"dmarc={found.result}" + (f" header.from={found.from_domain}" if found.from_domain else ""))
    return f"{name};{_FOLD}" + f";{_FOLD}".join(entries)


def spf_comment(name: str, envelope: Envelope, spf: SpfVerdict) -> str:
    """The words Google puts in brackets after an SPF result."""
    sender = _comment(envelope.mail_from or f"postmaster@{envelope.helo}")
    client = _comment(spf.client_ip)
    said = {
        "pass": f"domain of {sender} designates {client} as permitted sender",
        "fail": f"domain of {sender} does not designate {client} as permitted sender",
        "softfail": f"domain of transitioning {sender} does not designate {client} as permitted sender",
        "neutral": f"{client} is neither permitted nor denied by domain of {sender}",
        "none": f"{sender} does not designate permitted sender hosts",
        "permerror": f"permanent error in processing during lookup of {sender}: {_comment(spf.explanation)}",
        "temperror": f"error in processing during lookup of {sender}: {_comment(spf.explanation)}",
    }
    return f"{_operator(name)}: {said[spf.result]}"


def header_lines(name: str, envelope: Envelope, spf: SpfVerdict, header: str, now: float, queue_id: str) -> bytes:
    """The four fields, each ending in CRLF. ``header`` is the value of Authentication-Results."""
    client = _clean(spf.client_ip)
    recipient = f"{_RECEIVED_FOLD}for <{_clean(envelope.rcpt_to[0])}>" if len(envelope.rcpt_to) == 1 else ""
    date = formatdate(now).removesuffix("-0000") + "+0000 (UTC)"
    text = (
        f"Return-Path: <{_clean(envelope.mail_from)}>\r\n"
        f"Received: from {_host(envelope.helo)} ([{client}]){_RECEIVED_FOLD}"
        f"by {name} with ESMTP id {_clean(queue_id)}{recipient};{_RECEIVED_FOLD}{date}\r\n"
        f"Received-SPF: {spf.result} ({spf_comment(name, envelope, spf)}) client-ip={client};\r\n"
        f"Authentication-Results: {header}\r\n"
    )
    return text.encode("utf-8")


def _dkim_entry(signature: DkimVerdict) -> str:
    reason = f" ({_comment(signature.reason)})" if signature.reason else ""
    properties = f" header.i={_value(signature.identity)}"
    if signature.selector:
        properties += f" header.s={_value(signature.selector)}"
    if signature.tag_b:
        properties += f" header.b={_value(signature.tag_b)}"
    return f"dkim={signature.result}{reason}{properties}"


def _spf_property(envelope: Envelope) -> str:
    if envelope.mail_from:
        return f"smtp.mailfrom={_value(envelope.mail_from)}"
    return f"smtp.helo={_value(envelope.helo)}"


def _operator(name: str) -> str:
    """``google.com`` of ``mx.google.com``: the name without its host label."""
    _, _, parent = name.partition(".")
    return parent if "." in parent else name


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("?", text[:_LONGEST])


def _host(text: str) -> str:
    return _NO_HOST.sub("?", _clean(text)) or "unknown"


def _comment(text: str) -> str:
    return _COMMENT_SPECIAL.sub(r"\\\1", _clean(text))


def _value(text: str) -> str:
    """A pvalue: as it is when it may be (RFC 8601 2.2), else a quoted string."""
    clean = _clean(text)
    return clean if _PLAIN_VALUE.fullmatch(clean) else '"' + _SPECIAL.sub(r"\\\1", clean) + '"'
