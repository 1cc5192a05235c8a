"""The deliverability dashboard: its subscription, and the predictive inbox placement tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True)
class SubscribedDomain:
    """``tracked_isps``: None where the caller did not say; ``track_globally`` likewise."""

    domain: str
    since: float
    track_globally: bool | None = None
    tracked_isps: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverabilityDashboard(Document):
    """``expires_at``: when a subscription that was ended runs out; None while it goes on. ``expiring`` are the domains
    that were taken out of it, or were in it when it was ended."""

    KIND: ClassVar[str] = "deliverability-dashboard"

    name: str = DASHBOARD
    enabled: bool = False
    expires_at: float | None = None
    domains: tuple[SubscribedDomain, ...] = ()
    expiring: tuple[SubscribedDomain, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """What became of the sample: how many copies came into the inbox, into spam, or not at all, and how many of those
    that came passed SPF and DKIM."""

    inbox: int
    spam: int
    missing: int
    spf: int
    dkim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverabilityTestReport(Document):
    """``name`` is the report's id. ``placement`` None until every copy has come, or has been given up."""

    KIND: ClassVar[str] = "deliverability-test-report"

    report_name: str
    subject: str
    from_address: str
    message_id: str
    seeds: tuple[str, ...]
    content: str
    placement: Placement | None = None
