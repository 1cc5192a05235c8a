"""What a call is told when a user ordered a fault for it. Codes as AWS's services give them by themselves."""

from __future__ import annotations

from emulator.errors import Fault

_HINT = "This was ordered (--fault, PUT /_ses/api/faults); DELETE /_ses/api/faults ends it."


def throttled_as_ordered() -> Fault:
    """The words are those of a send above its rate, which every retrying client knows."""
    return Fault(
        "Maximum sending rate exceeded.",
        v1="Throttling",
        v2="TooManyRequestsException",
        smtp="454 Throttling failure",
        status=400,
        hint=_HINT,
    )


def failed_as_ordered() -> Fault:
    return Fault(
        "We encountered an internal error. Please try again.",
        v1="InternalFailure",
        v2="InternalServiceErrorException",
        smtp="451 Temporary service failure",
        status=500,
        hint=_HINT,
    )


def unavailable_as_ordered() -> Fault:
    return Fault(
        "The request has failed due to a temporary failure of the server.",
        v1="ServiceUnavailable",
        v2="ServiceUnavailableException",
        smtp="451 Temporary service failure",
        status=503,
        hint=_HINT,
    )
