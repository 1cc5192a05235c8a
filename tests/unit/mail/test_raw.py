"""raw: messages are taken apart without changing a byte, however odd, and the letter says who is in them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.mail.raw import addresses, bare, domain_of, letter, parse, split_name
from emulator.values import Attachment, Door, RawContent, Scope, SimpleContent, Submission, Text

SOUP = st.lists(
    st.sampled_from(
        [
            b"From: a@x",
            b"Subject: s",
            b"\r\n",
            b"\r\n",
            b" fold",
            b"\t",
            b":",
            b": v",
            b"From a Mon",
            b"junk",
            b"\xff\xe9",
            b"X : y",
        ]
    ),
    max_size=30,
).map(b"".join)


@given(SOUP)
def test_crlf_messages_come_back_byte_for_byte(data: bytes) -> None:
    assert parse(data).to_bytes() == data


@given(st.binary(max_size=200) | SOUP.map(lambda data: data.replace(b"\r\n", b"\n")))
def test_any_bytes_parse_and_only_line_ends_change(data: bytes) -> None:
    out = parse(data).to_bytes()
    assert out.count(b"\r") == out.count(b"\n") == out.count(b"\r\n")
    assert out.replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def test_fields_keep_their_folds_and_values_lose_them() -> None:
    message = parse(b"To: a@x,\r\n\tb@x\r\nX-Empty:\r\nto : c@x\r\n\r\nbody\r\n")
    assert message.fields[0].raw == b"To: a@x,\r\n\tb@x\r\n"
    assert message.values("TO") == ("a@x, b@x", "c@x")
    assert message.values("x-empty") == ("",)
    assert message.body == b"body\r\n"


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"A: 1\r\nB: 2\r\n", [b"A", b"B"]),
        (b"A: 1\r\nB: 2", [b"A", b"B"]),
        (b"\r\n\r\nA: 1\r\n\r\nbody", [b"", b"A"]),
        (b"From a@x Mon Oct 2 16:06:34\r\nA: 1\r\n\r\n", [b"", b"A"]),
        (b": no name\r\njunk\r\n with: fold\r\nA: 1\r\n\r\n", [b"", b"", b"A"]),
        (b"A: 1\nB: 2\n\nbody", [b"A", b"B"]),
        (b"A: 1\rB: 2\r\rbody", [b"A", b"B"]),
        (b"", []),
    ],
)
def test_malformed_messages_are_taken_as_they_come(data: bytes, names: list[bytes]) -> None:
    assert [field.name for field in parse(data).fields] == names


def test_field_text_is_utf8_or_else_latin1() -> None:
    message = parse("A: é\r\n".encode() + b"B: \xe9\r\n\r\n")
    assert message.values("a") == message.values("b") == ("é",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@x, b@x", ["a@x", "b@x"]),
        (" a@x ,, ,", ["a@x"]),
        ('"Doe, J" <j@x>, K <k@x>', ['"Doe, J" <j@x>', "K <k@x>"]),
        ('"a \\" , b" <j@x>, k@x', ['"a \\" , b" <j@x>', "k@x"]),
        ("a@x (one, (two, three)), b@x", ["a@x (one, (two, three))", "b@x"]),
        ('a@x (it"s), b@x (no"t)', ['a@x (it"s)', 'b@x (no"t)']),
        ("=?UTF-8?Q?a,b?= <a@x>, b@x", ["=?UTF-8?Q?a,b?= <a@x>", "b@x"]),
        ("Friends: a@x, B <b@x>; , c@x", ["a@x", "B <b@x>", "c@x"]),
        ("undisclosed-recipients:;", []),
        ("a@[IPv6:1,2:3], b@x", ["a@[IPv6:1,2:3]", "b@x"]),
        ("<@r1,@r2:a@x>, b@x", ["<@r1,@r2:a@x>", "b@x"]),
        ("a@x; b@x", ["a@x; b@x"]),
        ("odd:a@x, b@x", ["odd:a@x", "b@x"]),
        ('"open, a@x', ['"open', "a@x"]),
        ("Karen, Chan <k@x>", ["Karen", "Chan <k@x>"]),
        ("", []),
    ],
)
def test_address_lists_are_split_into_raw_strings(value: str, expected: list[str]) -> None:
    assert addresses(value) == tuple(expected)


@given(st.text('ab@,;:<>()[]\\"=?Q ', max_size=60))
def test_splitting_never_fails(value: str) -> None:
    assert all(entry == entry.strip() != "" for entry in addresses(value))
    for entry in addresses(value):
        split_name(entry)


def test_splitting_a_megabyte_of_brackets_takes_a_moment() -> None:
    started = time.thread_time()
    for piece in ('"', "(", "<", "[", ":", '"\\', "=?", "(\\", "a@x,:;"):
        addresses(piece * (200_000 // len(piece)))
    assert time.thread_time() - started < 15


def test_bare_address_and_domain() -> None:
    assert split_name('"Doe \\"J\\"" <j@x>') == ('Doe "J"', "j@x")
    assert bare("Ann <a@B.Example> (hello)") == "a@B.Example"
    assert domain_of("Ann <a@B.Example>") == "b.example"
    assert domain_of("nobody") == ""


def submission(content: RawContent | SimpleContent, source: str | None = None, **more: object) -> Submission:
    return Submission(
        Scope("123456789012", "us-east-1"),
        Door.SMTP,
        "SendRawEmail",
        "AKIA",
        "127.0.0.1",
        source,
        content,
        **more,  # type: ignore[arg-type]
    )


def test_a_raw_letter_lists_from_with_its_name_and_the_envelope_sender() -> None:
    data = b"From: yoyo <yoyo@domain.com>\r\nTo: a@x\r\n\r\n"
    seen = letter(submission(RawContent(data), "yoyo@domain.com", to=("b@x",)))
    assert seen.from_ == ("yoyo <yoyo@domain.com>",)
    assert seen.senders == ("yoyo <yoyo@domain.com>", "yoyo@domain.com")
    assert seen.recipients == ("b@x",)
    assert seen.size == 4 * -(-len(data) // 3)


def test_sender_and_return_path_must_be_verified_as_well() -> None:
    data = b"Return-Path: <r@x>\r\nSender: s@x\r\nFrom: f@x\r\nReply-To: p@x\r\n\r\n"
    seen = letter(submission(RawContent(data), "f@x"))
    assert seen.senders == ("f@x", "s@x", "<r@x>")
    assert seen.return_path == "<r@x>"
    assert seen.reply_to == ("p@x",)
    assert letter(submission(RawContent(b"Return-Path: <>\r\nFrom: f@x\r\n\r\n"))).return_path is None


def test_without_destinations_the_messages_own_recipients_count() -> None:
    data = b"From: f@x\r\nTo: a@x, G: b@x;\r\nCc: c@x\r\nBcc: d@x,\r\n e@x\r\n\r\n"
    seen = letter(submission(RawContent(data)))
    assert (seen.to, seen.cc, seen.bcc) == (("a@x", "b@x"), ("c@x",), ("d@x", "e@x"))
    assert letter(submission(RawContent(data), bcc=("z@x",))).recipients == ("z@x",)


def test_raw_headers_are_told_with_empty_names_but_without_junk() -> None:
    seen = letter(submission(RawContent(b"junk\r\nA: 1\r\n 2\r\n: nameless\r\n\r\n")))
    assert seen.headers is not None
    assert [(header.name, header.value) for header in seen.headers] == [("A", "1 2"), ("", "nameless")]


def test_an_empty_message_is_a_letter_from_nobody() -> None:
    seen = letter(submission(RawContent(b"")))
    assert (seen.from_, seen.senders, seen.recipients, seen.size) == ((), (), (), 0)


def test_a_composed_letter() -> None:
    content = SimpleContent(Text("s"), Text("t" * 1000), attachments=(Attachment("f", bytes(3000)),))
    seen = letter(submission(content, "N <n@x>", to=("a@x",), return_path="r@x", reply_to=("p@x",)))
    assert seen.senders == ("N <n@x>", "r@x")
    assert seen.headers is None
    assert 1000 + 4000 < seen.size < 1000 + 4000 + 2500
