"""What may become an identity: the name given to VerifyEmailIdentity, VerifyDomainIdentity, CreateEmailIdentity.

Observed: ``Invalid domain name foo.example.com..`` (the name, then a period) for a domain with a final dot; and
``Invalid email address<addr>.`` without a blank (reference sending.md 2.2). The domain rule itself is RFC 1035's with
at least two labels; a literal, an underscore or a bare top-level name is no domain (decided).
"""

from __future__ import annotations

import re

from emulator import errors
from emulator.errors import Fault
from emulator.policy import addresses
from emulator.values import IdentityKind

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_MAX_DOMAIN = 255


def identity_kind(name: str) -> IdentityKind:
    """Whatever has an ``@`` is meant as an address."""
    return IdentityKind.EMAIL_ADDRESS if "@" in name else IdentityKind.DOMAIN


def is_domain(name: str) -> bool:
    return len(name) <= _MAX_DOMAIN and _DOMAIN.fullmatch(name) is not None


def domain_name(name: str) -> str:
    """The domain in lower case; raises ``Invalid domain name …``."""
    if not is_domain(name):
        raise errors.invalid_parameter(
            f"Invalid domain name {name}.",
            f"'{addresses.shown(name)}' is not a domain like example.com: letters, digits and hyphens between dots, "
            "no final dot.",
        )
    return name.lower()


def email_address(name: str) -> str:
    """The bare address, case kept; raises ``Invalid email address<…>.``"""
    try:
        valid = addresses.parse(name).addr_spec == name
    except Fault:
        valid = False
    if not valid:
        raise errors.invalid_parameter(
            f"Invalid email address<{name}>.",
            f"'{addresses.shown(name)}' is not a bare address like user@example.com.",
        )
    return name


def identity_name(name: str) -> tuple[str, IdentityKind]:
    """The name as it is stored, and its kind, for the calls that take either."""
    kind = identity_kind(name)
    if kind is IdentityKind.DOMAIN:
        return domain_name(name), kind
    return email_address(name), kind
