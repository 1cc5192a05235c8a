"""The DNS records an identity needs: what its owner must publish, and what SES publishes behind them.

Source: reference 4.3 (Easy DKIM, BYODKIM), 5.1 (MAIL FROM), 6.1 (``_amazonses`` TXT).
"""

from __future__ import annotations

from emulator.dns.amazonses import dkim_zone
from emulator.policy.mail_from import expected_mx
from emulator.values import DkimOrigin, Identity, IdentityKind, Record

MAIL_FROM_SPF = "v=spf1 include:amazonses.com ~all"


def verification_record(identity: Identity) -> Record | None:
    """The ``_amazonses`` TXT of a domain that was given a token by VerifyDomainIdentity."""
    if identity.kind is not IdentityKind.DOMAIN or not identity.verification.token:
        return None
    return Record(f"_amazonses.{identity.name}", "TXT", identity.verification.token)


def dkim_records(identity: Identity, public_key: str | None) -> tuple[Record, ...]:
    """Easy DKIM's three CNAMEs, or BYODKIM's one TXT. ``public_key`` is base64 SPKI; None when the key that was
    brought is no key, and then there is nothing that could be published."""
    dkim = identity.dkim
    if dkim.origin is DkimOrigin.BYODKIM:
        if public_key is None:
            return ()
        return tuple(
            Record(f"{selector}._domainkey.{identity.name}", "TXT", f"p={public_key}") for selector in dkim.tokens
        )
    zone = dkim_zone(identity.scope.region)
    return tuple(Record(f"{token}._domainkey.{identity.name}", "CNAME", f"{token}.{zone}") for token in dkim.tokens)


def dkim_key_records(identity: Identity, public_key: str) -> tuple[Record, ...]:
    """What SES itself publishes behind the three CNAMEs. Which of the three signs is not documented: here the first
    does, and all three hold its key, so that the other two are valid spares."""
    if identity.dkim.origin is not DkimOrigin.EASY_DKIM:
        return ()
    zone = dkim_zone(identity.scope.region)
    return tuple(Record(f"{token}.{zone}", "TXT", f"p={public_key}", origin="ses") for token in identity.dkim.tokens)


def mail_from_records(identity: Identity) -> tuple[Record, ...]:
    """MX for bounces and TXT for SPF; only the MX decides the status, only the TXT makes SPF pass."""
    domain = identity.mail_from.domain
    if domain is None:
        return ()
    return (
        Record(domain, "MX", expected_mx(identity.scope.region)),
        Record(domain, "TXT", MAIL_FROM_SPF),
    )
