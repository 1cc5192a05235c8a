"""The inbox's list in a browser: mail arrives by itself, is found, marked, reached by keys, and deleted."""

from __future__ import annotations

import re

import pytest


def letter(subject: str, text: str = "Hello.") -> bytes:
    return (
        f"From: Ann <ann@away.example>\r\nTo: someone@here.example\r\nSubject: {subject}\r\n"
        "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        f"Message-ID: <{subject.replace(' ', '.')}@away.example>\r\n\r\n{text}\r\n"
    ).encode()


@pytest.fixture
def inbox(quick, visit):
    """A window at the whole inbox, which is empty."""
    visitor = visit(quick())
    visitor.page.goto(f"{visitor.lab.endpoint}/_ses/")
    return visitor


@pytest.fixture
def filled(inbox, bring):
    """The same with four mails, the newest first: Delta, Gamma, Beta, Alpha."""
    for subject in ("Alpha", "Beta", "Gamma", "Delta"):
        bring(inbox.lab, letter(subject, f"About {subject.lower()} and the sea."))
    inbox.page.reload()
    return inbox


def assert_subjects(page, *subjects):
    from playwright.sync_api import expect

    expect(page.locator(".mail-subject")).to_have_text(list(subjects))


def test_mail_arrives_by_itself_with_its_counts(inbox, bring):
    from playwright.sync_api import expect

    page = inbox.page
    page.evaluate("window.notReloaded = true")
    expect(page.get_by_role("heading", name="No mail yet")).to_be_visible()
    bring(inbox.lab, letter("First"))
    assert_subjects(page, "First")
    expect(page.get_by_role("heading", name="No mail yet")).to_be_hidden()
    bring(inbox.lab, letter("Second"))
    bring(inbox.lab, letter("Third"))
    assert_subjects(page, "Third", "Second", "First")
    expect(page.locator("#shown")).to_have_text("3 mails, 3 unread")
    expect(page.locator("#unread")).to_have_text("3")
    expect(page).to_have_title(re.compile(r"^\(3\) Inbox"))
    assert page.evaluate("window.notReloaded")


def test_mail_that_a_search_does_not_mean_stays_out_while_it_is_shown(filled, bring):
    from playwright.sync_api import expect

    page = filled.page
    page.get_by_role("searchbox").fill("subject:alpha")
    page.get_by_role("searchbox").press("Enter")
    assert_subjects(page, "Alpha")
    bring(filled.lab, letter("Beta again"))
    bring(filled.lab, letter("Alpha again"))
    assert_subjects(page, "Alpha again", "Alpha")
    expect(page.locator("#shown")).to_have_text(re.compile("^2 of 6 mails"))


SEARCHES = [
    ("gamma", ["Gamma"]),
    ("sea -beta", ["Delta", "Gamma", "Alpha"]),
    ('"about delta"', ["Delta"]),
    ("from:ann to:someone subject:beta", ["Beta"]),
    ("has:attachment", []),
    ("is:unread spf:pass", []),
    ("after:2001-01-01 dkim:none", ["Delta", "Gamma", "Beta", "Alpha"]),
]


def test_a_search_typed_in_shows_what_it_means(filled):
    from playwright.sync_api import expect

    page = filled.page
    for search, subjects in SEARCHES:
        page.get_by_role("searchbox").fill(search)
        page.get_by_role("button", name="Search", exact=True).click()
        assert_subjects(page, *subjects)
        expect(page.get_by_role("searchbox")).to_have_value(search)
        expect(page.get_by_role("heading", name="No mail matches")).to_be_visible(visible=not subjects)
    page.get_by_role("link", name="Clear search").click()
    assert_subjects(page, "Delta", "Gamma", "Beta", "Alpha")


def test_a_search_that_cannot_be_meant_says_why(filled):
    from playwright.sync_api import expect

    page = filled.page
    page.get_by_role("searchbox").fill("before:yesterday")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("before: needs a date as 2026-01-31 or a time as 2026-01-31T09:30.")
    expect(page.get_by_role("searchbox")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".mail")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete shown")).to_have_count(0)


