"""What a call is told when a user ordered a fault for it. Codes as AWS's services give them by themselves."""

from __future__ import annotations

from emulator.errors import Fault, internal_failure, throttled

_HINT = "This was ordered (--fault, PUT /_ses/api/faults); DELETE /_ses/api/faults ends it."


def throttled_as_ordered() -> Fault:
    return throttled(_HINT)


def failed_as_ordered() -> Fault:
    return internal_failure(_HINT)


def unavailable_as_ordered() -> Fault:
    return Fault(
        "The request has failed due to a temporary failure of the server.",
        v1="ServiceUnavailable",
        v2="ServiceUnavailableException",
        smtp="451 Temporary service failure",
        status=503,
        hint=_HINT,
    )
