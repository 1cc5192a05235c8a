"""What Gmail shows beside the sender: mailed-by, signed-by and via. Source: reference sending.md 5.3, the article.

- mailed-by: the envelope's domain, whole, when SPF passed.
- signed-by: the domain of the signature that passed and is aligned with From, else of the first that passed.
- via: hidden as soon as the DKIM domain or the SPF domain is aligned with From (relaxed; DMARC's modes do not
  matter); else the DKIM domain, else the SPF domain. Where nothing is authenticated there is nobody to name, and
  Gmail puts a question mark beside the sender instead.
"""

from __future__ import annotations

from emulator.receiver.organizational import OrganizationalDomains
from emulator.verdicts import Display, DkimVerdict, SpfVerdict


def display(
    from_domain: str, spf: SpfVerdict, dkim: tuple[DkimVerdict, ...], organizational: OrganizationalDomains
) -> Display:
    """``from_domain`` "" (no domain to be picked from From) is aligned with nothing."""
    signers = [signature.domain for signature in dkim if signature.result == "pass"]
    ours = [domain for domain in signers if organizational.aligned(domain, from_domain)]
    signed_by = next(iter(ours or signers), None)
    mailed_by = spf.domain if spf.result == "pass" else None
    hidden = bool(ours) or (mailed_by is not None and organizational.aligned(mailed_by, from_domain))
    return Display(mailed_by=mailed_by, signed_by=signed_by, via=None if hidden else signed_by or mailed_by)
