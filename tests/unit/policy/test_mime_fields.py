"""What is refused of Content-Type and Content-Disposition, and that nothing else is.

Source: reference sending.md 2.2.
"""

from __future__ import annotations

import time

import pytest

from emulator.errors import Fault
from emulator.policy.mime_fields import require_content_disposition, require_content_type


def refused(require, value: str) -> str:
    with pytest.raises(Fault) as problem:
        require(value)
    return str(problem.value.message)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text; charset=utf-8", "Expected '/', got ;"),
        ("text (a comment) plain", "Expected '/', got plain"),
        ("text/plain; charset", "Expected '=', got 'null'"),
        ("text/plain; charset; format=flowed", "Expected '=', got ';'"),
        ('multipart/mixed; boundary="a;b"; x', "Expected '=', got 'null'"),
    ],
)
def test_a_content_type_without_subtype_or_with_half_a_parameter_is_refused(value, text):
    assert refused(require_content_type, value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?attachment?=", "Expected disposition, got ="),
        ("; filename=a.txt", "Expected disposition, got ;"),
        ("attachment; filename", "Expected '=', got 'null'"),
    ],
)
def test_a_content_disposition_without_a_disposition_or_with_half_a_parameter_is_refused(value, text):
    assert refused(require_content_disposition, value) == text


@pytest.mark.parametrize(
    "value",
    [
        "text/plain",
        "text/plain;",
        "text",
        "",
        "?",
        'text/html; charset="utf-8"; format=flowed',
        "text / html (a comment) ; charset = utf-8",
        'multipart/mixed;\r\n boundary="----=_Part_1"',
        "multipart/mixed; boundary=----=_Part_1",
        "application/pdf; name*=utf-8''a%20b.pdf",
        "application/pdf; name=two words.pdf",
        'application/pdf; name="not closed',
        "text/",
    ],
)
def test_every_other_content_type_goes_through(value):
    require_content_type(value)


@pytest.mark.parametrize("value", ["inline", 'attachment; filename="a b.txt"', "attachment;", "", '"attachment"'])
def test_every_other_content_disposition_goes_through(value):
    require_content_disposition(value)


@pytest.mark.parametrize(
    "value",
    ["(" * 200_000, '"' + '\\"' * 100_000, "text/plain" + "; a=b" * 40_000, " " * 200_000, "a/b;c=" + '"\\"' * 100_000],
    ids=range(5),
)
def test_a_hostile_field_is_read_in_time_that_grows_with_it_alone(value):
    began = time.thread_time()
    require_content_type(value)
    assert time.thread_time() - began < 2
