"""The mailbox simulator's addresses, as far as the rules care: exempt in the sandbox, free of the daily quota.

Source: reference sending.md 1.1. Labels are allowed (``bounce+label1@…``); the case of neither half matters
(undocumented for the local part, decided). Any other local part there is a stranger: not exempt, and counted.
"""

from __future__ import annotations

DOMAIN = "simulator.amazonses.com"
LOCAL_PARTS = frozenset({"success", "bounce", "ooto", "complaint", "suppressionlist"})


def is_simulator(addr_spec: str) -> bool:
    """Whether a bare address is one of the mailbox simulator's. Any text may be asked about."""
    return is_at_simulator(addr_spec) and addr_spec.rpartition("@")[0].partition("+")[0].lower() in LOCAL_PARTS


def is_at_simulator(address: str) -> bool:
    """Whether an address is at the simulator's domain, which has strangers too. Any text may be asked about."""
    _, at, domain = address.rpartition("@")
    return bool(at) and domain.lower() == DOMAIN
