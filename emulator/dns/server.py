"""The world's DNS server: UDP and TCP on one port, one thread.

No client can hold up another: sockets never block, a TCP connection that brings no whole query for ten seconds is
closed, and of too many connections the one that was longest without a query gives way. RFC 7766 for TCP.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from emulator.clock import monotonic
from emulator.dns.responder import QueryLog, Read, Responder

if TYPE_CHECKING:
    from emulator.dns.forward import Upstream

_BATCH: Final = 64
_MOST_CONNECTIONS: Final = 64
_MOST_UNREAD: Final = 256 * 1024
_IDLE_SECONDS: Final = 10.0
_TRIES_FOR_A_PORT: Final = 50

_log = logging.getLogger(__name__)


class _Connection:
    """One TCP client. ``since`` is when it last brought a whole query; ``owed`` counts answers not yet there."""

    def __init__(self, sock: socket.socket, client: str, since: float) -> None:
        self.sock = sock
        self.client = client
        self.since = since
        self.received = bytearray()
        self.unsent = bytearray()
        self.owed = 0
        self.finished = False
        self.open = True


class DnsServer:
    """``port`` 0 takes one that is free for UDP and TCP. ``read`` is called in the server's thread. ``upstream`` is
    whoever's that made it, to be closed after the server. ``idle`` is for how many seconds a TCP client may stay
    without a query."""

    def __init__(
        self,
        host: str,
        port: int,
        read: Read,
        log: QueryLog,
        upstream: Upstream | None = None,
        now: Callable[[], float] = monotonic,
        idle: float = _IDLE_SECONDS,
    ) -> None:
        self._host = host
        self._port = port
        self._responder = Responder(read, log, upstream)
        self._now = now
        self._idle = idle
        self._connections: dict[_Connection, None] = {}
        self._later: deque[Callable[[], None]] = deque()
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host as given and the port taken; valid after ``start``."""
        return self._host, self._port

    def start(self) -> None:
        """Binds and serves. Raises OSError when the port is taken."""
        self._udp, self._tcp = _bind(self._host, self._port)
        self._port = self._udp.getsockname()[1]
        self._waker, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        for sock, on_event in (
            (self._udp, self._on_datagrams),
            (self._tcp, self._on_connect),
            (self._woken, self._on_woken),
        ):
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ, on_event)
        self._waker.setblocking(False)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dns", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and closes every socket. May be called twice, or without a start."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        self._wake()
        thread.join()
        self._waker.close()

    def _run(self) -> None:
        try:
            while not self._stopping:
                for key, events in self._selector.select(1.0 if self._connections else None):
                    self._handle(key.data, events)
                self._close_idle()
        except Exception:
            _log.exception("DNS: the server's thread ended")
            raise
        finally:
            for connection in list(self._connections):
                self._close(connection)
            self._selector.close()
            for sock in (self._udp, self._tcp, self._woken):
                sock.close()

    def _handle(self, on_event: Callable[[int], None], events: int) -> None:
        try:
            on_event(events)
        except Exception:  # one client's trouble must not end the service of all others
            _log.exception("DNS: a client could not be served")

    # --- answers that other threads bring ---------------------------------------------------------

    def _soon(self, work: Callable[[], None]) -> None:
        """Has ``work`` done by the server's thread: at once when this is it."""
        if threading.current_thread() is self._thread:
            work()
        else:
            self._later.append(work)
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: there is nobody to wake
            self._waker.send(b"\0")

    def _on_woken(self, _: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        while self._later:
            self._later.popleft()()

    # --- UDP --------------------------------------------------------------------------------------

    def _on_datagrams(self, _: int) -> None:
        for _turn in range(_BATCH):
            try:
                packet, peer = self._udp.recvfrom(65535)
            except OSError:  # nothing left, or an ICMP error about an earlier answer
                return
            self._responder.respond(packet, f"{peer[0]}:{peer[1]}", "udp", self._sender_to(peer))

    def _sender_to(self, peer: Any) -> Callable[[bytes], None]:
        def send(answer: bytes) -> None:
            with contextlib.suppress(OSError):  # a client that is gone, or a full buffer: UDP may lose
                self._udp.sendto(answer, peer)

        return lambda answer: self._soon(lambda: send(answer))

    # --- TCP --------------------------------------------------------------------------------------

    def _on_connect(self, _: int) -> None:
        try:
            sock, peer = self._tcp.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptor left for it
            self._give_way()
            return
        sock.setblocking(False)
        if len(self._connections) >= _MOST_CONNECTIONS:
            self._give_way()
        connection = _Connection(sock, f"{peer[0]}:{peer[1]}", self._now())
        self._connections[connection] = None
        self._selector.register(sock, selectors.EVENT_READ, lambda events: self._on_connection(connection, events))

    def _give_way(self) -> None:
        """Closes the connection that was longest without a query."""
        if self._connections:
            self._close(min(self._connections, key=lambda connection: connection.since))

    def _on_connection(self, connection: _Connection, events: int) -> None:
        if not connection.open:
            return
        if events & selectors.EVENT_READ:
            try:
                data = connection.sock.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                self._close(connection)
                return
            connection.received += data
            connection.finished = not data
        self._go_on(connection)

    def _go_on(self, connection: _Connection) -> None:
        """Answers the whole queries that are there, sends what can be sent, and waits for what is missing."""
        while connection.open:
            held_up = self._answer(connection)
            self._flush(connection)
            if not held_up or len(connection.unsent) >= _MOST_UNREAD:
                break
        if not connection.open:
            return
        if connection.finished and not connection.unsent and not connection.owed:
            self._close(connection)
            return
        wanted = selectors.EVENT_WRITE if connection.unsent else 0
        if not connection.finished and len(connection.unsent) < _MOST_UNREAD:
            wanted |= selectors.EVENT_READ
        self._wait_for(connection, wanted)

    def _answer(self, connection: _Connection) -> bool:
        """True when queries are left, since the client does not read the answers to earlier ones."""
        while connection.open and len(connection.received) >= 2:
            end = 2 + int.from_bytes(connection.received[:2], "big")
            if len(connection.received) < end:
                return False
            if len(connection.unsent) >= _MOST_UNREAD:
                return True
            packet = bytes(connection.received[2:end])
            del connection.received[:end]
            connection.since = self._now()
            connection.owed += 1
            if not self._responder.respond(packet, connection.client, "tcp", self._sender_on(connection)):
                self._close(connection)
        return False

    def _sender_on(self, connection: _Connection) -> Callable[[bytes], None]:
        def send(answer: bytes) -> None:
            connection.owed -= 1
            connection.unsent += len(answer).to_bytes(2, "big") + answer

        def send_later(answer: bytes) -> None:
            send(answer)
            self._go_on(connection)

        def soon(answer: bytes) -> None:
            if threading.current_thread() is self._thread:
                send(answer)  # inside _answer; _go_on sends it off
            else:
                self._soon(lambda: send_later(answer))

        return soon

    def _flush(self, connection: _Connection) -> None:
        try:
            while connection.open and connection.unsent:
                del connection.unsent[: connection.sock.send(connection.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._close(connection)

    def _wait_for(self, connection: _Connection, wanted: int) -> None:
        """``wanted`` 0 waits for nothing: a client that said all and is owed an answer from upstream."""
        registered = connection.sock in self._selector.get_map()
        on_event = lambda events: self._on_connection(connection, events)  # noqa: E731
        if wanted and registered:
            self._selector.modify(connection.sock, wanted, on_event)
        elif wanted:
            self._selector.register(connection.sock, wanted, on_event)
        elif registered:
            self._selector.unregister(connection.sock)

    def _close_idle(self) -> None:
        if not self._connections:
            return
        latest = self._now() - self._idle
        for connection in [connection for connection in self._connections if connection.since < latest]:
            self._close(connection)

    def _close(self, connection: _Connection) -> None:
        if not connection.open:
            return
        connection.open = False
        with contextlib.suppress(KeyError):
            self._selector.unregister(connection.sock)
        connection.sock.close()
        del self._connections[connection]


def _bind(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A UDP and a listening TCP socket on the same port."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    except OSError as problem:
        raise OSError(f"The DNS server cannot have {host}:{port}: {problem.strerror}") from problem
    family, _, _, _, address = found[0]
    tries = _TRIES_FOR_A_PORT if port == 0 else 1
    while True:
        tries -= 1
        udp = socket.socket(family, socket.SOCK_DGRAM)
        tcp = socket.socket(family, socket.SOCK_STREAM)
        try:
            udp.bind(address)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((address[0], udp.getsockname()[1], *address[2:]))
            tcp.listen(128)
            return udp, tcp
        except OSError as problem:
            udp.close()
            tcp.close()
            if tries == 0:
                raise OSError(f"The DNS server cannot have {host}:{port}: {problem.strerror}") from problem
