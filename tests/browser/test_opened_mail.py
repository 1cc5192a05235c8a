"""One mail opened: every tab by a click without a reload, what can be copied, its frame, and what others load."""

from __future__ import annotations

import hashlib
import re
from email.message import EmailMessage
from email.utils import localtime

import pytest

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
HTML = """<h1>Drift ice</h1><p>Come and <a href="https://ice.example/see">see it</a>.</p>
<img src="cid:ship" alt="A ship" width="40" height="40"><img src="https://ice.example/far.png" width="20" height="20">
<table width="900"><tr><td>wide</td></tr></table>"""


def rich() -> bytes:
    """HTML and text, an inline image, a picture and a text enclosed, remote images, a List-Unsubscribe."""
    mail = EmailMessage()
    mail["From"] = "Abashiri <mail@abashiri.domain>"
    mail["To"] = "Reader <reader@gmail.example>"
    mail["Subject"] = "Drift ice has come"
    mail["Date"] = localtime()
    mail["List-Unsubscribe"] = "<https://ice.example/u>"
    mail.set_content("Drift ice.\nSee https://ice.example/see for more.")
    mail.add_alternative(HTML, subtype="html")
    mail.get_payload()[1].add_related(PIXEL, "image", "png", cid="<ship>")
    mail.add_attachment(PIXEL, "image", "png", filename="ship.png")
    mail.add_attachment("The first line of the log.\n", filename="log.txt")
    return mail.as_bytes()


@pytest.fixture
def opened(lab, visit):
    """The rich mail, sent through SES, opened in a window that may use the clipboard."""
    lab.verify("abashiri.domain")
    lab.production()
    sent = lab.sesv2.send_email(Content={"Raw": {"Data": rich()}})
    mail = lab.wait(message_id=sent["MessageId"])
    visitor = visit(lab, permissions=["clipboard-read", "clipboard-write"])
    visitor.mail = mail
    visitor.open(f"/_ses/messages/{mail['id']}")
    return visitor


def tab(page, name):
    from playwright.sync_api import expect

    link = page.get_by_role("navigation", name="Views of this mail").get_by_role("link", name=re.compile(f"^{name}"))
    link.click()
    expect(page.locator(f"#tab-{name.lower()}")).to_have_attribute("aria-current", "page")
    return page.locator(".letter-body")


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


def press_copy(page, button):
    from playwright.sync_api import expect

    page.evaluate("navigator.clipboard.writeText('nothing')")
    button.click()
    expect(page.locator("#said")).to_have_text("Copied")
    return copied(page)


def test_every_tab_shows_its_part_without_a_reload(opened):
    from playwright.sync_api import expect

    page = opened.page
    page.evaluate("window.notReloaded = true")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Drift ice")).to_be_visible()
    expect(tab(page, "Text")).to_contain_text("See https://ice.example/see for more.")
    source = tab(page, "Source")
    expect(source.locator("tr", has_text="DKIM").first).to_contain_text("abashiri.domain")
    expect(source.locator("#raw")).to_contain_text("DKIM-Signature:")
    tab(page, "Headers")
    expect(page.get_by_role("row", name="List-Unsubscribe <https://ice.example/u>", exact=True)).to_be_visible()
    tree = tab(page, "MIME")
    for content_type in ("multipart/mixed", "multipart/alternative", "text/html", "image/png", "text/plain"):
        expect(tree.get_by_text(content_type, exact=True).first).to_be_visible()
    expect(tab(page, "Why").locator(".cases td.here")).to_have_count(1)
    expect(tab(page, "Journey")).to_contain_text("SendEmail")
    expect(tab(page, "Checks")).to_contain_text("List-Unsubscribe")
    assert page.evaluate("window.notReloaded")
    page.go_back()
    expect(page.locator("#tab-journey")).to_have_attribute("aria-current", "page")


def test_a_tab_of_a_mail_that_is_gone_says_so(opened):
    from playwright.sync_api import expect

    opened.refusals = True
    opened.lab.api("DELETE", f"messages/{opened.mail['id']}")
    opened.page.locator("#tab-source").click()
    expect(opened.page.get_by_role("alert")).to_have_text(f"There is no message {opened.mail['id']}.")


def test_clicks_that_nobody_answers_say_so(opened):
    from playwright.sync_api import expect

    page, said = opened.page, opened.page.locator("#said")
    opened.unanswered = True
    opened.context.set_offline(True)
    page.locator("#tab-source").click()
    expect(said).to_have_text("The emulator does not answer")
    opened.context.set_offline(False)
    opened.open("/_ses/")
    opened.context.set_offline(True)
    page.locator(".mail-link").first.focus()
    page.keyboard.press("#")
    expect(said).to_have_text("The emulator does not answer")
    expect(page.locator(".mail")).not_to_have_count(0)
    opened.context.set_offline(False)


