"""The open connections of one door: how many there may be, the threads that work for them, and their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol, TypeVar

T = TypeVar("T")

_LOOK_AGAIN = 0.02
_STEPS = 10


class Connection(Protocol):
    def retire(self) -> None:
        """Says good-bye now, or as soon as the message under way has its answer."""
        ...

    def abort(self) -> None:
        """Cuts the connection off."""
        ...


class Connections:
    """Lives in the event loop's thread; nothing here is for other threads.

    ``limit`` bounds memory too: a connection holds at most one message.
    """

    def __init__(self, executor: Executor, limit: int) -> None:
        self._executor = executor
        self._limit = limit
        self._open: set[Connection] = set()
        self.closing = False

    def admit(self, connection: Connection) -> bool:
        """Counts a new connection in; False when there are too many already."""
        self._open.add(connection)
        return len(self._open) <= self._limit

    def forget(self, connection: Connection) -> None:
        self._open.discard(connection)

    def in_thread(self, job: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        """Blocking work, done by the pool that all doors share."""
        return asyncio.get_running_loop().run_in_executor(self._executor, job, *arguments)

    async def close(self, grace: float) -> None:
        """Lets every message under way have its answer for ``grace`` seconds, then cuts off what is left."""
        self.closing = True
        loop = asyncio.get_running_loop()
        until = loop.time() + grace
        self._retire_all()
        while self._open and loop.time() < until:
            await asyncio.sleep(_LOOK_AGAIN)
            self._retire_all()
        for connection in tuple(self._open):
            connection.abort()
        await settle()

    def _retire_all(self) -> None:
        for connection in tuple(self._open):
            connection.retire()


async def settle() -> None:
    """Lets the loop do what is due now and what follows from it at once: accept, tell of losses, close sockets."""
    for _ in range(_STEPS):
        await asyncio.sleep(0)
