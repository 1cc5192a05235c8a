"""Page tokens: only what was issued is believed, and only for its own list."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.aws.paging import Tokens
from emulator.values import Scope

HERE = Scope("123456789012", "us-east-1")
TOKENS = Tokens("secret")


@given(st.text(max_size=400))
def test_a_token_reads_back(last):
    token = TOKENS.issue("identities", HERE, last)
    assert TOKENS.read("identities", HERE, token) == last
    # The model's pattern of v2 tokens.
    assert re.fullmatch("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", token)


def test_a_token_holds_for_its_list_its_region_its_account_and_its_secret():
    token = TOKENS.issue("identities", HERE, "a.example")
    assert TOKENS.read("templates", HERE, token) is None
    assert TOKENS.read("identities", Scope("123456789012", "eu-west-1"), token) is None
    assert TOKENS.read("identities", Scope("999999999999", "us-east-1"), token) is None
    assert Tokens("other").read("identities", HERE, token) is None


def test_every_changed_bit_is_seen():
    token = TOKENS.issue("identities", HERE, "a.example")
    packed = bytearray(base64.b64decode(token))
    for at in range(len(packed)):
        packed[at] ^= 1
        assert TOKENS.read("identities", HERE, base64.b64encode(packed).decode()) is None
        packed[at] ^= 1
    assert TOKENS.read("identities", HERE, base64.b64encode(packed).decode()) == "a.example"


@pytest.mark.parametrize("bad", ["", "x", "garbage!", "AAAA", "ä", "\ud800", "A" * 5004, "=" * 24])
def test_nonsense_is_no_token(bad):
    assert TOKENS.read("identities", HERE, bad) is None


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text):
    assert TOKENS.read("identities", HERE, text) is None