def test_attachments_are_shown_named_and_summed(opened):
    from playwright.sync_api import expect

    body = tab(opened.page, "Attachments")
    expect(body.get_by_role("heading", name="ship.png")).to_be_visible()
    picture = body.get_by_role("img", name="Preview of ship.png")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 1)
    expect(body.get_by_text("The first line of the log.")).to_be_visible()
    expect(body.get_by_text(hashlib.sha256(PIXEL).hexdigest()).first).to_be_visible()
    with opened.page.expect_download() as download:
        body.locator("li", has_text="log.txt").get_by_role("link", name="Download").click()
    assert download.value.path().read_text() == "The first line of the log.\n"


def test_the_mail_is_downloaded_and_copied_as_it_was_received(opened):
    page = opened.page
    raw = opened.lab.get(f"/_ses/api/messages/{opened.mail['id']}/raw")
    with page.expect_download() as download:
        page.get_by_role("link", name=".eml").click()
    assert download.value.path().read_bytes() == raw
    tab(page, "Source")
    text = press_copy(page, page.get_by_role("button", name="Copy to clipboard"))
    assert text.split() == raw.decode().split()
    link = press_copy(page, page.get_by_role("button", name="Copy link"))
    assert link == f"{opened.lab.endpoint}/_ses/messages/{opened.mail['id']}"


def test_what_would_change_the_verdict_is_copied_from_why(opened):
    page = opened.page
    body = tab(page, "Why")
    shown = body.locator("pre").first.text_content()
    assert press_copy(page, body.get_by_role("button", name=re.compile("^Copy what would change")).first) == shown
    assert "mail-from" in shown.lower()


def test_the_frame_takes_the_width_and_the_dark_that_were_chosen(opened):
    from playwright.sync_api import expect

    page = opened.page
    widths = {}
    # From the desktop's width on: a click that changes nothing could not be waited for.
    for name in ("Tablet", "Phone", "Desktop"):
        page.get_by_role("group", name="Width").get_by_role("link", name=name).click()
        expect(page.get_by_role("group", name="Width").locator("[aria-current]")).to_have_text(name)
        framed = page.locator(f".stage.{name.lower()} iframe")
        expect(framed).to_be_visible()
        widths[name] = framed.bounding_box()["width"]
    assert widths["Phone"] < 420 < widths["Tablet"] < 800 < widths["Desktop"]
    page.get_by_role("link", name="Dark preview").click()
    root = page.frame_locator("iframe").locator("html")
    expect(root).to_have_css("background-color", "rgb(19, 21, 25)")
    page.get_by_role("link", name="Dark preview").click()
    expect(root).not_to_have_css("background-color", "rgb(19, 21, 25)")


def test_remote_images_are_loaded_when_asked_for_and_enclosed_ones_always(opened):
    from playwright.sync_api import expect

    page = opened.page
    ship = page.frame_locator("iframe").get_by_role("img", name="A ship")
    far = page.frame_locator("iframe").locator("img").nth(1)
    expect(ship).to_have_js_property("naturalWidth", 1)
    expect(far).to_have_js_property("complete", True)
    expect(far).to_have_js_property("naturalWidth", 0)
    assert opened.foreign == []
    opened.images = True
    page.get_by_role("link", name="Load remote images").click()
    expect(far).to_have_js_property("naturalWidth", 1)
    assert opened.foreign == [("GET", "image", "https://ice.example/far.png")]
    page.get_by_role("link", name="Block remote images").click()
    expect(page.get_by_text("blocked.")).to_be_visible()
    expect(far).to_have_js_property("complete", True)
    expect(far).to_have_js_property("naturalWidth", 0)
    assert len(opened.foreign) == 1


def test_a_link_in_the_frame_opens_a_window_that_cannot_reach_this_one(opened):
    page = opened.page
    opened.context.route("https://ice.example/**", lambda route: route.fulfill(body="<title>ice</title>there"))
    opened.leaves = True
    with opened.context.expect_page() as window:
        page.frame_locator("iframe").get_by_role("link", name="see it").click()
    window.value.wait_for_load_state()
    assert window.value.url == "https://ice.example/see"
    assert window.value.evaluate("[window.opener, document.referrer]") == [None, ""]
    assert "/_ses/messages/" in page.url
