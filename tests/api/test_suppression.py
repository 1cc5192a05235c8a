"""The suppression list through boto3, and what it does to mail."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from emulator.diagnostics import ON_ACCOUNT_LIST
from tests.api.refusals import refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "suppression.json").read_text("utf-8"))
SENDER = "sender@lists.example"


@pytest.fixture
def ready(lab):
    lab.production()
    lab.verify("lists.example")
    return lab


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing."""
    lab = another()
    lab.production()
    lab.sesv2.create_tenant(TenantName="acme")
    return lab


def put(lab, address, reason="BOUNCE", **more):
    lab.sesv2.put_suppressed_destination(EmailAddress=address, Reason=reason, **more)


def addresses(lab, **params):
    found = lab.sesv2.list_suppressed_destinations(**params)["SuppressedDestinationSummaries"]
    return [one["EmailAddress"] for one in found]


def fates(lab, message_id):
    """Each recipient's outcome and reply, once all have one."""
    deadline = time.monotonic() + 20
    while True:
        with lab.emulator._store.read() as reader:
            states = reader.deliveries(message_id)
        if all(state.outcome != "QUEUED" for state in states) or time.monotonic() > deadline:
            return {state.recipient: (state.outcome.value, state.reply) for state in states}
        time.sleep(0.02)


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['operation']} {case['text'][:50]}")
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    answer = refused(getattr(unchanged.sesv2, case["operation"]), **case["request"])
    assert answer == (case["status"], case["code"], case["text"])


def test_an_address_is_put_read_overwritten_and_deleted(ready):
    put(ready, "  Some.One@Away.EXAMPLE ")
    first = ready.sesv2.get_suppressed_destination(EmailAddress="Some.One@away.example")["SuppressedDestination"]
    assert (first["EmailAddress"], first["Reason"]) == ("Some.One@away.example", "BOUNCE")
    assert "Attributes" not in first
    assert refused(ready.sesv2.get_suppressed_destination, EmailAddress="some.one@away.example")[0] == 404
    put(ready, "Some.One@away.example", "COMPLAINT")
    again = ready.sesv2.get_suppressed_destination(EmailAddress="Some.One@AWAY.example")["SuppressedDestination"]
    assert again["Reason"] == "COMPLAINT"
    assert again["LastUpdateTime"] >= first["LastUpdateTime"]
    ready.sesv2.delete_suppressed_destination(EmailAddress="Some.One@away.example")
    assert addresses(ready) == []
    assert refused(ready.sesv2.delete_suppressed_destination, EmailAddress="Some.One@away.example")[0] == 404


def test_what_is_no_address_is_not_put(ready):
    assert refused(put, lab=ready, address="nobody")[:2] == (400, "BadRequestException")
    assert addresses(ready) == []


def test_the_list_is_filtered_and_paged(ready):
    for number in range(5):
        put(ready, f"b{number}@away.example")
        put(ready, f"c{number}@away.example", "COMPLAINT")
    bounced = [f"b{number}@away.example" for number in range(5)]
    assert addresses(ready, Reasons=["BOUNCE"]) == bounced
    assert len(addresses(ready)) == 10
    first = ready.sesv2.list_suppressed_destinations(Reasons=["BOUNCE"], PageSize=3)
    rest = addresses(ready, Reasons=["BOUNCE"], PageSize=3, NextToken=first["NextToken"])
    assert [one["EmailAddress"] for one in first["SuppressedDestinationSummaries"]] + rest == bounced
    whole = ready.sesv2.list_suppressed_destinations(PageSize=10)
    assert "NextToken" not in whole
    moment = max(one["LastUpdateTime"] for one in whole["SuppressedDestinationSummaries"])
    assert addresses(ready, EndDate=moment.timestamp() - 60) == []
    assert len(addresses(ready, StartDate=moment.timestamp() - 60, EndDate=moment.timestamp() + 60)) == 10
    assert addresses(ready, StartDate=moment.timestamp() + 60) == []


@pytest.mark.parametrize("size", [0, 1001])
def test_a_page_has_up_to_a_thousand(unchanged, size):
    assert refused(unchanged.sesv2.list_suppressed_destinations, PageSize=size)[:2] == (400, "BadRequestException")


def test_a_token_of_another_region_or_none_is_refused(ready):
    put(ready, "a@away.example")
    put(ready, "b@away.example")
    token = ready.sesv2.list_suppressed_destinations(PageSize=1)["NextToken"]
    elsewhere = ready.client("sesv2", "eu-west-1")
    for client, given in ((elsewhere, token), (ready.sesv2, token[:-4] + "AAAA"), (ready.sesv2, "bm8=")):
        assert refused(client.list_suppressed_destinations, NextToken=given)[1] == "InvalidNextTokenException"


