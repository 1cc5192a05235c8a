"""How each API version spells a verification state."""

from __future__ import annotations

from emulator.values import Status

_V1 = {
    Status.NOT_STARTED: "NotStarted",
    Status.PENDING: "Pending",
    Status.SUCCESS: "Success",
    Status.FAILED: "Failed",
    Status.TEMPORARY_FAILURE: "TemporaryFailure",
}


def v1(status: Status) -> str:
    return _V1[status]


def v2(status: Status) -> str:
    return status.value
