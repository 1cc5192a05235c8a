"""The console's buttons in a browser: account, identities, requests, DNS, clock; and all of it without scripts."""

from __future__ import annotations

import pytest


@pytest.fixture
def person(lab, visit):
    """A browser at a new account in the sandbox."""
    return visit(lab, permissions=["clipboard-read", "clipboard-write"])


def test_production_access_is_granted_and_sending_paused_and_resumed(person):
    from playwright.sync_api import expect

    page = person.page
    person.open("/_ses/account")
    sandbox = page.get_by_role("heading", name="Your account is in the sandbox")
    expect(sandbox).to_be_visible()
    expect(page.get_by_role("meter")).to_have_attribute("aria-valuemax", "200")
    page.get_by_role("button", name="Request production access").click()
    expect(sandbox).to_have_count(0)
    expect(page.get_by_role("meter")).to_have_attribute("aria-valuemax", "50000")
    page.get_by_role("button", name="Pause sending").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    person.lab.verify("paused.example")
    with pytest.raises(person.lab.sesv2.exceptions.SendingPausedException):
        person.lab.sesv2.send_email(
            FromEmailAddress="a@paused.example",
            Destination={"ToAddresses": ["b@paused.example"]},
            Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        )
    page.get_by_role("button", name="Resume sending").click()
    expect(page.get_by_text("Enabled", exact=True)).to_be_visible()
    page.get_by_role("button", name="Back to the sandbox").click()
    expect(sandbox).to_be_visible()


def test_the_switch_shows_another_account_and_region(person):
    from playwright.sync_api import expect

    page = person.page
    person.open("/_ses/account")
    page.get_by_label("Account and region: ").click()
    page.get_by_label("Account", exact=True).fill("444455556666")
    page.get_by_label("Region", exact=True).fill("eu-west-1")
    page.get_by_role("button", name="Switch").click()
    expect(page.locator(".page-head")).to_contain_text("444455556666")
    person.section("Identities")
    expect(page.get_by_role("heading", name="No identities in eu-west-1 yet")).to_be_visible()


def test_identities_are_filtered_copied_from_and_deleted_after_a_second_click(person):
    from playwright.sync_api import expect

    page = person.page
    person.lab.verify("one.example", "two.example", "me@one.example")
    person.open("/_ses/identities")
    names = page.locator("tbody th a")
    expect(names).to_have_count(3)
    page.get_by_role("combobox", name="Type").select_option("Domains")
    page.get_by_role("button", name="Filter").click()
    expect(names).to_have_text(["one.example", "two.example"])
    page.get_by_role("link", name="two.example").click()
    dkim = page.get_by_role("region", name="DomainKeys Identified Mail")
    dkim.get_by_role("button", name="Copy the value").first.click()
    expect(page.locator("#said")).to_have_text("Copied")
    value = dkim.locator("tbody tr").first.locator("td").nth(2).locator("code").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == value
    assert value.endswith(".dkim.amazonses.com")
    page.locator("summary", has_text="Delete…").click()
    page.get_by_role("button", name="Delete two.example").click()
    expect(page.get_by_text("The identity was deleted.")).to_be_visible()
    person.open("/_ses/identities", kind="DOMAIN")
    expect(names).to_have_text(["one.example"])


def test_a_refused_test_email_says_what_to_do_and_keeps_what_was_filled_in(person):
    from playwright.sync_api import expect

    page = person.page
    person.lab.verify("mine.example")
    person.refusals = True
    person.open("/_ses/identity", name="mine.example")
    form = page.get_by_role("region", name="Send a test email")
    form.locator("[name=to]").fill("stranger@far.example")
    form.get_by_label("Subject").fill("A subject <b>&</b>")
    form.get_by_role("button", name="Send test email").click()
    alert = form.get_by_role("alert")
    expect(alert).to_contain_text("MessageRejected")
    expect(alert).to_contain_text("stranger@far.example")
    expect(alert).to_contain_text("What to do:")
    expect(form.get_by_label("Subject")).to_have_value("A subject <b>&</b>")


def test_requests_come_by_themselves_and_keep_to_the_filter(person):
    from playwright.sync_api import expect

    page = person.page
    lab = person.lab
    lab.ses.get_send_quota()
    person.open("/_ses/requests", scope="here", result="refused")
    page.evaluate("window.notReloaded = true")
    rows = page.locator("tbody tr")
    expect(page.get_by_role("heading", name="No request matches")).to_be_visible()
    with pytest.raises(lab.ses.exceptions.MessageRejected):
        lab.send("nobody@nowhere.example", "someone@nowhere.example")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("MessageRejected")
    expect(rows.first).to_contain_text("What to do:")
    rows.first.locator("summary").click()
    expect(rows.first.locator(".rulings")).to_be_visible()
    lab.ses.list_identities()
    with pytest.raises(lab.ses.exceptions.MessageRejected):
        lab.send("nobody@nowhere.example", "another@nowhere.example")
    expect(rows).to_have_count(2)
    expect(rows.nth(1).locator(".rulings"), "what was unfolded stays so").to_be_visible()
    assert page.evaluate("window.notReloaded")
    page.get_by_role("combobox", name="Result").select_option("Accepted")
    page.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(2)
    expect(page.get_by_text("MessageRejected")).to_have_count(0)


