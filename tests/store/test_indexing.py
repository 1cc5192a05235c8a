"""The search index beside the inbox: nothing is missing in it, and nothing left of a mail that is gone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from emulator.store.ports import MessageFilter
from emulator.store.sql.engine import open_store, sqlite_url
from emulator.values import Scope

MINE = Scope("111111111111", "us-east-1")
THEIRS = Scope("222222222222", "us-east-1")


def index_all(store):
    while store.index(1000):
        pass


def found(store, q="subject:ice"):
    with store.read() as reader:
        return [line.id for line in reader.lines(MessageFilter(q=q), 100)]


def capture(store, captured_mail, number, **changes):
    with store.write() as writer:
        return [writer.capture(captured_mail(subject="ice", **changes)) for _ in range(number)]


def entries(store):
    """How many mails the index believes to hold, those that are only marked as gone not counted."""
    with store.read() as reader:
        shared, connection = reader._shared, reader._connection
        hits = shared.index.hits([], [])
        return connection.execute(select(func.count()).select_from(hits.source).where(*hits.conditions)).scalar_one()


def test_indexing_takes_the_oldest_first_and_says_how_many(store, captured_mail):
    assert store.index(5) == 0
    capture(store, captured_mail, 7)
    assert [store.index(5), store.index(5), store.index(5)] == [5, 2, 0]
    with store.read() as reader:
        assert reader.unindexed() == 0
    assert entries(store) == 7


def test_an_index_that_others_made_meanwhile_is_not_made_twice(store, captured_mail):
    capture(store, captured_mail, 3)
    with store.read() as reader:
        batch = reader.unindexed_documents(2)
    index_all(store)
    with store.write() as writer:
        assert writer.add_to_index(batch) == 0
    assert entries(store) == 3


def test_what_was_deleted_while_it_was_being_indexed_does_not_come_back(store, captured_mail):
    a, b, c = capture(store, captured_mail, 3)
    with store.read() as reader:
        batch = reader.unindexed_documents(3)
    with store.write() as writer:
        writer.delete_captured_id(b)
        writer.delete_captured_id(c)
    with store.write() as writer:
        assert writer.add_to_index(batch) == 3
    assert found(store) == [a]
    assert entries(store) == 1
    (d,) = capture(store, captured_mail, 1)
    index_all(store)
    assert found(store) == [d, a]


@pytest.mark.parametrize("indexed", [0, 2, 4])
def test_deleting_what_a_search_finds_takes_exactly_that(store, captured_mail, indexed):
    ice = capture(store, captured_mail, 2)
    snow = capture(store, captured_mail, 2, text="snow")
    store.index(indexed)
    with store.write() as writer:
        assert writer.delete_captured(MessageFilter(q="-snow", subject="ICE")) == 2
        assert writer.delete_captured(MessageFilter(q="-snow")) == 0
    assert found(store) == snow[::-1]
    index_all(store)
    assert found(store) == snow[::-1]
    assert entries(store) == 2
    assert found(store, "-ice") == []
    with store.write() as writer:
        assert [writer.captured(number) for number in ice] == [None, None]


def test_an_empty_inbox_has_an_empty_index(store, captured_mail):
    capture(store, captured_mail, 4)
    store.index(3)
    with store.write() as writer:
        assert writer.delete_captured(MessageFilter()) == 4
    assert entries(store) == 0
    numbers = capture(store, captured_mail, 2)
    index_all(store)
    assert found(store) == numbers[::-1]
    assert entries(store) == 2


def test_a_forgotten_account_is_forgotten_by_the_index(store, captured_mail):
    capture(store, captured_mail, 2, scope=MINE)
    theirs = capture(store, captured_mail, 1, scope=THEIRS)
    capture(store, captured_mail, 1, scope=MINE)
    store.index(3)
    with store.write() as writer:
        writer.forget(MINE)
    assert found(store) == theirs
    assert entries(store) == 1
    with store.write() as writer:
        writer.forget()
    assert found(store) == []
    assert entries(store) == 0


def test_a_worn_index_is_made_anew_and_finds_the_same(tmp_path, captured_mail):
    """Only of SQLite's nothing can be taken out."""
    store = open_store(sqlite_url(tmp_path))
    capture(store, captured_mail, 5_001, text="", raw=b"")
    (last,) = capture(store, captured_mail, 1)
    index_all(store)
    with store.write() as writer:
        assert writer.delete_captured(MessageFilter(before=last)) == 5_001
    with store.read() as reader:
        assert reader._shared.index.worn(reader._connection) == 5_001
    assert found(store) == [last]
    assert store.index(10) == 1
    assert found(store) == [last]
    assert store.index(10) == 1
    assert store.index(10) == 0
    assert found(store) == [last]
    with store.read() as reader:
        assert reader._shared.index.worn(reader._connection) == 0
    store.close()
