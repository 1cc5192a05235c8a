"""Refusals of the deliverability dashboard: v2 only. No text of SES's is known for any of them."""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def _not_found(message: str, hint: str = "") -> Fault:
    return Fault(message, v1="InvalidParameterValue", v2="NotFoundException", hint=hint)


def dashboard_not_enabled() -> Fault:
    return invalid_parameter(
        "The Deliverability dashboard is not enabled for this account.",
        "PutDeliverabilityDashboardOption enables it; it costs nothing here.",
    )


def domain_not_verified(domain: str) -> Fault:
    return _not_found(f"The domain <{domain}> is not a verified identity.", "Verify it, in this account and region.")


def domain_twice(domain: str) -> Fault:
    return invalid_parameter(f"The domain <{domain}> is given twice.")


def domain_not_subscribed(domain: str) -> Fault:
    return _not_found(
        f"The domain <{domain}> is not subscribed to the Deliverability dashboard.",
        "PutDeliverabilityDashboardOption takes SubscribedDomains.",
    )


def report_does_not_exist(id: str) -> Fault:
    return _not_found(f"The deliverability test report <{id}> does not exist.")


def campaign_does_not_exist(id: str) -> Fault:
    return _not_found(f"The campaign <{id}> does not exist.")


def invalid_period() -> Fault:
    return invalid_parameter("EndDate must be after StartDate.")


def period_too_long(days: int) -> Fault:
    return invalid_parameter(f"EndDate must be at most {days} days after StartDate.")
