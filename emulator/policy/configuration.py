"""Which configuration set a mail is sent with, and whether that lets it go.

Source: events-and-api.md 3.3: the one that the call or the message names, else the default of the email identity, else
that of the domain's. Defaults are looked for from the most specific verified identity upwards; an identity of another
account lends its name and not its set (sets are its account's own).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emulator import errors
from emulator.documents.configuration_sets import ENABLED, ConfigurationSet
from emulator.errors import configuration_sets as set_errors
from emulator.policy.identity import candidates
from emulator.values import Identity


@dataclass(frozen=True, slots=True)
class Chosen:
    """The name of a set, and whether it is an identity's default."""

    name: str
    default: bool = False


def chosen(asked: str | None, addr_spec: str, identities: Mapping[str, Identity]) -> Chosen | None:
    """``asked``: what call or message name; ``addr_spec``: the sender's. None: the mail goes without a set."""
    if asked:
        return Chosen(asked)
    for name in candidates(addr_spec):
        identity = identities.get(name)
        if identity is not None and identity.verified and identity.configuration_set is not None:
            return Chosen(identity.configuration_set, default=True)
    return None


def names_to_load(asked: str | None, identities: Mapping[str, Identity]) -> tuple[str, ...]:
    """Of the sets that could be chosen."""
    if asked:
        return (asked,)
    return tuple({one.configuration_set: None for one in identities.values() if one.configuration_set is not None})


def require(wanted: Chosen, sets: Mapping[str, ConfigurationSet]) -> ConfigurationSet:
    """The set. Raises where it does not exist; where it asks for S/MIME, or for recipients to be validated, neither of
    which is done here, that is said."""
    found = sets.get(wanted.name)
    if found is None:
        if wanted.default:
            raise set_errors.default_set_does_not_exist(wanted.name)
        raise errors.configuration_set_does_not_exist(wanted.name)
    if found.signing is not None and found.signing.smime:
        raise errors.feature_not_emulated("Signing with S/MIME (SmimeScheme of a configuration set)")
    if found.suppression is not None and found.suppression.validation == ENABLED:
        raise errors.feature_not_emulated("Validating recipients (ValidationOptions of a configuration set)")
    return found


def told(wanted: Chosen, found: ConfigurationSet) -> str:
    """For the request log."""
    fact = f"configuration set {found.name}" + (", the identity's default" if wanted.default else "")
    return fact + (", whose archive (Mail Manager) is not written here" if found.archive is not None else "")


def require_sending_enabled(found: ConfigurationSet) -> None:
    if not found.sending_enabled:
        raise set_errors.sending_paused(found.name)
