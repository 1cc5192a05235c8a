"""Statistics, metrics, insights and recommendations: they tell what really happened."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.api.refusals import refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "insights.json").read_text("utf-8"))
SENDER = "sender@told.example"
SIMULATED = "bounce@simulator.amazonses.com"


def watched(lab):
    lab.production()
    lab.verify("told.example")
    lab.sesv2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    return lab


@pytest.fixture
def ready(lab):
    yield watched(lab)
    lab.api("DELETE", "faults")


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing."""
    return watched(another())


def done(lab, message_id):
    """The message, once every copy has its outcome."""
    lab.settled(message_id)
    return message_id


def midnight():
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def query(metric="SEND", **changes):
    today = midnight()
    period = {"StartDate": today - timedelta(days=1), "EndDate": today + timedelta(days=2)}
    return {"Id": metric, "Namespace": "VDM", "Metric": metric, **period, **changes}


def counts(lab, *metrics, **changes):
    """The total of each metric."""
    answer = lab.sesv2.batch_get_metric_data(Queries=[query(metric, **changes) for metric in metrics])
    assert answer["Errors"] == []
    return {one["Id"]: sum(one["Values"]) for one in answer["Results"]}


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["text"][:40])
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    queries = [query(**case["query"])] * (2 if case.get("twice") else 1)
    assert refused(unchanged.sesv2.batch_get_metric_data, Queries=queries) == (400, case["code"], case["text"])


def test_without_vdm_there_are_no_metrics_and_no_insights(lab):
    """Before anything else of the request is looked at, as SES does (floci's probes and alchemy's tests)."""
    wanted = (404, "NotFoundException", "To use this feature you must enable Virtual Deliverability Manager")
    assert refused(lab.sesv2.batch_get_metric_data, Queries=[query()]) == wanted
    assert refused(lab.sesv2.batch_get_metric_data, Queries=[]) == wanted
    assert refused(lab.sesv2.get_message_insights, MessageId="ghost") == wanted


def test_a_batch_without_a_query_is_refused(unchanged):
    text = "1 validation error detected: Value at 'queries' failed to satisfy constraint: Member must have length "
    answer = refused(unchanged.sesv2.batch_get_metric_data, Queries=[])
    assert answer == (400, "BadRequestException", text + "greater than or equal to 1")


def test_mail_of_names_that_are_nobodys_is_none(unchanged):
    """No refusal: SES judges how a name is written (observed)."""
    for dimensions in ({"ISP": "Nobody"}, {"EMAIL_IDENTITY": "label"}, {"TENANT_NAME": "ghost"}):
        assert counts(unchanged, "SEND", Dimensions=dimensions) == {"SEND": 0}


def test_send_statistics_count_the_callers_mail_and_not_ses_own(lab):
    lab.ses.verify_email_identity(EmailAddress=SENDER)
    lab.wait(to=SENDER)
    assert lab.ses.get_send_statistics()["SendDataPoints"] == []
    lab.verify("told.example")
    done(lab, lab.send(SENDER, SENDER, SIMULATED, "complaint@simulator.amazonses.com"))
    points = lab.ses.get_send_statistics()["SendDataPoints"]
    totals = {name: sum(point[name] for point in points) for name in ("DeliveryAttempts", "Bounces", "Complaints")}
    assert totals == {"DeliveryAttempts": 3, "Bounces": 1, "Complaints": 1}
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 1.0


def with_mail(lab):
    """One delivered, one bounced, one soft, one suppressed, one simulated; returns the message's id."""
    lab.sesv2.put_suppressed_destination(EmailAddress="listed@reader.example", Reason="BOUNCE")
    faults = [
        {"kind": "5xx", "recipient": "hard@reader.example", "reply": "550 5.1.1 user unknown"},
        {"kind": "5xx", "recipient": "soft@reader.example", "reply": "552 5.2.2 mailbox full"},
    ]
    lab.api("PUT", "faults", {"faults": faults})
    names = ("in@reader.example", "hard@reader.example", "soft@reader.example", "listed@reader.example", SIMULATED)
    return done(lab, lab.send(SENDER, *names, subject="Über alles"))


def test_metrics_count_what_became_of_the_mail_by_day(ready):
    with_mail(ready)
    every = ("SEND", "DELIVERY", "PERMANENT_BOUNCE", "TRANSIENT_BOUNCE", "COMPLAINT", "OPEN")
    wanted = dict(zip(every, (4, 1, 1, 1, 0, 0), strict=True))
    assert counts(ready, *every) == wanted
    assert counts(ready, *every, Dimensions={"EMAIL_IDENTITY": "told.example", "ISP": "UNKNOWN_ISP"}) == wanted
    assert counts(ready, "SEND", Dimensions={"EMAIL_IDENTITY": "other.example"}) == {"SEND": 0}
    assert counts(ready, "SEND", Dimensions={"CONFIGURATION_SET": "other"}) == {"SEND": 0}
    yesterday = midnight() - timedelta(days=2)
    assert counts(ready, "SEND", StartDate=yesterday - timedelta(days=3), EndDate=yesterday) == {"SEND": 0}
    (day,) = ready.sesv2.batch_get_metric_data(Queries=[query("DELIVERY")])["Results"][0]["Timestamps"]
    assert day.timestamp() % 86400 == 0
    assert counts_elsewhere(ready) == {"SEND": 0}


def counts_elsewhere(lab):
    other = lab.client("sesv2", "eu-west-1")
    other.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    return {one["Id"]: sum(one["Values"]) for one in other.batch_get_metric_data(Queries=[query()])["Results"]}