def test_a_record_is_added_asked_for_and_removed(person):
    from playwright.sync_api import expect

    page = person.page
    person.open("/_ses/dns", q="added.example")
    form = page.get_by_role("region", name="Add a record")
    form.locator("[name=name]").fill("mail.added.example")
    form.locator("[name=type]").select_option("MX")
    form.locator("[name=value]").fill("10 mx.added.example")
    form.get_by_role("button", name="Add record").click()
    row = page.get_by_role("region", name="Records").locator("tbody tr", has_text="mail.added.example")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("10 mx.added.example")
    ask = page.get_by_role("region", name="Ask DNS")
    ask.locator("[name=ask]").fill("mail.added.example")
    ask.locator("[name=type]").select_option("MX")
    ask.get_by_role("button", name="Ask").click()
    expect(ask.get_by_role("status")).to_contain_text("10 mx.added.example")
    person.open("/_ses/dns", q="added.example")
    page.get_by_role("button", name="Remove MX of mail.added.example").click()
    expect(row).to_have_count(0)


def test_what_is_refused_below_the_fold_is_brought_into_view_and_read_aloud(person):
    from playwright.sync_api import expect

    page = person.page
    person.lab.verify(*(f"many{number}.example" for number in range(8)))
    person.refusals = True
    person.open("/_ses/dns")
    form = page.get_by_role("region", name="Add a record")
    form.locator("[name=name]").fill("mail.many.example")
    form.locator("[name=type]").select_option("A")
    form.locator("[name=value]").fill("no address")
    form.get_by_role("button", name="Add record").click()
    alert = form.get_by_role("alert")
    expect(alert).to_be_in_viewport(ratio=1)
    expect(alert).to_be_focused()
    expect(form.locator("[name=value]")).to_have_value("no address")


def test_the_clock_is_advanced_and_put_back_and_the_quota_is_free_again(fresh, visit):
    from playwright.sync_api import expect

    lab = fresh(auto_verify=True)
    lab.ses.verify_domain_identity(Domain="clock.example")
    lab.wait(message_id=lab.send("a@clock.example", "b@clock.example"))
    person = visit(lab)
    page = person.page
    person.open("/_ses/clock")
    page.get_by_role("button", name="24 h").click()
    expect(page.get_by_role("status", name="What happened").or_(page.locator("section.notice"))).to_contain_text(
        "1 used before, 0 now"
    )
    page.get_by_role("button", name="Back to real time").click()
    expect(page.get_by_text("Real time", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Back to real time")).to_have_count(0)


def test_without_scripts_an_identity_is_made_used_and_deleted(fresh, visit):
    """As a reader of mails on a phone would: list, search, tabs, delete; and the console's forms."""
    from playwright.sync_api import expect

    lab = fresh()
    person = visit(lab, java_script_enabled=False)
    page = person.page
    person.open("/_ses/identities")
    page.get_by_role("link", name="Create identity").first.click()
    page.get_by_role("radio", name="Domain").check()
    page.get_by_role("textbox", name="Domain", exact=True).fill("plain.example")
    page.get_by_label("Publish the DNS records to Route 53").check()
    page.get_by_role("button", name="Create identity").click()
    expect(page.locator(".page-head")).to_contain_text("Verified")
    page.get_by_role("button", name="Disable DKIM signatures").click()
    expect(page.get_by_text("Signatures disabled")).to_be_visible()
    form = page.get_by_role("region", name="Send a test email")
    form.locator("[name=to]").fill("reader@plain.example")
    form.get_by_role("button", name="Send test email").click()
    expect(page.get_by_text("Accepted.")).to_be_visible()
    lab.wait(to="reader@plain.example")
    person.section("Inbox")
    page.get_by_role("searchbox").fill("to:reader")
    page.get_by_role("button", name="Search", exact=True).click()
    page.locator(".mail-link").click()
    page.get_by_role("link", name="Why", exact=True).click()
    expect(page.locator(".cases td.here")).to_contain_text("via amazonses.com")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="No mail matches")).to_be_visible()
    person.section("Account")
    page.get_by_role("button", name="Request production access").click()
    expect(page.get_by_text("Production", exact=True)).to_be_visible()
    person.section("Identities")
    page.get_by_role("link", name="plain.example").click()
    page.locator("summary", has_text="Delete…").click()
    page.get_by_role("button", name="Delete plain.example").click()
    expect(page.get_by_role("heading", name="No identities in ap-northeast-1 yet")).to_be_visible()
