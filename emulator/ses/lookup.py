"""Finding identities by the name a caller gave."""

from __future__ import annotations

from collections.abc import Sequence

from emulator import errors
from emulator.policy import identity_arns
from emulator.ses.call import Call, Desk
from emulator.values import Identity


def key(name: str) -> str:
    """The name under which an identity is kept: domains in lower case, addresses as they are."""
    return name if "@" in name else name.lower()


def named(call: Call, given: str) -> str:
    """As ``key``, of a name or of the ARN of an identity in the call's account and region (API1: where v1 takes
    either). The ARN of another is nobody's name."""
    parsed = identity_arns.parse(given)
    return parsed[1] if parsed is not None and parsed[0] == call.scope else key(given)


def find(desk: Desk, call: Call, name: str) -> Identity | None:
    return desk.identities.get(call.scope, key(name))


def existing(desk: Desk, call: Call, name: str) -> Identity:
    """The identity of that name, or v2's 404."""
    identity = find(desk, call, name)
    if identity is None:
        raise errors.email_identity_does_not_exist(name)
    return identity


def find_all(desk: Desk, call: Call, names: Sequence[str]) -> list[tuple[str, Identity]]:
    """Those that exist, each beside the name it was asked by."""
    with desk.store.read() as reader:
        found = {identity.name: identity for identity in reader.identities(call.scope, {key(name) for name in names})}
    return [(name, found[key(name)]) for name in dict.fromkeys(names) if key(name) in found]
