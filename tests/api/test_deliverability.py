"""The deliverability dashboard through boto3: its subscription, tests judged by our own receiver, statistics of what
came, campaigns, blocklists."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.refusals import refused

SAMPLE = {"Simple": {"Subject": {"Data": "Sp\u00e4tlese"}, "Body": {"Text": {"Data": "Taste it."}}}}


def declare(lab, name: str) -> None:
    lab.api("PUT", f"identities/{name}?account={lab.account}&region={lab.region}")


def lease(lab) -> str:
    return lab.api("POST", f"dedicated-ips?account={lab.account}&region={lab.region}", {})["ip"]


def period(days: float = 1) -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"StartDate": now - timedelta(days=days), "EndDate": now + timedelta(hours=1)}


def completed(lab, report: str):
    """The finished report."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        told = lab.sesv2.get_deliverability_test_report(ReportId=report)
        if told["DeliverabilityTestReport"]["DeliverabilityTestStatus"] == "COMPLETED":
            return told
        lab.api("GET", f"messages?account={lab.account}")
    raise AssertionError("the report is not made")


@pytest.fixture
def dashboard(lab):
    """An account in production with the dashboard for own.example."""
    lab.production()
    declare(lab, "own.example")
    lab.sesv2.put_deliverability_dashboard_option(DashboardEnabled=True, SubscribedDomains=[{"Domain": "own.example"}])
    return lab


def test_the_dashboard_is_off_until_it_is_subscribed_to(lab):
    ses = lab.sesv2
    told = ses.get_deliverability_dashboard_options()
    assert (told["DashboardEnabled"], told["AccountStatus"]) == (False, "DISABLED")
    content = {"FromEmailAddress": "a@own.example", "Content": SAMPLE}
    off = (400, "BadRequestException", "The Deliverability dashboard is not enabled for this account.")
    assert refused(ses.create_deliverability_test_report, **content) == off
    assert refused(ses.get_domain_statistics_report, Domain="own.example", **period()) == off
    assert refused(ses.list_domain_deliverability_campaigns, SubscribedDomain="own.example", **period()) == off
    assert refused(ses.get_domain_deliverability_campaign, CampaignId="x") == off


def test_a_subscription_takes_verified_domains_and_runs_out_with_the_month(fresh):
    lab = fresh()
    ses = lab.sesv2
    for name in ("a.example", "b.example"):
        declare(lab, name)
    lab.api("POST", "clock", {"now": f"{datetime.now(UTC).year + 1}-01-20T00:00:00Z"})
    put = ses.put_deliverability_dashboard_option
    ghost = [{"Domain": "a.example"}, {"Domain": "ghost.example"}]
    assert refused(put, DashboardEnabled=True, SubscribedDomains=ghost)[:2] == (404, "NotFoundException")
    assert ses.get_deliverability_dashboard_options()["DashboardEnabled"] is False

    def domains(told, which="ActiveSubscribedDomains"):
        return [one["Domain"] for one in told[which]]

    tracking = {"Global": False, "TrackedIsps": ["Gmail"]}
    both = [{"Domain": "a.example", "InboxPlacementTrackingOption": tracking}, {"Domain": "b.example"}]
    assert refused(put, DashboardEnabled=True, SubscribedDomains=[*both, {"Domain": "A.example"}])[0] == 400
    put(DashboardEnabled=True, SubscribedDomains=both)
    told = ses.get_deliverability_dashboard_options()
    assert (told["DashboardEnabled"], told["AccountStatus"]) == (True, "ACTIVE")
    assert domains(told) == ["a.example", "b.example"]
    assert told["ActiveSubscribedDomains"][0]["InboxPlacementTrackingOption"] == tracking

    put(DashboardEnabled=True, SubscribedDomains=[{"Domain": "b.example"}])
    told = ses.get_deliverability_dashboard_options()
    assert domains(told) == ["b.example"]
    assert domains(told, "PendingExpirationSubscribedDomains") == ["a.example"]

    put(DashboardEnabled=False)
    told = ses.get_deliverability_dashboard_options()
    assert told["AccountStatus"] == "PENDING_EXPIRATION"
    assert (told["SubscriptionExpiryDate"].month, told["SubscriptionExpiryDate"].day) == (2, 1)
    assert domains(told, "PendingExpirationSubscribedDomains") == ["a.example", "b.example"]
    ses.get_domain_statistics_report(Domain="b.example", **period())
    lab.advance(13 * 86400)
    assert ses.get_deliverability_dashboard_options()["AccountStatus"] == "DISABLED"


