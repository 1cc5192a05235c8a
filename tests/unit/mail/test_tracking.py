"""tracking: marks in HTML, whatever it is, and nothing else changed in it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.mail.raw import Message, parse
from emulator.mail.tracking import MOST_LINKS, Marks, attribute_text, is_trackable, link_tags, marked, pixel_markup

PIXEL = "http://localhost:4579/I0/m/t=1"
IMAGE = '<img alt="" src="http://localhost:4579/I0/m/t=1" style="display: none; width: 1px; height: 1px;">'


def message(document: str) -> Message:
    head = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    return replace(parse(head), body=document.encode("utf-8", "replace"))


def linked(document: str) -> tuple[str, list[tuple[str, int, str]]]:
    """The HTML with links as ``L{number}``, and what was linked."""
    asked: list[tuple[str, int, str]] = []

    def link(target: str, number: int, said: str) -> str:
        asked.append((target, number, said))
        return f"L{number}"

    return marked(message(document), Marks(None, link)).body.decode(), asked


def opened(document: str) -> str:
    return marked(message(document), Marks(PIXEL, None)).body.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a href="http://x.example">x</a>', '<a href="L1">x</a>'),
        ("<a href='https://x.example/'>x</a>", '<a href="L1">x</a>'),
        ("<A class=b HREF=HTTPS://x.example/p id=c>x</A>", '<A class=b HREF="L1" id=c>x</A>'),
        ("<a href=http://x.example/>x</a>", '<a href="L1">x</a>'),
        ("<a\n\thref\n=\n'http://x.example'\n>", '<a\n\thref\n=\n"L1"\n>'),
        ("<a/href=http://x.example>", '<a/href="L1">'),
        ('<a title="a > b" href="http://x.example">', '<a title="a > b" href="L1">'),
        (
            "<a id='<a href=http://y.example>' href=\"http://x.example\">",
            "<a id='<a href=http://y.example>' href=\"L1\">",
        ),
        ('<a href="http://x.example" href="http://y.example">', '<a href="L1" href="http://y.example">'),
        ('<a = href="http://x.example">', '<a = href="L1">'),
        ('<map><area href="http://x.example"></map>', '<map><area href="L1"></map>'),
        (
            "<!-- <a href='http://x.example'> --><a href=http://y.example>",
            "<!-- <a href='http://x.example'> --><a href=\"L1\">",
        ),
        ('<!--><a href="http://x.example">', '<!--><a href="L1">'),
        ('<!-- x --!><a href="http://x.example">', '<!-- x --!><a href="L1">'),
        ('<a href="http://x.example">1<br><a href="http://x.example">2', '<a href="L1">1<br><a href="L2">2'),
        ('1 < 2 <3 </ > <a href="http://x.example">', '1 < 2 <3 </ > <a href="L1">'),
        ('<!DOCTYPE html><?xml ?><a href=" http://x.example\n">', '<!DOCTYPE html><?xml ?><a href="L1">'),
        ('<style>a>b{}</style><a href="http://x.example">', '<style>a>b{}</style><a href="L1">'),
        (
            "<TITLE><a href=http://y.example></title ><a href=http://x.example>",
            '<TITLE><a href=http://y.example></title ><a href="L1">',
        ),
    ],
)
def test_links_are_found_as_browsers_find_them(before: str, after: str) -> None:
    assert linked(before)[0] == after


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<a>",
        "<a href>",
        "<a href=>",
        '<a href="">',
        '<a href="#top">',
        '<a href="/path">',
        '<a href="mailto:x@y.example">',
        '<a href="ftp://x.example/">',
        '<a href="javascript:alert(1)">',
        '<a href="http://">',
        '<a href="http:///path">',
        '<a href="http://x.example/a b">',
        '<a href="http://x.example/é">',
        '<a href="http://x.example/{{name}}">',
        '<a href="http://x.example/%zz">',
        '<a href="http://x.example:99999/">',
        '<a href="http://x.example:port/">',
        '<a href="http://[::zz]/">',
        '<a href="http://x.example/[1]">',
        '<abbr href="http://x.example">',
        '<link href="http://x.example">',
        '<a data-href="http://x.example">',
        '</a href="http://x.example">',
        "<!-- <a href=http://x.example>",
        "<script><a href=http://x.example></script",
        '<a title="<a href=http://x.example>',
        '<a href="http://x.example"',
        "<a href='http://x.example>",
        "<! <a href=http://x.example",
        "<plaintext><a href=http://x.example>",
        "href=http://x.example http://x.example",
    ],
)
def test_what_is_no_link_that_can_be_tracked_stays(document: str) -> None:
    before = message(document)
    assert marked(before, Marks(None, lambda *_: "L")) is before


def test_targets_are_what_the_attribute_means() -> None:
    document = (
        "<a href='http://x.example/?a=1&amp;b=2&copy=3&lt&#x26;&#38&amp;amp;'><a href='http://x.example/?&copyx;&amp'>"
    )
    assert [target for target, *_ in linked(document)[1]] == [
        # An ampersand and "lt" are not valid in it, once they are "<".
        "http://x.example/?&copyx;&",
    ]
    assert attribute_text("&amp;=&amp=&lt;") == "&=&amp=<"
    assert attribute_text("?a=1&amp;b=2&copy=3&lt;&#x26;&#38&amp;amp;&notit;&bogus;") == (
        "?a=1&b=2&copy=3<&&&amp;&notit;&bogus;"
    )


def test_marks_at_a_link_go_and_say_what_becomes_of_it() -> None:
    document = (
        '<a ses:no-track href="http://a.example">'
        '<a href="http://b.example" SES:NO-TRACK="x" id=b>'
        '<a ses:tags="k:v;k2:v&amp;2;" href="http://c.example">'
        "<a href=http://d.example ses:tags=e:f>"
        '<a ses:tags="k:v" name=e>'
        '<img ses:no-track src="http://f.example">'
    )
    assert linked(document) == (
        '<a href="http://a.example"><a href="http://b.example" id=b><a href="L1"><a href="L2"><a name=e>'
        '<img ses:no-track src="http://f.example">',
        [("http://c.example", 1, "k:v;k2:v&2;"), ("http://d.example", 2, "e:f")],
    )


def test_link_tags_are_pairs() -> None:
    assert link_tags("k:v;k2: v:2 ;;no;:x;y:;k:w;") == (("k", "v"), ("k2", "v:2"), ("k", "w"))
    assert link_tags("") == ()


def test_only_so_many_links_are_tracked() -> None:
    document = "<a href=http://x.example ses:no-track><a href=http://x.example>" * (MOST_LINKS + 1)
    after, asked = linked(document)
    assert [number for _, number, _ in asked] == list(range(1, MOST_LINKS + 1))
    assert after.endswith('<a href="L250"><a href=http://x.example><a href=http://x.example>')


def test_links_are_counted_over_all_parts_and_one_has_the_pixel() -> None:
    part = "Content-Type: text/html\r\n\r\n<a href=http://x.example>\r\n"
    data = f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{part}--b\r\n{part}--b--\r\n"
    after = marked(parse(data.encode()), Marks(PIXEL, lambda target, number, said: f"L{number}")).body.decode()
    assert re.findall(r"L\d", after) == ["L1", "L2"]
    assert after.count(IMAGE) == 1
    assert after.index("L1") < after.index(IMAGE) < after.index("L2")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>x</p>", f"<p>x</p>{IMAGE}"),
        ("", IMAGE),
        ("<html>x</html>\r\n\r\n", f"<html>x</html>{IMAGE}\r\n\r\n"),
        ("<p>{{ses:openTracker}}</p>", f"<p>{IMAGE}</p>"),
        ("a{{ses:openTracker}}b{{ses:openTracker}}c\r\n", f"a{IMAGE}bc\r\n"),
    ],
)
def test_where_the_pixel_stands(before: str, after: str) -> None:
    assert opened(before) == after


def test_the_addresses_are_escaped() -> None:
    assert pixel_markup('http://h/"&').startswith('<img alt="" src="http://h/&quot;&amp;" ')
    after = marked(message("<a href=http://x.example>"), Marks(None, lambda *_: "http://h/?a&b")).body
    assert after == b'<a href="http://h/?a&amp;b">'


@pytest.mark.parametrize(
    "target",
    [
        "http://x.example",
        "HTTPS://X.example:443/a;b=c/@d?e=f&g=/?#h?/",
        "https://user:pass@x.example/",
        "http://[2001:db8::1]:80/",
        "http://192.0.2.1/%E2%82%AC",
        "http://x.example:/",
    ],
)
def test_targets_that_rfc_3986_knows(target: str) -> None:
    assert is_trackable(target)


PIECES = st.sampled_from(
    [
        *("<a ", "<A\n", "<area/", "<b ", "=", '"', "'", ">", "/", " ", ' href="http://x.example/?a=b&amp;c"', "&amp"),
        *("<!--", "-->", "<style>", "</style>", "<script ", "</script>", "<!", "<?", "</", "<title>", "</TITLE", "x"),
        *("é", "\r", "\n", "\f", "\0", "{{ses:"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=40))
def test_nothing_changes_but_the_values_of_links(document: str) -> None:
    # Links that stay as they are leave all as it was, byte for byte: in these documents they stand in double quotes.
    before = message(document)
    assert marked(before, Marks(None, lambda target, number, said: target)) == before
    assert opened(document) == f"{document.rstrip(chr(10) + chr(13))}{IMAGE}" + document[len(document.rstrip("\r\n")) :]


class _Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


@given(st.lists(st.text("abc/?&=;#%41-._~:@!$'()*+,", max_size=30), max_size=5))
def test_every_target_is_read_as_another_parser_reads_it(rests: list[str]) -> None:
    targets = [one for rest in rests if is_trackable(one := f"https://x.example/{rest}")]
    document = "".join(f'<p><a href="{html.escape(one)}">x</a></p>' for one in targets)
    parser = _Hrefs()
    parser.feed(document)
    assert [target for target, *_ in linked(document)[1]] == targets == parser.found


@pytest.mark.parametrize(
    "piece", ["<a ", "<a href=", '<a href="', "<!--", "<style>", "<", "&", "<a href='x' ", "</", "{{"]
)
def test_time_grows_with_the_length(piece: str) -> None:
    # Quadratic, this would take minutes: there is a limit on tests as a whole.
    linked(piece * (400_000 // len(piece)))
