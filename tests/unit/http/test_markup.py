"""Tags, links and images read from HTML that was written by anybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.http.tabs.links import Image, Link, found_in, pieces
from emulator.http.tabs.markup import Tag, tokens

PIECES = st.sampled_from(
    [
        "<",
        ">",
        "<a ",
        "</a>",
        "<!--",
        "-->",
        "<!",
        "<?",
        "'",
        '"',
        "=",
        "/",
        " ",
        "href",
        "<style>",
        "</style>",
        "x",
        "&lt;",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80))
def test_any_text_is_read_to_its_end(text):
    for token in tokens(text):
        assert isinstance(token, str) or token.name == token.name.lower()
    found_in(text)
    assert "".join(shown for shown, _ in pieces(text)) == text


def test_attributes_are_read_as_a_browser_reads_them():
    (tag,) = tokens("<A HREF = 'x&amp;y' href=second class=\"a b\"disabled data-x=1/>")
    assert tag == Tag("a", {"href": "x&y", "class": "a b", "disabled": "", "data-x": "1/"})


@pytest.mark.parametrize(
    "text", ["<a href='never closed>text</a>", '<a b="', "<!-- <a href=x>", "<a href=x", "<!doctype"]
)
def test_what_does_not_end_swallows_the_rest(text):
    assert list(tokens("<b>" + text)) == [Tag("b", {})]


def test_comments_and_raw_text_hold_no_tags():
    read = list(tokens("<!-- <a href=1> --><style>a>b{}<a href=2></STYLE ><title></titlex><a></title>x"))
    assert [token.name if isinstance(token, Tag) else token for token in read] == [
        "style",
        "style",
        "title",
        "title",
        "x",
    ]
    assert read[0].raw == "a>b{}<a href=2>"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<a ",
        '<a "',
        "<a b='",
        "<?",
        "<![CDATA[",
        "</",
        "&#",
        "<title>",
        "<a b=  ",
        "<a ===",
        "<",
        "url( ",
        "http://a",
    ],
)
def test_time_grows_with_the_length_only(piece):
    """At the standard library's square of the length half a megabyte takes half an hour."""
    text = piece * (500_000 // len(piece))
    found_in(text)
    found_in("<a href=x>" + text)
    found_in("<style>" + text)
    pieces(text)


def test_links_have_their_text_and_images_their_alt():
    found = found_in(
        '<a href="http://x/?a=1&amp;b=2"> click <b>me</b><img src=a.png alt="now"></a><a name=anchor>no link</a>'
        "<area href=#top alt=up><img src=b.png><img src=c.png alt=''>"
    )
    assert found.links == (Link("click menow", "http://x/?a=1&b=2"), Link("up", "#top"))
    assert found.images == (Image("a.png", "now"), Image("b.png", None), Image("c.png", ""))


@pytest.mark.parametrize(
    "html",
    [
        "<img src='https://t.example/x'>",
        "<img src=' //t.example/x '>",
        "<img srcset='local.png 1x, https://t.example/x 2x'>",
        "<table background=HTTP://t.example/x>",
        "<video poster=https://t.example/x>",
        "<link rel=stylesheet href=https://t.example/x>",
        "<p style='background:url( \"https://t.example/x\" )'>",
        "<style>@import 'https://t.example/x';</style>",
        "<style>p{background:url(//t.example/x)}",
    ],
)
def test_remote_content_is_seen_wherever_a_browser_would_load_it(html):
    assert len(found_in(html).remote) == 1
    assert "t.example/x" in found_in(html).remote[0].lower()


def test_what_stays_inside_the_mail_is_not_remote():
    assert found_in("<img src=cid:x><img src=data:image/png;base64,AA><a href=https://x.example/>x</a>").remote == ()


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("see http://a.example/x.", ["http://a.example/x"]),
        ("(https://a.example/?q=1&r=2)", ["https://a.example/?q=1&r=2"]),
        ("HTTPS://A.example and <http://b.example>", ["HTTPS://A.example", "http://b.example"]),
        ("javascript:alert(1) ftp://x http:/x", []),
    ],
)
def test_only_web_addresses_in_a_text_become_links(text, targets):
    assert [target for _, target in pieces(text) if target] == targets
