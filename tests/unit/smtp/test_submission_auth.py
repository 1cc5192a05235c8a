"""Who is let in at SES's SMTP door, as whom, and in which words the others are refused."""

import base64

import pytest

from emulator.smtp import credentials
from emulator.values import Scope


def b64(text):
    return base64.b64encode(text.encode()).decode()


def hand_in(wire):
    wire.ask("MAIL FROM:<from@example.com>")
    wire.ask("RCPT TO:<to@example.com>")
    wire.ask("DATA")
    wire.send(b"Subject: x\r\n\r\nhello\r\n.\r\n")
    assert wire.reply().startswith("250 Ok ")


def test_a_12_digit_access_key_is_the_account(world, dial, trusting):
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    wire.log_in(user="111122223333", region="eu-west-1")
    hand_in(wire)
    assert world.accepted[0].scope == Scope("111122223333", "eu-west-1")


def test_digits_of_other_scripts_name_no_account(world, dial, trusting):
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    wire.log_in(user="\u0661\u0662\u0663" * 4)
    hand_in(wire)
    assert world.accepted[0].scope == Scope("123456789012", "us-east-1")


def test_the_legacy_password_opens_the_default_region(world, dial, trusting):
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    assert wire.ask("AUTH LOGIN " + b64("AKIAEXAMPLE")) == "334 UGFzc3dvcmQ6"
    assert wire.ask(b64(credentials.legacy_password("test"))) == "235 Authentication successful."
    hand_in(wire)
    assert world.accepted[0].scope.region == "us-east-1"


def test_plain_answers_to_a_challenge_too(world, dial, trusting):
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    assert wire.ask("AUTH PLAIN") == "334 Ok"
    response = b64("\0AKIAOTHER\0" + credentials.password("another+secret+key", "us-east-1"))
    assert wire.ask(response) == "235 Authentication successful."
    assert wire.ask("AUTH PLAIN " + response) == "503 Refusing any other AUTH command."


@pytest.mark.parametrize(
    "response",
    [
        b64("\0AKIAEXAMPLE\0test"),
        b64("\0AKIAOTHER\0" + credentials.password("test", "us-east-1")),
        b64("\0AKIANOBODY\0" + credentials.password("test", "us-east-1")),
        b64("\0AKIAEXAMPLE"),
        b64("\0\0"),
        "=",
        base64.b64encode(b"\xff\0\xfe\0\xfd").decode(),
    ],
)
def test_wrong_credentials_open_nothing(world, dial, trusting, response):
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    assert wire.ask(f"AUTH PLAIN {response}") == "535 Authentication Credentials Invalid"
    assert wire.ask("MAIL FROM:<a@example.com>") == "530 Authentication required"
    wire.log_in()


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        (["AUTH"], "501 Syntax: AUTH mechanism [initial-response]"),
        (["AUTH PLAIN a b"], "501 Syntax: AUTH mechanism [initial-response]"),
        (["AUTH CRAM-MD5"], "504 The requested authentication mechanism is not supported"),
        (["AUTH PLAIN !!!"], "501 Invalid command argument, not a valid Base64 string"),
        (["AUTH LOGIN", "ÿÿÿ"], "501 Invalid command argument, not a valid Base64 string"),
        (["AUTH LOGIN", "*"], "501 Authentication canceled by client."),
        (["AUTH LOGIN", "YQ==", "*"], "501 Authentication canceled by client."),
        (["AUTH LOGIN", "A" * 20000], "500 Error: line too long"),
    ],
)
def test_a_broken_auth_is_refused_and_can_be_tried_again(world, dial, trusting, lines, reply):
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    for line in lines:
        answer = wire.ask(line)
    assert answer == reply
    wire.log_in()


def test_a_credential_check_that_fails_is_temporary(make_world, dial, trusting, caplog):
    world = make_world()
    world.secrets = None
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    assert wire.ask("AUTH PLAIN " + b64("\0a\0b")) == "454 Temporary authentication failure"
    assert "could not be checked" in caplog.text
