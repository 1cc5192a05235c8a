import asyncio
import contextlib
import logging
import random
import re
import smtplib
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from emulator.smtp import credentials
from emulator.smtp.servers import CannotListen, SmtpServers
from emulator.smtp.sink import Sink
from emulator.smtp.submission import SubmissionDoor

MESSAGE_ID = "0100019700000000-11111111-2222-4333-8444-555555555555-000000"
REPLY_LINE = re.compile(rb"\d{3}[ -][ -~]{1,506}")


def servers_on(host="127.0.0.1", smtp=0, smtps=0, sink=0):
    return SmtpServers(
        host,
        smtp,
        smtps,
        sink,
        SubmissionDoor(lambda submission: "x", lambda user: "test", "123456789012", "us-east-1"),
        Sink(lambda *mail: "x"),
        lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
    )


def unfinished(wire):
    """Brings a client of the sink to the middle of its message."""
    wire.send(b"MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nhalf ")
    assert [wire.reply()[:3] for _ in range(3)] == ["250", "250", "354"]


@pytest.mark.parametrize("name", ["smtp", "smtps", "sink"])
def test_a_taken_port_is_told_by_name_and_nothing_stays_open(name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        servers = servers_on(**{name: port})
        with pytest.raises(CannotListen, match=f"The {name} listener cannot have 127.0.0.1:{port}: Address already in"):
            servers.start()
        with pytest.raises(RuntimeError):
            servers.addresses  # noqa: B018
        servers.stop()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("host.invalid", 0), ("192.0.2.1", 0)])
def test_an_impossible_address_is_told_so(host, port):
    with pytest.raises(CannotListen, match="The smtp listener cannot have"):
        servers_on(host, smtp=port).start()


def test_each_listener_has_its_address_and_the_relay_is_on_loopback_only(world):
    addresses = world.servers.addresses
    assert len({addresses.smtp[1], addresses.smtps[1], addresses.sink[1], addresses.relay[1]}) == 4
    assert addresses.relay[0] == "127.0.0.1"


def test_no_certificate_is_made_before_someone_speaks_tls_and_then_one(world, dial, trusting):
    dial(world.servers.addresses.smtp).reply()
    assert world.contexts_made == 0
    for _ in range(3):
        dial(world.servers.addresses.smtps, trusting).reply()
    assert world.contexts_made == 1


def test_a_certificate_that_cannot_be_had_costs_only_the_connection(make_world, dial, caplog):
    world = make_world()
    world.folder = world.folder / "smtp.pem" / "not a folder"
    wire = dial(world.servers.addresses.smtp)
    wire.reply()
    assert wire.ask("STARTTLS") == "454 TLS not available due to temporary reason"
    assert wire.ask("NOOP") == "250 Ok"
    assert dial(world.servers.addresses.smtps).file.read() == b""
    assert "certificate" in caplog.text
    assert dial(world.servers.addresses.smtp).reply().startswith("220 ")


def test_no_reply_waits_for_an_acknowledgement(world, dial):
    # Nagle's algorithm costs 40 ms where two small writes follow each other, as TLS 1.3's tickets and the banner do.
    dial(world.servers.addresses.sink).reply()
    (dialogue,) = world.sink.dialogues
    assert dialogue.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_twenty_clients_at_once_each_have_their_mail_taken(world, trusting):
    def send(number):
        if number % 2:
            with smtplib.SMTP(*world.servers.addresses.sink) as client:
                for part in range(5):
                    client.sendmail("a@b.c", [f"{number}-{part}@e.f"], f"Subject: {number}\n\n{'x' * 5000}\n")
            return
        host, port = world.servers.addresses.smtps
        with smtplib.SMTP_SSL(host, port, context=trusting) as client:
            client.login("AKIAEXAMPLE", credentials.password("test", "us-east-1"))
            for part in range(5):
                client.sendmail("a@b.c", [f"{number}-{part}@e.f"], f"Subject: {number}\n\n{'x' * 5000}\n")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(send, range(20)))
    recipients = [submission.to[0] for submission in world.accepted]
    recipients += [envelope.rcpt_to[0] for envelope, _, _ in world.received]
    assert sorted(recipients) == sorted(f"{number}-{part}@e.f" for number in range(20) for part in range(5))


def test_asyncio_clients_share_the_loop_fairly(world):
    async def send(number):
        reader, writer = await asyncio.open_connection(*world.servers.addresses.sink)
        writer.write(b"HELO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<%d@e.f>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n" % number)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def all_of_them():
        return await asyncio.gather(*(send(number) for number in range(100)))

    answers = asyncio.run(all_of_them())
    assert all(b"250 2.0.0 OK queue" in answer and answer.endswith(b"221 Bye\r\n") for answer in answers)
    assert {envelope.rcpt_to for envelope, _, _ in world.received} == {(f"{number}@e.f",) for number in range(100)}


def test_slow_clients_and_slow_work_do_not_hold_up_others(world, stranger, sender):
    unfinished(stranger)
    release = threading.Event()
    begun = threading.Event()

    def slow(submission):
        begun.set()
        assert release.wait(10)
        return MESSAGE_ID

    world.accept = slow
    sender.send(b"MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nslow\r\n.\r\n")
    assert begun.wait(10)
    with smtplib.SMTP(*world.servers.addresses.sink) as client:
        client.sendmail("a@b.c", ["quick@e.f"], "hi\n")
    assert [envelope.rcpt_to for envelope, _, _ in world.received] == [("quick@e.f",)]
    release.set()
    assert [sender.reply()[:6] for _ in range(4)] == ["250 Ok", "250 Ok", "354 En", "250 Ok"]
    stranger.send(b"done\r\n.\r\n")
    assert stranger.reply().startswith("250 2.0.0")


