"""Texts: reference sending.md 2.2. Every row was also put to JavaMail 1.6.5 (``new InternetAddress(s, true)``), which
says the same but for SES's own differences, which the docstring of ``policy/addresses.py`` lists."""

import contextlib
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.errors import Fault
from emulator.policy import addresses
from emulator.policy.addresses import Mailbox
from emulator.values import Door

ILLEGAL_LOCAL = "Local address contains illegal character"
LOCAL_BLANK = "Local address contains control or whitespace"
DOMAIN_BLANK = "Domain contains control or whitespace"
USER_NAME = "Address contains illegal characters in user name: '{}'."


@pytest.mark.parametrize(
    ("raw", "name", "addr_spec"),
    [
        ("user@example.com", None, "user@example.com"),
        (" user@example.com\t", None, "user@example.com"),
        ("<user@example.com>", None, "user@example.com"),
        ("System<me@nara.dev>", "System", "me@nara.dev"),
        ("J. Doe <j@example.com>", "J. Doe", "j@example.com"),
        ('"Karen, Chan" <k@x.org>', "Karen, Chan", "k@x.org"),
        (r'"a \"b\" c" <k@x.org>', 'a "b" c', "k@x.org"),
        ("山田 <a@example.com>", "山田", "a@example.com"),
        ("=?UTF-8?B?5bGx?= <a@example.com>", "=?UTF-8?B?5bGx?=", "a@example.com"),
        ("a@example.com (The (inner) Name)", "The (inner) Name", "a@example.com"),
        ("(c) a@example.com", "c", "a@example.com"),
        ("(c) N <a@example.com>", "N", "a@example.com"),
        ('"" <a@example.com>', None, "a@example.com"),
        ("Name <a@b.com> trailing", "Name", "a@b.com"),
        ("a@b.com,", None, "a@b.com"),
        ("a@[192.0.2.1]", None, "a@[192.0.2.1]"),
        ("a@[IPv6:2001:db8::1]", None, "a@[IPv6:2001:db8::1]"),
        ("o'hara+tag/x=y@b--c.example", None, "o'hara+tag/x=y@b--c.example"),
        ("a@localhost", None, "a@localhost"),
        ("Sender@EXAMPLE.com", None, "Sender@EXAMPLE.com"),
    ],
)
def test_reads_what_javamail_reads(raw, name, addr_spec):
    mailbox = addresses.parse(raw)
    assert (mailbox.name, mailbox.addr_spec) == (name, addr_spec)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("foo", "Missing final '@domain'"),
        ("Name <foo>", "Missing final '@domain'"),
        ("=?UTF-8?B?dmluYXk=?=", "Missing final '@domain'"),
        ("a@b.com;c@d.com", "Missing final '@domain'"),
        ("foo@", "Missing domain"),
        ("@example.com", "Missing local name"),
        ("Karen, Chan <k@x.org>", "Illegal address"),
        ("a@b.com, c@d.com", "Illegal address"),
        ("team: a@b.com, c@d.com;", "Illegal address"),
        ("undisclosed-recipients:;", "Illegal address"),
        (",", "Illegal address"),
        ("(only a comment)", "Illegal address"),
        ("a b@c.com", LOCAL_BLANK),
        ("a\x01b@c.com", LOCAL_BLANK),
        ("a\x7fb@c.com", LOCAL_BLANK),
        ("We are full, write\r\n x@y.org <e@x.org>", LOCAL_BLANK),
        ("やまだ@example.com", LOCAL_BLANK),
        ("<a,b@c.com>", ILLEGAL_LOCAL),
        ("fo[o]@c.com", ILLEGAL_LOCAL),
        ("a;b@c.com", ILLEGAL_LOCAL),
        ("Re: a@c.com", ILLEGAL_LOCAL),
        ("a@b c.com", DOMAIN_BLANK),
        ("a@例え.jp", DOMAIN_BLANK),
        ("a@b.com\n", DOMAIN_BLANK),
        ("Name <a@b.com>\r\n", DOMAIN_BLANK),
        ("a@b`c.com", "Domain contains illegal character"),
        ("a@b:c", "Domain contains illegal character"),
        ("<a@b,c.com>", "Domain contains illegal character"),
        ("a@b_c.com", "Domain contains illegal character"),
        ("a@b@c.com", "Domain contains illegal character"),
        ("a@b.com]", "Domain contains illegal character"),
        ("<fromname@gmail.com%!>", "Domain contains illegal character"),
        ("a@b..c", "Domain contains dot-dot"),
        ("a@b.", "Domain ends with dot"),
        ("a@.b", "Domain starts with dot"),
        ("a..b@c.com", "Local address contains dot-dot"),
        (".a@c.com", "Local address starts with dot"),
        ("a.@c.com", "Local address ends with dot"),
        ("<a@b.com> <c@d.com>", "Extra route-addr"),
        ("<>", "Empty address"),
        ("Name <>", "Empty address"),
        ("a@b.com)", "Missing '('"),
        ("(a@b.com", "Missing ')'"),
        ("a@b.com>", "Missing '<'"),
        ("Name <a@b.com", "Missing '>'"),
        ('"Name <a@b.com>', "Missing '\"'"),
        ('<"a@b.com>', "Missing '\"'"),
        ("a@[1.2.3.4", "Missing ']'"),
        ("a:b:c", "Nested group"),
        ('a"b"@c.com', "Quote not at start of local address"),
        ('"a"b@c.com', "Quote not at end of local address"),
        ("a@b[1]", "Domain literal not at start of domain"),
        ("a@[1]b", "Domain literal end not at end of domain"),
        ("<@x,y:a@b.com>", "Illegal route-addr"),
        ('"re:ceiver"@example.com', USER_NAME.format('<"re:ceiver"@example.com>')),
        ('N <"re:ceiver"@example.com>', USER_NAME.format('N <"re:ceiver"@example.com>')),
        ("<@x,@y:a@b.com>", USER_NAME.format("<@x,@y:a@b.com>")),
        (r"<a\,b@c.com>", USER_NAME.format(r"<a\,b@c.com>")),
        ("", "Invalid email address ."),
        ("  ", "Invalid email address   ."),
        ('"a\nb"@c.com', 'Invalid email address "a\nb"@c.com.'),
    ],
)
def test_refuses_in_the_words_of_ses(raw, text):
    with pytest.raises(Fault) as caught:
        addresses.parse(raw)
    assert caught.value.message == text
    assert caught.value.code(Door.V1) == "InvalidParameterValue"
    assert caught.value.code(Door.V2) == "BadRequestException"
    assert caught.value.reply() == f"554 Transaction failed: {text}"
    assert caught.value.hint.isascii()
    assert not any(character in caught.value.hint for character in "\r\n")


