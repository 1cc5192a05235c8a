"""Every mail of ``fixtures/mail/hostile`` opened on every tab in a real browser: nothing of it runs, loads, sends,
leads away or reaches the page around it.

``visit`` asserts besides that no other host was asked and no dialog came.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HOSTILE = sorted((Path(__file__).parents[2] / "fixtures" / "mail" / "hostile").glob("*.eml"))
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
        page.goto(f"{seen.lab.endpoint}/_ses/messages/{mail['id']}?tab=html&remote=1")
        seen.went = [one for one in seen.went if not one[0]]
    assert asking >= 10
    assert [url for _, kind, url in seen.foreign if kind != "image"] == []
    assert len({url for _, kind, url in seen.foreign if kind == "image"}) >= 3
    assert {method for method, _, _ in seen.foreign} == {"GET"}
    assert page.evaluate("window.called ?? []") == []


def test_the_list_of_hostile_mails_is_text(seen, bring):
    for path in HOSTILE:
        bring(seen.lab, path.read_bytes(), to=f"{path.stem}@list.example")
    seen.page.goto(f"{seen.lab.endpoint}/_ses/?q=to:list.example")
    assert seen.page.locator(".mail").count() == len(HOSTILE)
    state = seen.page.evaluate(UNTOUCHED)
    assert state["own"] is True
    assert state["handlers"] == 0
    assert seen.page.evaluate("window.called ?? []") == []


def test_a_mail_connects_to_nobody_in_a_browser_that_connects_ahead(
    chromium, another_trap, launching, lab, bring, tmp_path
):
    """Playwright's windows are like incognito ones, which never do. A link of our own shows that this one does."""
    links = "".join(
        f'<{name} rel="{rel}" href="{scheme}://ahead.example">'
        for name in ("link", "LINK")
        for rel in ("preconnect", "dns-prefetch preconnect", "prefetch")
        for scheme in ("http", "https")
    )
    html = f"<template shadowrootmode=open>{links}</template>{links}<p>seen</p>"
    mail = bring(lab, f"From: a@away.example\r\nContent-Type: text/html\r\n\r\n{html}".encode())
    context = chromium.browser_type.launch_persistent_context(
        tmp_path, ignore_default_args=["--disable-background-networking"], **launching(another_trap)
    )
    try:
        page = context.pages[0]
        page.goto(f"{lab.endpoint}/_ses/messages/{mail['id']}?tab=html")
        page.frame_locator("iframe").get_by_text("seen").wait_for()
        page.goto(f"{lab.endpoint}/_ses/messages/{mail['id']}/html")
        page.get_by_text("seen").wait_for()
        page.set_content('<link rel="preconnect" href="https://control.example">')
        lab.until(lambda: any("control.example" in one for one in another_trap.caught))
    finally:
        context.close()
    assert [one for one in another_trap.caught if "control.example" not in one] == []
