"""Recipients fall under rules as the documentation says, and filters decide who may send."""

from __future__ import annotations

import pytest

from emulator.documents.receipt import ReceiptFilter, ReceiptRule
from emulator.policy.receipt_rules import allowed, matching
from emulator.values import Scope

DOMAINS = frozenset({"example.com", "example.org"})


def rule(name: str = "r", *recipients: str, enabled: bool = True) -> ReceiptRule:
    return ReceiptRule(name, enabled=enabled, recipients=recipients)


def meets(condition: str, recipient: str) -> bool:
    return bool(matching([rule("r", condition)], [recipient], DOMAINS))


@pytest.mark.parametrize(
    ("condition", "recipient"),
    [
        ("user@example.com", "user@example.com"),
        ("user@example.com", "user+label@example.com"),
        ("user@example.com", "user+one+two@example.com"),
        ("user+label@example.com", "user+label@example.com"),
        ("example.com", "anybody@example.com"),
        ("example.com", "user+label@example.com"),
        (".example.com", "user@sub.example.com"),
        (".example.com", "user@a.b.example.com"),
        ("sub.example.com", "user@sub.example.com"),
        ("User@Example.COM", "uSER+Label@eXample.com"),
        (".Example.com", "user@SUB.example.com"),
    ],
)
def test_a_condition_matches(condition: str, recipient: str) -> None:
    assert meets(condition, recipient)


@pytest.mark.parametrize(
    ("condition", "recipient"),
    [
        ("user@example.com", "users@example.com"),
        ("user@example.com", "user@sub.example.com"),
        ("user@example.com", "user@example.org"),
        ("user+label@example.com", "user@example.com"),
        ("user+label@example.com", "user+other@example.com"),
        ("user+label@example.com", "user+label+more@example.com"),
        ("example.com", "user@sub.example.com"),
        ("example.com", "user@example.org"),
        (".example.com", "user@example.com"),
        (".ample.com", "user@example.com"),
        ("sub.example.com", "user@example.com"),
    ],
)
def test_a_condition_does_not_match(condition: str, recipient: str) -> None:
    assert not meets(condition, recipient)


def test_a_rule_without_recipients_means_all_of_all_verified_domains() -> None:
    recipients = ["a@example.com", "b@example.org", "c@sub.example.com", "D@EXAMPLE.com", "e@example.net", "postmaster"]
    found = matching([rule()], recipients, DOMAINS)
    assert found == [(rule(), ("a@example.com", "b@example.org", "c@sub.example.com", "D@EXAMPLE.com"))]


def test_nothing_is_received_for_a_domain_that_is_not_verified() -> None:
    assert matching([rule("r", "example.net", "a@example.net", ".net")], ["a@example.net"], DOMAINS) == []
    assert matching([rule("r", "example.com")], ["a@example.com"], []) == []
    assert matching([rule("r", "notexample.com")], ["a@notexample.com"], DOMAINS) == []


def test_rules_come_in_their_order_each_with_its_own_recipients() -> None:
    rules = [
        rule("third", "example.org", "b@example.com"),
        rule("off", "example.com", enabled=False),
        rule("nobody", "x@example.com"),
        rule("first", "example.com"),
    ]
    found = matching(rules, ["c@example.org", "b@example.com", "a@example.com"], DOMAINS)
    assert [(one.name, matched) for one, matched in found] == [
        ("third", ("c@example.org", "b@example.com")),
        ("first", ("b@example.com", "a@example.com")),
    ]


def ip_filter(policy: str, cidr: str) -> ReceiptFilter:
    return ReceiptFilter(
        scope=Scope("123456789012", "us-east-1"), name=f"{policy}-{cidr}", created_at=1.0, policy=policy, cidr=cidr
    )


@pytest.mark.parametrize(
    ("filters", "ip", "may"),
    [
        ((), "192.0.2.1", True),
        ((("Block", "192.0.2.0/24"),), "192.0.2.1", False),
        ((("Block", "192.0.2.0/24"),), "192.0.3.1", True),
        ((("Block", "192.0.2.1"),), "192.0.2.1", False),
        ((("Block", "192.0.2.1"),), "192.0.2.2", True),
        ((("Block", "192.0.2.77/24"),), "192.0.2.1", False),
        ((("Block", "0.0.0.0/0"), ("Allow", "192.0.2.1")), "192.0.2.1", True),
        ((("Allow", "192.0.2.1"), ("Block", "192.0.2.1")), "192.0.2.1", True),
        ((("Allow", "192.0.2.1"), ("Block", "0.0.0.0/0")), "192.0.2.2", False),
        ((("Allow", "192.0.2.1"),), "192.0.2.2", True),
        ((("Block", "2001:db8::/32"),), "2001:db8:1::5", False),
        ((("Block", "2001:db8::/32"),), "2001:db9::5", True),
        ((("Block", "0.0.0.0/0"),), "2001:db8::1", True),
        ((("Block", "::/0"),), "192.0.2.1", True),
        ((("Block", "192.0.2.0/24"),), "::ffff:192.0.2.1", False),
        ((("Block", "::ffff:192.0.2.0/120"),), "192.0.2.1", False),
        ((("Block", "::ffff:192.0.2.0/120"),), "192.0.3.1", True),
        ((("Block", "0.0.0.0/0"),), "", True),
    ],
)
def test_filters_decide_who_may_send(filters: tuple[tuple[str, str], ...], ip: str, may: bool) -> None:
    assert allowed([ip_filter(policy, cidr) for policy, cidr in filters], ip) is may
