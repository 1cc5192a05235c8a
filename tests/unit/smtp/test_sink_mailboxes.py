"""The sink where SES receives: what it asks of whoever knows the addresses of accounts, and what it hands on."""

from __future__ import annotations

import pytest

from emulator.post.mailboxes import Mailbox, Refusal
from emulator.values import Scope

ONE, TWO = Scope("111111111111", "us-east-1"), Scope("222222222222", "us-east-1")
KNOWN = {
    "one@x.example": Mailbox((ONE,)),
    "both@x.example": Mailbox((ONE, TWO)),
    "blocked@x.example": Mailbox(refusal=Refusal.BLOCKED),
    "nobody@x.example": Mailbox(refusal=Refusal.NO_RULE),
    "clear@x.example": Mailbox(refusal=Refusal.NEEDS_TLS),
    "unknown@x.example": Mailbox(refusal=Refusal.UNKNOWN),
}


class Mailboxes:
    """``receiving``: whether anybody is; ``requiring``: whether TLS is required by any; what was asked is kept."""

    def __init__(self) -> None:
        self.receiving = True
        self.requiring = False
        self.asked: list[tuple[str, str, bool]] = []

    def any(self) -> bool:
        return self.receiving

    def need_tls(self) -> bool:
        return self.requiring

    def at(self, address: str, client_ip: str, encrypted: bool) -> Mailbox:
        self.asked.append((address, client_ip, encrypted))
        if address == "broken@x.example":
            raise OSError("the database is gone")
        return KNOWN.get(address, Mailbox())


@pytest.fixture
def mailboxes(world) -> Mailboxes:
    world.sink.mailboxes = Mailboxes()
    return world.sink.mailboxes


def hand_in(wire, *recipients: str) -> str:
    assert wire.ask("MAIL FROM:<w@sender.example>") == "250 Ok"
    for recipient in recipients:
        assert wire.ask(f"RCPT TO:<{recipient}>") == "250 Ok"
    assert wire.ask("DATA").startswith("354 ")
    wire.send(b"x\r\n.\r\n")
    return wire.reply()


def test_nothing_is_asked_where_nobody_receives(world, mailboxes, stranger):
    mailboxes.receiving = False
    assert hand_in(stranger, "nobody@x.example") == "250 2.0.0 OK queue1"
    assert mailboxes.asked == []
    assert world.takers == [{}]


def test_who_takes_a_mail_goes_with_it_and_not_with_the_next(world, mailboxes, stranger):
    hand_in(stranger, "both@x.example", "else@y.example", "one@x.example", "both@x.example")
    hand_in(stranger, "else@y.example")
    assert world.takers == [{ONE: ("both@x.example", "one@x.example"), TWO: ("both@x.example",)}, {}]
    assert mailboxes.asked[0] == ("both@x.example", "127.0.0.1", False)


def test_recipients_of_a_transaction_that_was_given_up_are_not_in_the_next(world, mailboxes, stranger):
    assert stranger.ask("MAIL FROM:<w@sender.example>") == "250 Ok"
    assert stranger.ask("RCPT TO:<both@x.example>") == "250 Ok"
    assert stranger.ask("RSET") == "250 Ok"
    hand_in(stranger, "one@x.example")
    assert world.takers == [{ONE: ("one@x.example",)}]


@pytest.mark.parametrize(
    ("address", "reply"),
    [
        ("blocked@x.example", "550 5.7.1 Requested action not taken: message refused"),
        ("nobody@x.example", "550 5.1.1 Requested action not taken: mailbox unavailable"),
        ("clear@x.example", "530 5.7.0 Must issue a STARTTLS command first"),
        ("unknown@x.example", "451 Temporary service failure"),
        ("broken@x.example", "451 Temporary service failure"),
    ],
)
def test_a_recipient_is_refused_and_the_dialogue_goes_on(world, mailboxes, stranger, address, reply):
    assert stranger.ask("MAIL FROM:<w@sender.example>") == "250 Ok"
    assert stranger.ask(f"RCPT TO:<{address}>") == reply
    assert stranger.ask("RSET") == "250 Ok"
    assert hand_in(stranger, "one@x.example") == "250 2.0.0 OK queue1"
    assert world.received[0][0].rcpt_to == ("one@x.example",)


def test_tls_is_offered_while_a_rule_requires_it_and_is_then_known(world, mailboxes, stranger, trusting):
    assert "250-STARTTLS" not in stranger.ask("EHLO me").split("\n")
    mailboxes.requiring = True
    assert "250-STARTTLS" in stranger.ask("EHLO me").split("\n")
    stranger.start_tls(trusting)
    stranger.ask("EHLO me")
    hand_in(stranger, "one@x.example")
    assert mailboxes.asked == [("one@x.example", "127.0.0.1", True)]
