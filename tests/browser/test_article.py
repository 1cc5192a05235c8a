"""The article replayed by clicking alone: from Create identity through four sends to the four verdicts.

Nothing is asked of the API; what is read is what a person reads.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

REGION = "ap-northeast-1"
DOMAIN = "abashiri.domain"
READER = "reader@gmail.example"
OWN = "mail.abashiri.domain"
SES_OWN = "ap-northeast-1.amazonses.com"


@dataclass(frozen=True)
class Case:
    dkim: bool
    mail_from: bool
    via: bool
    mailed_by: str
    signed_by: str


# In the order in which the article tries them.
CASES = (
    Case(True, True, False, OWN, DOMAIN),
    Case(False, True, False, OWN, "amazonses.com"),
    Case(False, False, True, SES_OWN, "amazonses.com"),
    Case(True, False, False, SES_OWN, DOMAIN),
)


@pytest.fixture
def person(fresh, visit):
    """A browser at an emulator as it starts: sandbox, nothing verified, 200 a day, one a second."""
    lab = fresh()
    lab.region = REGION
    return visit(lab)


def create_domain(page):
    from playwright.sync_api import expect

    page.get_by_role("link", name="Create identity").first.click()
    page.get_by_role("radio", name="Domain").check()
    page.get_by_role("textbox", name="Domain", exact=True).fill(DOMAIN)
    page.get_by_label("RSA_2048_BIT").check()
    page.get_by_label("Sign mail with DKIM").check()
    page.get_by_label("Publish the DNS records to Route 53").uncheck()
    page.get_by_role("button", name="Create identity").click()
    expect(page.get_by_role("heading", name=DOMAIN, exact=True)).to_be_visible()
    expect(page.get_by_text("The identity was created.")).to_be_visible()


def publish_dkim(page):
    from playwright.sync_api import expect

    dkim = page.get_by_role("region", name="DomainKeys Identified Mail")
    expect(dkim.locator("tbody tr")).to_have_count(3)
    expect(dkim.get_by_text("Missing", exact=True)).to_have_count(3)
    dkim.get_by_role("button", name="Publish to Route 53").click()
    expect(dkim.get_by_text("Found", exact=True)).to_have_count(3)
    expect(page.get_by_role("region", name="Verification").get_by_text("Verified").first).to_be_visible()


def set_mail_from(page):
    from playwright.sync_api import expect

    box = page.get_by_role("region", name="Custom MAIL FROM domain")
    box.get_by_role("textbox", name="MAIL FROM domain").fill(OWN)
    box.get_by_role("button", name="Save MAIL FROM domain").click()
    expect(box.locator("tbody tr")).to_have_count(2)


def publish_mail_from(page):
    from playwright.sync_api import expect

    box = page.get_by_role("region", name="Custom MAIL FROM domain")
    expect(box.locator("td", has_text=f"10 feedback-smtp.{REGION}.amazonses.com").first).to_be_visible()
    box.get_by_role("button", name="Publish to Route 53").click()
    box.get_by_text("View DNS records").click()
    expect(box.get_by_text("Found", exact=True)).to_have_count(2)


def verify_reader(person):
    """The reader's own part: asks, opens the mail in the inbox, follows its link."""
    from playwright.sync_api import expect

    page = person.page
    person.section("Identities")
    page.get_by_role("link", name="Create identity").first.click()
    page.get_by_role("radio", name="Email address").check()
    page.get_by_role("textbox", name="Email address").fill(READER)
    page.get_by_role("button", name="Create identity").click()
    page.get_by_role("link", name="Open it in the inbox").click()
    page.locator(".mail-link").click()
    with person.context.expect_page() as opened:
        page.locator("pre.plain a", has_text="Operation=ConfirmVerification").click()
    confirmed = opened.value
    expect(confirmed.get_by_text("verified").first).to_be_visible()
    confirmed.close()


def prepare(person, case):
    """Switches DKIM and MAIL FROM to the case by the identity's buttons. What is there or not is looked for once a page
    is there to its end."""
    from playwright.sync_api import expect

    page = person.page
    person.open("/_ses/identities")
    page.get_by_role("link", name=DOMAIN, exact=True).click()
    expect(page.get_by_role("heading", name=DOMAIN, exact=True)).to_be_visible()
    page.wait_for_load_state()
    to_enable, to_disable = (page.get_by_role("button", name=f"{do} DKIM signatures") for do in ("Enable", "Disable"))
    wanted, other = (to_enable, to_disable) if case.dkim else (to_disable, to_enable)
    if wanted.count():
        wanted.click()
        expect(other).to_be_visible()
        page.wait_for_load_state()
    box = page.get_by_role("region", name="Custom MAIL FROM domain")
    remove = box.get_by_role("button", name="Remove the MAIL FROM domain")
    if case.mail_from and not remove.count():
        set_mail_from(page)
    elif not case.mail_from and remove.count():
        remove.click()
        expect(page.get_by_text("The custom MAIL FROM domain was removed")).to_be_visible()
    page.wait_for_load_state()


def send(page):
    """Sends the test email to the reader and opens it."""
    from playwright.sync_api import expect

    box = page.get_by_role("region", name="Send a test email")
    box.locator("[name=to]").fill(READER)
    box.get_by_label("Subject").fill("test-subject")
    box.locator("[name=text]").fill("test-body")
    box.get_by_role("button", name="Send test email").click()
    expect(box.get_by_text("Accepted.")).to_be_visible()
    box.locator(".notice a.button").click()
    again = page.get_by_role("link", name="Look again")
    seen = page.locator("#opened")
    # The page of what became of the mail leads on by itself once its one copy has arrived.
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        expect(again.or_(seen)).to_be_visible()
        if seen.count():
            return
        again.click()
    raise AssertionError("the mail did not arrive")


def tick(person):
    """The sandbox takes one mail a second: the clock goes on by a minute."""
    from playwright.sync_api import expect

    person.section("Clock")
    person.page.get_by_role("button", name="1 min").click()
    expect(person.page.get_by_role("status", name="What happened")).to_be_visible()


def assert_seen(page, case):
    from playwright.sync_api import expect

    details = page.locator(".letter-card dl")
    expect(details.locator("dt:text-is('mailed-by:') + dd")).to_have_text(case.mailed_by)
    expect(details.locator("dt:text-is('signed-by:') + dd")).to_have_text(case.signed_by)
    expect(details.locator("dt:text-is('subject:') + dd")).to_have_text("test-subject")
    via = page.locator(".letter-sender .via")
    if case.via:
        expect(via).to_have_text("via amazonses.com")
    else:
        expect(via).to_have_count(0)

    page.get_by_role("link", name="Why", exact=True).click()
    cell = page.locator(".cases td.here")
    expect(cell).to_have_count(1)
    expect(cell).to_contain_text("via amazonses.com" if case.via else "no via")
    expect(cell).to_contain_text("the MAIL FROM domain" if case.mail_from else "a name under amazonses.com")
    expect(cell).to_contain_text("signed-by the domain of From" if case.dkim else "signed-by amazonses.com")
    row, column = (0 if case.dkim else 1), (0 if case.mail_from else 1)
    expect(page.locator(".cases tbody tr").nth(row).locator("td").nth(column)).to_contain_text("this mail")


def test_the_article_by_clicking_from_create_identity_to_the_four_verdicts(person):
    page = person.page
    person.open("/_ses/")
    person.section("Identities")
    create_domain(page)
    publish_dkim(page)
    set_mail_from(page)
    publish_mail_from(page)
    verify_reader(person)
    for case in CASES:
        prepare(person, case)
        send(page)
        assert_seen(page, case)
        tick(person)
