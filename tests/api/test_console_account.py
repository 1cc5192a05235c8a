"""The console's account page: what it shows is what the API says, and each button does what the API's call does."""

from __future__ import annotations

import re

import pytest

PAGE = "/_ses/account"
SENDER = "mail@account.example"
READER = "reader@gmail.example"


def test_a_new_account_is_in_the_sandbox_and_one_click_brings_production(lab, browser):
    console = browser(lab)
    page = console.open(PAGE)
    assert "Your account is in the sandbox" in page.words
    assert "0 of 200 used in the last 24 hours" in page.words
    assert "Sending rate 1 a second" in page.words
    after = console.press(PAGE, "production")
    assert after.status == 200
    assert "Your account is in the sandbox" not in after.words
    assert "Production access was asked for." in after.words
    assert "0 of 50,000 used" in after.words
    account = lab.sesv2.get_account()
    assert account["ProductionAccessEnabled"] is True
    assert account["Details"]["MailType"] == "TRANSACTIONAL"
    assert account["Details"]["ReviewDetails"]["Status"] == "GRANTED"
    console.press(PAGE, "sandbox")
    assert lab.sesv2.get_account()["ProductionAccessEnabled"] is False


def test_large_limits_are_written_for_people(fresh, browser):
    lab = fresh(max_24_hour_send=2_000_000.0, max_send_rate=1_000_000.0)
    words = browser(lab).open(PAGE).words
    assert "0 of 2,000,000 used" in words
    assert "Sending rate 1,000,000 a second" in words


def test_what_a_button_calls_stands_in_the_request_log_and_looking_does_not(lab, browser):
    console = browser(lab)
    console.open(PAGE)
    where = f"requests?account={lab.account}"
    assert lab.api("GET", where)["requests"] == []
    console.press(PAGE, "pause")
    (entry,) = lab.api("GET", where)["requests"]
    assert (entry["operation"], entry["door"], entry["caller"], entry["accepted"]) == (
        "PutAccountSendingAttributes",
        "v2",
        "console",
        True,
    )
    assert (entry["account"], entry["region"]) == (lab.account, lab.region)


def test_a_held_review_is_shown_as_pending_and_asking_again_is_refused_in_the_words_of_ses(fresh, browser):
    lab = fresh(hold_production_review=True)
    console = browser(lab)
    first = console.press(PAGE, "production")
    assert "the review is pending" in first.words
    assert "Request production access" not in first.words
    assert lab.sesv2.get_account()["ProductionAccessEnabled"] is False
    again = console.press(PAGE, "production")
    assert again.status == 400
    assert "Refused: ConflictException" in again.words
    assert "Another review of your account details is in progress." in again.words
    assert "What to do: A review is open because" in again.words


def test_pausing_refuses_mail_until_it_is_resumed(lab, browser):
    console = browser(lab)
    lab.verify("account.example")
    paused = console.press(PAGE, "pause")
    assert "Sending is paused" in paused.words
    assert lab.sesv2.get_account()["SendingEnabled"] is False
    with pytest.raises(lab.ses.exceptions.ClientError, match="AccountSendingPaused"):
        lab.send(SENDER, "success@simulator.amazonses.com")
    assert "Sending goes on." in console.press(PAGE, "resume").words
    assert lab.send(SENDER, "success@simulator.amazonses.com")


def test_quota_and_plot_show_what_was_sent(fresh, browser):
    lab = fresh(max_send_rate=-1.0)
    lab.verify("account.example", READER)
    for _ in range(3):
        lab.send(SENDER, READER)
    lab.send(SENDER, "bounce@simulator.amazonses.com", READER)
    lab.wait(to=READER)
    console = browser(lab)
    page = console.open(PAGE)
    assert "4 of 200 used" in page.words
    assert "Left 196" in page.words
    assert "Sending rate unlimited" in page.words
    assert 'aria-valuenow="4"' in page.source
    counts = lab.ses.get_send_statistics()["SendDataPoints"]
    attempts = sum(point["DeliveryAttempts"] for point in counts)
    assert f'aria-label="{attempts} copies sent in 24 hours' in page.source
    assert re.search(r'<rect class="bar sent" x="[\d.]+" y="[\d.]+" width="[\d.]+" height="[\d.]+"/>', page.source)
    row = rf"{counts[-1]['Timestamp']:%Y-%m-%d %H:%M}</th><td class=\"num\">{counts[-1]['DeliveryAttempts']}</td>"
    assert re.search(row, page.source)
    assert "in 14 days" in console.open(PAGE, span="fortnight").source
    lab.advance(86400)
    assert "0 of 200 used" in console.open(PAGE).words


def test_an_unlimited_quota_has_no_gauge(fresh, browser):
    page = browser(fresh(max_24_hour_send=-1.0)).open(PAGE)
    assert "0 used, unlimited" in page.words
    assert 'role="meter"' not in page.source


def test_reset_forgets_this_account_in_all_regions_and_no_other(fresh, browser):
    lab = fresh()
    other = type(lab)(lab.emulator, "111122223333")
    for region in (lab.region, "eu-west-1"):
        lab.client("sesv2", region).create_email_identity(EmailIdentity="gone.example")
    other.sesv2.create_email_identity(EmailIdentity="kept.example")
    page = browser(lab).press(PAGE, "reset")
    assert "The account is as it was after the start" in page.words
    for region in (lab.region, "eu-west-1"):
        assert lab.client("sesv2", region).list_email_identities()["EmailIdentities"] == []
    assert len(other.sesv2.list_email_identities()["EmailIdentities"]) == 1


def test_another_region_is_another_account_and_is_offered(lab, browser):
    lab.client("sesv2", "eu-west-1").create_email_identity(EmailIdentity="far.example")
    console = browser(lab)
    console.press(PAGE, "pause", region="eu-west-1")
    assert lab.sesv2.get_account()["SendingEnabled"] is True
    assert lab.client("sesv2", "eu-west-1").get_account()["SendingEnabled"] is False
    link = f"/_ses/account?region=eu-west-1&amp;account={lab.account}"
    assert link in console.open(PAGE).source
    assert "EU (Ireland)" in console.open(PAGE, region="eu-west-1").words


@pytest.mark.parametrize(
    "query",
    [
        {"region": "moon"},
        {"region": "<script>"},
        {"account": "12"},
        {"account": "x" * 12},
        {"account": "９" * 12},
        {"region": "a\x00b"},
        {"region": "x" * 5000},
    ],
)
def test_what_can_be_no_region_or_account_is_said_so(lab, browser, query):
    page = browser(lab).open(PAGE, **query)
    assert page.status == 400
    assert re.search(r"(region|account) must be", page.words)
    assert "<script>" not in page.source.replace("<script src", "")
    assert browser(lab).send(PAGE, {"do": "pause"}, **query).status == 400


def test_a_button_that_is_none_does_nothing(lab, browser):
    page = browser(lab).press(PAGE, "destroy")
    assert page.status == 400
    assert "There is no such button" in page.words
    assert lab.api("GET", f"requests?account={lab.account}")["requests"] == []


def test_the_address_cannot_put_words_into_the_page(lab, browser):
    page = browser(lab).open(PAGE, done="<b>Call 555 now</b>", span="<i>")
    assert page.status == 200
    assert "Call 555" not in page.source
