import base64
import re
import smtplib
import threading

import pytest

from emulator import errors
from emulator.smtp import credentials
from emulator.values import Door, RawContent, Scope

MESSAGE_ID = "0100019700000000-11111111-2222-4333-8444-555555555555-000000"
BANNER = re.compile(r"220 email-smtp\.amazonaws\.com ESMTP SimpleEmailService-d-[0-9A-Z]{9} [0-9A-Za-z]{20}")


def b64(text):
    return base64.b64encode(text.encode()).decode()


def hand_in(wire, message=b"Subject: x\r\n\r\nhello\r\n", sender="from@example.com", to=("to@example.com",)):
    assert wire.ask(f"MAIL FROM:<{sender}>") == "250 Ok"
    for recipient in to:
        assert wire.ask(f"RCPT TO:<{recipient}>") == "250 Ok"
    assert wire.ask("DATA") == "354 End data with <CR><LF>.<CR><LF>"
    wire.send(message + b".\r\n")
    return wire.reply()


def test_the_plain_dialogue_reads_as_captured(world, dial):
    wire = dial(world.servers.addresses.smtp)
    assert BANNER.fullmatch(wire.reply())
    assert wire.ask("EHLO STRAUSS") == (
        "250-email-smtp.amazonaws.com\n250-8BITMIME\n250-SIZE 41943040\n250-STARTTLS\n250-AUTH PLAIN LOGIN\n250 Ok"
    )
    assert wire.ask("AUTH LOGIN") == "530 Must issue a STARTTLS command first"
    assert wire.ask("AUTH PLAIN") == "530 Must issue a STARTTLS command first"
    assert wire.ask("MAIL FROM:<a@example.com>") == "530 Must issue a STARTTLS command first"
    assert wire.ask("QUIT") == "221 Bye"
    assert wire.reply() == ""


def test_the_tls_dialogue_reads_as_captured(world, dial, trusting):
    wire = dial(world.servers.addresses.smtps, trusting)
    assert BANNER.fullmatch(wire.reply())
    assert wire.ask("EHLO laptop.example") == (
        "250-email-smtp.amazonaws.com\n250-8BITMIME\n250-SIZE 41943040\n250-AUTH PLAIN LOGIN\n250 Ok"
    )
    assert wire.ask("AUTH LOGIN") == "334 VXNlcm5hbWU6"
    assert wire.ask(b64("AKIAEXAMPLE")) == "334 UGFzc3dvcmQ6"
    assert wire.ask(b64(credentials.password("test", "us-west-2"))) == "235 Authentication successful."
    assert wire.ask("MAIL FROM:test-outbound-01@example.com") == "250 Ok"
    assert wire.ask("RCPT TO:bounce@simulator.amazonses.com") == "250 Ok"
    assert wire.ask("DATA") == "354 End data with <CR><LF>.<CR><LF>"
    wire.send(b"Subject: Simulating bounce with SES\r\n\r\nThis is testing using the SES sandbox\r\n.\r\n")
    assert wire.reply() == f"250 Ok {MESSAGE_ID}"
    assert wire.ask("QUIT") == "221 Bye"
    (submission,) = world.accepted
    assert submission.scope == Scope("123456789012", "us-west-2")
    assert submission.source == "test-outbound-01@example.com"
    assert submission.to == ("bounce@simulator.amazonses.com",)


def test_starttls_leads_to_the_same_dialogue(world, dial, trusting):
    wire = dial(world.servers.addresses.smtp)
    wire.reply()
    wire.ask("EHLO me")
    wire.start_tls(trusting)
    assert wire.ask("MAIL FROM:<a@example.com>") == "530 Authentication required"
    assert wire.ask("EHLO me") == (
        "250-email-smtp.amazonaws.com\n250-8BITMIME\n250-SIZE 41943040\n250-AUTH PLAIN LOGIN\n250 Ok"
    )
    assert wire.ask("STARTTLS").startswith("454 ")
    wire.log_in()
    assert hand_in(wire) == f"250 Ok {MESSAGE_ID}"


