"""Sends one DNS query to one server and brings back its answer: UDP first, TCP when the answer was cut off."""

from __future__ import annotations

import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

from emulator.clock import monotonic

_MOST_KEPT: Final = 16
_LARGEST: Final = 65535


class Exchange:
    """Thread-safe. Sockets are connected, so that only the server's own packets come in, and kept for the next
    query. ``timeout`` is seconds for one attempt; UDP is tried ``attempts`` times. ``now`` measures it."""

    def __init__(
        self, host: str, port: int, timeout: float = 2.0, attempts: int = 2, now: Callable[[], float] = monotonic
    ) -> None:
        self._host = host
        self._port = port
        self._timeout = timeout
        self._attempts = attempts
        self._now = now
        self._idle: deque[socket.socket] = deque()

    def ask(self, query: bytes) -> bytes | None:
        """The answer whose id is the query's, or None when there was none in time. Never raises."""
        for _ in range(self._attempts):
            try:
                reply = self._over_udp(query)
                if reply is not None and reply[2] & 0x02:
                    reply = self._over_tcp(query)
            except OSError:
                continue
            if reply is not None:
                return reply
        return None

    def close(self) -> None:
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop().close()

    def _over_udp(self, query: bytes) -> bytes | None:
        try:
            sock = self._idle.pop()
        except IndexError:
            sock = self._connect()
        try:
            sock.settimeout(self._timeout)
            sock.send(query)
            deadline = self._now() + self._timeout
            while True:
                reply = sock.recv(_LARGEST)
                if _answers(query, reply):
                    break
                remaining = deadline - self._now()
                if remaining <= 0:
                    raise TimeoutError
                sock.settimeout(remaining)
        except BaseException:
            sock.close()
            raise
        if len(self._idle) < _MOST_KEPT:
            self._idle.append(sock)
        else:
            sock.close()
        return reply

    def _connect(self) -> socket.socket:
        family, kind, protocol, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return sock

    def _over_tcp(self, query: bytes) -> bytes | None:
        deadline = self._now() + self._timeout
        with socket.create_connection((self._host, self._port), self._timeout) as sock:
            sock.sendall(len(query).to_bytes(2, "big") + query)
            length = int.from_bytes(self._receive(sock, 2, deadline), "big")
            reply = self._receive(sock, length, deadline)
        return reply if _answers(query, reply) else None

    def _receive(self, sock: socket.socket, length: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < length:
            remaining = deadline - self._now()
            if remaining <= 0:
                raise TimeoutError
            sock.settimeout(remaining)
            piece = sock.recv(length - len(received))
            if not piece:
                raise ConnectionError("the server closed the connection in the middle of an answer")
            received += piece
        return bytes(received)


def _answers(query: bytes, reply: bytes) -> bool:
    """Whether it is a response, and to this query: late answers to earlier ones may still come in."""
    return len(reply) >= 12 and reply[:2] == query[:2] and bool(reply[2] & 0x80)
