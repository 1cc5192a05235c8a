"""Which call or delivery an ordered fault falls on, and how orders are written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import monotonic
from emulator.errors import Fault
from emulator.policy.ordered_faults import FaultKind, FaultRule, reply_of, rule_from, rule_from_text
from emulator.post.fault_orders import ConnectionDropped, FaultOrders


def test_the_command_line_writes_all_of_a_rule():
    assert rule_from_text("500") == FaultRule(FaultKind.ERROR_500)
    assert rule_from_text(
        "slow:seconds=2.5, operation=Send*,probability=0.5,times=3,account=123456789012"
    ) == FaultRule(FaultKind.SLOW, operation="Send*", account="123456789012", probability=0.5, times=3, seconds=2.5)
    assert rule_from_text("5xx:recipient=*@x.example,reply=552 5.2.2 full") == FaultRule(
        FaultKind.MX_5XX, recipient="*@x.example", reply="552 5.2.2 full"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "kind must be one of throttle"),
        ("boom", "kind must be one of throttle"),
        ("500:now", "'now' is not key=value"),
        ("500:wat=1", "there is no 'wat'"),
        ("500:probability=0", "probability must be"),
        ("500:probability=nan", "probability must be"),
        ("500:probability=maybe", "probability must be"),
        ("500:times=0", "times must be"),
        ("500:times=1.5", "times must be"),
        ("slow:seconds=301", "seconds must be"),
        ("500:operation=", "operation must be"),
        ("4xx:operation=SendEmail", "knows no operation"),
        ("4xx:reply=550 no", "reply is for"),
        ("500:reply=550 no", "reply is for"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence.replace("'", ".")):
        rule_from_text(text)


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_a_value_error(text):
    with suppress(ValueError):
        assert isinstance(rule_from_text(text), FaultRule)


@given(
    st.dictionaries(
        st.sampled_from(["kind", "operation", "recipient", "account", "probability", "times", "seconds", "reply", "x"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=9)
        | st.lists(st.integers(), max_size=1),
        max_size=5,
    )
)
def test_any_json_object_is_a_rule_or_a_value_error(given):
    with suppress(ValueError):
        assert isinstance(rule_from(given), FaultRule)


def test_a_call_is_hit_by_operation_and_account_and_a_send_by_its_recipients():
    of_calls = FaultRule(FaultKind.THROTTLE, operation="Send*", account="111111111111")
    assert of_calls.hits_call("SendEmail", "111111111111")
    assert not of_calls.hits_call("GetAccount", "111111111111")
    assert not of_calls.hits_call("SendEmail", "222222222222")
    assert not of_calls.hits_send("SendEmail", "111111111111", ["a@x.example"])
    of_sends = FaultRule(FaultKind.ERROR_500, recipient="*@X.example")
    assert not of_sends.hits_call("SendEmail", "111111111111")
    assert of_sends.hits_send("SendEmail", "111111111111", ["b@y.example", "a@x.EXAMPLE"])
    assert not of_sends.hits_send("SendEmail", "111111111111", ["b@y.example"])
    of_mx = FaultRule(FaultKind.MX_4XX, recipient="a@*")
    assert of_mx.hits_delivery("a@x.example")
    assert not of_mx.hits_delivery("b@x.example")
    assert not of_mx.hits_call("SendEmail", "111111111111")


def test_each_kind_does_its_own():
    for kind, code in (("throttle", "Throttling"), ("500", "InternalFailure"), ("503", "ServiceUnavailable")):
        with pytest.raises(Fault) as refused:
            FaultOrders([rule_from_text(kind)]).before_call("SendEmail", "1")
        assert refused.value.v1 == code
        assert "ordered" in refused.value.hint
    with pytest.raises(ConnectionDropped):
        FaultOrders([rule_from_text("drop")]).before_call("SendEmail", "1")
    before = monotonic()
    FaultOrders([rule_from_text("slow:seconds=0.05")]).before_call("SendEmail", "1")
    assert monotonic() - before >= 0.05
    assert reply_of(rule_from_text("5xx"), "a@x.example") == "550 5.1.1 <a@x.example> user unknown"


def test_nobody_waits_for_a_slow_call_at_the_end():
    orders = FaultOrders([rule_from_text("slow:seconds=300")])
    orders.end()
    orders.before_call("SendEmail", "1")
    assert orders.orders()[0].happened == 1


def _chances(orders: FaultOrders, number: int) -> list[bool]:
    happened = []
    for _ in range(number):
        try:
            orders.before_call("SendEmail", "1")
            happened.append(False)
        except Fault:
            happened.append(True)
    return happened


def test_the_same_seed_repeats_what_happens_and_another_does_not():
    rule = rule_from_text("500:probability=0.5")
    first, again = (_chances(FaultOrders([rule], 7), 64) for _ in range(2))
    assert first == again
    assert 10 < sum(first) < 54
    assert _chances(FaultOrders([rule], 8), 64) != first


def test_times_end_and_the_start_comes_back():
    orders = FaultOrders([rule_from_text("500:times=2")])
    assert _chances(orders, 4) == [True, True, False, False]
    orders.order([], 0)
    assert _chances(orders, 1) == [False]
    orders.back_to_start()
    assert _chances(orders, 3) == [True, True, False]


def test_a_call_under_way_meets_the_faults_of_its_beginning():
    orders = FaultOrders([rule_from_text("slow:seconds=300"), rule_from_text("500:probability=0.9999999")])
    (slow, _) = orders.orders()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(orders.before_call, "SendEmail", "1")
        before, pause = monotonic(), Event()
        while not slow.happened:
            assert monotonic() - before < 5
            pause.wait(0.001)
        orders.order([], 0)
        orders.end()
        with pytest.raises(Fault):
            call.result(5)


def test_greylisting_ends_for_each_pair_by_itself():
    orders = FaultOrders([rule_from_text("greylist:seconds=0.05")])
    assert orders.at_mx("1@mail.example", "a@x.example") == "450 4.2.0 Greylisted, please try again later"
    before = monotonic()
    while orders.at_mx("2@mail.example", "a@x.example") is not None:
        assert monotonic() - before < 5
    assert orders.at_mx("3@mail.example", "a@x.example") is None
    assert orders.at_mx("3@mail.example", "b@x.example") is not None
