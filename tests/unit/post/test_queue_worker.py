"""The thread that works off a queue."""

from __future__ import annotations

import threading

import pytest

from emulator.post import queue_worker
from emulator.post.queue_worker import QueueWorker


class Worker(QueueWorker):
    """Does what ``answers`` says, round by round; then nothing is left to do."""

    def __init__(self, *answers: bool | Exception) -> None:
        super().__init__("sorting")
        self._answers = list(answers)
        self.rounds = 0
        self.idle = threading.Event()

    def _round(self) -> bool:
        self.rounds += 1
        if not self._answers:
            self.idle.set()
            return False
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_it_goes_on_while_there_is_work_and_looks_again_later() -> None:
    worker = Worker(True, True)
    worker.start()
    assert worker.idle.wait(10)
    worker.idle.clear()
    worker.wake()
    assert worker.idle.wait(10)
    worker.stop()
    assert worker.rounds >= 4


def test_a_round_that_fails_is_told_and_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker(ValueError("no"), True)
    worker.start()
    assert worker.idle.wait(10)
    worker.stop()
    assert "sorting failed; trying again" in caplog.text


def test_after_stop_there_is_no_further_round() -> None:
    worker = Worker()
    worker.start()
    assert worker.idle.wait(10)
    worker.stop()
    rounds = worker.rounds
    worker.wake()
    assert worker.rounds == rounds
    assert not worker._thread.is_alive()


def test_work_that_outlasts_its_stop_is_said_to_stay(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a topic's subscriber does not answer: by then the store is closed."""
    monkeypatch.setattr(queue_worker, "_LAST_ROUND", 0.01)
    answered = threading.Event()

    class Slow(Worker):
        def _round(self) -> bool:
            self.idle.set()
            answered.wait(10)
            raise ValueError("the store is closed")

    worker = Slow()
    worker.start()
    assert worker.idle.wait(10)
    worker.stop()
    answered.set()
    worker._thread.join(10)
    assert "sorting was stopped in the middle, its work stays in the queue: the store is closed" in caplog.text
    assert "trying again" not in caplog.text


def test_it_may_be_stopped_before_it_was_started() -> None:
    worker = Worker()
    worker.stop()
    assert worker.rounds == 0
