"""Asks an upstream resolver for names of which the world holds no record, without keeping anybody else waiting."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Final

from dnslib import DNSRecord

from emulator.dns import amazonses, wire
from emulator.dns.exchange import Exchange

_EDNS: Final = b"\0" + struct.pack("!HHIH", wire.OPT, 1232, 0, 0)


class Upstream:
    """``threads`` questions are asked at a time and ``waiting`` may be under way or in line; what comes on top of
    that is not asked. ``timeout`` in seconds for one attempt of two."""

    def __init__(self, host: str, port: int, timeout: float = 2.0, threads: int = 4, waiting: int = 256) -> None:
        self._exchange = Exchange(host, port, timeout)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dns-upstream")
        self._places = BoundedSemaphore(waiting)
        self._ids = itertools.count(1)

    def knows(self, name: str) -> bool:
        """Whether it may be asked. Amazon's own names are the emulator's: the real ones hold other keys.
        A name with escaped octets cannot be put as a question again."""
        return "\\" not in name and not amazonses.owns(name)

    def ask(self, name: str, type: int, then: Callable[[DNSRecord | None], None]) -> None:
        """Calls ``then`` with the answer, or with None when there was none; from another thread, or at once when
        there is no place in line."""
        if not self._places.acquire(blocking=False):
            then(None)
            return
        try:
            self._pool.submit(self._work, name, type, then)
        except RuntimeError:  # the pool was closed
            self._places.release()
            then(None)

    def close(self) -> None:
        """Drops the questions that are in line; those under way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._exchange.close()

    def _work(self, name: str, type: int, then: Callable[[DNSRecord | None], None]) -> None:
        try:
            then(self._answer(name, type))
        finally:
            self._places.release()

    def _answer(self, name: str, type: int) -> DNSRecord | None:
        header = struct.pack("!HHHHHH", next(self._ids) & 0xFFFF, 0x0100, 1, 0, 0, 1)
        reply = self._exchange.ask(header + wire.question(name, type) + _EDNS)
        if reply is None:
            return None
        try:
            return DNSRecord.parse(reply)
        except Exception:
            # dnslib raises more than its own exceptions on packets that are none.
            return None