def test_what_was_said_in_the_clear_does_not_count_after_starttls(world, dial, trusting):
    wire = dial(world.servers.addresses.smtp)
    wire.reply()
    wire.ask("EHLO me")
    # A man in the middle adds commands behind STARTTLS: they must never be obeyed (CVE-2011-0411).
    wire.send(b"STARTTLS\r\nEHLO injected\r\nNOOP\r\n")
    assert wire.reply() == "220 Ready to start TLS"
    wire.file.close()
    wire.socket = trusting.wrap_socket(wire.socket, server_hostname="localhost")
    wire.file = wire.socket.makefile("rb")
    assert wire.ask("AUTH PLAIN =") == "503 Error: send EHLO first"


def test_smtplib_sends_with_starttls_and_with_the_wrapper(world, trusting):
    password = credentials.password("test", "ap-northeast-1")
    with smtplib.SMTP(*world.servers.addresses.smtp) as client:
        client.starttls(context=trusting)
        client.login("AKIAEXAMPLE", password)
        client.sendmail("a@example.com", ["b@example.com", "c@example.com"], "Subject: one\n\n.dot\n")
    host, port = world.servers.addresses.smtps
    with smtplib.SMTP_SSL(host, port, context=trusting) as client:
        client.login("AKIAEXAMPLE", password)
        client.sendmail("a@example.com", ["b@example.com"], "Subject: two\n\n")
    first, second = world.accepted
    assert first.content == RawContent(b"Subject: one\r\n\r\n.dot\r\n")
    assert first.to == ("b@example.com", "c@example.com")
    assert first.door is Door.SMTP
    assert first.operation == "SendRawEmail"
    assert first.caller == "AKIAEXAMPLE"
    assert first.source_ip == "127.0.0.1"
    assert (first.cc, first.bcc) == ((), ())
    assert second.scope.region == "ap-northeast-1"


def test_refusals_come_after_data_in_the_words_of_ses(world, sender):
    def refuse(submission):
        raise errors.email_address_not_verified(["Ann <ann@example.com>", "ann@example.com"], "eu-west-1")

    world.accept = refuse
    assert hand_in(sender, sender="ann@example.com") == (
        "554 Message rejected: Email address is not verified. The following identities failed the check in region "
        "EU-WEST-1: Ann <ann@example.com>, ann@example.com"
    )


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        (
            errors.maximum_sending_rate_exceeded(1),
            "454 Throttling failure: Maximum sending rate exceeded.",
        ),
        (errors.daily_message_quota_exceeded(200), "454 Throttling failure: Daily message quota exceeded."),
        (errors.recipient_count_exceeds(50), "554 Transaction failed: Recipient count exceeds 50."),
        (
            errors.mail_from_domain_not_verified("m.example.com", "us-east-1"),
            "554 MAIL FROM domain not verified: DNS setup for MAIL FROM domain is invalid.",
        ),
        (
            errors.configuration_set_does_not_exist("x"),
            "554 Configuration Set does not exist: Configuration set <x> does not exist.",
        ),
        (
            errors.invalid_parameter("bad\r\n250 Ok größer"),
            "554 Transaction failed: bad 250 Ok gr??er".replace("??", "?"),
        ),
    ],
)
def test_each_fault_has_its_reply_and_the_dialogue_goes_on(world, sender, fault, reply):
    def refuse(submission):
        raise fault

    world.accept = refuse
    assert hand_in(sender) == reply
    world.accept = world.keep_accepted
    assert hand_in(sender) == f"250 Ok {MESSAGE_ID}"


def test_a_long_refusal_is_one_legal_line_that_ends_in_an_ellipsis(world, sender):
    def refuse(submission):
        raise errors.email_address_not_verified([f"recipient{n}@example.com" for n in range(50)], "us-east-1")

    world.accept = refuse
    reply = hand_in(sender)
    assert len(reply) == 510
    assert reply.endswith("...")


