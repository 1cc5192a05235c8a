"""Starting what is measured, and what the kernel says of its memory. Linux only: it reads /proc."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import driver


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of a process and all its descendants. PSS shares a shared page between those that map it; RSS counts it
    for each."""

    pss: float
    rss: float


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def running(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, stopped at the end with all its children."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def first_answer(process: subprocess.Popen[bytes], port: int, data: bytes, started: float, limit: float = 60) -> float:
    """Seconds from ``started`` until ``data`` is answered with 200 for the first time."""
    last: object = None
    while time.monotonic() - started < limit:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with exit code {process.returncode} before it answered")
        try:
            answer = driver.request(port, data)
        except OSError as error:
            last = error
        else:
            if answer.status == 200:
                return time.monotonic() - started
            last = (answer.status, answer.body[:300])
        time.sleep(0.002)
    raise RuntimeError(f"no 200 within {limit:.0f} s; the last was {last!r}")


def memory(pid: int) -> Memory:
    pss = rss = 0
    for member in _tree(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name == "Pss":
                    pss += int(rest.split()[0])
                elif name == "Rss":
                    rss += int(rest.split()[0])
    return Memory(pss / 1024, rss / 1024)


def _tree(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found
