"""Whose an address is that mail comes in for, with DNS as a test says; the rest is in the flow of receiving."""

from __future__ import annotations

import pytest

from emulator.documents.receipt import ReceiptAction, ReceiptRule, ReceiptRuleSet, StopAction
from emulator.documents.receiving import Receiving
from emulator.post.mailboxes import Mailbox, Mailboxes, Refusal
from emulator.values import DnsAnswer, Identity, IdentityKind, Scope, Status, Verification

HERE = Scope("123456789012", "us-east-1")
THERE = Scope("123456789012", "eu-west-1")
MX = DnsAnswer("NOERROR", ("10 inbound-smtp.us-east-1.amazonaws.com",))


class Names:
    """A resolver that gives one answer; what was asked is kept."""

    def __init__(self) -> None:
        self.answer = MX
        self.asked: list[tuple[str, str]] = []

    def query(self, name: str, type: str) -> DnsAnswer:
        self.asked.append((name, type))
        return self.answer


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def mailboxes(store, names) -> Mailboxes:
    return Mailboxes(store, lambda: names)


def receives(store, scope: Scope = HERE, **rule: object) -> None:
    """The account receives for here.example by one rule, which does nothing."""
    actions = (ReceiptAction(stop=StopAction()),)
    rules = (ReceiptRule("r", **{"enabled": True, "actions": actions, **rule}),)
    with store.write() as writer:
        verified = Verification(status=Status.SUCCESS)
        writer.save_identity(Identity(scope, "here.example", IdentityKind.DOMAIN, 0.0, verification=verified))
        writer.save_document(ReceiptRuleSet(scope=scope, name="s", rules=rules))
        writer.save_document(Receiving(scope=scope, active_rule_set="s"))


def test_dns_is_asked_only_where_an_account_could_receive(store, mailboxes, names):
    receives(store)
    assert mailboxes.at("a@elsewhere.example", "192.0.2.1", False) == Mailbox()
    assert names.asked == []
    assert mailboxes.at("a@sub.here.example", "192.0.2.1", False) == Mailbox((HERE,))
    assert names.asked == [("sub.here.example", "MX")]


@pytest.mark.parametrize("status", ["SERVFAIL", "TIMEOUT"])
def test_mail_is_put_off_while_dns_does_not_say_whose_it_is(store, mailboxes, names, status):
    receives(store)
    names.answer = DnsAnswer(status)
    assert mailboxes.at("a@here.example", "192.0.2.1", False) == Mailbox(refusal=Refusal.UNKNOWN)
    assert mailboxes.at("a@elsewhere.example", "192.0.2.1", False) == Mailbox()


def test_only_the_region_of_the_mx_receives_and_refuses(store, mailboxes, names):
    receives(store)
    receives(store, THERE, recipients=("b@here.example",))
    assert mailboxes.at("a@here.example", "192.0.2.1", False) == Mailbox((HERE,))
    names.answer = DnsAnswer("NOERROR", ("10 inbound-smtp.eu-west-1.amazonaws.com",))
    assert mailboxes.at("a@here.example", "192.0.2.1", False) == Mailbox(refusal=Refusal.NO_RULE)
    assert mailboxes.at("b@here.example", "192.0.2.1", False) == Mailbox((THERE,))


@pytest.mark.parametrize(
    ("tls_policy", "enabled", "needed"), [("Require", True, True), ("Require", False, False), ("Optional", True, False)]
)
def test_tls_is_needed_where_a_rule_that_is_followed_requires_it(store, mailboxes, tls_policy, enabled, needed):
    assert not mailboxes.need_tls()
    receives(store, tls_policy=tls_policy, enabled=enabled)
    assert mailboxes.need_tls() is needed
