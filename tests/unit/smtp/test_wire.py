import time

import pytest

from emulator.smtp.wire import host_of, is_text, one_line, parse_path, unstuffed


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("<a@b.c>", ("a@b.c", "")),
        (" <a@b.c>", ("a@b.c", "")),
        ("a@b.c", ("a@b.c", "")),
        ("<>", ("", "")),
        ("<a@b.c> SIZE=12 BODY=8BITMIME", ("a@b.c", "SIZE=12 BODY=8BITMIME")),
        ("a@b.c SIZE=12", ("a@b.c", "SIZE=12")),
        ('<"a b>c"@d.e>', ('"a b>c"@d.e', "")),
        (r'<"a\"b"@d.e>', (r'"a\"b"@d.e', "")),
        ("<@one.example,@two.example:a@b.c>", ("a@b.c", "")),
        ("<a:b@c.d>", ("a:b@c.d", "")),
        ("<grün@b.c>", ("grün@b.c", "")),
        (r"<re\>ceiver@b.c>", None),
        ("<a@b.c", None),
        ("a@b.c>", None),
        ("<a<b@c.d>", None),
        ("<a@b.c>SIZE=1", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_path_is_read_as_rfc_5321_writes_it_with_or_without_brackets(argument, expected):
    assert parse_path(argument) == expected


@pytest.mark.parametrize(
    "argument", ["<" + '"' * 9999, '<"' + "\\" * 9999, "<" * 9999, "<" + "@a," * 4000, "@a" * 5000]
)
def test_no_path_takes_long_to_read(argument):
    before = time.thread_time()
    parse_path(argument)
    assert time.thread_time() - before < 0.5


def test_a_reply_is_one_line_whatever_the_text():
    assert one_line("554 a\r\n250 Ok injected\tx") == "554 a 250 Ok injected x"
    assert one_line("554 Jürgen \x00") == "554 J?rgen ?"
    assert one_line("x" * 510) == "x" * 510
    assert one_line("x" * 511) == "x" * 507 + "..."


@pytest.mark.parametrize("address", ["a\x00@b", "a\r@b", "a\x7f@b", "a\udcff@b"])
def test_what_no_address_can_hold_is_not_text(address):
    assert not is_text(address)
    assert is_text("grün@b.c")


def test_a_dot_is_removed_only_where_a_line_begins():
    assert unstuffed(b"..a\r\n..\r\nb.\r\n\n.c\r\n") == b".a\r\n.\r\nb.\r\n\n.c\r\n"
    assert unstuffed(b"") == b""


@pytest.mark.parametrize(
    ("peername", "host"),
    [
        (("10.0.0.1", 25), "10.0.0.1"),
        (("::ffff:10.0.0.1", 25, 0, 0), "10.0.0.1"),
        (("fe80::1%eth0", 25, 0, 2), "fe80::1"),
        (None, ""),
    ],
)
def test_a_peer_is_known_by_its_address_alone(peername, host):
    assert host_of(peername) == host
