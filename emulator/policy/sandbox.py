"""Who fails the verification check.

Senders are checked always, recipients in the sandbox only (reference sending.md 1.1); a pending identity counts as
none. The list in the refusal is of raw strings as the caller gave them, recipients first, then senders (observed).
A string that fails twice is listed once, and after ten the list ends with an ellipsis (both undocumented: the guide
only says that a long list ends so).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emulator.policy.addresses import Mailbox
from emulator.policy.identity import covers
from emulator.policy.simulator import is_simulator
from emulator.values import Identity

LISTED = 10
ELLIPSIS = "..."

Named = tuple[str, Mailbox]
"""An address as the caller wrote it, and what it means."""


def failing(
    recipients: Iterable[Named], senders: Iterable[Named], identities: Mapping[str, Identity], production: bool
) -> tuple[str, ...]:
    """Every raw string that fails, once each, in SES's order; empty when all may pass."""
    failed: dict[str, None] = {}
    if not production:
        for raw, mailbox in recipients:
            address = mailbox.addr_spec
            if not is_simulator(address) and covers(address, identities) is None:
                failed[raw] = None
    for raw, mailbox in senders:
        if covers(mailbox.addr_spec, identities) is None:
            failed[raw] = None
    return tuple(failed)


def listed(failed: tuple[str, ...]) -> tuple[str, ...]:
    """What the refusal names: at most ten, then an ellipsis."""
    return failed if len(failed) <= LISTED else (*failed[:LISTED], ELLIPSIS)
