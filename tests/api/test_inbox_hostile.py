"""Mails that attack whoever looks at them (``fixtures/mail/hostile``): each tab stays ours, the frame stays shut."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.own_pages import assert_is_only_ours

HOSTILE = sorted((Path(__file__).parents[2] / "fixtures" / "mail" / "hostile").glob("*.eml"))
TABS = ("html", "text", "source", "headers", "mime", "attachments", "why", "journey", "checks")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def test_the_attacks_are_many_and_different():
    assert len(HOSTILE) >= 20
    assert len({path.read_bytes() for path in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_mail_stays_text_in_the_list_and_in_every_tab(lab, post, ask, path):
    to = f"{path.stem}@hostile.example"
    mail = post(lab, path.read_bytes(), to=to)
    pages = [f"/_ses/?q=to:{to}", *(f"/_ses/messages/{mail['id']}?tab={tab}" for tab in TABS)]
    for address in pages:
        answer = ask(lab, "GET", address)
        assert answer.status == 200, (address, answer.body[:500])
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        page = answer.body.decode()
        assert_is_only_ours(page)
    assert f"/_ses/messages/{mail['id']}" in ask(lab, "GET", pages[0]).body.decode()

    frame = ask(lab, "GET", f"/_ses/messages/{mail['id']}/html")
    assert frame.status == (404 if mail["html"] is None else 200)
    if mail["html"] is not None:
        assert frame.headers["content-security-policy"] == FRAME_POLICY
        assert frame.headers["referrer-policy"] == "no-referrer"
        assert frame.headers["content-type"] == "text/html; charset=utf-8"
        assert b'<meta charset="utf-8"><base target="_blank">' in frame.body[:200]


def test_template_code_in_a_mail_is_shown_as_it_stands(lab, post, ask):
    path = next(one for one in HOSTILE if one.stem == "template-text")
    mail = post(lab, path.read_bytes(), to="template2@hostile.example")
    page = ask(lab, "GET", f"/_ses/messages/{mail['id']}?tab=text").body.decode()
    assert "{{7*7}} {% raw %} ${7*7}" in page
    assert "{{ config }} {% include &#34;base.html&#34; %} %s {0}" in page


def test_attachments_that_lie_about_themselves_are_neither_shown_nor_run(lab, post, ask):
    path = next(one for one in HOSTILE if one.stem == "attachment-names")
    mail = post(lab, path.read_bytes(), to="parts@hostile.example")
    kinds = [part["content_type"] for part in mail["attachments"]]
    assert kinds[:3] == ["text/html", "image/svg+xml", "image/png"]
    base = f"/_ses/messages/{mail['id']}/parts"
    assert [ask(lab, "GET", f"{base}/{number}").status for number in (0, 1, 3, 99)] == [404] * 4
    # A script that calls itself a PNG is handed over as one, and a browser must take it for one.
    image = ask(lab, "GET", f"{base}/2")
    assert image.headers["content-type"] == "image/png"
    assert image.headers["x-content-type-options"] == "nosniff"
    assert image.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    page = ask(lab, "GET", f"/_ses/messages/{mail['id']}?tab=attachments").body.decode()
    assert page.count("<img") == 1
