"""What else the rules know of a mail beside its account and identities: configuration sets, other accounts' identities,
and policies. Looked up within the transaction, and only where the mail or an identity gives a reason to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from emulator.documents.configuration_sets import ConfigurationSet
from emulator.documents.identity_policies import IdentityPolicy
from emulator.mail.envelope import Outgoing
from emulator.mail.envelope import outgoing as shared_outgoing
from emulator.policy import configuration
from emulator.policy.identity import candidates
from emulator.policy.identity_arns import named, parse
from emulator.store.ports import Reader
from emulator.values import Identity, IdentityArns, Scope

if TYPE_CHECKING:
    from emulator.policy.authorization import Authority
    from emulator.policy.policy_document import Statement


def configuration_sets(
    reader: Reader, scope: Scope, asked: Iterable[str | None], identities: Mapping[str, Identity]
) -> dict[str, ConfigurationSet]:
    """Those that one of the mails could be sent with, by name."""
    names = {name: None for one in asked for name in configuration.names_to_load(one, identities)}
    return {one.name: one for one in reader.documents(ConfigurationSet, scope, names)} if names else {}


def authorities(
    reader: Reader, scope: Scope, arns: IdentityArns | None, identities: Mapping[str, Identity]
) -> dict[str, Authority]:
    """By ARN: other accounts' identities that the mail's caller named, and those of ``identities`` (the caller's own)
    that have policies."""
    wanted = [parsed for arn in named(arns).values() if (parsed := parse(arn))] if arns is not None else []
    found = [_authority(reader, of, name) for of, name in dict.fromkeys(wanted) if of != scope]
    found += [_authority(reader, scope, one.name) for one in identities.values() if one.has_policies]
    return {one.arn: one for one in found}


def _authority(reader: Reader, of: Scope, name: str) -> Authority:
    from emulator.policy.authorization import Authority

    names = candidates(name) if "@" in name else (name,)
    identities = {one.name: one for one in reader.identities(of, names)}
    known = identities.get(name)
    statements = _statements(reader, of, name) if known is not None and known.has_policies else ()
    return Authority(of, name, identities, statements)


def _statements(reader: Reader, of: Scope, name: str) -> tuple[Statement, ...]:
    from emulator.policy.policy_document import parse as parse_policy

    policies = reader.list_documents(IdentityPolicy, of, parent=name)
    return tuple(statement for policy in policies for statement in parse_policy(policy.text))


def outgoing(reader: Reader, scope: Scope, used: ConfigurationSet | None, now: float) -> Outgoing:
    """The MTA that the mail leaves from: of the set's sending pool, where it has one."""
    if used is None or used.delivery is None or used.delivery.sending_pool is None:
        return shared_outgoing(scope.region)
    from emulator.post.dedicated_ips import outgoing_of

    return outgoing_of(reader, scope, used.delivery.sending_pool, now)