def test_a_failure_of_ours_is_451_and_a_log_entry_never_a_traceback_to_the_client(world, sender, caplog):
    def fail(submission):
        raise ZeroDivisionError("secret detail")

    world.accept = fail
    assert hand_in(sender) == "451 Temporary service failure"
    assert "secret detail" in caplog.text
    world.accept = world.keep_accepted
    assert hand_in(sender) == f"250 Ok {MESSAGE_ID}"


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("MAIL FROM:<>", "501 Invalid MAIL FROM address provided"),
        ("MAIL FROM:<AKIAEXAMPLE>", "501 Invalid MAIL FROM address provided"),
        ("MAIL FROM:", "501 Invalid MAIL FROM address provided"),
        ("MAIL FROM:<grün@example.com>", "501 Invalid MAIL FROM address provided"),
        (r"MAIL FROM:<re\>ceiver@example.com>", "501 Invalid MAIL FROM address provided"),
        ("MAIL FROM:<a b@example.com>", "553 <a b@example.com> Invalid email address"),
        ("MAIL FROM:<@example.com>", "553 <@example.com> Invalid email address"),
        ("MAIL FROM:<a@>", "553 <a@> Invalid email address"),
        ("MAIL a@example.com", "501 Syntax: MAIL FROM: <address>"),
        ("MAIL", "501 Syntax: MAIL FROM: <address>"),
        ("MAIL FROM:<a@example.com> FUTURE=1", "555 MAIL FROM/RCPT TO parameters not recognized or not implemented"),
        ("MAIL FROM:<a@example.com> SIZE=big", "555 MAIL FROM/RCPT TO parameters not recognized or not implemented"),
        ("MAIL FROM:<a@example.com> BODY=X", "555 MAIL FROM/RCPT TO parameters not recognized or not implemented"),
        ("mail from:<a@example.com> SIZE=99999999999 BODY=8BITMIME AUTH=<>", "250 Ok"),
        ('MAIL FROM:<"a b"@example.com>', "250 Ok"),
        ("MAIL FROM:<" + "a" * 400 + "@example.com>", "250 Ok"),
        ("RCPT TO:<b@example.com>", "503 Error: need MAIL command"),
        ("DATA", "503 Error: need MAIL command"),
    ],
)
def test_mail_refuses_only_what_can_be_no_address(sender, line, reply):
    assert sender.ask(line) == reply
    assert sender.ask("RSET") == "250 Ok"


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("RCPT TO:<>", "501 Invalid RCPT TO address provided"),
        ("RCPT TO:<barbaraceñeste@example.com>", "501 Invalid RCPT TO address provided"),
        ("RCPT TO:<nobody>", "501 Invalid RCPT TO address provided"),
        ("RCPT TO:<a b@example.com>", "553 <a b@example.com> address unknown"),
        ("RCPT b@example.com", "501 Syntax: RCPT TO: <address>"),
        ('RCPT TO:<"re@ceiver"@example.com>', "250 Ok"),
        ("RCPT TO:<b..c@example.com>", "250 Ok"),
        ("MAIL FROM:<b@example.com>", "503 Sender already specified."),
        ("DATA", "503 Error: need RCPT command"),
        ("STARTTLS x", "501 Syntax error (no parameters allowed)"),
    ],
)
def test_rcpt_refuses_only_what_can_be_no_address(sender, line, reply):
    sender.ask("MAIL FROM:<a@example.com>")
    assert sender.ask(line) == reply


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("FROBNICATE", "500 Error: command not implemented"),
        ("BDAT 10 LAST", "500 Error: command not implemented"),
        ("", "500 Error: bad syntax"),
        ("\x00\x01", "500 Error: bad syntax"),
        ("ÄHLO me", "500 Error: bad syntax"),
        ("NOOP " + "x" * 20000, "500 Error: line too long"),
        ("VRFY postmaster", "252 Cannot VRFY user, but will accept message and attempt delivery"),
        ("EXPN list", "502 Error: command not implemented"),
        ("HELP", "502 Error: command not implemented"),
        ("noop", "250 Ok"),
        ("HELO", "501 Syntax: HELO <hostname>"),
        ("EHLO", "501 Syntax: EHLO hostname"),
        ("HELO me", "250 email-smtp.amazonaws.com"),
    ],
)
def test_odd_commands_are_answered_and_the_dialogue_goes_on(sender, line, reply):
    assert sender.ask(line) == reply
    assert sender.ask("NOOP") == "250 Ok"


def test_a_message_over_the_limit_is_552_after_its_end(make_world, dial, trusting):
    world = make_world(size_limit=1000)
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    assert "250-SIZE 1000" in wire.ask("EHLO me")
    wire.log_in()
    assert hand_in(wire, b"x" * 998 + b"\r\n") == f"250 Ok {MESSAGE_ID}"
    assert hand_in(wire, b"x" * 999 + b"\r\n") == "552 Message is too long."
    assert hand_in(wire, b"x" * 300_000 + b"\r\n") == "552 Message is too long."
    assert hand_in(wire, b"short\r\n") == f"250 Ok {MESSAGE_ID}"
    assert len(world.accepted) == 2


