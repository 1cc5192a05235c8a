"""What statistics make of a sent copy: its events, and the metrics that they count in.

Source: events-and-api.md 1 (simulator addresses are in no metric, and have no DELIVERY, BOUNCE or COMPLAINT in
insights), 2.1 (bounce types), 5.1, 8. Opens and clicks are published and not kept, so they count nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.diagnostics import suppression_subtype, transient_subtype
from emulator.policy.simulator import is_at_simulator
from emulator.store.ports import SentCopy
from emulator.values import Outcome

UNKNOWN_ISP = "UNKNOWN_ISP"


@dataclass(frozen=True, slots=True)
class Event:
    """``type`` by v2's names. ``bounce_type`` (UNDETERMINED, TRANSIENT, PERMANENT) is there for bounces only,
    ``subtype`` for bounces and suppressed complaints."""

    at: float
    type: str
    bounce_type: str | None = None
    subtype: str | None = None
    diagnostic: str | None = None


def events(copy: SentCopy) -> tuple[Event, ...]:
    """Oldest first."""
    if copy.outcome is Outcome.RENDERING_FAILED:
        return (Event(copy.accepted_at, "RENDERING_FAILURE"),)
    sent = Event(copy.accepted_at, "SEND")
    if copy.outcome is Outcome.REJECTED:
        # SES itself did it, so the recipient's being a simulator changes nothing.
        return (sent, Event(copy.updated_at or copy.accepted_at, "REJECT"))
    if is_at_simulator(copy.recipient):
        return (sent,)
    return (sent, *_ending(copy, copy.updated_at or copy.accepted_at))


def _ending(copy: SentCopy, at: float) -> Iterator[Event]:
    match copy.outcome:
        case Outcome.DELIVERED:
            yield Event(at, "DELIVERY")
        case Outcome.COMPLAINED:
            yield Event(at, "DELIVERY")
            yield Event(at, "COMPLAINT")
        case Outcome.AUTO_REPLIED:
            yield Event(at, "DELIVERY")
            yield Event(at, "BOUNCE", "TRANSIENT", "General")
        case Outcome.BOUNCED:
            kind = "PERMANENT" if transient_subtype(copy.reply) is None else "TRANSIENT"
            yield Event(at, "BOUNCE", kind, "General", f"smtp; {copy.reply}")
        case Outcome.SUPPRESSED:
            yield Event(at, "BOUNCE", "PERMANENT", suppression_subtype(copy.reply), copy.reply)
        case Outcome.SUPPRESSED_COMPLAINT:
            yield Event(at, "COMPLAINT", None, suppression_subtype(copy.reply))
        case Outcome.UNSUBSCRIBED:
            yield Event(at, "BOUNCE", "PERMANENT", "UnsubscribedRecipient", copy.reply)


def metrics(copy: SentCopy) -> Iterator[tuple[str, float]]:
    """The metrics in which the copy counts, each with the instant. Bounces and complaints of suppressed and opted-out
    recipients do not (documented of the account's list)."""
    if is_at_simulator(copy.recipient):
        return
    for event in events(copy):
        if event.subtype not in (None, "General"):
            continue
        name = f"{event.bounce_type}_BOUNCE" if event.type == "BOUNCE" else event.type
        yield name, event.at


def last_event(copy: SentCopy) -> str:
    """As LastDeliveryEvent names it, which has no word for a reject: such a mail was sent and got no further."""
    last = events(copy)[-1] if copy.outcome is not Outcome.REJECTED else events(copy)[0]
    return f"{last.bounce_type}_BOUNCE" if last.type == "BOUNCE" else last.type
