"""Group commit: who works, for whom, in which order, and what each caller hears."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from emulator.post.together import Together

_LIMIT = 10.0


class Work:
    """Remembers each batch and its thread; the first call waits until ``go``, so that a line can form behind it."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.threads: list[str] = []
        self.begun = threading.Event()
        self.go = threading.Event()
        self.bad: set[int] = set()
        self.at_once = 0

    def __call__(self, items: Sequence[int]) -> None:
        self.at_once += 1
        assert self.at_once == 1, "two threads worked at a time"
        self.batches.append(list(items))
        self.threads.append(threading.current_thread().name)
        self.begun.set()
        assert self.go.wait(_LIMIT)
        self.at_once -= 1
        if self.bad & set(items):
            raise LookupError(f"no place for {sorted(self.bad)}")


class Caller(threading.Thread):
    def __init__(self, together: Together[int], item: int) -> None:
        super().__init__(name=str(item), daemon=True)
        self._call: Callable[[], None] = lambda: together.do(item)
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            self._call()
        except BaseException as problem:
            self.problem = problem


def lined_up(together: Together[int], items: Sequence[int]) -> list[Caller]:
    """Callers started one after the other, each only when the one before it stands in line."""
    callers = []
    for item in items:
        before = len(together._line)
        callers.append(Caller(together, item))
        callers[-1].start()
        deadline = time.monotonic() + _LIMIT
        while len(together._line) == before:
            assert time.monotonic() < deadline, "the caller did not join the line"
            time.sleep(0.001)
    return callers


def started(work: Work, most: int) -> tuple[Together[int], Caller]:
    """A ``Together`` in which caller 0 is at work, alone."""
    together = Together(work, most)
    first = Caller(together, 0)
    first.start()
    assert work.begun.wait(_LIMIT)
    return together, first


def ended(callers: Sequence[Caller]) -> None:
    deadline = time.monotonic() + _LIMIT
    for caller in callers:
        caller.join(max(0.0, deadline - time.monotonic()))
        assert not caller.is_alive(), f"caller {caller.name} was left waiting"


def test_a_caller_alone_works_for_itself_at_once():
    work = Work()
    work.go.set()
    together = Together(work, 8)
    together.do(1)
    together.do(2)
    assert work.batches == [[1], [2]]
    assert set(work.threads) == {threading.current_thread().name}


def test_who_comes_while_somebody_works_is_done_together_in_the_order_of_coming():
    work = Work()
    together, first = started(work, most=8)
    waiting = lined_up(together, [3, 1, 2])
    work.go.set()
    ended([first, *waiting])
    assert work.batches == [[0], [3, 1, 2]]
    assert work.threads == ["0", "3"]  # the first in line took over


def test_a_batch_has_at_most_so_many_and_the_next_in_line_leads_the_rest():
    work = Work()
    together, first = started(work, most=2)
    waiting = lined_up(together, [1, 2, 3, 4, 5])
    work.go.set()
    ended([first, *waiting])
    assert work.batches == [[0], [1, 2], [3, 4], [5]]
    assert work.threads == ["0", "1", "3", "5"]


def test_what_the_work_raises_is_raised_for_all_of_its_batch_and_for_nobody_else():
    work = Work()
    work.bad = {2}
    together, first = started(work, most=2)
    waiting = lined_up(together, [1, 2, 3, 4])
    work.go.set()
    ended([first, *waiting])
    assert [type(caller.problem) for caller in (first, *waiting)] == [
        type(None),
        LookupError,
        LookupError,
        type(None),
        type(None),
    ]


def test_after_a_failure_the_next_caller_is_served():
    work = Work()
    work.go.set()
    work.bad = {1}
    together = Together(work, 8)
    with pytest.raises(LookupError):
        together.do(1)
    together.do(2)
    assert work.batches == [[1], [2]]


def test_32_threads_are_each_served_once_in_their_own_order_and_nobody_is_left_waiting():
    work = Work()
    work.go.set()
    together = Together(work, 5)
    calls = 50

    def many(number: int) -> None:
        for call in range(calls):
            together.do(number * calls + call)

    threads = [threading.Thread(target=many, args=(number,), daemon=True) for number in range(32)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + _LIMIT * 3
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        assert not thread.is_alive(), "a caller was left waiting"
    done = [item for batch in work.batches for item in batch]
    assert sorted(done) == list(range(32 * calls))
    assert all(len(batch) <= 5 for batch in work.batches)
    for number in range(32):
        own = [item for item in done if item // calls == number]
        assert own == sorted(own)
