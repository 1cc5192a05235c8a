"""What the inspection API, the pages and the compatibility paths may do: one object, handed in by the runtime."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.clock import Clock
from emulator.dns.resolver import Resolver
from emulator.dns.responder import QueryLog
from emulator.post.arrivals import Arrivals
from emulator.post.fault_orders import FaultOrders
from emulator.post.happenings import Happenings
from emulator.post.identities import Identities
from emulator.post.journal import Journal
from emulator.post.published import PublishedLog
from emulator.store.ports import MessageFilter, Store


@dataclass(frozen=True, slots=True)
class Inspection:
    """``reset`` empties one account, or all with None. ``set_clock`` takes the new offset, ``zone_changed`` is called
    after a change; both return when the consequences (verification states) have been drawn. ``resolver`` gives
    one that is true to the world of this moment. ``catch_up`` is called before a search: it is right without, but may
    be slow."""

    store: Store
    clock: Clock
    identities: Identities
    journal: Journal
    published: PublishedLog
    arrivals: Arrivals
    happenings: Happenings
    faults: FaultOrders
    queries: QueryLog
    resolver: Callable[[], Resolver]
    set_clock: Callable[[float], None]
    zone_changed: Callable[[], None]
    reset: Callable[[str | None], None]
    catch_up: Callable[[], None]


def take_place(inspection: Inspection) -> bool:
    """Whether there is room for one more who listens or waits; given back with ``arrivals.leave_place``. Whoever
    listened and has gone without a word is found out first."""
    if inspection.arrivals.take_place():
        return True
    inspection.happenings.sweep()
    return inspection.arrivals.take_place()


def prepare_search(inspection: Inspection, wanted: MessageFilter) -> None:
    """Before a search, and outside the transaction in which it is made: many mails may wait for the index."""
    if wanted.q:
        inspection.catch_up()
