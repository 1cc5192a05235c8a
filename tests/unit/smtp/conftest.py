"""A whole set of SMTP servers on free ports, with what was handed over kept in lists."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.smtp import certificate, credentials
from emulator.smtp.servers import SmtpServers
from emulator.smtp.sink import Sink, SinkDialogue, Takers
from emulator.smtp.submission import SubmissionDoor
from emulator.values import Envelope, Submission

MESSAGE_ID = "0100019700000000-11111111-2222-4333-8444-555555555555-000000"
SES_HOST = "email-smtp.us-east-1.amazonaws.com"


class Wire:
    """A client that sends bytes as told and reads replies whole."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext | None = None) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname=SES_HOST)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def end(self) -> None:
        """Nothing more will be sent. A server that has hung up already (ENOTCONN) has been told."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reply(self) -> str:
        """One reply, its lines joined by LF; "" at the end of the connection."""
        lines = []
        while line := self.file.readline():
            assert line.endswith(b"\r\n"), line
            lines.append(line[:-2].decode("ascii"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def ask(self, line: str) -> str:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def start_tls(self, context: ssl.SSLContext) -> None:
        assert self.ask("STARTTLS") == "220 Ready to start TLS"
        self.file.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=SES_HOST)
        self.file = self.socket.makefile("rb")

    def log_in(self, user: str = "AKIAEXAMPLE", secret: str = "test", region: str = "us-east-1") -> None:
        password = credentials.password(secret, region)
        plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        assert self.ask(f"AUTH PLAIN {plain}") == "235 Authentication successful."


class WatchedSink(Sink):
    """Keeps every dialogue that it began."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self.dialogues: list[SinkDialogue] = []

    def dialogue(self, *arguments: object) -> SinkDialogue:
        dialogue = super().dialogue(*arguments)
        self.dialogues.append(dialogue)
        return dialogue


class World:
    """``accept`` and ``receive`` may be replaced by a test before it sends."""

    def __init__(self, folder: Path, **door: object) -> None:
        self.accepted: list[Submission] = []
        self.received: list[tuple[Envelope, bytes, bool]] = []
        self.takers: list[Takers] = []
        self.accept: Callable[[Submission], str] = self.keep_accepted
        self.receive: Callable[[Envelope, bytes, bool, Takers], str] = self.keep_received
        self.secrets = {"AKIAOTHER": "another+secret+key", "AKIANOBODY": None}
        self.contexts_made = 0
        self.folder = folder
        sizes = {"size_limit": door["size_limit"]} if "size_limit" in door else {}
        self.sink = WatchedSink(lambda *mail: self.receive(*mail), **sizes)
        self.servers = SmtpServers(
            "127.0.0.1",
            0,
            0,
            0,
            SubmissionDoor(
                lambda submission: self.accept(submission),
                lambda user: self.secrets.get(user, "test"),
                "123456789012",
                "us-east-1",
                **door,
            ),
            self.sink,
            self.make_context,
        )

    def make_context(self) -> ssl.SSLContext:
        self.contexts_made += 1
        return certificate.server_context(self.folder, time.time())

    def keep_accepted(self, submission: Submission) -> str:
        self.accepted.append(submission)
        return MESSAGE_ID

    def keep_received(self, envelope: Envelope, data: bytes, ours: bool, takers: Takers) -> str:
        self.received.append((envelope, data, ours))
        self.takers.append(takers)
        return f"queue{len(self.received)}"


@pytest.fixture(scope="session")
def certificate_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    certificate.server_context(folder, time.time())
    return folder


@pytest.fixture(scope="session")
def trusting(certificate_folder: Path) -> ssl.SSLContext:
    """A client's context that verifies certificate and host name."""
    return ssl.create_default_context(cafile=str(certificate_folder / certificate.FILE_NAME))


@pytest.fixture
def make_world(certificate_folder: Path) -> Iterator[Callable[..., World]]:
    worlds: list[World] = []

    def make(**door: object) -> World:
        world = World(certificate_folder, **door)
        worlds.append(world)
        world.servers.start()
        return world

    yield make
    for world in worlds:
        world.servers.stop(grace=5)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def dial() -> Iterator[Callable[..., Wire]]:
    """Connects, and hangs up when the test is over."""
    wires: list[Wire] = []

    def connect(address: tuple[str, int], context: ssl.SSLContext | None = None) -> Wire:
        wire = Wire(address, context)
        wires.append(wire)
        return wire

    yield connect
    for wire in wires:
        wire.close()


@pytest.fixture
def sender(world: World, dial: Callable[..., Wire], trusting: ssl.SSLContext) -> Wire:
    """A client of SES's door that is in TLS, greeted and logged in."""
    wire = dial(world.servers.addresses.smtps, trusting)
    assert wire.reply().startswith("220 ")
    assert wire.ask("EHLO client.example").endswith("250 Ok")
    wire.log_in()
    return wire


@pytest.fixture
def stranger(world: World, dial: Callable[..., Wire]) -> Wire:
    """A client of the public sink that has been greeted."""
    wire = dial(world.servers.addresses.sink)
    assert wire.reply().startswith("220 ")
    assert wire.ask("EHLO stranger.example").endswith("250 Ok")
    return wire
