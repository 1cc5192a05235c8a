"""What the tests of the commands share: the real command in a process of its own, for one test's account."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flow.child import Child

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "emulator"]


class Done:
    """What a command printed and how it ended."""

    def __init__(self, finished: subprocess.CompletedProcess[str]) -> None:
        self.code = finished.returncode
        self.out = finished.stdout
        self.err = finished.stderr

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def complains_in_one_line(self) -> bool:
        return self.err.count("\n") == 1 and "Traceback" not in self.err


@pytest.fixture
def environment() -> Callable[..., dict[str, str]]:
    """``environment(lab, NAME=value)``: this emulator, account and region, and nothing else for AWS or for us."""

    def make(lab: Any, **more: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SES_EMULATOR_", "AWS_"))}
        ours = {"URL": lab.endpoint, "ACCOUNT": lab.account, "REGION": lab.region}
        return {**clean, **{f"SES_EMULATOR_{name}": value for name, value in ours.items()}, **more}

    return make


@pytest.fixture
def run(lab: Any, environment: Callable[..., dict[str, str]]) -> Callable[..., Done]:
    """``run("inbox", "list")`` for this test's account, in a region that is not the default."""

    def call(*command: str, stdin: str | None = None, **more: str) -> Done:
        return Done(
            subprocess.run(
                [*COMMAND, *command],
                input=stdin,
                capture_output=True,
                text=True,
                timeout=60,
                env=environment(lab, **more),
                cwd=ROOT,
                check=False,
            )
        )

    return call


def _all_of(terminal: int) -> bytes:
    """What was written to a terminal that nobody writes to any more: it comes in pieces, and at the end EIO."""
    pieces = []
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.fixture
def on_terminal(lab: Any, environment: Callable[..., dict[str, str]]) -> Callable[..., str]:
    """What a command prints where standard output is a terminal of 100 columns."""

    def call(*command: str, **more: str) -> str:
        primary, secondary = pty.openpty()
        try:
            try:
                done = subprocess.run(
                    [*COMMAND, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=secondary,
                    stderr=subprocess.PIPE,
                    timeout=60,
                    env=environment(lab, COLUMNS="100", TERM="xterm", **more),
                    cwd=ROOT,
                    check=False,
                )
            finally:
                os.close(secondary)
            # A terminal holds 4 kB, which is more than what is asked for here.
            printed = _all_of(primary)
        finally:
            os.close(primary)
        assert done.returncode == 0 or not printed, done.stderr
        return printed.decode()

    return call


@pytest.fixture
def start():
    """Starts children, and ends those that a failed test leaves behind."""
    children: list[Child] = []

    def one(folder, *options: str) -> Child:
        children.append(Child(folder, *options))
        return children[-1]

    yield one
    for child in children:
        if child.process.poll() is None:
            child.end(signal.SIGKILL)
