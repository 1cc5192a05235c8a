"""Refusals of metrics, message insights and exports: v2 only. Texts observed (events-and-api.md 7 and 8) unless one is
said to be ours.
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def vdm_not_enabled() -> Fault:
    return _vdm_not_enabled("NotFoundException")


def vdm_not_enabled_for_exports() -> Fault:
    """The same words under another code."""
    return _vdm_not_enabled("BadRequestException")


def _vdm_not_enabled(code: str) -> Fault:
    return Fault(
        "To use this feature you must enable Virtual Deliverability Manager",
        v1="InvalidParameterValue",
        v2=code,
        hint="PutAccountVdmAttributes with VdmEnabled ENABLED turns it on.",
    )


def partial_day() -> Fault:
    return invalid_parameter(
        "To get daily aggregated data you must not specify partial-day timestamps. Please make your interval go from "
        "midnight to midnight UTC.",
        "For today, EndDate is the midnight to come.",
    )


def no_queries() -> Fault:
    return invalid_parameter(
        "1 validation error detected: Value at 'queries' failed to satisfy constraint: Member must have length greater "
        "than or equal to 1"
    )


def interval_too_long() -> Fault:
    return invalid_parameter("Invalid interval, can request at most 60 days. Please partition your requested interval.")


def start_after_end() -> Fault:
    return invalid_parameter("Expected start date to be before the end date.")


def ids_not_unique() -> Fault:
    return invalid_parameter("All queries must have a unique identifier.")


def unsupported_dimension() -> Fault:
    return invalid_parameter("Unsupported dimension provided.", "EMAIL_IDENTITY, CONFIGURATION_SET, ISP, TENANT_NAME")


def invalid_email_identity() -> Fault:
    return invalid_parameter("Invalid email identity provided.")


def invalid_isp() -> Fault:
    return invalid_parameter("Invalid ISP name provided.", "Every receiver here is UNKNOWN_ISP.")


def message_not_found(message_id: str, account: str) -> Fault:
    return Fault(
        f"Message <{message_id}> not found for account <{account}>",
        v1="InvalidParameterValue",
        v2="NotFoundException",
        hint="Messages are found in the region in which they were sent.",
    )
