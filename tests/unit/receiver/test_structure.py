"""The MIME tree of any bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.receiver.structure import structure


def depth(node):
    return 1 + max(map(depth, node.children), default=0)


def count(node):
    return 1 + sum(map(count, node.children))


def shape(node):
    return (node.content_type, [shape(child) for child in node.children])


def test_parts_inside_parts_and_a_mail_inside_a_mail():
    data = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\n\r\ntext\r\n--b\r\nContent-Type: text/html; charset=ISO-8859-1\r\n"
        b"Content-Transfer-Encoding: Quoted-Printable\r\n\r\n<p>\r\n--b--\r\n--a\r\n"
        b"Content-Type: message/rfc822\r\n\r\n"
        b"Subject: inner\r\n\r\nhi\r\n--a\r\nContent-Type: image/png\r\nContent-ID: <i@x>\r\n"
        b"Content-Disposition: inline; filename==?utf-8?B?5rWB5rC3?=\r\n\r\nabc\r\n--a--\r\n"
    )
    tree = structure(data)
    assert shape(tree) == (
        "multipart/mixed",
        [
            ("multipart/alternative", [("text/plain", []), ("text/html", [])]),
            ("message/rfc822", [("text/plain", [])]),
            ("image/png", []),
        ],
    )
    html, image = tree.children[0].children[1], tree.children[2]
    assert (html.charset, html.encoding, html.size) == ("iso-8859-1", "quoted-printable", 3)
    assert (image.file_name, image.content_id, image.disposition) == ("流氷", "<i@x>", "inline")
    assert tree.size is None


def test_depth_and_number_are_bounded_and_it_is_said():
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60))
    assert depth(structure(opening + b"\r\nhi")) == 17
    many = structure(b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 5000)
    assert count(many) == 300
    assert many.more


def test_a_mail_nested_beyond_the_parser_is_one_part():
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    assert count(structure(opening)) >= 1


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=a\r\n", b"Content-Type: text/html; charset=\xff\r\n", b"\r\n",
        b"--a\r\n", b"--a--\r\n", b"Content-ID: \xff\x00\r\n", b"Content-Type: message/rfc822\r\n",
        b"Content-Disposition: x; filename*=utf-8'%ff\r\n", b"Content-Transfer-Encoding: =?x?Q?y?=\r\n", b"body",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map(b"".join) | st.binary(max_size=200))
def test_any_bytes_have_a_structure_that_can_be_written_down(data):
    tree = structure(data)
    assert count(tree) <= 300
    for node in (tree, *tree.children):
        (node.charset + node.encoding + node.file_name + node.content_id).encode()