def test_a_test_is_sent_judged_and_reported(dashboard):
    ses = dashboard.sesv2
    made = ses.create_deliverability_test_report(
        ReportName="spring", FromEmailAddress="a@own.example", Content=SAMPLE, Tags=[{"Key": "k", "Value": "v"}]
    )
    assert made["DeliverabilityTestStatus"] == "IN_PROGRESS"
    told = completed(dashboard, made["ReportId"])
    report = told["DeliverabilityTestReport"]
    assert (report["ReportName"], report["Subject"]) == ("spring", "Sp\u00e4tlese")
    assert report["FromEmailAddress"] == "a@own.example"
    assert "Taste it." in told["Message"]
    assert told["Tags"] == [{"Key": "k", "Value": "v"}]
    placement = {
        "InboxPercentage": 100.0,
        "SpamPercentage": 0.0,
        "MissingPercentage": 0.0,
        "SpfPercentage": 100.0,
        "DkimPercentage": 100.0,
    }
    assert told["OverallPlacement"] == placement
    assert told["IspPlacements"] == [{"IspName": "Gmail", "PlacementStatistics": placement}]
    (mail,) = dashboard.api("GET", f"messages?account={dashboard.account}")["messages"]
    assert mail["envelope"]["rcpt_to"][0].endswith("@inbox-placement.test")
    # The report stands when the sample is gone.
    dashboard.api("DELETE", f"messages?account={dashboard.account}")
    assert completed(dashboard, made["ReportId"])["OverallPlacement"] == placement
    arn = f"arn:aws:ses:{dashboard.region}:{dashboard.account}:deliverability-test-report/{made['ReportId']}"
    assert ses.list_tags_for_resource(ResourceArn=arn)["Tags"] == told["Tags"]


@pytest.mark.parametrize(
    ("policy", "place"),
    [("quarantine", "SpamPercentage"), ("reject", "MissingPercentage"), ("none", "InboxPercentage")],
)
def test_mail_that_fails_dmarc_goes_where_its_domain_says(dashboard, policy, place):
    # An address of the domain, verified by itself: signed by amazonses.com alone, so that nothing is aligned.
    domain = f"{policy}.alone.example"
    declare(dashboard, f"a@{domain}")
    dashboard.api("PUT", "dns/records", {"name": f"_dmarc.{domain}", "type": "TXT", "value": f"v=DMARC1; p={policy}"})
    made = dashboard.sesv2.create_deliverability_test_report(FromEmailAddress=f"a@{domain}", Content=SAMPLE)
    told = completed(dashboard, made["ReportId"])["OverallPlacement"]
    assert told[place] == 100.0
    assert told["SpfPercentage"] == told["DkimPercentage"] == 100.0


def test_a_test_is_a_send_like_others(dashboard):
    ses = dashboard.sesv2
    create = ses.create_deliverability_test_report
    assert refused(create, FromEmailAddress="a@stranger.example", Content=SAMPLE)[:2] == (400, "MessageRejected")
    before = ses.get_account()["SendQuota"]["SentLast24Hours"]
    create(FromEmailAddress="a@own.example", Content=SAMPLE)
    assert ses.get_account()["SendQuota"]["SentLast24Hours"] == before + 1
    ses.put_account_sending_attributes(SendingEnabled=False)
    assert refused(create, FromEmailAddress="a@own.example", Content=SAMPLE)[1] == "SendingPausedException"


def test_in_the_sandbox_nobody_verified_the_receivers_address(lab):
    declare(lab, "own.example")
    lab.sesv2.put_deliverability_dashboard_option(DashboardEnabled=True)
    create = lab.sesv2.create_deliverability_test_report
    assert refused(create, FromEmailAddress="a@own.example", Content=SAMPLE)[1] == "MessageRejected"
    assert lab.sesv2.list_deliverability_test_reports()["DeliverabilityTestReports"] == []


def test_reports_are_listed_in_pages(dashboard):
    ses = dashboard.sesv2
    made = [
        ses.create_deliverability_test_report(FromEmailAddress="a@own.example", Content=SAMPLE)["ReportId"]
        for _ in range(3)
    ]
    page = ses.list_deliverability_test_reports(PageSize=2)
    rest = ses.list_deliverability_test_reports(PageSize=2, NextToken=page["NextToken"])
    listed = page["DeliverabilityTestReports"] + rest["DeliverabilityTestReports"]
    assert [one["ReportId"] for one in listed] == sorted(made)
    assert refused(ses.list_deliverability_test_reports, NextToken="abcd")[0] == 400
    assert refused(ses.get_deliverability_test_report, ReportId="ghost")[:2] == (404, "NotFoundException")
    assert dashboard.client("sesv2", "eu-west-1").list_deliverability_test_reports()["DeliverabilityTestReports"] == []


