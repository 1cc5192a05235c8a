"""The faults in force: ordered at the start or by the inspection API, each counted. Thread-safe.

The same orders with the same seed fall on the same chances: every rule draws from a sequence of its own, so that calls
of one kind do not change what happens to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Event, Lock
from typing import NoReturn

from emulator import ids
from emulator.clock import monotonic
from emulator.errors import ordered
from emulator.mail.raw import split_name
from emulator.policy.ordered_faults import FaultKind, FaultRule, reply_of

_MOST_GREYLISTED = 10_000


class ConnectionDropped(Exception):
    """The caller is to get no answer at all."""


@dataclass(slots=True)
class FaultOrder:
    """A rule in force, how often it happened, and the chances that it draws."""

    rule: FaultRule
    chances: Random
    happened: int = 0
    first_seen: dict[str, float] = field(default_factory=dict)


class FaultOrders:
    """``rules`` and ``seed`` are those of the start, to which ``back_to_start`` returns."""

    def __init__(self, rules: Sequence[FaultRule] = (), seed: int = 0) -> None:
        self._at_start = (tuple(rules), seed)
        self._lock = Lock()
        self._ended = Event()
        self.order(rules, seed)

    def order(self, rules: Iterable[FaultRule], seed: int) -> None:
        """These and no others. A call that is under way still meets those of its beginning."""
        orders = tuple(
            FaultOrder(rule, ids.sequence_of_chance(f"{seed}/{number}")) for number, rule in enumerate(rules)
        )
        with self._lock:
            self.seed = seed
            self._orders = orders

    def back_to_start(self) -> None:
        self.order(*self._at_start)

    def end(self) -> None:
        """Nobody is kept waiting any longer."""
        self._ended.set()

    def orders(self) -> tuple[FaultOrder, ...]:
        return self._orders

    def before_call(self, operation: str, account: str) -> None:
        """A call of SES came in. Returns late, or raises ``Fault`` or ``ConnectionDropped``, as was ordered."""
        if self._orders:
            self._strike(lambda rule: rule.hits_call(operation, account))

    def before_send(self, operation: str, account: str, recipients: Iterable[str]) -> None:
        """The same for a call that sends, once it is known to whom: raw address strings."""
        if self._orders:
            bare = [split_name(recipient)[1] for recipient in recipients]
            self._strike(lambda rule: rule.hits_send(operation, account, bare))

    def at_mx(self, sender: str, recipient: str) -> str | None:
        """The MX's reply to RCPT TO when it was ordered to refuse."""
        if not self._orders:
            return None
        for order in self._orders:
            if order.rule.hits_delivery(recipient) and self._happens(order, f"{sender} {recipient}"):
                return reply_of(order.rule, recipient)
        return None

    def _strike(self, hits: Callable[[FaultRule], bool]) -> None:
        for order in self._orders:
            if hits(order.rule) and self._happens(order):
                self._do(order.rule)

    def _happens(self, order: FaultOrder, pair: str = "") -> bool:
        with self._lock:
            if order.rule.kind is FaultKind.GREYLIST:
                return self._is_greylisted(order, pair)
            if order.rule.times is not None and order.happened >= order.rule.times:
                return False
            if order.rule.probability < 1 and order.chances.random() >= order.rule.probability:
                return False
            order.happened += 1
            return True

    def _do(self, rule: FaultRule) -> None:
        match rule.kind:
            case FaultKind.SLOW:
                self._ended.wait(rule.seconds)
            case FaultKind.DROP:
                raise ConnectionDropped
            case _:
                _refuse(rule.kind)

    def _is_greylisted(self, order: FaultOrder, pair: str) -> bool:
        """A pair of sender and recipient is told to come back until the rule's seconds have passed since it was first
        seen. The domain of the sender counts: SES's envelope sender is another for each message."""
        sender, _, recipient = pair.partition(" ")
        key = f"{sender.rpartition('@')[2]} {recipient}"
        first = order.first_seen.get(key)
        if first is None:
            if len(order.first_seen) >= _MOST_GREYLISTED:
                order.first_seen.clear()
            first = order.first_seen[key] = monotonic()
        if monotonic() - first >= order.rule.seconds:
            return False
        order.happened += 1
        return True


def _refuse(kind: FaultKind) -> NoReturn:
    match kind:
        case FaultKind.THROTTLE:
            raise ordered.throttled_as_ordered()
        case FaultKind.ERROR_503:
            raise ordered.unavailable_as_ordered()
        case _:
            raise ordered.failed_as_ordered()
