"""Whom SES does not send to because of a suppression list, and whom it puts there itself.

Source: reference events-and-api.md 5.1. Reasons gate both: an address that is listed for a reason which is not in force
is sent to. Local parts keep their case (observed), so ``A@x.example`` and ``a@x.example`` are two entries.
"""

from __future__ import annotations

from collections.abc import Collection

from emulator.diagnostics import transient_subtype
from emulator.documents.account_attributes import AccountAttributes
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.documents.suppression import SuppressedDestination
from emulator.documents.tenants import Tenant
from emulator.policy.simulator import is_at_simulator
from emulator.values import Outcome

BOUNCE = "BOUNCE"
COMPLAINT = "COMPLAINT"
_TENANT = "TENANT"

_REASONS = {Outcome.BOUNCED: BOUNCE, Outcome.COMPLAINED: COMPLAINT}
_OUTCOMES = {BOUNCE: Outcome.SUPPRESSED, COMPLAINT: Outcome.SUPPRESSED_COMPLAINT}


def listed(address: str) -> str:
    """How an address stands in a list: trimmed, its domain in lower case (observed). Any text may be given."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def has_own_list(tenant: Tenant | None, configuration_set: ConfigurationSet | None) -> bool:
    """Whether a tenant's mail is held against the tenant's list, not the account's (which is the default). A set that
    says which goes before (inferred from the reasons)."""
    if tenant is None:
        return False
    options = configuration_set.suppression if configuration_set is not None else None
    return ((options.scope if options is not None else None) or tenant.suppression_scope) == _TENANT


def reasons_in_force(
    account: AccountAttributes | None, configuration_set: ConfigurationSet | None, tenant: Tenant | None = None
) -> tuple[str, ...]:
    """The set's where it says anything, none included, else the tenant's likewise, else the account's (default:
    both)."""
    if configuration_set is not None and configuration_set.suppression is not None:
        reasons = configuration_set.suppression.reasons
        if reasons is not None:
            return reasons
    if tenant is not None and tenant.suppressed_reasons is not None:
        return tenant.suppressed_reasons
    return account.suppressed_reasons if account is not None else (BOUNCE, COMPLAINT)


def outcome_for(entry: SuppressedDestination, reasons: Collection[str]) -> Outcome | None:
    """What becomes of a copy to a listed address; None: it is sent."""
    return _OUTCOMES[entry.reason] if entry.reason in reasons else None


def reason_to_list(recipient: str, outcome: Outcome, reply: str) -> str | None:
    """Why an ended delivery puts its recipient on the list, as far as the reasons in force allow. Addresses of the
    mailbox simulator never come there (documented), nor does a bounce that SES calls Transient (2.1)."""
    if is_at_simulator(recipient):
        return None
    if outcome is Outcome.BOUNCED and transient_subtype(reply) is not None:
        return None
    return _REASONS.get(outcome)
