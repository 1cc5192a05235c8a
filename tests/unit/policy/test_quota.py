import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.errors import Fault
from emulator.policy import quota
from emulator.values import Account, Door, Scope, SendQuota

ACCOUNT = Account(Scope("123456789012", "us-east-1"))
NOON = 1_700_000_000.1


def test_the_sandbox_and_production_have_ses_own_limits():
    assert quota.limits(ACCOUNT) == SendQuota(200.0, 1.0)
    assert quota.limits(dataclasses.replace(ACCOUNT, production=True)) == SendQuota(50_000.0, 14.0)
    assert quota.limits(ACCOUNT, -1, 3) == SendQuota(-1, 3)


def test_the_200th_recipient_passes_and_the_201st_does_not():
    quota.daily(SendQuota(200, 1), 199, 1)
    with pytest.raises(Fault) as caught:
        quota.daily(SendQuota(200, 1), 200, 1)
    fault = caught.value
    assert (fault.code(Door.V1), fault.code(Door.V2)) == ("Throttling", "LimitExceededException")
    assert fault.reply() == "454 Throttling failure: Daily message quota exceeded."


def test_a_message_that_would_exceed_the_day_is_refused_whole():
    with pytest.raises(Fault, match="Daily message quota"):
        quota.daily(SendQuota(200, 1), 199, 2)


def test_the_simulator_alone_passes_when_the_day_is_used_up():
    quota.daily(SendQuota(200, 1), 200, 0)


def test_no_limit_is_no_limit():
    quota.daily(SendQuota(-1, -1), 10**9, 50)
    after = quota.rate(ACCOUNT, SendQuota(-1, -1), 50, 48, NOON)
    assert after == dataclasses.replace(ACCOUNT, sent_total=48)


def test_two_sends_within_a_second_are_throttled_and_exactly_a_second_later_one_passes():
    one = SendQuota(200, 1)
    after = quota.rate(ACCOUNT, one, 1, 1, NOON)
    assert after.sent_total == 1
    for later in (0.0, 0.5, 0.999999):
        with pytest.raises(Fault) as caught:
            quota.rate(after, one, 1, 1, NOON + later)
    fault = caught.value
    assert fault.message == "Maximum sending rate exceeded."
    assert (fault.code(Door.V1), fault.code(Door.V2)) == ("Throttling", "TooManyRequestsException")
    assert fault.reply() == "454 Throttling failure: Maximum sending rate exceeded."
    assert quota.rate(after, one, 1, 1, NOON + 1.0).sent_total == 2


@given(st.integers(0, 2 * 10**15))
@settings(max_examples=200)
def test_a_second_is_a_second_at_any_microsecond_of_any_year(microseconds):
    now = microseconds / 1e6
    after = quota.rate(ACCOUNT, SendQuota(200, 1), 1, 1, now)
    quota.rate(after, SendQuota(200, 1), 1, 1, (microseconds + 1_000_000) / 1e6)
    with pytest.raises(Fault):
        quota.rate(after, SendQuota(200, 1), 1, 1, (microseconds + 999_999) / 1e6)


def test_five_recipients_pass_whole_and_the_next_five_seconds_fail():
    one = SendQuota(200, 1)
    after = quota.rate(ACCOUNT, one, 5, 5, NOON)
    assert quota.available(after, one, NOON) == -4
    for second in (1, 2, 3, 4):
        with pytest.raises(Fault):
            quota.rate(after, one, 1, 1, NOON + second)
    quota.rate(after, one, 1, 1, NOON + 5)


def test_simulator_recipients_use_up_the_rate_but_not_the_day():
    after = quota.rate(ACCOUNT, SendQuota(200, 1), 1, 0, NOON)
    assert after.sent_total == 0
    with pytest.raises(Fault):
        quota.rate(after, SendQuota(200, 1), 1, 0, NOON)


def test_a_rate_below_one_still_lets_one_through_and_a_rate_of_none_nothing():
    half = SendQuota(200, 0.5)
    after = quota.rate(ACCOUNT, half, 1, 1, NOON)
    with pytest.raises(Fault):
        quota.rate(after, half, 1, 1, NOON + 1.9)
    quota.rate(after, half, 1, 1, NOON + 2)
    with pytest.raises(Fault):
        quota.rate(ACCOUNT, SendQuota(200, 0), 1, 1, NOON)


def test_a_small_step_back_gives_nothing_and_a_turned_clock_does_not_lock_out():
    one = SendQuota(200, 1)
    after = quota.rate(ACCOUNT, one, 1, 1, NOON)
    with pytest.raises(Fault):
        quota.rate(after, one, 1, 1, NOON - 0.5)
    again = quota.rate(after, one, 1, 1, NOON - 86_400)
    with pytest.raises(Fault):
        quota.rate(again, one, 1, 1, NOON - 86_400)


@settings(max_examples=150, deadline=None)
@given(
    rate=st.sampled_from([0.5, 1.0, 1.3, 14.0]),
    gaps=st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=80),
)
def test_no_window_ever_holds_more_than_the_bucket_and_its_refill(rate, gaps):
    account, now, passed = ACCOUNT, NOON, []
    for gap in gaps:
        now += gap
        try:
            account = quota.rate(account, SendQuota(-1, rate), 1, 1, now)
        except Fault:
            continue
        passed.append(now)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            window = passed[last] - passed[first]
            assert last - first + 1 <= max(rate, 1.0) + rate * window + 1e-5
    assert account.sent_total == len(passed)


@settings(max_examples=100, deadline=None)
@given(messages=st.lists(st.tuples(st.integers(1, 50), st.booleans()), max_size=40), limit=st.integers(0, 200))
def test_the_day_never_holds_more_than_its_limit(messages, limit):
    sent = 0
    for recipients, simulated in messages:
        counted = 0 if simulated else recipients
        try:
            quota.daily(SendQuota(limit, -1), sent, counted)
        except Fault:
            assert sent + counted > limit
            continue
        sent += counted
        assert sent <= limit
