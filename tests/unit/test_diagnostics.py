"""Texts of copies that were not delivered, and what is concluded from them."""

from __future__ import annotations

import pytest

from emulator.diagnostics import (
    ON_ACCOUNT_LIST,
    ON_TENANT_LIST,
    enhanced_status,
    expired,
    has_expired,
    suppression_subtype,
    transient_subtype,
)


@pytest.mark.parametrize(
    ("reply", "subtype"),
    [
        ("552 5.2.2 mailbox full", "MailboxFull"),
        ("552 5.2.3 too long for this mailbox", "MessageTooLarge"),
        ("552-5.3.4 too big", "MessageTooLarge"),
        ("550 5.6.1 media not supported", "ContentRejected"),
        ("550 4.2.1 gone for a while", "General"),
        (expired(50400, "421 4.4.2 Connection timed out"), "General"),
        (expired(300, "451 4.3.0 later"), "CustomTimeoutExceeded"),
    ],
)
def test_transient_bounces_have_a_subtype(reply: str, subtype: str) -> None:
    assert transient_subtype(reply) == subtype


@pytest.mark.parametrize(
    "reply",
    ["550 5.1.1 user unknown", "550 5.2.1 disabled", "550 no such user", "550", "", "552 5.2.23", ON_ACCOUNT_LIST],
)
def test_all_others_are_permanent(reply: str) -> None:
    assert transient_subtype(reply) is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 user unknown", "5.1.1"),
        ("550-5.7.26 unauthenticated", "5.7.26"),
        ("421 4.4.1 Unable to connect to remote host", "4.4.1"),
        ("554 4.4.7 Message expired", "4.4.7"),
        ("550 no such user", "5.0.0"),
        ("451 try later", "4.0.0"),
        ("550 2.1.5 contradicts itself", "5.0.0"),
        ("550", "5.0.0"),
        (ON_ACCOUNT_LIST, "5.1.1"),
    ],
)
def test_the_status_is_the_replys(text: str, status: str) -> None:
    assert enhanced_status(text) == status


def test_a_delivery_given_up_says_after_which_time_and_what_was_answered_last() -> None:
    text = expired(50400, "451 later")
    assert text == "554 4.4.7 Message expired: unable to deliver in 840 minutes.<451 later>"
    assert has_expired(text)
    assert not has_expired("554 4.4.7 Message expired")


def test_the_sentence_names_the_list() -> None:
    assert suppression_subtype(ON_ACCOUNT_LIST) == "OnAccountSuppressionList"
    assert suppression_subtype(ON_TENANT_LIST) == "OnTenantSuppressionList"
