"""Who has read which mail."""

from __future__ import annotations

from emulator.store.ports import MessageFilter


def unread(store, **wanted):
    with store.read() as reader:
        ids = [line.id for line in reader.lines(MessageFilter(unread=True, **wanted), 100)]
        assert reader.count(MessageFilter(unread=True, **wanted)) == len(ids)
        everything = reader.lines(MessageFilter(**wanted), 100)
        assert [line.id for line in everything if line.unread] == ids
        assert reader.count(MessageFilter(unread=False, **wanted)) == len(everything) - len(ids)
    return ids


def test_mails_are_unread_until_they_are_marked_and_the_mark_can_be_taken_back(store, captured_mail):
    with store.write() as writer:
        a, b, c = (writer.capture(captured_mail()) for _ in "abc")
    assert unread(store) == [c, b, a]
    with store.write() as writer:
        assert writer.mark_read([a, c, 0, -1, 10**30, c + 1]) == 2
        assert writer.mark_read([a, b]) == 1
        assert writer.mark_read([b, c], unread=True) == 2
        assert writer.mark_read([b], unread=True) == 0
        assert writer.mark_read([]) == 0
    assert unread(store) == [c, b]
    with store.read() as reader:
        assert [reader.captured(number).unread for number in (a, b, c)] == [False, True, True]
        assert [mail.unread for mail in reader.search(MessageFilter(), 9)] == [True, True, False]


def test_what_a_filter_or_a_search_finds_is_marked_indexed_or_not(store, scope, captured_mail):
    with store.write() as writer:
        a, b, c, d = (
            writer.capture(captured_mail(subject=subject, scope=scope if subject == "ice" else None))
            for subject in ("ice", "snow", "ice", "snow")
        )
    store.index(2)
    with store.write() as writer:
        assert writer.mark_read(MessageFilter(q="subject:snow")) == 2
        assert writer.mark_read(MessageFilter(q="subject:snow")) == 0
    assert unread(store) == [c, a]
    assert unread(store, account=scope.account) == [c, a]
    assert unread(store, q="subject:snow") == []
    with store.write() as writer:
        assert writer.mark_read(MessageFilter(q="is:read"), unread=True) == 2
        assert writer.mark_read(MessageFilter(account=scope.account, after=a)) == 1
    assert unread(store) == [d, b, a]
    with store.write() as writer:
        assert writer.mark_read(MessageFilter()) == 3
        assert writer.mark_read(MessageFilter(subject="ICE"), unread=True) == 2
    assert unread(store) == [c, a]


def test_a_mail_that_was_read_already_can_be_captured(store, captured_mail):
    with store.write() as writer:
        writer.capture(captured_mail(unread=False))
    assert unread(store) == []


def test_marks_go_with_their_mails(store, captured_mail):
    with store.write() as writer:
        a, b = writer.capture(captured_mail()), writer.capture(captured_mail())
        writer.mark_read([a, b])
        writer.delete_captured_id(a)
        assert writer.count(MessageFilter(unread=False)) == 1
        writer.delete_captured(MessageFilter(q="is:read"))
        assert writer.count(MessageFilter()) == 0
        c = writer.capture(captured_mail())
    assert unread(store) == [c]