def test_a_client_that_never_reads_holds_up_nobody(world, dial):
    deaf = dial(world.servers.addresses.sink)
    deaf.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        deaf.send(b"EHLO x\r\n" * 5_000_000)
    with smtplib.SMTP(*world.servers.addresses.sink) as client:
        client.sendmail("a@b.c", ["quick@e.f"], "hi\n")
    assert len(world.received) == 1
    world.servers.stop(grace=0.1)


def test_stopping_lets_a_message_under_way_finish(make_world, dial):
    world = make_world()
    busy, idle = dial(world.servers.addresses.sink), dial(world.servers.addresses.sink)
    for wire in (busy, idle):
        wire.reply()
        wire.ask("EHLO me")
    unfinished(busy)
    stopping = threading.Thread(target=world.servers.stop, args=(10,))
    stopping.start()
    assert idle.reply() == "421 Service shutting down"
    assert idle.reply() == ""
    with pytest.raises(ConnectionError):
        socket.create_connection(world.servers.addresses.sink)
    busy.send(b"done\r\n.\r\n")
    assert busy.reply() == "250 2.0.0 OK queue1"
    assert busy.reply() == "421 Service shutting down"
    assert busy.reply() == ""
    stopping.join(5)
    assert not stopping.is_alive()
    assert world.received[0][1] == b"half done\r\n"


@pytest.mark.parametrize("attempt", range(5))
def test_stopping_cuts_off_what_outlives_the_grace(make_world, dial, attempt):
    world = make_world()
    wire = dial(world.servers.addresses.sink)
    wire.reply()
    wire.ask("EHLO me")
    unfinished(wire)
    handshaking = dial(world.servers.addresses.smtps)
    world.servers.stop(grace=0.1)
    for client in (wire, handshaking):
        with contextlib.suppress(ConnectionError):
            assert client.file.read() == b""
    world.servers.stop()
    assert world.received == []


def test_it_starts_once(world):
    with pytest.raises(RuntimeError, match="started already"):
        world.servers.start()


FRAGMENTS = [
    b"EHLO x\r\n",
    b"HELO\r\n",
    b"MAIL FROM:<a@b.c>\r\n",
    b"MAIL FROM:<>\r\n",
    b"MAIL FROM:<\xff\xfe@b.c>\r\n",
    b"MAIL FROM:<a b@c> X=\r\n",
    b"mail from:" + b"<" * 300 + b"\r\n",
    b"RCPT TO:<d@e.f>\r\n",
    b"RCPT TO:\r\n",
    b"RCPT TO:<" + b"x" * 600 + b" y@z>\r\n",
    b"DATA\r\n",
    b"DATA x\r\n",
    b"Subject: x\r\n\r\nbody\r\n.\r\n",
    b"\r\n.\r\n",
    b".\r\n",
    b"\n.\n",
    b"AUTH PLAIN AAAA\r\n",
    b"AUTH LOGIN\r\n",
    b"YQ==\r\n",
    b"*\r\n",
    b"\r\n",
    b"\n\n\n",
    b"NOOP\r\n" * 200,
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 100,
    b"x" * 30_000,
    b"PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n",
    b"RSET\r\n",
    b"VRFY \r\n",
    b"QUIT now\r\n",
    b"STARTTLS\r\n",
]


def bad_dialogue(chance):
    pieces = [chance.choice(FRAGMENTS) for _ in range(chance.randint(0, 12))]
    if chance.random() < 0.3:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.randbytes(chance.randint(1, 400)))
    if chance.random() < 0.3:
        pieces.append(b"QUIT\r\n")
    return b"".join(pieces)


@pytest.mark.parametrize("seed", range(4))
def test_after_bad_dialogues_a_good_one_works(make_world, dial, trusting, caplog, seed):
    world = make_world(idle=5.0)
    addresses = world.servers.addresses
    chance = random.Random(seed)
    for _ in range(100):
        target = chance.choice(["smtp", "smtps", "sink", "relay", "tls"])
        wire = dial(addresses.smtps, trusting) if target == "tls" else dial(getattr(addresses, target))
        with wire:
            try:
                if target == "tls":
                    wire.send(b"EHLO x\r\n")
                    wire.reply()
                    wire.reply()
                    if chance.random() < 0.7:
                        wire.log_in()
                if target == "relay" and chance.random() < 0.8:
                    wire.send(b"PROXY TCP4 1.2.3.4 127.0.0.1 1 25\r\n")
                wire.send(bad_dialogue(chance))
                if chance.random() < 0.2:
                    continue
                if target == "tls":
                    wire.send(b"\r\n.\r\nQUIT\r\n")
                else:
                    wire.end()
                answer = wire.file.read()
            except (ConnectionError, ssl.SSLError):
                continue
            if target in ("smtp", "sink") and b"220 Ready to start TLS" not in answer:
                *lines, last = answer.split(b"\r\n")
                assert last == b""
                assert all(REPLY_LINE.fullmatch(line) for line in lines), answer
    world.accepted.clear()
    world.received.clear()
    with smtplib.SMTP(*addresses.sink) as client:
        client.sendmail("a@b.c", ["d@e.f"], "Subject: good\n\n")
    with smtplib.SMTP_SSL(*addresses.smtps, context=trusting) as client:
        client.login("AKIAEXAMPLE", credentials.password("test", "us-east-1"))
        client.sendmail("a@b.c", ["d@e.f"], "Subject: good\n\n")
    assert len(world.received) == len(world.accepted) == 1
    world.servers.stop()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert "Traceback" not in caplog.text