def test_a_message_of_almost_40_mb_passes_whole(world, sender):
    message = b"Subject: big\r\n\r\n" + (b"z" * 76 + b"\r\n") * 537_000
    assert 39 * 2**20 < len(message) < 40 * 2**20
    assert hand_in(sender, message) == f"250 Ok {MESSAGE_ID}"
    assert world.accepted[0].content == RawContent(message)


def test_an_idle_client_is_told_so_and_let_go(make_world, dial, trusting):
    world = make_world(idle=1.0)
    wire = dial(world.servers.addresses.smtp)
    assert BANNER.fullmatch(wire.reply())
    assert wire.reply() == "451 4.4.2 Timeout waiting for data from client."
    assert wire.reply() == ""
    wire = dial(world.servers.addresses.smtps, trusting)
    # In one piece: from then on the silence counts, and not how fast this machine makes its steps.
    login = b64("\0AKIAEXAMPLE\0" + credentials.password("test", "us-east-1"))
    steps = ("EHLO me", f"AUTH PLAIN {login}", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA")
    wire.send("".join(f"{step}\r\n" for step in (*steps, "half a"))[:-2].encode())
    assert BANNER.fullmatch(wire.reply())
    assert [wire.reply()[:3] for _ in steps] == ["250", "235", "250", "250", "354"]
    assert wire.reply() == "451 4.4.2 Timeout waiting for data from client."
    assert wire.reply() == ""
    assert world.accepted == []


def test_a_handshake_that_never_comes_is_let_go_without_a_word(make_world, dial):
    world = make_world(idle=1.0)
    wire = dial(world.servers.addresses.smtps)
    assert wire.file.read() == b""
    wire = dial(world.servers.addresses.smtp)
    wire.reply()
    assert wire.ask("STARTTLS") == "220 Ready to start TLS"
    assert wire.file.read() == b""


def test_work_of_ours_is_not_held_against_the_client(make_world, dial, trusting):
    world = make_world(idle=1.0)
    go_on = threading.Event()

    def slow(submission):
        assert not go_on.wait(2.5)
        return MESSAGE_ID

    world.accept = slow
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.reply()
    wire.ask("EHLO me")
    wire.log_in()
    assert hand_in(wire) == f"250 Ok {MESSAGE_ID}"


def test_too_many_connections_are_told_so(make_world, dial):
    world = make_world(max_connections=2)
    first = dial(world.servers.addresses.smtp)
    assert first.reply().startswith("220 ")
    assert dial(world.servers.addresses.smtp).reply().startswith("220 ")
    third = dial(world.servers.addresses.smtp)
    assert third.reply() == "421 Too many concurrent SMTP connections"
    assert third.reply() == ""
    assert first.ask("QUIT") == "221 Bye"
    assert first.reply() == ""
    assert dial(world.servers.addresses.smtp).reply().startswith("220 ")


def test_a_dialogue_piped_blindly_from_a_file_works(world, dial, trusting):
    lines = [
        "EHLO me",
        "AUTH LOGIN",
        b64("AKIAEXAMPLE"),
        b64(credentials.password("test", "us-east-1")),
        "MAIL FROM:<a@example.com>",
        "RCPT TO:<b@example.com>",
        "DATA",
        "Subject: x",
        "",
        "hello",
        ".",
        "QUIT",
    ]
    wire = dial(world.servers.addresses.smtps, trusting)
    wire.send("".join(f"{line}\r\n" for line in lines).encode())
    assert BANNER.fullmatch(wire.reply())
    replies = [wire.reply().splitlines()[-1] for _ in range(8)]
    assert replies == [
        "250 Ok",
        "334 VXNlcm5hbWU6",
        "334 UGFzc3dvcmQ6",
        "235 Authentication successful.",
        "250 Ok",
        "250 Ok",
        "354 End data with <CR><LF>.<CR><LF>",
        f"250 Ok {MESSAGE_ID}",
    ]
    assert wire.reply() == "221 Bye"
    assert wire.reply() == ""
