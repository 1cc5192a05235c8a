"""What is measured of each contestant. Every number comes from this run; nothing is remembered from another."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import driver, process
from tests.benchmarks.contestants import SEND_V1, SEND_V2, Contestant, http

Say = Callable[[str], None]

_STUCK_AFTER = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """``sends`` a protocol and round; ``captured`` mails in the box before our second round; ``starts`` cold starts
    of which the median counts."""

    sends: int = 10_000
    captured: int = 100_000
    starts: int = 5
    connections: int = 8
    processes: int = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Seconds, MiB, sends a second and milliseconds; ``None`` where it was not measured.

    ``one_ms`` is the median of sends one after the other on one connection. ``judged`` is signed, delivered and
    judged mails a second: from the first send until the last of the round is in the inbox.
    """

    name: str
    cold_s: float | None
    rest_pss: float
    rest_rss: float
    v1_rate: float
    v1_p99_ms: float
    v2_rate: float
    v2_p99_ms: float
    one_ms: float
    after_pss: float
    judged: float | None = None
    pages_ms: tuple[tuple[str, float], ...] = ()


def cold_start(contestant: Contestant, starts: int, folder: Path) -> float:
    """Median seconds from starting the process to the first 200."""
    seconds = []
    for number in range(starts):
        port, data = process.free_port(), folder / f"start{number}"
        data.mkdir()
        began = time.monotonic()
        with process.running(contestant.command(port, data), folder / "log", contestant.environment(port)) as started:
            seconds.append(process.first_answer(started, port, contestant.probe, began))
    return statistics.median(seconds)


def measure(contestant: Contestant, plan: Plan, say: Say) -> list[Row]:
    """A row, for ourselves a second one with ``plan.captured`` mails in the box. RuntimeError, with the end of its
    log, when a contestant does not start, ends or refuses a send."""
    with tempfile.TemporaryDirectory(prefix="ses-bench-") as name:
        folder = Path(name)
        log = folder / "log"
        try:
            return _measure(contestant, plan, say, folder, log)
        except (RuntimeError, OSError) as error:
            end = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise RuntimeError(f"{contestant.name}: {error}\n{end}") from error


def _measure(contestant: Contestant, plan: Plan, say: Say, folder: Path, log: Path) -> list[Row]:
    say(f"{contestant.name}: {plan.starts} cold starts")
    cold = cold_start(contestant, plan.starts, folder)
    port, data = process.free_port(), folder / "data"
    data.mkdir()
    with process.running(contestant.command(port, data), log, contestant.environment(port)) as server:
        process.first_answer(server, port, contestant.probe, time.monotonic())
        time.sleep(1)  # a peer may still be loading things in the background; that memory is its memory at rest
        rest = process.memory(server.pid)
        for request in contestant.prepare:
            answer = driver.request(port, request)
            if answer.status != 200:
                raise RuntimeError(f"prepare: {answer.status} {answer.body[:300]!r}")
        box = Box(port) if contestant.name == "ses-emulator" else None
        rows = [_round(contestant.name, port, server.pid, plan, box, cold, rest, say)]
        if box is None:
            return rows
        missing = plan.captured - box.expected
        if missing > 0:
            say(f"{contestant.name}: filling the box with {missing} more mails")
            _send(port, SEND_V1, missing, plan)
            box.wait(missing, say)
        full = process.memory(server.pid)
        title = f"  with {plan.captured} mails"
        last = _round(title, port, server.pid, plan, box, None, full, say)
        say("the inbox in a browser")
        return [*rows, replace(last, pages_ms=pages(port))]


def _round(
    name: str, port: int, pid: int, plan: Plan, box: Box | None, cold: float | None, rest: process.Memory, say: Say
) -> Row:
    ones = max(50, plan.sends // 50)
    one = driver.load(port, SEND_V1, ones, connections=1, processes=1)
    if box:
        box.wait(ones, say)
    say(f"{name.strip()}: {plan.sends} sends by v1, then by v2")
    began = time.monotonic()
    first = _send(port, SEND_V1, plan.sends, plan)
    judged = None
    if box:
        box.wait(plan.sends, say)
        judged = plan.sends / (time.monotonic() - began)
    second = _send(port, SEND_V2, plan.sends, plan)
    if box:
        box.wait(plan.sends, say)
    return Row(
        name=name,
        cold_s=cold,
        rest_pss=rest.pss,
        rest_rss=rest.rss,
        v1_rate=first.rate,
        v1_p99_ms=first.percentile(99) * 1000,
        v2_rate=second.rate,
        v2_p99_ms=second.percentile(99) * 1000,
        one_ms=one.percentile(50) * 1000,
        after_pss=process.memory(pid).pss,
        judged=judged,
    )


def pages(port: int) -> tuple[tuple[str, float], ...]:
    """Milliseconds that the inbox takes to answer: its first page, and searches. Medians, after a first look that is
    not counted: it also waits for the index."""
    measured = []
    for query in ("", "?q=bench", "?q=from:bench.example", "?q=is:unread", "?q=nowhere", "?q=-nowhere", "?q=dkim:fail"):
        request = http("GET", f"/_ses/{query}")
        taken = []
        for number in range(8):
            began = time.monotonic()
            answer = driver.request(port, request)
            if answer.status != 200:
                raise RuntimeError(f"inbox {query}: {answer.status} {answer.body[:300]!r}")
            if number:
                taken.append((time.monotonic() - began) * 1000)
        measured.append((query.removeprefix("?q=") or "first page", statistics.median(taken)))
    return tuple(measured)


def _send(port: int, data: bytes, requests: int, plan: Plan) -> driver.Measured:
    measured = driver.load(port, data, requests, plan.connections, plan.processes)
    if set(measured.statuses) != {200}:
        raise RuntimeError(
            f"not every send was accepted: {measured.statuses}; {driver.request(port, data).body[:300]!r}"
        )
    return measured


class Box:
    """Our inbox, counted through the inspection API."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.expected = 0

    def wait(self, more: int, say: Say) -> None:
        """Until ``more`` mails than before are in the box. RuntimeError when it stands still or overshoots."""
        self.expected += more
        seen, moved = -1, time.monotonic()
        while (total := self._total()) < self.expected:
            if total > seen:
                seen, moved = total, time.monotonic()
            elif time.monotonic() - moved > _STUCK_AFTER:
                raise RuntimeError(f"delivery stands still at {total} of {self.expected} mails")
            if more > 20_000:
                say(f"  {total} of {self.expected} judged")
            time.sleep(2 if more > 20_000 else 0.1)
        if total > self.expected:
            raise RuntimeError(f"{total} mails in the box, {self.expected} were sent")

    def _total(self) -> int:
        answer = driver.request(self.port, http("GET", "/_ses/api/messages?limit=1"))
        if answer.status != 200:
            raise RuntimeError(f"/_ses/api/messages: {answer.status} {answer.body[:300]!r}")
        return int(json.loads(answer.body)["total"])


def signature_limit() -> float:
    """Mails a second on one core if nothing were done but the two RSA signatures (2048 and 1024 bits)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    keys = [rsa.generate_private_key(65537, bits) for bits in (2048, 1024)]
    data = b"x" * 800
    rounds = 2000
    began = time.perf_counter()
    for _ in range(rounds):
        for key in keys:
            key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return rounds / (time.perf_counter() - began)
