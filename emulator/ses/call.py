"""What an operation is given: who calls (``Call``) and what it may work with (``Desk``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.aws.paging import Tokens
from emulator.clock import Clock
from emulator.dns.resolver import Resolver
from emulator.post.fault_orders import FaultOrders
from emulator.post.identities import Identities
from emulator.settings import Settings
from emulator.store.ports import Store
from emulator.values import Door, Scope

if TYPE_CHECKING:
    from emulator.policy.screen import Ruling
    from emulator.post.accept import Acceptance
    from emulator.post.bounces import Bounces


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. ``rulings`` collects what each rule said, for the request log."""

    scope: Scope
    door: Door
    operation: str
    caller: str
    source_ip: str
    request_id: str
    rulings: list[Ruling] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
    """What operations work with. ``acceptance`` and ``bounces`` are made when they are first asked for. ``tokens``
    signs and reads paging tokens. ``neighbour(service, scope)`` is a boto3 client of another AWS service; it is asked
    outside of transactions. ``resolver()`` is true to the world of this moment."""

    store: Store
    clock: Clock
    settings: Settings
    acceptance: Callable[[], Acceptance]
    identities: Identities
    bounces: Callable[[], Bounces]
    tokens: Tokens
    faults: FaultOrders
    neighbour: Callable[[str, Scope], Any]
    resolver: Callable[[], Resolver]


Params = Mapping[str, Any]
Result = dict[str, Any]
Operation = Callable[[Desk, Call, Params], Result]
