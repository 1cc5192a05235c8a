"""What the receiver concludes of a mail: values, decided in ``receiver/``, kept by the store, shown by the pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpfVerdict:
    """RFC 7208 result (``pass fail softfail neutral none temperror permerror``) for ``domain`` and ``client_ip``."""

    result: str
    domain: str
    client_ip: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class DkimVerdict:
    """One DKIM-Signature. ``identity`` is i= (default ``@d``); ``tag_b`` the first 8 characters of b=;
    ``reason`` why it did not pass, "" when it did."""

    result: str
    domain: str
    selector: str
    identity: str
    tag_b: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DmarcVerdict:
    """RFC 7489 result. ``policy`` p= of the record found ("" when none), ``aligned_by``: "dkim", "spf", "dkim,spf"
    or ""; ``aligned_by`` is told also when the domain publishes no record, since Gmail's "via" rests on it."""

    result: str
    from_domain: str
    policy: str = ""
    subdomain_policy: str = ""
    record_domain: str = ""
    aligned_by: str = ""


@dataclass(frozen=True, slots=True)
class Display:
    """What Gmail shows beside the sender; None where it shows nothing."""

    mailed_by: str | None
    signed_by: str | None
    via: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one of SPF, DKIM, DMARC or via came out so, and the exact record or call that would change it
    ("" when nothing needs changing)."""

    about: str
    sentence: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything the receiver concluded from bytes, client address and DNS. ``header`` is the value of
    Authentication-Results with its folding."""

    spf: SpfVerdict
    dkim: tuple[DkimVerdict, ...]
    dmarc: DmarcVerdict
    display: Display
    header: str
    reasons: tuple[Reason, ...] = ()
