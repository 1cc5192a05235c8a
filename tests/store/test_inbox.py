"""Captured mails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.store.ports import MessageFilter
from emulator.values import Envelope, Scope

EVERYTHING = MessageFilter()


def capture(store, *mails):
    with store.write() as writer:
        return [writer.capture(mail) for mail in mails]


def found(store, **wanted):
    with store.read() as reader:
        lines = [one.id for one in reader.search(MessageFilter(**wanted), 100)]
        assert reader.count(MessageFilter(**wanted)) == len(lines)
        return lines


def test_a_mail_comes_back_as_it_was_captured(store, scope, captured_mail):
    mail = captured_mail(message_id="m1", scope=scope, delivery_key="k", from_="\udcff", subject="a\x00b", to=("\x00",))
    (number,) = capture(store, mail)
    with store.read() as reader:
        assert reader.captured(number) == replace(mail, id=number)
        assert reader.search(EVERYTHING, 10) == [replace(mail, id=number, raw=b"", text="")]
        for missing in (0, -1, number + 1, 2**63, 10**30):
            assert reader.captured(missing) is None


def test_text_that_no_database_can_hold_is_marked(store, captured_mail):
    (number,) = capture(store, captured_mail(text="ice\x00berg \ud83d!"))
    with store.read() as reader:
        mail = reader.captured(number)
        assert mail is not None
        assert mail.text == "ice\ufffdberg \ufffd!"


def test_the_same_copy_is_captured_once(store, captured_mail):
    first, again, stranger, stranger_again = capture(
        store,
        captured_mail(delivery_key="k"),
        captured_mail(delivery_key="k", subject="again"),
        captured_mail(),
        captured_mail(),
    )
    assert first is not None
    assert again is None
    assert None not in (stranger, stranger_again)
    with store.read() as reader:
        assert reader.count(EVERYTHING) == 3


def test_whose_mail_it_is_comes_from_the_message_that_was_sent(store, scope, outbound_message, captured_mail):
    other = Scope("999999999999", "eu-west-1")
    with store.write() as writer:
        writer.add_outbound(outbound_message("m1"), 1)
    sent, unknown, said = capture(
        store,
        captured_mail(message_id="m1"),
        captured_mail(message_id="m2"),
        captured_mail(message_id="m1", scope=other),
    )
    with store.read() as reader:
        assert [reader.captured(number).scope for number in (sent, unknown, said)] == [scope, None, other]


def test_lists_are_newest_first_and_page_by_id(store, captured_mail):
    numbers = capture(store, *(captured_mail(subject=f"s{n}") for n in range(5)))
    with store.read() as reader:
        assert [one.id for one in reader.search(EVERYTHING, 2)] == [numbers[4], numbers[3]]
        assert [one.id for one in reader.search(MessageFilter(before=numbers[3]), 2)] == [numbers[2], numbers[1]]
        assert [one.id for one in reader.search(MessageFilter(after=numbers[3]), 9)] == [numbers[4]]
    assert found(store, after=10**30) == []
    assert len(found(store, after=-(10**30), before=10**30)) == 5


def test_an_id_is_never_given_twice(store, captured_mail):
    (last,) = capture(store, captured_mail())
    with store.write() as writer:
        writer.delete_captured(EVERYTHING)
    (after_some,) = capture(store, captured_mail())
    with store.write() as writer:
        writer.forget()
    (after_all,) = capture(store, captured_mail())
    assert last < after_some < after_all


def test_each_filter_looks_where_it_says(store, scope, captured_mail):
    envelope = Envelope("bounce@m.org", ("hidden@bcc.org",), "1.2.3.4", "h")
    a, b, c = capture(
        store,
        captured_mail(from_="Ann <ann@a.org>", subject="Alpha", text="one", envelope=envelope, message_id="m-a"),
        captured_mail(from_="", to=("Bob <bob@b.org>",), cc=(), text="alpha two", scope=scope, envelope=envelope),
        captured_mail(cc=("carol@c.org",), subject="ann", scope=replace(scope, region="us-east-1")),
    )
    assert found(store, from_="ANN@a") == [a]
    assert found(store, from_="bounce@") == [b]
    assert found(store, to="bob") == [b]
    assert found(store, to="hidden@BCC") == [b, a]
    assert found(store, to="carol") == [c]
    assert found(store, subject="alpha") == [a]
    assert found(store, text="alpha") == [b, a]
    assert found(store, q="ann") == [c, a]
    assert found(store, q="carol") == [c]
    assert found(store, message_id="m-a") == [a]
    assert found(store, message_id="m-") == []
    assert found(store, region="us-east-1") == [c]
    assert found(store, account=scope.account) == [c, b]
    assert found(store, account=scope.account, region=scope.region, text="two", to="bob") == [b]
    assert found(store, subject="") == [c, b, a]


@pytest.mark.parametrize(
    ("subject", "needle", "matches"),
    [
        ("流氷のお知らせ", "流氷", True),
        ("ÅNGSTRÖM", "ångström", True),
        ("straße", "STRASSE", True),
        ("ΟΔΟΣ", "οδος", True),
        ("100 percent", "100%", False),
        ("100% sure", "100%", True),
        ("snake case", "snake_case", False),
        ("snake_case", "E_C", True),
        ("back\\slash", "k\\s", True),
        ("quote'\"", "'\"", True),
        ("Alpha", "x" * 200_000, False),
    ],
)
def test_a_filter_is_taken_literally_in_any_case_and_script(store, captured_mail, subject, needle, matches):
    (number,) = capture(store, captured_mail(subject=subject))
    assert found(store, subject=needle) == ([number] if matches else [])


def test_a_filter_may_hold_what_no_database_can(store, captured_mail):
    (number,) = capture(store, captured_mail(subject="a\x00b\udcff"))
    assert found(store, subject="a\x00b\udcff") == [number]
    assert found(store, account="\x00", region="\udcff", message_id="\x00") == []


def test_deleting_takes_those_that_match(store, captured_mail):
    a, _, c = capture(store, captured_mail(subject="a"), captured_mail(subject="b"), captured_mail(subject="c"))
    with store.write() as writer:
        assert writer.delete_captured(MessageFilter(subject="b")) == 1
        assert writer.delete_captured(MessageFilter(subject="b")) == 0
        assert writer.delete_captured_id(a)
        assert not writer.delete_captured_id(a)
        assert not writer.delete_captured_id(10**30)
        assert [one.id for one in writer.search(EVERYTHING, 9)] == [c]
        assert writer.delete_captured(EVERYTHING) == 1