def test_insights_tell_each_recipients_events(ready):
    message_id = with_mail(ready)
    found = ready.sesv2.get_message_insights(MessageId=message_id)
    assert (found["MessageId"], found["FromEmailAddress"]) == (message_id, SENDER)
    assert found["Subject"]
    tags = {tag["Name"]: tag["Value"] for tag in found["EmailTags"]}
    assert tags["ses:operation"] == "SendEmail"
    assert tags["ses:sender-identity"] == tags["ses:from-domain"] == "told.example"
    events = {one["Destination"].partition("@")[0]: one["Events"] for one in found["Insights"]}
    assert {name: [event["Type"] for event in of] for name, of in events.items()} == {
        "in": ["SEND", "DELIVERY"],
        "hard": ["SEND", "BOUNCE"],
        "soft": ["SEND", "BOUNCE"],
        "listed": ["SEND", "BOUNCE"],
        "bounce": ["SEND"],
    }
    bounces = {name: of[-1]["Details"]["Bounce"] for name, of in events.items() if name in ("hard", "soft", "listed")}
    assert bounces["hard"] == {
        "BounceType": "PERMANENT",
        "BounceSubType": "General",
        "DiagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    assert bounces["soft"]["BounceType"] == "TRANSIENT"
    assert bounces["listed"]["BounceSubType"] == "OnAccountSuppressionList"
    assert {one["Isp"] for one in found["Insights"]} == {"UNKNOWN_ISP"}


def test_a_message_is_found_by_its_account_in_its_region_only(ready, another):
    message_id = done(ready, ready.send(SENDER, "in@reader.example"))
    stranger = watched(another())
    assert refused(stranger.sesv2.get_message_insights, MessageId=message_id) == (
        404,
        "NotFoundException",
        f"Message <{message_id}> not found for account <{stranger.account}>",
    )
    assert refused(ready.sesv2.get_message_insights, MessageId="ghost")[0] == 404


def verdicts(lab, address):
    found = lab.sesv2.get_email_address_insights(EmailAddress=address)["MailboxValidation"]
    told = {name: one["ConfidenceVerdict"] for name, one in found["Evaluations"].items()}
    return {"IsValid": found["IsValid"]["ConfidenceVerdict"], **told}


def test_an_address_is_judged_by_syntax_dns_and_what_bounced(ready):
    ready.api(
        "PUT", "dns/records", {"records": [{"name": "mx.insight.example", "type": "MX", "value": "10 a.example"}]}
    )
    good = verdicts(ready, "some.one@mx.insight.example")
    assert good == {
        "IsValid": "HIGH",
        "HasValidSyntax": "HIGH",
        "HasValidDnsRecords": "HIGH",
        "MailboxExists": "HIGH",
        "IsRoleAddress": "LOW",
        "IsDisposable": "LOW",
        "IsRandomInput": "LOW",
    }
    ready.sesv2.put_suppressed_destination(EmailAddress="some.one@mx.insight.example", Reason="BOUNCE")
    bounced = verdicts(ready, "some.one@mx.insight.example")
    assert (bounced["IsValid"], bounced["MailboxExists"], bounced["HasValidDnsRecords"]) == ("LOW", "LOW", "HIGH")
    assert verdicts(ready, "postmaster@mx.insight.example")["IsRoleAddress"] == "HIGH"
    assert verdicts(ready, "x7k2qz9w4@mx.insight.example")["IsRandomInput"] == "HIGH"
    assert verdicts(ready, "a@nowhere.insight.example")["HasValidDnsRecords"] == "LOW"
    assert verdicts(ready, "a@mailinator.com")["IsDisposable"] == "HIGH"
    assert set(verdicts(ready, "no address").values()) == {"LOW"}
    assert verdicts(ready, "success+label@simulator.amazonses.com")["IsValid"] == "HIGH"
    stranger = verdicts(ready, "stranger@simulator.amazonses.com")
    assert (stranger["HasValidDnsRecords"], stranger["MailboxExists"]) == ("HIGH", "LOW")


def test_recommendations_are_open_until_the_worlds_dns_is_right(lab):
    lab.ses.verify_domain_dkim(Domain="advice.example")

    def told(**filter):
        asked = {"Filter": filter} if filter else {}
        found = lab.sesv2.list_recommendations(**asked)["Recommendations"]
        return {one["Type"]: one["Status"] for one in found}

    assert told() == {"BIMI": "OPEN", "DKIM": "OPEN", "DMARC": "OPEN", "SPF": "OPEN"}
    assert told(IMPACT="LOW") == {"BIMI": "OPEN"}
    lab.verify("advice.example")
    lab.ses.set_identity_mail_from_domain(Identity="advice.example", MailFromDomain="bounce.advice.example")
    records = [
        {"name": "_dmarc.advice.example", "type": "TXT", "value": "v=DMARC1; p=none"},
        {"name": "bounce.advice.example", "type": "TXT", "value": "v=spf1 include:amazonses.com ~all"},
    ]
    lab.api("PUT", "dns/records", {"records": records})
    assert told() == {"BIMI": "OPEN", "DKIM": "FIXED", "DMARC": "FIXED", "SPF": "FIXED"}
    assert told(STATUS="OPEN") == {"BIMI": "OPEN"}
    assert told(TYPE="SPF", RESOURCE_ARN=f"arn:aws:ses:{lab.region}:{lab.account}:identity/advice.example") == {
        "SPF": "FIXED"
    }
    first = lab.sesv2.list_recommendations(PageSize=3)
    rest = lab.sesv2.list_recommendations(PageSize=3, NextToken=first["NextToken"])
    assert [one["Type"] for one in rest["Recommendations"]] == ["SPF"]
    lab.ses.delete_identity(Identity="advice.example")
    assert told() == {}
