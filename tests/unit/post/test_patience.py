"""Who works off a queue waits while mail comes in without pause, and not for ever."""

from __future__ import annotations

from threading import Event

import pytest

from emulator.post import patience
from emulator.post.patience import let_accepting_go_first


class Waits(Event):
    """Waiting moves the time and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.is_set()


@pytest.fixture
def stopping(monkeypatch) -> Waits:
    waits = Waits()
    monkeypatch.setattr(patience, "monotonic", lambda: waits.now)
    return waits


def test_nobody_waits_where_it_is_calm(stopping):
    let_accepting_go_first(lambda: 99.98, stopping)
    assert stopping.now == 100.0


def test_waiting_ends_as_soon_as_it_is_calm(stopping):
    let_accepting_go_first(lambda: min(stopping.now, 100.03), stopping)
    assert stopping.now == pytest.approx(100.04, abs=0.011)


def test_waiting_ends_where_it_never_becomes_calm(stopping):
    let_accepting_go_first(lambda: stopping.now, stopping)
    assert stopping.now == pytest.approx(100.1, abs=0.011)


def test_who_is_to_stop_does_not_wait(stopping):
    stopping.set()
    let_accepting_go_first(lambda: stopping.now, stopping)
    assert stopping.now == pytest.approx(100.01)
