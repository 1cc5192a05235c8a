"""Mail that a tenant sends (v2 TenantName): whether the tenant may send it.

Source: ``policy/tenants.py``. The tenant is looked for once the call's shape is right and before anything in it is
(observed: before the recipients); what the mail rests on, as soon as that is known. What is not there is left to the
rules of every send, which have their own words for it. An identity of another account belongs to no tenant of this one
(inferred from CreateTenantResourceAssociation, which takes none). A bulk send is asked as a whole: all its mails rest
on the same, and the statuses of an entry have none for it (decided).
"""

from __future__ import annotations

from emulator.documents.configuration_sets import ConfigurationSet
from emulator.documents.tenants import Tenant, TenantResource
from emulator.errors import Fault
from emulator.errors import tenants as errors
from emulator.mail import raw
from emulator.policy import configuration, identity_arns, tenants
from emulator.policy.addresses import parse_any_length
from emulator.policy.headers import configuration_set_of
from emulator.policy.identity import candidates, settings_identity
from emulator.policy.screen import PASSED, REFUSED, Ruling
from emulator.ses.call import Call, Desk
from emulator.store.ports import Reader
from emulator.values import Submission


def require_tenant(desk: Desk, call: Call, name: str) -> None:
    """Raises unless the tenant is there, and its sending is not paused."""
    with desk.store.read() as reader:
        found = reader.document(Tenant, call.scope, name)
    try:
        tenants.require_tenant(name, found, call.scope)
    except Fault as fault:
        call.rulings.append(Ruling("tenant", REFUSED, str(fault.message)))
        raise


def require_resources(desk: Desk, call: Call, submission: Submission) -> None:
    """Raises unless everything that the mail rests on is the tenant's (``submission.tenant``)."""
    with desk.store.read() as reader:
        try:
            needed = _needed(reader, submission)
            associated = reader.documents(TenantResource, call.scope, needed, parent=submission.tenant or "")
            tenants.require_associated(needed, {one.name for one in associated}, call.scope)
        except Fault as fault:
            call.rulings.append(Ruling("tenant", REFUSED, str(fault.message)))
            raise
    fact = f"tenant {submission.tenant} has {', '.join(needed) or 'all there is'}"
    call.rulings.append(Ruling("tenant", PASSED, fact))


def _needed(reader: Reader, submission: Submission) -> tuple[str, ...]:
    scope, letter = submission.scope, raw.letter(submission)
    sender, address = _sender((*letter.from_, submission.source or ""))
    arns = identity_arns.arns_of(submission, letter)
    arn = identity_arns.arn_for(sender, submission, letter, arns) if arns is not None else None
    owner = identity_arns.parse(arn) if arn is not None else None
    if arn is not None and owner is not None and owner[0] != scope:
        raise errors.tenant_not_associated([arn])
    identities = {one.name: one for one in reader.identities(scope, candidates(address))}
    identity = settings_identity(address, identities)
    chosen = configuration.chosen(configuration_set_of(submission, letter), address, identities)
    there = chosen is not None and reader.document(ConfigurationSet, scope, chosen.name) is not None
    template = submission.template
    return tenants.needed(
        identity.name if identity is not None else None,
        chosen.name if chosen is not None and there else None,
        template.name if template is not None and not template.missing else None,
    )


def _sender(given: tuple[str, ...]) -> tuple[str, str]:
    """The first that can be read, as it was given and bare."""
    for one in given:
        try:
            return one, parse_any_length(one).addr_spec
        except Fault:
            continue
    return "", ""
