"""The document of the frame: what is put in before and into a mail's HTML, and within which bounds."""

from __future__ import annotations

import base64

import pytest

from emulator.http.tabs import html
from emulator.http.tabs.links import found_in
from emulator.receiver.reading import Part

TOP = '<meta charset="utf-8"><base target="_blank">'


def part(content_id, content=b"\x89PNG", content_type="image/png"):
    return Part(0, "f", content_type, "inline", content_id, content)


@pytest.mark.parametrize(
    ("document", "framed"),
    [
        ("<p>x", f"<!doctype html>{TOP}<p>x"),
        ("\ufeff \n<!DOCTYPE html PUBLIC 'x'><p>x", f"<!DOCTYPE html PUBLIC 'x'>{TOP}<p>x"),
        ("<!doctype never closed", f"<!doctype html>{TOP}<!doctype never closed"),
        ("", f"<!doctype html>{TOP}"),
    ],
)
def test_our_base_comes_first_behind_the_mails_own_doctype(document, framed):
    assert html.framed(document, (), dark=False) == framed


def test_dark_comes_before_the_mails_own_style():
    framed = html.framed("<style>a{}</style>", (), dark=True)
    assert framed.index("color-scheme:dark") < framed.index("<style>a{}")


@pytest.mark.parametrize(
    ("document", "turned"),
    [
        ("<p>x", False),
        ("<td bgcolor=white>x", True),
        ("<p style='BACKGROUND : #fff'>x", True),
        ("<p>our background</p>", False),
        ("<style>td{background-color:#fff}@media(prefers-color-scheme:dark){td{background:#000}}</style>", False),
    ],
)
def test_colours_are_turned_over_only_where_light_text_would_stand_on_the_mails_own_ground(document, turned):
    assert ("invert(1)" in html.framed(document, (), dark=True)) is turned
    assert "invert(1)" not in html.framed(document, (), dark=False)


@pytest.mark.parametrize("name", ["a@x", "a%40x"])
def test_enclosed_images_are_put_in_by_their_content_id(name):
    data = base64.b64encode(b"\x89PNG").decode()
    framed = html.framed(f"<img src=CID:{name}><p style='background:url(cid:{name})'>", (part("a@x"),), dark=False)
    assert framed.count(f"data:image/png;base64,{data}") == 2


def test_a_content_id_is_compared_whole_and_in_its_own_case():
    framed = html.framed("cid:a@x.y cid:A@x cid:a@xz", (part("a@x"),), dark=False)
    assert framed.endswith("cid:a@x.y cid:A@x cid:a@xz")


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/html", "application/octet-stream", "image/png;x='"])
def test_only_raster_images_are_put_in(content_type):
    assert "data:" not in html.framed("<img src=cid:a@x>", (part("a@x", content_type=content_type),), dark=False)


def test_what_is_put_in_is_bounded_however_often_it_is_named():
    framed = html.framed("<img src=cid:a@x>" * 1000, (part("a@x", b"x" * 1024 * 1024),), dark=False)
    assert framed.count("data:") == 8
    assert framed.count("cid:a@x") == 992


def test_a_content_id_is_no_pattern():
    assert "data:" not in html.framed("<img src=cid:aaa>", (part("a+"), part("("), part(".*")), dark=False)


def test_an_unknown_width_is_the_desktops():
    assert html.preview("<p>", found_in("<p>"), width="'><script>", dark=False, remote=False).width == "desktop"


@pytest.mark.parametrize(
    ("document", "framed"),
    [
        ('<iframe src="//e.example">x</iframe>', '<no-iframe src="//e.example">x</no-iframe>'),
        ("<frameset><FRAME\tsrc=x></frameset>", "<frameset><no-FRAME\tsrc=x></frameset>"),
        ("<iFrame/src=x><iframe\n><iframe\f>", "<no-iFrame/src=x><no-iframe\n><no-iframe\f>"),
        (
            "<LINK rel=preconnect href=//e.example></link><link/rel=x>",
            "<meta rel=preconnect href=//e.example></meta><meta/rel=x>",
        ),
        ("<links> <link\x00> &lt;link>", "<links> <link\x00> &lt;link>"),
        ("<iframes> <frames> < iframe> &lt;iframe>", "<iframes> <frames> < iframe> &lt;iframe>"),
    ],
)
def test_a_mail_has_no_frames_and_links_for_a_browser_connects_whatever_the_policy_says(document, framed):
    assert html.framed(document, (), dark=False) == f"<!doctype html>{TOP}{framed}"
