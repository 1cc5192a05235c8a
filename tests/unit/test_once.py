"""What is made once is made by one, whoever asks meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from emulator.once import Once


def test_it_is_made_when_first_asked_for_and_never_again():
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    once = Once(make)
    assert made == []
    assert once() is once()
    assert len(made) == 1


def test_threads_that_ask_at_the_same_time_get_the_same():
    together = Barrier(8)
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    once = Once(make)

    def ask() -> object:
        together.wait(10)
        return once()

    with ThreadPoolExecutor(8) as threads:
        got = {id(one.result()) for one in [threads.submit(ask) for _ in range(8)]}
    assert len(got) == len(made) == 1


def test_what_fails_is_tried_again():
    answers = iter([ValueError("not yet"), "made"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    once = Once(make)
    with pytest.raises(ValueError, match="not yet"):
        once()
    assert once() == "made"
