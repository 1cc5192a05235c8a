"""The SMTP listeners: one event loop in one thread for all of them, and one pool of threads for what blocks.

=========  ===================================================================  ==================
name       who connects                                                         where
=========  ===================================================================  ==================
``smtp``   senders, with STARTTLS, as at SES's ports 25, 587 and 2587           ``host:smtp_port``
``smtps``  senders, in TLS from the first byte, as at 465 and 2465              ``host:smtps_port``
``sink``   anyone who has mail; STARTTLS only while SES receives any            ``host:sink_port``
``relay``  our own deliveries, each connection with a PROXY header, STARTTLS    127.0.0.1, free port
=========  ===================================================================  ==================
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from emulator.smtp.connections import Connections, settle
from emulator.smtp.sink import Sink
from emulator.smtp.submission import SubmissionDoor

Address = tuple[str, int]

_BACKLOG = 512


class CannotListen(OSError):
    """A port is taken, forbidden or no port of ours; the message says which listener and why."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each listener really is, as host and port."""

    smtp: Address
    smtps: Address
    sink: Address
    relay: Address


class SmtpServers:
    """Port 0 takes a free one. ``context_factory`` is called once, for the first client that speaks TLS.

    ``workers`` bounds how many messages are accepted or received at once; further ones wait their turn.
    """

    def __init__(
        self,
        host: str,
        smtp_port: int,
        smtps_port: int,
        sink_port: int,
        door: SubmissionDoor,
        sink: Sink,
        context_factory: Callable[[], ssl.SSLContext],
        *,
        workers: int = 8,
    ) -> None:
        self._host = host
        self._ports = {"smtp": smtp_port, "smtps": smtps_port, "sink": sink_port}
        self._door = door
        self._sink = sink
        self._context_factory = context_factory
        self._workers = workers
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Future[float] = Future()
        self._addresses: Addresses | None = None

    @property
    def addresses(self) -> Addresses:
        if self._addresses is None:
            raise RuntimeError("The SMTP servers were not started.")
        return self._addresses

    def start(self) -> None:
        """Returns when all four accept connections. Raises CannotListen, and then none of them does."""
        if self._thread is not None:
            raise RuntimeError("The SMTP servers were started already.")
        sockets: dict[str, socket.socket] = {}
        try:
            for name, port in self._ports.items():
                sockets[name] = _listen(name, self._host, port)
            sockets["relay"] = _listen("relay", "127.0.0.1", 0)
        except CannotListen:
            for bound in sockets.values():
                bound.close()
            raise
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(sockets, started), name="smtp", daemon=True)
        self._thread.start()
        started.result()
        self._addresses = Addresses(**{name: bound.getsockname()[:2] for name, bound in sockets.items()})

    def stop(self, grace: float = 5.0) -> None:
        """Closes the listeners, lets messages under way have their answer for ``grace`` seconds, ends the rest.
        Does nothing when not running."""
        thread = self._thread
        if thread is None:
            return
        if not self._stop.done():
            self._stop.set_result(grace)
        thread.join()

    def _run(self, sockets: dict[str, socket.socket], started: Future[None]) -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(self._serve(sockets, started))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _serve(self, sockets: dict[str, socket.socket], started: Future[None]) -> None:
        loop = asyncio.get_running_loop()
        executor = ThreadPoolExecutor(self._workers, thread_name_prefix="smtp")
        door, sink = self._door, self._sink
        senders = Connections(executor, door.max_connections)
        strangers = Connections(executor, sink.max_connections)
        ourselves = Connections(executor, sink.max_connections)
        # Made for the first handshake: most runs never need a certificate, and a start should not wait for one.
        tls = functools.cache(self._context_factory)
        servers = [
            await loop.create_server(lambda: door.dialogue(senders, loop, tls, False), sock=sockets["smtp"]),
            await loop.create_server(lambda: door.dialogue(senders, loop, tls, True), sock=sockets["smtps"]),
            await loop.create_server(lambda: sink.dialogue(strangers, loop, False, tls), sock=sockets["sink"]),
            await loop.create_server(lambda: sink.dialogue(ourselves, loop, True, tls), sock=sockets["relay"]),
        ]
        started.set_result(None)
        grace = await asyncio.wrap_future(self._stop)
        # asyncio fails when a server is closed between the accept of a connection and its beginning: first no more
        # are accepted, then those that were begin, then the listeners close.
        for listener in sockets.values():
            loop.remove_reader(listener.fileno())
        await settle()
        for server in servers:
            server.close()
        await asyncio.gather(*(connections.close(grace) for connections in (senders, strangers, ourselves)))
        # What is still in a thread has lost its client; its work is not waited for beyond the grace.
        executor.shutdown(wait=False, cancel_futures=True)


def _listen(name: str, host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise CannotListen(f"The {name} listener cannot have {host}:{port}: there is no such port")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0]
        raise CannotListen(f"The {name} listener cannot have {host}:{port}: {why}") from error
