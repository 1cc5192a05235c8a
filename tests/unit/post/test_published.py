"""The log of what was told is bounded, by count and by what it holds."""

from __future__ import annotations

import pytest

from emulator.post.published import PublishedLog
from emulator.sending_events import EventType
from emulator.values import Scope

ONE, OTHER = Scope("111111111111", "us-east-1"), Scope("222222222222", "us-east-1")


@pytest.fixture
def log() -> PublishedLog:
    return PublishedLog()


def note(log: PublishedLog, body: str = "{}", scope: Scope = ONE) -> None:
    log.note(at=1.0, scope=scope, message_id="m", type=EventType.SEND, channel="sns", target="arn", of="s/d", body=body)


def test_the_last_2000_are_kept_newest_first(log):
    for _ in range(2003):
        note(log)
    numbers = [entry.number for entry in log.recent(5000)]
    assert numbers == list(range(2003, 3, -1))


def test_fewer_are_kept_when_they_are_large(log):
    for _ in range(5):
        note(log, "x" * 4 * 1024 * 1024)
    assert [entry.number for entry in log.recent(10)] == [5, 4, 3, 2]
    note(log, "x" * 40 * 1024 * 1024)
    assert [entry.number for entry in log.recent(10)] == [6]
    note(log)
    assert [entry.number for entry in log.recent(10)] == [7]


def test_what_one_account_was_told_is_forgotten_alone(log):
    note(log, "x" * 9 * 1024 * 1024)
    note(log, "x" * 6 * 1024 * 1024, OTHER)
    log.clear(ONE.account)
    note(log, "x" * 9 * 1024 * 1024)
    assert [entry.number for entry in log.recent(10)] == [3, 2]
    log.clear()
    assert log.recent(10) == []


def test_what_is_of_before_a_reset_is_not_noted_after_it(log):
    def noted(scope: Scope, since: int) -> bool:
        before = len(log.recent(10))
        log.note(
            at=1.0,
            scope=scope,
            message_id="m",
            type="SEND",
            channel="sns",
            target="arn",
            of="s/d",
            body="",
            since=since,
        )
        return len(log.recent(10)) > before

    first = log.mark()
    assert noted(ONE, first)
    log.clear(ONE.account)
    assert (noted(ONE, first), noted(OTHER, first), noted(ONE, log.mark())) == (False, True, True)
    second = log.mark()
    log.clear()
    assert (noted(ONE, second), noted(OTHER, second), noted(OTHER, log.mark())) == (False, False, True)