def test_320_characters_are_allowed_and_321_are_not():
    fits = "a" * 308 + "@example.com"
    assert addresses.parse(fits).addr_spec == fits
    with pytest.raises(Fault) as caught:
        addresses.parse("a" + fits)
    assert caught.value.message == f"Address length is more than 320 characters long: 'a{fits}'."


def test_the_length_counts_the_name_as_javamail_prints_it():
    name = "=?utf-8?q?" + "x" * 320 + "?="
    with pytest.raises(Fault) as caught:
        addresses.parse(f'"{name}"<noreply@admin.com>')
    assert caught.value.message == f"Address length is more than 320 characters long: '{name} <noreply@admin.com>'."


def test_a_name_outside_the_basic_plane_counts_twice():
    tail = " <a@example.com>"
    fits = "😀" * ((320 - len(tail) - 2) // 2)
    addresses.parse(f'"{fits}"{tail}')
    with pytest.raises(Fault):
        addresses.parse(f'"{fits}😀"{tail}')


def test_syntax_can_be_read_before_the_length_is_judged():
    mailbox = addresses.parse_any_length("a" * 400 + "@example.com")
    with pytest.raises(Fault, match="320"):
        addresses.check_length(mailbox)


@pytest.mark.parametrize(
    ("mailbox", "text"),
    [
        (Mailbox(None, "a", "b.com"), "a@b.com"),
        (Mailbox("Ann B", "a", "b.com"), "Ann B <a@b.com>"),
        (Mailbox("J. Doe", "a", "b.com"), '"J. Doe" <a@b.com>'),
        (Mailbox('a "q" \\', "a", "b.com"), r'"a \"q\" \\" <a@b.com>'),
        (Mailbox("山", "a", "b.com"), '"山" <a@b.com>'),
    ],
)
def test_prints_as_javamail_prints(mailbox, text):
    assert str(mailbox) == text


PIECES = st.sampled_from(
    ["a", "b.c", "@", "x.com", *'<>"()[];,:\\. ', "..", "a@b.com", "<a@b.com>", '"N, M"', "\t", "\r\n", "é", "😀", "\0"]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join)))
@example("\ud800@example.com")
@example('"\\')
@example("(\\")
@example("<\\")
def test_any_string_is_a_7_bit_mailbox_or_a_fault(raw):
    mailbox, fault = None, None
    try:
        mailbox = addresses.parse(raw)
    except Fault as caught:
        fault = caught
    if fault is not None:
        assert fault.message
        assert fault.hint.isascii()
        return
    assert mailbox.addr_spec.isascii()
    assert mailbox.addr_spec in raw
    assert addresses.parse(mailbox.addr_spec).addr_spec == mailbox.addr_spec


@pytest.mark.parametrize(
    "unit", ["a", "a.", "(", "()", '"', '\\"', "<", "[", "a@b,", ":", ";", "<@a,", " ", "a@", "@a,", '"\\', "((\\"]
)
def test_time_grows_with_the_length_only(unit):
    raw = unit * (200_000 // len(unit)) + "@x.com"
    before = time.thread_time()
    with contextlib.suppress(Fault):
        addresses.parse_any_length(raw)
    assert time.thread_time() - before < 10  # quadratic work on 200 000 characters takes minutes
