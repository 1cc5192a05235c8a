"""How REST-JSON answers and refusals are laid out on the wire."""

from __future__ import annotations

import json

import pytest

from emulator import errors
from emulator.aws import faults


def test_an_answer_is_laid_out_as_ses_does(rest):
    answer = rest.answer("SendEmail", {"MessageId": "ä"}, "an-id")
    assert answer.status == 200
    assert answer.headers == (("Content-Type", "application/json"), ("x-amzn-RequestId", "an-id"))
    assert answer.body == '{"MessageId":"ä"}'.encode()


def test_an_answer_without_members_is_an_empty_object(rest):
    assert rest.answer("DeleteEmailIdentity", {}, "an-id").body == b"{}"


def test_instants_leave_as_seconds_with_milliseconds(rest):
    answer = rest.answer("GetImportJob", {"CreatedTimestamp": 1616202000.12345}, "an-id")
    assert answer.body == b'{"CreatedTimestamp":1616202000.123}'


def test_members_that_are_none_are_left_out(rest):
    assert rest.answer("ListEmailIdentities", {"NextToken": None, "EmailIdentities": []}, "i").body == (
        b'{"EmailIdentities":[]}'
    )


def test_what_json_cannot_hold_leaves_the_answer_readable(rest):
    quota = {"Max24HourSend": float("inf"), "MaxSendRate": float("nan"), "SentLast24Hours": float("-inf")}
    answer = rest.answer("GetAccount", {"SendQuota": quota}, "an-id")
    assert json.loads(answer.body)["SendQuota"] == {
        "Max24HourSend": "Infinity",
        "MaxSendRate": "NaN",
        "SentLast24Hours": "-Infinity",
    }
    assert json.loads(rest.answer("SendEmail", {"MessageId": "a\ud800\x00"}, "an-id").body) == {"MessageId": "a?\x00"}


def test_a_result_of_another_shape_is_our_mistake(rest):
    with pytest.raises(ValueError, match="Nothing"):
        rest.answer("SendEmail", {"Nothing": "x"}, "an-id")
    with pytest.raises(ValueError, match="Nothing"):
        rest.answer("GetAccount", {"SendQuota": {"Nothing": 1}}, "an-id")
    with pytest.raises(ValueError, match="Nothing"):
        rest.answer("Nothing", {}, "an-id")


def test_a_refusal_is_laid_out_as_ses_does(rest):
    answer = rest.refuse(errors.configuration_set_does_not_exist("x"), "an-id")
    assert answer.status == 404
    assert answer.headers == (
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", "an-id"),
        ("x-amzn-ErrorType", "NotFoundException"),
    )
    assert answer.body == b'{"message":"Configuration set <x> does not exist."}'


def test_a_refusal_without_a_text_sends_null(rest):
    assert rest.refuse(faults.serialization(None), "an-id").body == b'{"message":null}'
