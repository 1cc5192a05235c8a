"""Which function serves which operation. What is not in these tables is refused aloud by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from emulator.aws.faults import operation_not_emulated
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.values import Door

# What nearly every call is for, each loaded when it, or one behind it, is first called; all others are loaded together.
_USUAL = ("account", "sending", "identities", "dkim", "mail_from")
_OTHERS = (
    "account_attributes",
    "bulk",
    "certificates",
    "configuration_options",
    "configuration_sets",
    "contact_lists",
    "contacts",
    "custom_verification",
    "dedicated_ips",
    "deliverability",
    "deliverability_statistics",
    "event_destinations",
    "export_jobs",
    "identity_policies",
    "import_jobs",
    "insights",
    "metrics",
    "multi_region_endpoints",
    "notifications",
    "receipt_rules",
    "recommendations",
    "reputation",
    "send_bounce",
    "suppression",
    "tags",
    "templated",
    "templates",
    "tenants",
)

Operations = Mapping[Door, Mapping[str, Operation]]


def dispatch(desk: Desk, call: Call, params: Params) -> Result:
    """Runs the operation and returns its result in the model's member names. Raises ``Fault``."""
    operation = _found(call)
    if operation is None:
        raise operation_not_emulated(call.operation, call.door.value)
    return operation(desk, call, params)


def _found(call: Call) -> Operation | None:
    for area in _USUAL:
        operation = _served((area,))[call.door].get(call.operation)
        if operation is not None:
            return operation
    return _served(_OTHERS)[call.door].get(call.operation)


def operations(door: Door) -> Mapping[str, Operation]:
    """All that are served."""
    return {**_served(_USUAL)[door], **_served(_OTHERS)[door]}


@cache
def _served(areas: tuple[str, ...]) -> Operations:
    modules = [import_module(f"emulator.ses.{area}") for area in areas]
    return {
        Door.V1: {name: operation for module in modules for name, operation in module.V1.items()},
        Door.V2: {name: operation for module in modules for name, operation in module.V2.items()},
    }
