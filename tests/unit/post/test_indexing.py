"""When captured mails are brought into the search index."""

from __future__ import annotations

import threading
import time

import pytest

from emulator.post.indexing import Indexer


class Shelf:
    """A store that has mails and an index, and no more; ``broken`` batches fail."""

    def __init__(self, unindexed=0, broken=0):
        self.left = unindexed
        self.broken = broken
        self.batches = []
        self.changed = threading.Condition()

    def read(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def unindexed(self):
        return self.left

    def index(self, most):
        with self.changed:
            self.changed.notify_all()
            if self.broken:
                self.broken -= 1
                raise RuntimeError("the disk is full")
            number = min(most, self.left)
            self.left -= number
            self.batches.append((number, time.monotonic()))
            return number

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(condition, 10)


@pytest.fixture
def indexer():
    """``indexer(shelf, quiet)`` is at work; it ends with the test."""
    running = []

    def start(shelf, **settings):
        one = Indexer(shelf, **settings)
        running.append(one)
        one.start()
        return one

    yield start
    for one in running:
        one.stop()
        assert not one._thread.is_alive()


def test_what_an_earlier_run_left_is_brought_in_batch_by_batch(indexer):
    shelf = Shelf(unindexed=250)
    indexer(shelf)
    shelf.wait(lambda: shelf.left == 0)
    assert [number for number, _ in shelf.batches[:3]] == [100, 100, 50]


def test_new_mail_is_brought_in_when_no_more_has_come_for_a_while(indexer):
    shelf = Shelf()
    one = indexer(shelf)
    shelf.wait(lambda: shelf.batches)
    shelf.left = 5
    came = time.monotonic()
    one.came()
    shelf.wait(lambda: shelf.left == 0)
    assert next(at for number, at in shelf.batches if number == 5) - came >= 0.3


def test_while_mail_comes_in_nothing_is_indexed_unless_somebody_searches(indexer):
    shelf = Shelf(unindexed=1000)
    one = indexer(shelf, quiet=600)
    one.came()
    one.catch_up()
    assert [number for number, _ in shelf.batches] == [100] * 8
    one.catch_up()
    assert shelf.left == 200


def test_a_search_does_not_wait_for_another_process_that_indexes():
    shelf = Shelf(unindexed=1000)
    shelf.index = lambda most: 0
    Indexer(shelf).catch_up()
    assert shelf.left == 1000


def test_a_search_does_not_wait_for_an_index_that_takes_long():
    shelf = Shelf(unindexed=10**9)
    began = time.monotonic()
    Indexer(shelf).catch_up()
    assert 1.9 < time.monotonic() - began < 6
    assert shelf.left > 200


def test_a_failure_is_told_and_does_not_end_the_work(indexer, caplog):
    shelf = Shelf(unindexed=5, broken=1)
    one = indexer(shelf)
    shelf.wait(lambda: shelf.broken == 0)
    one.came()
    shelf.wait(lambda: shelf.left == 0)
    assert "indexing failed" in caplog.text
