"""The mailbox simulator: what becomes of mail to ``*@simulator.amazonses.com``. Source: events-and-api 1.

Replies are those observed in 2026. Mail that a simulated mailbox takes is delivered to the sink like any other,
so that it can be looked at; mail that it refuses is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.policy.simulator import is_at_simulator
from emulator.values import Outcome


@dataclass(frozen=True, slots=True)
class Simulated:
    """``delivered``: the mailbox took the mail (and may complain or answer afterwards)."""

    outcome: Outcome
    delivered: bool
    reply: str


def simulated(recipient: str) -> Simulated | None:
    """The fate of a simulator address (labels allowed), or None for an ordinary one."""
    if not is_at_simulator(recipient):
        return None
    match recipient.rpartition("@")[0].partition("+")[0].lower():
        case "success":
            return Simulated(Outcome.DELIVERED, True, "250 Ok")
        case "complaint":
            return Simulated(Outcome.COMPLAINED, True, "250 Ok")
        case "ooto":
            return Simulated(Outcome.AUTO_REPLIED, True, "250 Ok")
        case "bounce":
            return Simulated(Outcome.BOUNCED, False, f"550 5.1.1 As requested: user unknown <{recipient}>")
        case "suppressionlist":
            return Simulated(
                Outcome.BOUNCED, False, f"550 5.1.1 As requested: user unknown (suppressed address: {recipient})"
            )
        case _:
            return Simulated(Outcome.BOUNCED, False, f"550 5.1.1 user unknown <{recipient}>")