def test_an_opened_mail_is_read_until_it_is_marked_unread(filled):
    from playwright.sync_api import expect

    page = filled.page
    unread = page.locator(".mail.unread .mail-subject")
    expect(unread).to_have_text(["Delta", "Gamma", "Beta", "Alpha"])
    page.get_by_role("link", name="Gamma").click()
    expect(page.get_by_role("heading", name="Gamma")).to_be_visible()
    page.get_by_role("link", name="Inbox", exact=True).last.click()
    expect(unread).to_have_text(["Delta", "Beta", "Alpha"])
    page.get_by_role("link", name="Gamma").click()
    page.get_by_role("button", name="Mark unread").click()
    expect(unread).to_have_text(["Delta", "Gamma", "Beta", "Alpha"])
    page.get_by_role("button", name="Mark all read").click()
    expect(unread).to_have_count(0)
    expect(page.locator("#unread")).to_be_empty()


def test_one_mail_is_deleted_from_the_list_and_one_from_its_page(filled):
    from playwright.sync_api import expect

    page = filled.page
    page.evaluate("window.notReloaded = true")
    page.get_by_role("button", name="Delete Gamma").click()
    assert_subjects(page, "Delta", "Beta", "Alpha")
    expect(page.locator("#shown")).to_have_text("3 mails, 3 unread")
    assert page.evaluate("window.notReloaded")
    page.get_by_role("link", name="Beta").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    assert_subjects(page, "Delta", "Alpha")
    assert filled.lab.api("GET", "messages")["total"] == 2


def test_what_the_search_shows_and_then_all_is_deleted_when_confirmed(filled):
    from playwright.sync_api import expect

    page = filled.page
    page.get_by_role("searchbox").fill("subject:beta")
    page.get_by_role("searchbox").press("Enter")
    assert_subjects(page, "Beta")
    filled.answer = False
    page.get_by_role("button", name="Delete shown").click()
    assert_subjects(page, "Beta")
    assert filled.lab.api("GET", "messages")["total"] == 4
    filled.answer = True
    page.get_by_role("button", name="Delete shown").click()
    expect(page.get_by_role("heading", name="No mail matches")).to_be_visible()
    page.get_by_role("link", name="Clear search").click()
    assert_subjects(page, "Delta", "Gamma", "Alpha")
    page.get_by_role("button", name="Delete all").click()
    expect(page.get_by_role("heading", name="No mail yet")).to_be_visible()
    assert filled.dialogs == ["Delete all mails that this search shows?"] * 2 + [
        "Delete all captured mail, of all accounts?"
    ]


def test_the_list_and_its_mails_are_reached_by_keys(filled):
    from playwright.sync_api import expect

    page = filled.page
    focused = page.locator(".mail-link:focus .mail-subject")
    for key, subject in (("j", "Delta"), ("j", "Gamma"), ("j", "Beta"), ("k", "Gamma")):
        page.keyboard.press(key)
        expect(focused).to_have_text(subject)
    page.keyboard.press("Enter")
    heading = page.locator(".letter-subject")
    expect(heading).to_have_text("Gamma")
    page.wait_for_load_state()
    for key, subject in (("j", "Beta"), ("j", "Alpha"), ("k", "Beta")):
        page.keyboard.press(key)
        expect(heading).to_have_text(subject)
        # Keys mean something once the scripts are there.
        page.wait_for_load_state()
    page.keyboard.press("u")
    assert_subjects(page, "Delta", "Gamma", "Beta", "Alpha")
    page.wait_for_load_state()

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("j?#u")
    expect(page.get_by_role("searchbox")).to_have_value("j?#u")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()

    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()


def test_the_hash_key_deletes_the_mail_in_focus_and_the_opened_one(filled):
    page = filled.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("#")
    assert_subjects(page, "Delta", "Beta", "Alpha")
    page.keyboard.press("#")
    assert_subjects(page, "Delta", "Alpha")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/messages/*")
    page.keyboard.press("#")
    assert_subjects(page, "Alpha")


def test_older_mail_is_paged_and_new_mail_joins_the_first_page_alone(inbox, bring):
    from playwright.sync_api import expect

    for number in range(52):
        bring(inbox.lab, letter(f"n{number:02}"))
    page = inbox.page
    page.reload()
    expect(page.locator(".mail")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    assert_subjects(page, "n01", "n00")
    bring(inbox.lab, letter("n52"))
    page.get_by_role("link", name="Newest").click()
    expect(page.locator(".mail-subject").first).to_have_text("n52")