def test_regions_accounts_and_tenants_have_lists_of_their_own(ready, another):
    ready.sesv2.create_tenant(TenantName="acme")
    put(ready, "a@away.example")
    put(ready, "t@away.example", "COMPLAINT", TenantName="acme")
    assert addresses(ready) == ["a@away.example"]
    assert addresses(ready, TenantName="acme") == ["t@away.example"]
    of_tenant = ready.sesv2.get_suppressed_destination(EmailAddress="t@away.example", TenantName="acme")
    assert of_tenant["SuppressedDestination"]["TenantName"] == "acme"
    assert ready.client("sesv2", "eu-west-1").list_suppressed_destinations()["SuppressedDestinationSummaries"] == []
    assert addresses(another()) == []
    assert refused(ready.sesv2.list_suppressed_destinations, TenantName="ghost")[0] == 404


def test_the_list_is_not_filled_in_the_sandbox(lab):
    """In the words that alchemy's tests saw at SES."""
    wanted = (400, "BadRequestException", "Your account is still in the sandbox.")
    assert refused(put, lab=lab, address="a@away.example") == wanted
    assert addresses(lab) == []


def test_a_listed_address_is_sent_nothing_though_the_call_succeeds_and_is_counted(ready):
    put(ready, "Gone@away.example")
    put(ready, "angry@away.example", "COMPLAINT")
    everybody = ("Gone@AWAY.example", "angry@away.example", "gone@away.example")
    message_id = ready.send(SENDER, *everybody)
    found = fates(ready, message_id)
    assert found["Gone@AWAY.example"] == ("SUPPRESSED", ON_ACCOUNT_LIST)
    assert found["angry@away.example"][0] == "SUPPRESSED_COMPLAINT"
    assert found["gone@away.example"][0] == "DELIVERED"
    mails = ready.api("GET", f"messages?message_id={message_id}")
    assert mails["total"] == 1
    shown = ready.api("GET", f"messages/{mails['messages'][0]['id']}")["deliveries"]
    assert {one["recipient"]: one["outcome"] for one in shown}["angry@away.example"] == "SUPPRESSED_COMPLAINT"
    assert ready.ses.get_send_quota()["SentLast24Hours"] == 3.0
    assert sum(point["Bounces"] for point in ready.ses.get_send_statistics()["SendDataPoints"]) == 0
    ready.sesv2.delete_suppressed_destination(EmailAddress="Gone@away.example")
    assert fates(ready, ready.send(SENDER, "Gone@away.example"))["Gone@away.example"][0] == "DELIVERED"


def test_reasons_that_are_not_in_force_withhold_nothing(ready):
    put(ready, "gone@away.example")
    put(ready, "angry@away.example", "COMPLAINT")
    ready.sesv2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    found = fates(ready, ready.send(SENDER, "gone@away.example", "angry@away.example"))
    assert (found["gone@away.example"][0], found["angry@away.example"][0]) == ("DELIVERED", "SUPPRESSED_COMPLAINT")
    ready.sesv2.put_account_suppression_attributes(SuppressedReasons=[])
    assert fates(ready, ready.send(SENDER, "angry@away.example"))["angry@away.example"][0] == "DELIVERED"


def test_the_list_comes_before_the_mailbox_simulator(ready):
    put(ready, "success@simulator.amazonses.com")
    found = fates(ready, ready.send(SENDER, "success@simulator.amazonses.com"))
    assert found["success@simulator.amazonses.com"][0] == "SUPPRESSED"


@pytest.fixture
def order(ready):
    """``order(recipient, reply)``: the MX refuses that recipient so."""
    made = []

    def give(recipient, reply):
        made.append({"kind": "5xx", "recipient": recipient, "reply": reply})
        ready.api("PUT", "faults", {"faults": made})

    yield give
    ready.api("DELETE", "faults")


def test_a_hard_bounce_puts_the_address_on_the_list_and_the_next_mail_is_withheld(ready, order):
    order("Gone@mx.example", "550 5.1.1 user unknown")
    message_id = ready.send(SENDER, "Gone@MX.example")
    assert fates(ready, message_id)["Gone@MX.example"][0] == "BOUNCED"
    entry = ready.sesv2.get_suppressed_destination(EmailAddress="Gone@mx.example")["SuppressedDestination"]
    assert entry["Reason"] == "BOUNCE"
    assert entry["Attributes"]["MessageId"] == message_id
    assert entry["Attributes"]["FeedbackId"] != message_id
    assert fates(ready, ready.send(SENDER, "Gone@mx.example"))["Gone@mx.example"][0] == "SUPPRESSED"


def test_other_bounces_list_nobody(ready, order):
    order("full@mx.example", "552 5.2.2 mailbox full")
    assert fates(ready, ready.send(SENDER, "full@mx.example"))["full@mx.example"][0] == "BOUNCED"
    simulated = ("bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com")
    fates(ready, ready.send(SENDER, *simulated))
    ready.sesv2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    order("gone@mx.example", "550 5.1.1 user unknown")
    assert fates(ready, ready.send(SENDER, "gone@mx.example"))["gone@mx.example"][0] == "BOUNCED"
    assert addresses(ready) == []
