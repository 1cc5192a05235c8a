"""The deliverability dashboard's subscription, and predictive inbox placement tests (v2).

A test really sends the message, as its sender's next mail, to an address of the emulator's own receiver, which judges
as Gmail does; the report is made of that verdict (``policy/placement.py``). It is an ordinary send: it needs a
verified sender and, since nobody verified the receiver's addresses, production access; it counts on the quota. It is
COMPLETED once the copy has come or was given up, which takes SES a day. What is asked first after that stands from
then on: a sample deleted from the inbox before anybody asked is missing.

Source: API2. Subscriptions end with the calendar month (UTC), as documented; errors are not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emulator import ids
from emulator.clock import next_month
from emulator.documents.deliverability import (
    DASHBOARD,
    DeliverabilityDashboard,
    DeliverabilityTestReport,
    Placement,
    SubscribedDomain,
)
from emulator.errors import deliverability as errors
from emulator.policy.placement import PROVIDER, Place, passes_dkim, passes_spf, place
from emulator.ses import lookup, paging, resources, sending, tags
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import MessageFilter, Reader
from emulator.values import IdentityKind, Outcome, Scope

# Reserved for tests by RFC 6761: nobody has mailboxes there.
SEED_DOMAIN = "inbox-placement.test"
_REPORTS = "deliverability test reports"


# --- the subscription ---------------------------------------------------------------------------


def get_deliverability_dashboard_options(desk: Desk, call: Call, params: Params) -> Result:
    """In the month in which it runs out a subscription is still there, PENDING_EXPIRATION."""
    now = desk.clock.now()
    with desk.store.read() as reader:
        dashboard = _dashboard(reader, call.scope)
    if not _in_force(dashboard, now):
        return {"DashboardEnabled": False, "AccountStatus": "DISABLED"}
    expiring = [one for one in dashboard.expiring if dashboard.expires_at is None or now < dashboard.expires_at]
    result: Result = {
        "DashboardEnabled": dashboard.enabled,
        "AccountStatus": "ACTIVE" if dashboard.enabled else "PENDING_EXPIRATION",
        "ActiveSubscribedDomains": [_domain_told(one) for one in dashboard.domains],
        "PendingExpirationSubscribedDomains": [_domain_told(one) for one in expiring],
    }
    if not dashboard.enabled:
        result["SubscriptionExpiryDate"] = dashboard.expires_at
    return result


def put_deliverability_dashboard_option(desk: Desk, call: Call, params: Params) -> Result:
    """``SubscribedDomains`` are all there are to be: those left out, or all when the dashboard is disabled, run out
    with the month. 404 for a domain that is no verified identity."""
    now = desk.clock.now()
    wanted = params.get("SubscribedDomains", ()) if params["DashboardEnabled"] else ()
    with desk.store.write() as writer:
        before = writer.document_for_update(DeliverabilityDashboard, call.scope, DASHBOARD)
        before = before or DeliverabilityDashboard(scope=call.scope)
        known = {one.domain: one for one in before.domains} if _in_force(before, now) else {}
        domains: dict[str, SubscribedDomain] = {}
        for one in wanted:
            domain = _subscribed(one, known, now)
            if domain.domain in domains:
                raise errors.domain_twice(domain.domain)
            domains[domain.domain] = domain
        _require_verified(writer, call.scope, list(domains))
        gone = [one for name, one in known.items() if name not in domains]
        kept = [one for one in before.expiring if known and one.domain not in domains and one not in gone]
        enabled = bool(params["DashboardEnabled"])
        ends = gone or kept or (not enabled and _in_force(before, now))
        writer.save_document(
            replace(
                before,
                enabled=enabled,
                expires_at=next_month(now) if ends else None,
                domains=tuple(domains.values()),
                expiring=(*kept, *gone),
                updated_at=now,
            )
        )
    return {}


# --- tests --------------------------------------------------------------------------------------


def create_deliverability_test_report(desk: Desk, call: Call, params: Params) -> Result:
    """Sends the content by the rules of SendEmail, whose refusals are this operation's."""
    given = tags.given(params.get("Tags"))
    with desk.store.read() as reader:
        require_dashboard(reader, call.scope, desk.clock.now())
    id = ids.report_id()
    seed = f"{id}@{SEED_DOMAIN}"
    sent = sending.send_email_v2(
        desk,
        call,
        {
            "FromEmailAddress": params["FromEmailAddress"],
            "Destination": {"ToAddresses": [seed]},
            "Content": params["Content"],
        },
    )
    now = desk.clock.now()
    with desk.store.write() as writer:
        subject, content = _sample(writer, sent["MessageId"])
        writer.save_document(
            DeliverabilityTestReport(
                scope=call.scope,
                name=id,
                created_at=now,
                updated_at=now,
                report_name=params.get("ReportName", ""),
                subject=subject,
                from_address=params["FromEmailAddress"],
                message_id=sent["MessageId"],
                seeds=(seed,),
                content=content,
            )
        )
        tags.attach(writer, call.scope, resources.part(resources.TEST_REPORT, id), given)
    return {"ReportId": id, "DeliverabilityTestStatus": "IN_PROGRESS"}


