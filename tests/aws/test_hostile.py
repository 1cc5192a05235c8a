"""Bytes that nobody should send: only a Fault ever escapes, its answer is readable, and nothing takes long."""

from __future__ import annotations

import base64
import json
import time
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.aws import validate
from emulator.errors import Fault
from emulator.values import Door

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
HEAD = b"Action=SendEmail&Version=2010-12-01"
WORDS = (
    "Action SendEmail Version 2010-12-01 Source Destination ToAddresses Message Subject Data member entry key 1 2 0 -1 "
    "99999999999999999999 . .. = & + % %00 %ff %41 ä SendRawEmail RawMessage Tags Name Value Rule Actions"
)
PIECES = st.sampled_from(WORDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def try_v1(query, v1, body, query_string="", content_type=""):
    try:
        found = query.parse(body, query_string, content_type)
        validate.check(v1.operation(found.operation), found.params, Door.V1)
    except Fault as fault:
        answer = query.refuse(fault, "an-id")
        assert 400 <= answer.status < 500
        ElementTree.fromstring(answer.body)
        return fault
    return None


def try_v2(rest, v2, method, path, query_string, body):
    try:
        found = rest.parse(method, path, query_string, {}, body)
        validate.check(v2.operation(found.operation), found.params, Door.V2)
    except Fault as fault:
        answer = rest.refuse(fault, "an-id")
        assert 400 <= answer.status < 500
        assert set(json.loads(answer.body)) == {"message"}
        return fault
    return None


@FUZZ
@given(st.binary(max_size=80), st.text(max_size=40))
def test_any_bytes_as_a_form(query, v1, body, query_string):
    try_v1(query, v1, body, query_string)
    try_v1(query, v1, HEAD + b"&" + body, query_string, "application/x-www-form-urlencoded")


@FUZZ
@given(st.lists(PIECES, max_size=40).map("".join))
def test_a_form_that_almost_is_one(query, v1, text):
    try_v1(query, v1, text.encode())
    for action in ("SendEmail", "SendRawEmail", "CreateReceiptRule", "PutConfigurationSetDeliveryOptions"):
        try_v1(query, v1, f"Action={action}&Version=2010-12-01&{text}".encode())


@FUZZ
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "x"]),
    st.text(max_size=30),
    st.text(max_size=30),
    st.binary(max_size=60),
)
def test_any_path_query_and_bytes(rest, v2, method, path, query_string, body):
    try_v2(rest, v2, method, path, query_string, body)
    try_v2(rest, v2, method, f"/v2/email/identities/{path}", f"PageSize={query_string}", body)
    try_v2(rest, v2, "POST", "/v2/email/outbound-emails", query_string, body)


@FUZZ
@given(data=st.data(), content=JSON)
def test_any_json_in_any_member_of_any_operation(rest, v2, data, content):
    operation = v2.operation(data.draw(st.sampled_from(v2.operations)))
    path = "/".join("x" if part.startswith("{") else part for part in operation.path.split("/"))
    names = list(operation.input_shape.members)
    body = content
    if names:
        body = {name: data.draw(JSON) for name in data.draw(st.lists(st.sampled_from(names), max_size=4))}
    for sent in (content, body):
        try_v2(rest, v2, operation.method, path, "", json.dumps(sent).encode())


def dotted(parts, times):
    return HEAD + b"".join(b"&" + b".".join([b"a%d" % n] * parts) + b"=1" for n in range(times))


@pytest.mark.parametrize(
    "body",
    [
        HEAD + b"".join(b"&k%d=1" % n for n in range(100_000)),
        HEAD + b"".join(b"&Destination.ToAddresses.member.%d=a" % n for n in range(1, 15_000)),
        HEAD + b"&Destination.ToAddresses.member.1000000000=a",
        HEAD + b"&Destination.ToAddresses.member." + b"9" * 1_000_000 + b"=a",
        HEAD + b"&" + b".".join([b"Message"] * 1_000_000) + b"=a",
        HEAD + b"&" + b"." * 5_000_000,
        dotted(24, 5_000),
        b"&" * 10_000_000,
        b"%" * 10_000_000,
        HEAD + b"&Source=" + b"%41" * 3_000_000,
        HEAD + b"&Source=" + b"+" * 10_000_000,
    ],
    ids=["keys", "members", "index", "digits", "deep", "dots", "wide", "ampersands", "percents", "escapes", "plus"],
)
def test_a_bomb_of_a_form_is_answered_at_once(query, v1, body):
    started = time.thread_time()
    try_v1(query, v1, body)
    assert time.thread_time() - started < 10


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"Content":' * 300_000,
        b'{"ReplyToAddresses":[' + b"null," * 500_000 + b"null]}",
        b'{"ReplyToAddresses":[' + b"1," * 500_000 + b"1]}",
        b'{"x":"' + b"\\u0041" * 500_000 + b'"}',
        b'{"x":' + b"9" * 1_000_000 + b"}",
        b'{"EmailTags":[' + b"{}," * 100_000 + b"{}]}",
    ],
    ids=["lists", "objects", "nulls", "numbers", "escapes", "digits", "tags"],
)
def test_a_bomb_of_json_is_refused_at_once(rest, v2, body):
    started = time.thread_time()
    assert try_v2(rest, v2, "POST", "/v2/email/outbound-emails", "", body) is not None
    assert time.thread_time() - started < 3


def test_a_raw_mail_of_14_megabytes_is_read_byte_for_byte(query, rest):
    data = bytes(range(256)) * 40_960
    text = base64.b64encode(data)
    form = b"Action=SendRawEmail&Version=2010-12-01&RawMessage.Data=" + text.replace(b"+", b"%2B").replace(b"=", b"%3D")
    started = time.thread_time()
    assert query.parse(form, "", "").params["RawMessage"]["Data"] == data
    body = b'{"Content":{"Raw":{"Data":"' + text + b'"}}}'
    found = rest.parse("POST", "/v2/email/outbound-emails", "", {}, body)
    assert found.params["Content"]["Raw"]["Data"] == data
    assert time.thread_time() - started < 3
