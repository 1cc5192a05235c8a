"""Refusals of the suppression list: v2 only. Source: events-and-api.md 5.1."""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def not_suppressed(address: str, of_tenant: bool) -> Fault:
    """Observed, both."""
    kind = "tenant suppression" if of_tenant else "suppression"
    return Fault(
        f"Email address {address} does not exist on your {kind} list.",
        v1="InvalidParameterValue",
        v2="NotFoundException",
        hint="Case counts before the @.",
    )


def not_in_the_sandbox() -> Fault:
    """Observed of PutSuppressedDestination; that imports cannot be made is documented."""
    return invalid_parameter(
        "Your account is still in the sandbox.",
        "Ask for production access (PutAccountDetails grants it at once), or start with --production.",
    )


def invalid_page_token() -> Fault:
    """Observed."""
    return Fault(
        "Token is invalid.",
        v1="InvalidParameterValue",
        v2="InvalidNextTokenException",
        hint="Tokens belong to one list, account and region.",
    )


def page_size_out_of_range(size: int, most: int) -> Fault:
    """Observed."""
    return invalid_parameter(f"Page size {size} is invalid, expected a number between 1 and {most}")