def get_deliverability_test_report(desk: Desk, call: Call, params: Params) -> Result:
    """While it is IN_PROGRESS there are no placements."""
    id = params["ReportId"]
    with desk.store.read() as reader:
        report = reader.document(DeliverabilityTestReport, call.scope, id)
        if report is None:
            raise errors.report_does_not_exist(id)
        told = tags.told(reader, call.scope, resources.part(resources.TEST_REPORT, id))
    report = _settled(desk, report)
    statistics = _statistics(report.placement) if report.placement is not None else {}
    return {
        "DeliverabilityTestReport": _report_told(report),
        "OverallPlacement": statistics,
        "IspPlacements": [{"IspName": PROVIDER, "PlacementStatistics": statistics}] if statistics else [],
        "Message": report.content,
        "Tags": told,
    }


def list_deliverability_test_reports(desk: Desk, call: Call, params: Params) -> Result:
    """By id."""
    size, after = paging.asked(desk, call, params, _REPORTS)
    with desk.store.read() as reader:
        found = reader.list_documents(DeliverabilityTestReport, call.scope, after=after, limit=size + 1)
    told = [_report_told(_settled(desk, one)) for one in found[:size]]
    return paging.told(desk, call, _REPORTS, "DeliverabilityTestReports", told, [one.name for one in found], size)


# --- for the statistics -------------------------------------------------------------------------


def require_dashboard(reader: Reader, scope: Scope, now: float) -> DeliverabilityDashboard:
    """The subscription in force, also in the month in which it runs out."""
    dashboard = _dashboard(reader, scope)
    if not _in_force(dashboard, now):
        raise errors.dashboard_not_enabled()
    return dashboard


def subscribed_domains(dashboard: DeliverabilityDashboard, now: float) -> list[str]:
    """Those that are reported on."""
    expiring = dashboard.expiring if dashboard.expires_at is not None and now < dashboard.expires_at else ()
    return [one.domain for one in (*dashboard.domains, *expiring)]


# --- inside -------------------------------------------------------------------------------------


def _dashboard(reader: Reader, scope: Scope) -> DeliverabilityDashboard:
    return reader.document(DeliverabilityDashboard, scope, DASHBOARD) or DeliverabilityDashboard(scope=scope)


def _in_force(dashboard: DeliverabilityDashboard, now: float) -> bool:
    return dashboard.enabled or (dashboard.expires_at is not None and now < dashboard.expires_at)


