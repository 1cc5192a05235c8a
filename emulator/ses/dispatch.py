"""Which function serves which operation. What is not in these tables is refused aloud by name."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.aws.faults import operation_not_emulated
from emulator.ses import (
    account,
    account_attributes,
    certificates,
    dkim,
    identities,
    mail_from,
    multi_region_endpoints,
    receipt_rules,
    reputation,
    sending,
    tags,
    tenants,
)
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.values import Door

_AREAS = (
    identities,
    dkim,
    mail_from,
    sending,
    account,
    account_attributes,
    certificates,
    receipt_rules,
    tags,
    tenants,
    reputation,
    multi_region_endpoints,
)

OPERATIONS: Mapping[Door, Mapping[str, Operation]] = {
    Door.V1: {name: operation for area in _AREAS for name, operation in area.V1.items()},
    Door.V2: {name: operation for area in _AREAS for name, operation in area.V2.items()},
}


def dispatch(desk: Desk, call: Call, params: Params) -> Result:
    """Runs the operation and returns its result in the model's member names. Raises ``Fault``."""
    operation = OPERATIONS[call.door].get(call.operation)
    if operation is None:
        raise operation_not_emulated(call.operation, call.door.value)
    return operation(desk, call, params)
