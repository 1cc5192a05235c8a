"""Every mail of ``fixtures/mail/hostile`` opened on every tab in a real browser: nothing of it runs, loads, sends,
leads away or reaches the page around it.

``visit`` asserts besides that no other host was asked and no dialog came.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HOSTILE = sorted((Path(__file__).parents[2] / "fixtures" / "mail" / "hostile").glob("*.eml"))
# What one of them has fetched beforehand.
PREFETCHED = "https://evil.example/q"
TABS = ("text", "source", "headers", "mime", "attachments", "why", "journey", "checks")
# What a script of a mail would do to the window, or leave in it.
UNTOUCHED = """() => ({
    title: document.title,
    own: [...document.scripts].every((one) => one.src.startsWith(`${location.origin}/_ses/static/`)),
    frames: [...document.querySelectorAll("iframe")].map((one) => one.getAttribute("sandbox")),
    handlers: [...document.querySelectorAll("*")].filter((one) =>
        [...one.attributes].some((attribute) => attribute.name.startsWith("on") || attribute.name === "style")).length,
    said: document.getElementById("said").textContent,
    main: document.getElementById("main").tagName,
})"""
# Clicks one tab after the other, each once the one before is in place; which tab each page says it is.
THROUGH = """async (tabs) => {
    const shown = [];
    for (const tab of tabs) {
        const settled = new Promise((then) => document.addEventListener("htmx:afterSettle", then, { once: true }));
        document.getElementById(`tab-${tab}`).click();
        await settled;
        shown.push(document.querySelector(".tabs [aria-current]").id);
    }
    return shown;
}"""
# Set in the window before any script of a page, in every frame: a script that ran would have changed it.
WATCH = """for (const name of ["alert", "confirm", "prompt", "open", "fetch"]) {
    const real = window[name];
    window[name] = (...given) => { (window.called ??= []).push(name); return real.apply(window, given); };
}"""


@pytest.fixture
def seen(lab, visit):
    """A window that notes where each of its frames went, and which of ``WATCH``'s functions were called."""
    visitor = visit(lab)
    visitor.hostile = True
    visitor.context.add_init_script(WATCH)
    visitor.went = []
    visitor.page.on("framenavigated", lambda frame: visitor.went.append((frame is visitor.page.main_frame, frame.url)))
    return visitor


def assert_untouched(visitor, mail):
    """The page around is as it was made, and went nowhere."""
    page = visitor.page
    state = page.evaluate(UNTOUCHED)
    assert state["title"].endswith("· ses-emulator"), state
    assert state["own"] is True, state
    assert state["handlers"] == 0, state
    assert state["main"] == "MAIN", state
    assert state["said"] == ""
    assert set(state["frames"]) <= {"allow-popups allow-popups-to-escape-sandbox"}, state
    assert page.evaluate("window.called ?? []") == []
    here = f"{visitor.lab.endpoint}/_ses/messages/{mail['id']}"
    # A frame within the mail's frame that may not be shown is an error page of the browser's.
    for _, url in visitor.went:
        assert url.startswith((here, "about:blank", "about:srcdoc", "chrome-error:")), visitor.went
    assert [url for main, url in visitor.went if main and not url.startswith(here)] == []
    assert {method for method, _, _ in visitor.asked} == {"GET"}
    assert len(visitor.context.pages) == 1


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_mail_does_nothing_on_any_tab(seen, bring, path):
    page = seen.page
    mail = bring(seen.lab, path.read_bytes(), to=f"{path.stem}@browser.example")
    page.goto(f"{seen.lab.endpoint}/_ses/messages/{mail['id']}?tab=html")
    framed(seen, mail)
    assert_untouched(seen, mail)
    assert page.evaluate(THROUGH, TABS) == [f"tab-{tab}" for tab in TABS]
    assert_untouched(seen, mail)
    page.goto(f"{seen.lab.endpoint}/_ses/messages/{mail['id']}?tab=html")
    if (frame := framed(seen, mail)) is not None:
        assert seen.caught == []
        # A person who sends a mail's form has asked for it: Chromium connects, then sends nothing.
        seen.leaves = bool(frame.evaluate("document.forms.length"))
        attack(page, frame)
        assert_untouched(seen, mail)
    assert seen.lab.raw_api("GET", f"messages/{mail['id']}")[0] == 200


def framed(visitor, mail):
    """The frame with the mail's HTML, in which nothing has run; None for a mail without."""
    page = visitor.page
    frame = next((one for one in page.frames if one is not page.main_frame and "/html" in one.url), None)
    assert (frame is not None) == (mail["html"] is not None)
    if frame is not None:
        frame.wait_for_load_state()
        assert frame.evaluate("[window.origin, window.called ?? []]") == ["null", []]
    return frame


def attack(page, frame):
    """What a person may be led to: every button and script link of the mail is pressed, every form sent."""
    pressed = """() => {
        const all = [...document.querySelectorAll("button, input, summary, area, a[href^='javascript']")];
        for (const one of all.slice(0, 20)) {
            if (one instanceof HTMLElement) HTMLElement.prototype.click.call(one);
        }
        for (const one of [...document.forms].slice(0, 20)) HTMLFormElement.prototype.submit.call(one);
    }"""
    frame.evaluate(pressed)
    # What was begun by that is under way once the page around has drawn twice; the frame itself has no timers.
    page.evaluate("new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))")


def test_with_remote_images_asked_for_nothing_but_images_is(seen, bring):
    """All hostile mails that ask for anything remote, opened with remote content on."""
    page = seen.page
    seen.images = True
    asking = 0
    for path in HOSTILE:
        if b"https://" not in (data := path.read_bytes()):
            continue
        asking += 1
        mail = bring(seen.lab, data, to=f"{path.stem}@remote.example")
        address = f"{seen.lab.endpoint}/_ses/messages/{mail['id']}?tab=html&remote=1"
        if PREFETCHED.encode() in data:
            # It comes when the browser has nothing better to do, and never once the page is left.
            with page.expect_request(PREFETCHED):
                page.goto(address)
        else:
            page.goto(address)
        seen.went = [one for one in seen.went if not one[0]]
    assert asking >= 10
    # A prefetch goes where any of the policy's sources lets it (CSP 3, 6.7.2); what it brings is used for nothing.
    assert {url for _, kind, url in seen.foreign if kind != "image"} == {PREFETCHED}
    assert len({url for _, kind, url in seen.foreign if kind == "image"}) >= 3
    assert {method for method, _, _ in seen.foreign} == {"GET"}
    assert page.evaluate("window.called ?? []") == []
    seen.foreign[:] = [one for one in seen.foreign if one[1] == "image"]


def test_the_list_of_hostile_mails_is_text(seen, bring):
    for path in HOSTILE:
        bring(seen.lab, path.read_bytes(), to=f"{path.stem}@list.example")
    seen.page.goto(f"{seen.lab.endpoint}/_ses/?q=to:list.example")
    assert seen.page.locator(".mail").count() == len(HOSTILE)
    state = seen.page.evaluate(UNTOUCHED)
    assert state["own"] is True
    assert state["handlers"] == 0
    assert seen.page.evaluate("window.called ?? []") == []
