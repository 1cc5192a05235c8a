"""The load driver: raw sockets, kept connections, several processes.

An HTTP client library costs as much as the servers it would measure, so requests are finished bytes and answers are
read only as far as status and length. Each process turns a few connections with one selector, one request in flight
on each. What it promises: every request is answered and counted with its status; a server that closes a connection
is connected to again, and pays for that in its own figures.
"""

from __future__ import annotations

import gc
import multiprocessing
import selectors
import socket
import time
from collections import Counter
from dataclasses import dataclass

_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """``latencies`` in seconds, ascending; ``seconds`` from the first request sent to the last answer read."""

    seconds: float
    latencies: tuple[float, ...]
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        """Answers with 200 a second: a refusal is not work done."""
        return self.statuses.get(200, 0) / self.seconds

    def percentile(self, percent: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))]


def request(port: int, data: bytes, timeout: float = _TIMEOUT) -> Answer:
    """One request on a connection of its own. OSError when nobody answers."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        connection.sendall(data)
        return _read(connection, bytearray())[0]


def load(port: int, data: bytes, requests: int, connections: int = 8, processes: int = 2) -> Measured:
    """Sends ``data`` ``requests`` times over ``connections`` kept connections, all at once."""
    context = multiprocessing.get_context("spawn")
    lines = [connections // processes + (1 if i < connections % processes else 0) for i in range(processes)]
    lines = [count for count in lines if count]
    done = 0
    shares = []
    for count in lines:
        share = round(requests * count / connections)
        shares.append((port, data, share, count))
        done += share
    shares[-1] = (port, data, shares[-1][2] + requests - done, shares[-1][3])
    with context.Pool(len(shares)) as pool:
        pool.map(_warm, range(len(shares) * 4))
        parts = pool.starmap(_drive, shares, chunksize=1)
    statuses: Counter[int] = Counter()
    for part in parts:
        statuses.update(part[3])
    return Measured(
        seconds=max(part[1] for part in parts) - min(part[0] for part in parts),
        latencies=tuple(sorted(latency for part in parts for latency in part[2])),
        statuses=dict(statuses),
    )


def _warm(number: int) -> int:
    """Makes sure that the processes are up before the clock starts."""
    time.sleep(0.02)
    return number


def _drive(port: int, data: bytes, requests: int, connections: int) -> tuple[float, float, list[float], Counter[int]]:
    gc.disable()
    selector = selectors.DefaultSelector()
    clock = time.monotonic
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    sent_at: dict[int, float] = {}
    rest: dict[int, bytearray] = {}
    left = requests

    def send(connection: socket.socket) -> None:
        nonlocal left
        left -= 1
        sent_at[connection.fileno()] = clock()
        connection.sendall(data)

    started = clock()
    open_lines = 0
    for _ in range(min(connections, requests)):
        connection = socket.create_connection(("127.0.0.1", port), _TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        rest[connection.fileno()] = bytearray()
        send(connection)
        open_lines += 1
    while open_lines:
        ready = selector.select(_TIMEOUT)
        if not ready:
            raise TimeoutError(f"no answer within {_TIMEOUT:.0f} s")
        for key, _ in ready:
            connection = key.fileobj  # type: ignore[assignment]
            answer, kept = _read(connection, rest[key.fd])
            latencies.append(clock() - sent_at[key.fd])
            statuses[answer.status] += 1
            if not kept or not left:
                selector.unregister(connection)
                connection.close()
                open_lines -= 1
                if not left:
                    continue
                connection = socket.create_connection(("127.0.0.1", port), _TIMEOUT)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                rest[connection.fileno()] = bytearray()
                open_lines += 1
            send(connection)
    return started, clock(), latencies, statuses


def _read(connection: socket.socket, buffer: bytearray) -> tuple[Answer, bool]:
    """One answer, and whether the server keeps the connection. ``buffer`` holds what was read beyond it."""
    closed = False
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("closed before an answer")
        buffer += piece
    head = bytes(buffer[:end]).lower()
    status = int(head[9:12])
    length = _number(head, b"\r\ncontent-length:")
    if length is not None:
        while len(buffer) < end + 4 + length:
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionError("closed within an answer")
            buffer += piece
        body = bytes(buffer[end + 4 : end + 4 + length])
        del buffer[: end + 4 + length]
    elif b"\r\ntransfer-encoding: chunked" in head:
        while not buffer.endswith(b"0\r\n\r\n"):
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionError("closed within an answer")
            buffer += piece
        body = bytes(buffer[end + 4 :])
        buffer.clear()
    else:
        while piece := connection.recv(65536):
            buffer += piece
        body, closed = bytes(buffer[end + 4 :]), True
        buffer.clear()
    old = head.startswith(b"http/1.0") and b"\r\nconnection: keep-alive" not in head
    return Answer(status, body), not (closed or old or b"\r\nconnection: close" in head)


def _number(head: bytes, name: bytes) -> int | None:
    at = head.find(name)
    if at < 0:
        return None
    at += len(name)
    end = head.find(b"\r\n", at)
    return int(head[at : end if end >= 0 else len(head)])
