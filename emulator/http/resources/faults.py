"""``/faults``: the faults in force, ordered and ended; what each does stands in ``policy/ordered_faults.py``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, NotRequired, TypedDict

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest

from emulator.http import asked
from emulator.http.described import Described
from emulator.http.inspection import Inspection
from emulator.policy.ordered_faults import FaultKind, FaultRule, rule_from
from emulator.post.fault_orders import FaultOrders

_MOST_RULES = 100
_GREATEST_SEED = 2**63 - 1

Kind = Annotated[str, ("enum", tuple(kind.value for kind in FaultKind))]
Share = Annotated[float, ("exclusiveMinimum", 0), ("maximum", 1)]
Pause = Annotated[float, ("minimum", 0), ("maximum", 300)]


class FaultToOrder(TypedDict):
    """What is to go wrong. Calls of SES: `throttle`, `500`, `503`, `slow`, `drop`; the recipient's MX: `4xx`, `5xx`,
    `greylist`."""

    kind: Kind
    operation: NotRequired[Annotated[str | None, "as SendEmail or Send*; SMTP's is SendRawEmail"]]
    recipient: NotRequired[Annotated[str | None, "as *@slow.example"]]
    account: NotRequired[str | None]
    probability: NotRequired[Share]
    times: NotRequired[Annotated[int | None, ("minimum", 1), "how often at most"]]
    seconds: NotRequired[Annotated[Pause, "how slow, or how long greylisting lasts"]]
    reply: NotRequired[Annotated[str | None, "what the MX says"]]


class FaultInForce(TypedDict):
    """`null` where a rule says nothing."""

    kind: Kind
    operation: str | None
    recipient: str | None
    account: str | None
    probability: Share
    times: int | None
    seconds: Pause
    reply: str | None
    happened: Annotated[int, "how often it happened"]


class Faults(TypedDict):
    seed: int
    faults: list[FaultInForce]


class FaultsToOrder(TypedDict):
    """These and no others; the same seed makes the same things happen again."""

    seed: NotRequired[Annotated[int, ("minimum", 0)]]
    faults: Annotated[list[FaultToOrder], ("maxItems", _MOST_RULES), ("examples", ([{"kind": "slow", "times": 1}],))]


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/faults")
    @Described(Faults)
    def faults() -> Response:
        """List the faults that were ordered, and how often each happened."""
        return _in_force(inspection.faults)

    @api.put("/faults")
    @Described(Faults, body=FaultsToOrder, errors=(400,))
    def order_faults() -> Response:
        """Order faults: calls that fail, and mail servers that refuse or hesitate.

        They take the place of those that were in force.
        """
        rules, seed = _ordered(asked.json_object())
        inspection.faults.order(rules, seed)
        return _in_force(inspection.faults)

    @api.delete("/faults")
    @Described(Faults)
    def end_faults() -> Response:
        """End all faults, also those of the start; a reset brings the latter back."""
        inspection.faults.order((), 0)
        return _in_force(inspection.faults)


def _ordered(given: dict[str, Any]) -> tuple[list[FaultRule], int]:
    faults, seed = given.get("faults"), given.get("seed", 0)
    unknown = given.keys() - {"faults", "seed"}
    if unknown or not isinstance(faults, list) or len(faults) > _MOST_RULES:
        raise BadRequest(f'Give {{"faults": [...], "seed": n}} with at most {_MOST_RULES} faults.')
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= _GREATEST_SEED:
        raise BadRequest("seed must be a whole number of at least 0.")
    rules = []
    for number, one in enumerate(faults):
        if not isinstance(one, dict):
            raise BadRequest(f"faults[{number}] must be a JSON object.")
        try:
            rules.append(rule_from(one))
        except ValueError as problem:
            raise BadRequest(f"faults[{number}]: {problem}.") from problem
    return rules, seed


def _in_force(orders: FaultOrders) -> Response:
    shown = [asdict(order.rule) | {"happened": order.happened} for order in orders.orders()]
    return jsonify(seed=orders.seed, faults=shown)
