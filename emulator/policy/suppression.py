"""Whom SES does not send to because of a suppression list, and whom it puts there itself.

Source: reference events-and-api.md 5.1. Reasons gate both: an address that is listed for a reason which is not in force
is sent to. Local parts keep their case (observed), so ``A@x.example`` and ``a@x.example`` are two entries.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from emulator.documents.account_attributes import AccountAttributes
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.documents.suppression import SuppressedDestination
from emulator.documents.tenants import Tenant
from emulator.policy.simulator import is_at_simulator
from emulator.values import Outcome

BOUNCE = "BOUNCE"
COMPLAINT = "COMPLAINT"
_TENANT = "TENANT"

# The diagnostic code of such a bounce (observed 2022 and 2026).
ON_ACCOUNT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. For "
    "more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
)
# Inferred from that: a tenant's own list has a subtype of its own (documented) and no text in any source.
ON_TENANT_LIST = ON_ACCOUNT_LIST.replace(
    "the suppression list for your account", "the suppression list for your tenant"
)
# RFC 3463: given up after temporary failures, mailbox full, message too long for it, message too big for the system,
# content and media (5.6).
_TRANSIENT = re.compile(r"5\d\d[ -](?:4\.\d|5\.(?:2\.[23]|3\.4|6\.\d{1,3}))\b")
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


def is_transient(reply: str) -> bool:
    """Whether SES calls a bounce with this reply Transient."""
    return _TRANSIENT.match(reply) is not None


def reason_to_list(recipient: str, outcome: Outcome, reply: str) -> str | None:
    """Why an ended delivery puts its recipient on the list, as far as the reasons in force allow. Addresses of the
    mailbox simulator never come there (documented), nor does a bounce that SES calls Transient (2.1: MailboxFull,
    MessageTooLarge, ContentRejected, CustomTimeoutExceeded), told by the enhanced status in ``reply``."""
    if is_at_simulator(recipient):
        return None
    if outcome is Outcome.BOUNCED and is_transient(reply):
        return None
    return _REASONS.get(outcome)
