"""A small world to ask: records in memory, and servers that end with the test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from emulator.dns.amazonses import own_records
from emulator.dns.forward import Upstream
from emulator.dns.records import parse_record
from emulator.dns.responder import QueryLog
from emulator.dns.server import DnsServer
from emulator.dns.zone import World, ZoneAnswer, answer
from emulator.values import Record


class Memory:
    """What the store is to the DNS: records by name, names above them, a serial that grows."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.serial = 1
        self.reads = 0
        world = World(own_records("QUJD"), self.records_at, self.exists_below)
        self._world = world

    def put(self, name: str, type: str, value: str, ttl: int = 300) -> None:
        self.records.append(parse_record(name, type, value, ttl))
        self.serial += 1

    def clear(self) -> None:
        self.records.clear()
        self.serial += 1

    def records_at(self, name: str) -> list[Record]:
        return [record for record in self.records if record.name == name]

    def exists_below(self, name: str) -> bool:
        return any(record.name == name or record.name.endswith("." + name) for record in self.records)

    def read(self, name: str, type: str) -> ZoneAnswer:
        self.reads += 1
        return answer(name, type, self._world.records_at, self._world.exists_below, lambda: self.serial)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def log() -> QueryLog:
    return QueryLog(time.time)


Serve = Callable[..., DnsServer]


@pytest.fixture
def serve(log: QueryLog) -> Iterator[Serve]:
    servers: list[DnsServer] = []
    upstreams: list[Upstream] = []

    def start(read: Callable[[str, str], ZoneAnswer], upstream: Upstream | None = None, **options: float) -> DnsServer:
        server = DnsServer("127.0.0.1", 0, read, log, upstream, **options)
        server.start()
        servers.append(server)
        upstreams.extend([upstream] if upstream is not None else [])
        return server

    yield start
    for server in servers:
        server.stop()
    for upstream in upstreams:
        upstream.close()