def _subscribed(given: Params, known: dict[str, SubscribedDomain], now: float) -> SubscribedDomain:
    domain = lookup.key(given.get("Domain", ""))
    tracking = given.get("InboxPlacementTrackingOption", {})
    isps = tracking.get("TrackedIsps")
    since = given.get("SubscriptionStartDate")
    return SubscribedDomain(
        domain=domain,
        since=float(since) if since is not None else known[domain].since if domain in known else now,
        track_globally=tracking.get("Global"),
        tracked_isps=tuple(isps) if isps is not None else None,
    )


def _require_verified(reader: Reader, scope: Scope, domains: Sequence[str]) -> None:
    found = reader.identities(scope, domains) if domains else ()
    verified = {one.name for one in found if one.verified and one.kind is IdentityKind.DOMAIN}
    for domain in domains:
        if domain not in verified:
            raise errors.domain_not_verified(domain)


def _domain_told(one: SubscribedDomain) -> Result:
    told: Result = {"Domain": one.domain, "SubscriptionStartDate": one.since}
    if one.track_globally is not None or one.tracked_isps is not None:
        isps = list(one.tracked_isps) if one.tracked_isps is not None else None
        told["InboxPlacementTrackingOption"] = {"Global": bool(one.track_globally), "TrackedIsps": isps}
    return told


def _sample(reader: Reader, message_id: str) -> tuple[str, str]:
    """Subject and body of what was sent, as a mail program reads it."""
    from emulator.receiver.reading import read

    message = reader.outbound(message_id)
    if message is None:
        return "", ""
    reading = read(message.data)
    subject = next((value for name, value in reading.headers if name.lower() == "subject"), "")
    return subject, reading.html or reading.text or ""


def _settled(desk: Desk, report: DeliverabilityTestReport) -> DeliverabilityTestReport:
    """With its placement, as soon as every copy has come or was given up."""
    if report.placement is not None:
        return report
    with desk.store.read() as reader:
        states = reader.deliveries(report.message_id)
        if any(state.outcome is Outcome.QUEUED for state in states):
            return report
        came = reader.search(MessageFilter(message_id=report.message_id, account=report.scope.account), limit=100)
    places = [place(mail.verdict) for mail in came]
    placement = Placement(
        inbox=places.count(Place.INBOX),
        spam=places.count(Place.SPAM),
        missing=len(report.seeds) - places.count(Place.INBOX) - places.count(Place.SPAM),
        spf=sum(passes_spf(mail.verdict) for mail in came),
        dkim=sum(passes_dkim(mail.verdict) for mail in came),
    )
    with desk.store.write() as writer:
        current = writer.document_for_update(DeliverabilityTestReport, report.scope, report.name)
        if current is None or current.placement is not None:
            return current or report
        report = replace(current, placement=placement, updated_at=desk.clock.now())
        writer.save_document(report)
    return report


def _statistics(placement: Placement) -> Result:
    copies = placement.inbox + placement.spam + placement.missing

    def percent(number: int) -> float:
        return 100.0 * number / copies if copies else 0.0

    return {
        "InboxPercentage": percent(placement.inbox),
        "SpamPercentage": percent(placement.spam),
        "MissingPercentage": percent(placement.missing),
        "SpfPercentage": percent(placement.spf),
        "DkimPercentage": percent(placement.dkim),
    }


def _report_told(report: DeliverabilityTestReport) -> Result:
    return {
        "ReportId": report.name,
        "ReportName": report.report_name,
        "Subject": report.subject,
        "FromEmailAddress": report.from_address,
        "CreateDate": report.created_at,
        "DeliverabilityTestStatus": "COMPLETED" if report.placement is not None else "IN_PROGRESS",
    }


V1: dict[str, Operation] = {}
V2 = {
    "GetDeliverabilityDashboardOptions": get_deliverability_dashboard_options,
    "PutDeliverabilityDashboardOption": put_deliverability_dashboard_option,
    "CreateDeliverabilityTestReport": create_deliverability_test_report,
    "GetDeliverabilityTestReport": get_deliverability_test_report,
    "ListDeliverabilityTestReports": list_deliverability_test_reports,
}
