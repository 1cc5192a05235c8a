"""Which identity speaks for an address, and whether it may.

Two questions (reference sending.md 1.1): *permission* is given by any verified identity that covers the address; the
*settings* (MAIL FROM, DKIM) are those of the most specific one, address > lowest subdomain > higher domain. An address
identity is case-sensitive even in its domain half, a domain never is. ``sender@example.com`` covers
``sender+label@example.com``; for recipients the guide is silent, the same match is used.

Settings "apply at the most granular level you verified" (DG:creating-identities), so an identity that waits to be
verified takes nothing from the domain above it. Where none is verified, the most specific one that exists is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.values import Identity, IdentityKind, Status

_MAX_DOMAIN = 255


def candidates(addr_spec: str) -> tuple[str, ...]:
    """The names under which an identity could cover ``addr_spec``, most specific first: the address, the address
    without ``+label``, its domain, then each parent that still has a dot. Never raises."""
    local, at, domain = addr_spec.rpartition("@")
    if not at:
        return ()
    names = [addr_spec]
    unlabelled, plus, _ = local.partition("+")
    if plus and unlabelled:
        names.append(f"{unlabelled}@{domain}")
    domain = domain.lower()
    if len(domain) > _MAX_DOMAIN or domain.startswith("["):
        return tuple(names)
    names.append(domain)
    _, dot, parent = domain.partition(".")
    while dot and "." in parent:
        names.append(parent)
        _, dot, parent = parent.partition(".")
    return tuple(names)


def settings_identity(addr_spec: str, identities: Mapping[str, Identity]) -> Identity | None:
    """Whose MAIL FROM is used."""
    there = [identities[name] for name in candidates(addr_spec) if name in identities]
    return _first_verified(there)


def dkim_identity(addr_spec: str, identities: Mapping[str, Identity]) -> Identity | None:
    """The domain identity whose key signs.

    The documents disagree on an address identity (reference 4.3); a second-hand observation has it reporting its
    domain's DKIM, with toggling it a no-op. So an address identity never has DKIM of its own here.
    """
    there = [identities[name] for name in candidates(addr_spec) if name in identities]
    return _first_verified([one for one in there if one.kind is IdentityKind.DOMAIN])


def _first_verified(there: Sequence[Identity]) -> Identity | None:
    return next((one for one in there if one.verified), there[0] if there else None)


def covers(addr_spec: str, identities: Mapping[str, Identity]) -> Identity | None:
    """The most specific *verified* identity that lets ``addr_spec`` send, or receive in the sandbox."""
    for name in candidates(addr_spec):
        identity = identities.get(name)
        if identity is not None and identity.verified:
            return identity
    return None


def signs(identity: Identity | None) -> bool:
    """Whether mail is signed with the identity's own key: DKIM enabled and verified, also while a lost record still
    has its grace (reference 4.3: the warning comes first, revocation after it)."""
    if identity is None:
        return False
    dkim = identity.dkim
    return (
        dkim.enabled
        and dkim.status in (Status.SUCCESS, Status.TEMPORARY_FAILURE)
        and bool(dkim.tokens)
        and dkim.private_key is not None
    )
