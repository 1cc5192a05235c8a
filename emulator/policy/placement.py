"""Where a mailbox provider puts a mail, by what its receiver concluded: into the inbox, into spam, or nowhere.

Source: Google's Email sender guidelines (mail must pass SPF or DKIM, else it is marked as spam or rejected) and
RFC 7489 6.3 (a domain's policy for mail that fails DMARC). What a mail says is not looked at.
"""

from __future__ import annotations

from enum import StrEnum

from emulator.verdicts import DmarcVerdict, Verdict

# The provider that our receiver judges as.
PROVIDER = "Gmail"


class Place(StrEnum):
    INBOX = "INBOX"
    SPAM = "SPAM"
    MISSING = "MISSING"


def place(verdict: Verdict) -> Place:
    """Where a mail with this verdict is put."""
    if verdict.dmarc.result == "fail":
        policy = _policy(verdict.dmarc)
        if policy == "reject":
            return Place.MISSING
        if policy == "quarantine":
            return Place.SPAM
    return Place.INBOX if passes_spf(verdict) or passes_dkim(verdict) else Place.SPAM


def passes_spf(verdict: Verdict) -> bool:
    return verdict.spf.result == "pass"


def passes_dkim(verdict: Verdict) -> bool:
    return any(signature.result == "pass" for signature in verdict.dkim)


def _policy(dmarc: DmarcVerdict) -> str:
    below = dmarc.from_domain != dmarc.record_domain
    return (dmarc.subdomain_policy if below else "") or dmarc.policy
