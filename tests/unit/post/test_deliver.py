"""Delivery against a scripted MX: what each reply leads to, and that nothing is lost when the MX misbehaves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from emulator.clock import Clock, real_time
from emulator.documents.suppression import SuppressedDestination
from emulator.post.deliver import DeliveryWorker
from emulator.post.happenings import Happenings
from emulator.values import Door, Envelope, OutboundMessage, Outcome, Scope

SCOPE = Scope("123456789012", "us-east-1")
GOOD = {"MAIL": "250 Ok", "RCPT": "250 Ok", "DATA": "354 go on", ".": "250 taken"}


class FakeMx:
    """Speaks SMTP by a script: one dict of replies a transaction, the last one repeats; None hangs up."""

    def __init__(self) -> None:
        self.script: list[dict[str, str | None]] = [GOOD]
        self.received: list[bytes] = []
        self.greetings: list[bytes] = []
        self.at_rcpt: Callable[[], None] = lambda: None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # Closing alone does not wake a thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines) -> None:
        self.greetings.append(lines.readline())
        connection.sendall(b"220 mx\r\n")
        for line in lines:
            verb = line.split(None, 1)[0].decode().upper().strip()
            if verb in ("EHLO", "RSET", "QUIT"):
                connection.sendall(b"250 Ok\r\n")
                continue
            if verb == "RCPT":
                self.at_rcpt()
            reply = self.script[0].get(verb, "500 what")
            if reply is None:
                self._next()
                return
            connection.sendall(reply.encode() + b"\r\n")
            if verb == "DATA" and reply.startswith("354"):
                data = b""
                while (part := lines.readline()) != b".\r\n":
                    data += part
                if data:
                    self.received.append(data)
                final = self.script[0]["."]
                self._next()
                if final is None:
                    return
                connection.sendall(final.encode() + b"\r\n")
            elif verb == "DATA":
                self._next()

    def _next(self) -> None:
        if len(self.script) > 1:
            self.script.pop(0)


@pytest.fixture
def mx() -> Iterator[FakeMx]:
    fake = FakeMx()
    yield fake
    fake.close()


@pytest.fixture
def happenings() -> Happenings:
    return Happenings("test")


@pytest.fixture
def worker(mx, store, happenings) -> Iterator[DeliveryWorker]:
    made = DeliveryWorker(store, Clock(), mx.address, "test", lambda: 0.0, happenings)
    yield made
    made.stop()


@pytest.fixture
def deliver(store, worker) -> Callable:
    """``deliver(*recipients)`` queues a message, runs the worker until it is settled, and gives its deliveries."""

    def run(*recipients: str, data: bytes = b"Subject: x\r\n\r\n.dot\r\nbody\r\n", age: float = 0.0):
        message = OutboundMessage(
            message_id="m-1",
            scope=SCOPE,
            accepted_at=real_time() - age,
            door=Door.V1,
            operation="SendEmail",
            caller="test",
            source="a@b.example",
            feedback_to="a@b.example",
            envelope=Envelope("m-1@amazonses.com", recipients, "54.240.8.19", "a8-19.smtp-out.amazonses.com"),
            data=data,
            counted=len(recipients),
        )
        with store.write() as writer:
            writer.add_outbound(message, len(recipients))
        worker.start()
        done = threading.Event()
        for _ in range(3000):
            with store.read() as reader:
                if reader.undelivered() == 0:
                    break
            done.wait(0.02)
        with store.read() as reader:
            return {state.recipient: state for state in reader.deliveries("m-1")}

    return run


def test_the_mx_sees_ses_s_address_and_the_message_unchanged(mx, deliver):
    states = deliver("to@x.example")
    assert mx.greetings == [b"PROXY TCP4 54.240.8.19 127.0.0.1 %d %d\r\n" % _ports(mx.greetings[0])]
    assert mx.received == [b"Subject: x\r\n\r\n..dot\r\nbody\r\n"]
    assert (states["to@x.example"].outcome, states["to@x.example"].reply) == (Outcome.DELIVERED, "250 taken")


def test_the_dialogue_of_each_copy_is_kept_without_the_message(mx, deliver):
    mx.script = [GOOD, {**GOOD, "RCPT": "550 5.1.1 no such user"}]
    states = deliver("a@x.example", "b@x.example")
    beginning = [
        "S: 220 mx",
        "C: ehlo a8-19.smtp-out.amazonses.com",
        "S: 250 Ok",
        "C: MAIL FROM:<m-1@amazonses.com> BODY=8BITMIME",
        "S: 250 Ok",
    ]
    taken = [
        "C: RCPT TO:<a@x.example>",
        "S: 250 Ok",
        "C: DATA",
        "S: 354 go on",
        "C: (a message of 26 bytes)",
        "S: 250 taken",
    ]
    refused = [
        "C: RCPT TO:<b@x.example>",
        "S: 550 5.1.1 no such user",
        "C: DATA",
        "S: 354 go on",
        "C: .",
        "S: 250 taken",
        "C: rset",
        "S: 250 Ok",
    ]
    assert states["a@x.example"].dialogue.splitlines() == beginning + taken
    assert states["b@x.example"].dialogue.splitlines() == beginning + refused


def _ports(greeting: bytes) -> tuple[int, int]:
    return int(greeting.split()[4]), int(greeting.split()[5])


def test_each_recipient_has_a_transaction_of_its_own(mx, deliver):
    states = deliver("a@x.example", "b@x.example", "c@x.example")
    assert len(mx.received) == 3
    assert {state.outcome for state in states.values()} == {Outcome.DELIVERED}


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_a_5xx_at_any_step_is_a_bounce_and_the_next_copy_goes_out(mx, deliver, verb):
    mx.script = [{**GOOD, verb: "550 5.1.1 no such user"}, GOOD]
    states = deliver("a@x.example", "b@x.example")
    assert states["a@x.example"].outcome is Outcome.BOUNCED
    assert states["a@x.example"].reply == "550 5.1.1 no such user"
    assert states["b@x.example"].outcome is Outcome.DELIVERED


@pytest.mark.parametrize("step", [("RCPT", "451 later"), (".", "452 full"), (".", None), ("DATA", None)])
def test_a_temporary_failure_is_tried_again(mx, deliver, step):
    verb, reply = step
    # A connection that breaks is tried once more at once: two scripted failures make the attempt fail.
    mx.script = [{**GOOD, verb: reply}, {**GOOD, verb: reply}, GOOD]
    state = deliver("a@x.example")["a@x.example"]
    assert state.outcome is Outcome.DELIVERED
    assert state.attempts >= 2


def test_a_copy_that_failed_for_14_hours_is_given_up(mx, deliver):
    mx.script = [{**GOOD, "RCPT": "451 later"}]
    state = deliver("a@x.example", age=14 * 3600)["a@x.example"]
    expired = "554 4.4.7 Message expired: unable to deliver in 840 minutes.<451 later>"
    assert (state.outcome, state.reply, state.attempts) == (Outcome.BOUNCED, expired, 1)


def test_simulator_addresses_bounce_without_an_mx(mx, deliver):
    states = deliver("bounce+1@simulator.amazonses.com", "success@simulator.amazonses.com")
    assert states["bounce+1@simulator.amazonses.com"].outcome is Outcome.BOUNCED
    assert states["bounce+1@simulator.amazonses.com"].reply == (
        "550 5.1.1 As requested: user unknown <bounce+1@simulator.amazonses.com>"
    )
    assert states["success@simulator.amazonses.com"].outcome is Outcome.DELIVERED
    assert len(mx.received) == 1


def test_nothing_follows_from_a_copy_that_was_forgotten_while_it_was_on_its_way(mx, store, worker, happenings, deliver):
    listener = happenings.listen()

    def forget() -> None:
        with store.write() as writer:
            writer.forget()

    mx.script = [{**GOOD, "RCPT": "550 5.1.1 no such user"}]
    mx.at_rcpt = forget
    assert deliver("a@x.example") == {}
    worker.stop()
    with store.read() as reader:
        assert reader.list_documents(SuppressedDestination, SCOPE) == []
    assert listener.take(0).happenings == ()