def test_statistics_count_what_came_and_what_was_read(dashboard):
    ses = dashboard.sesv2
    for subject in ("spring", "spring", "autumn"):
        dashboard.wait(message_id=dashboard.send("news@own.example", "r@else.example", subject=subject))
    declare(dashboard, "other.example")
    dashboard.wait(message_id=dashboard.send("news@other.example", "r@else.example"))
    spring = dashboard.api("GET", f"messages?account={dashboard.account}&subject=spring")["messages"]
    dashboard.api("GET", f"messages/{spring[0]['id']}")

    told = ses.get_domain_statistics_report(Domain="own.example", **period(2))
    volume = {"InboxRawCount": 3, "SpamRawCount": 0, "ProjectedInbox": 3, "ProjectedSpam": 0}
    assert told["OverallVolume"]["VolumeStatistics"] == volume
    (isp,) = told["OverallVolume"]["DomainIspPlacements"]
    assert (isp["IspName"], isp["InboxRawCount"], isp["InboxPercentage"]) == ("Gmail", 3, 100.0)
    assert len(told["DailyVolumes"]) >= 3
    assert sum(day["VolumeStatistics"]["InboxRawCount"] for day in told["DailyVolumes"]) == 3
    long_ago = {"StartDate": datetime(2020, 1, 1, tzinfo=UTC), "EndDate": datetime(2020, 1, 3, tzinfo=UTC)}
    empty = ses.get_domain_statistics_report(Domain="own.example", **long_ago)
    assert empty["OverallVolume"]["VolumeStatistics"]["InboxRawCount"] == 0
    assert len(empty["DailyVolumes"]) == 2

    campaigns = ses.list_domain_deliverability_campaigns(SubscribedDomain="own.example", **period())
    by_subject = {one["Subject"]: one for one in campaigns["DomainDeliverabilityCampaigns"]}
    assert {subject: one["InboxCount"] for subject, one in by_subject.items()} == {"spring": 2, "autumn": 1}
    one = by_subject["spring"]
    assert (one["FromAddress"], one["ProjectedVolume"], one["Esps"]) == ("news@own.example", 2, ["Gmail"])
    assert one["FirstSeenDateTime"] <= one["LastSeenDateTime"]
    page = ses.list_domain_deliverability_campaigns(SubscribedDomain="own.example", PageSize=1, **period())
    assert "NextToken" in page
    found = ses.get_domain_deliverability_campaign(CampaignId=one["CampaignId"])["DomainDeliverabilityCampaign"]
    assert found == one
    assert refused(ses.get_domain_deliverability_campaign, CampaignId="ghost")[:2] == (404, "NotFoundException")


def test_statistics_are_of_subscribed_domains_and_of_thirty_days(dashboard):
    report = dashboard.sesv2.get_domain_statistics_report
    campaigns = dashboard.sesv2.list_domain_deliverability_campaigns
    assert refused(report, Domain="other.example", **period())[:2] == (404, "NotFoundException")
    assert refused(campaigns, SubscribedDomain="other.example", **period())[0] == 404
    assert refused(report, Domain="own.example", **period(31))[0] == 400
    backwards = period()
    backwards["StartDate"], backwards["EndDate"] = backwards["EndDate"], backwards["StartDate"]
    assert refused(campaigns, SubscribedDomain="own.example", **backwards)[0] == 400


def test_blocklists_are_asked_in_the_worlds_zone(dashboard):
    ip = lease(dashboard)
    clean = dashboard.sesv2.get_blacklist_reports(BlacklistItemNames=[ip])["BlacklistReport"]
    assert clean == {ip: []}
    listing = f"{'.'.join(reversed(ip.split('.')))}.zen.spamhaus.org"
    dashboard.api("PUT", "dns/records", {"name": listing, "type": "A", "value": "127.0.0.2"})
    dashboard.api("PUT", "dns/records", {"name": listing, "type": "TXT", "value": "listed for the test"})
    listed = dashboard.sesv2.get_blacklist_reports(BlacklistItemNames=[ip])["BlacklistReport"]
    assert listed == {ip: [{"RblName": "zen.spamhaus.org", "Description": "listed for the test"}]}


def test_blocklists_are_asked_without_a_subscription_and_know_nothing_of_other_items(lab):
    """As alchemy's tests saw it at SES: whatever is named, the report is empty."""
    items = ["10.0.0.1", "not-an-ip-address"]
    assert lab.sesv2.get_blacklist_reports(BlacklistItemNames=items)["BlacklistReport"] == {}
