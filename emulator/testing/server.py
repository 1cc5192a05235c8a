"""A running emulator, and how the plugin starts one as a child process.

The child ends when its standard input does. A pipe's end is closed by the system with the last process that holds it,
so the child goes with whoever started it, also after kill -9.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emulator.testing.account import Accounts, Place, Ses
from emulator.testing.api import Api, EmulatorError
from emulator.testing.golden import Goldens

_START = 60.0
_STOP = 10.0
_FREE_PORTS = ("--port=0", "--smtp-port=0", "--smtps-port=0", "--sink-port=0", "--dns-port=0")
_LOG_LINES = 20


class Server:
    """A running emulator, whoever started it."""

    def __init__(self, place: Place, accounts: Accounts, region: str) -> None:
        self._place = place
        self._accounts = accounts
        self._region = region

    @property
    def endpoint(self) -> str:
        """The URL that takes the place of AWS's; the inbox to look at is at ``/_ses/`` there."""
        return self._place.api.endpoint

    @property
    def api(self) -> Api:
        """Its inspection API."""
        return self._place.api

    def new_account(self, region: str | None = None, *, golden: Path | None = None, update_golden: bool = False) -> Ses:
        """An account that nobody has used. No request is made: an account is there once it is used. ``golden`` is where
        ``Mail.matches_golden`` finds its files."""
        number = self._accounts.next()
        goldens = Goldens(golden, update_golden, hidden={number: "<account>"})
        return Ses(self._place, number, region or self._region, goldens)


def child(options: Sequence[str], log: Path, stdin: int = subprocess.PIPE) -> tuple[subprocess.Popen[str], Any]:
    """Starts an emulator with these options and free ports, its log in ``log``; returns it and the addresses that it
    prints (``start --json``) once all of them accept connections. ``stdin`` is its life line. EmulatorError, with the
    end of the log, when it ends or stays silent for 60 s."""
    command = [sys.executable, "-P", "-m", "emulator", "start", "--json", "--stop-with-stdin", *_FREE_PORTS, *options]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(os.environ),
            text=True,
            # Ctrl-C in the terminal is for pytest, which still asks for the log of the test that it interrupts.
            start_new_session=True,
        )
    line: list[str] = []
    assert process.stdout is not None
    reading = threading.Thread(target=lambda out=process.stdout: line.append(out.readline()), daemon=True)
    reading.start()
    reading.join(_START)
    try:
        return process, json.loads(line[0] if line else "")
    except ValueError:
        stop(process)
        shown = " ".join(options) or "no options of its own"
        raise EmulatorError(f"The emulator (started with {shown}) did not come up.{end_of(log)}") from None


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a child of this process and waits for it."""
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def place(addresses: Mapping[str, Any], log: Path, clock_shared: str = "") -> Place:
    """From the line that ``start --json`` prints."""
    host, _, smtp_port = addresses["smtp"].rpartition(":")
    return Place(
        api=Api(addresses["endpoint"], lambda: end_of(log)),
        smtp_host=host.strip("[]"),
        smtp_port=int(smtp_port),
        smtps_port=int(addresses["smtps"].rpartition(":")[2]),
        clock_shared=clock_shared,
    )


def end_of(log: Path) -> str:
    """The last lines of a log, as the end of a sentence about what went wrong."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    except OSError:
        return ""
    return "\nIts last words:\n" + "\n".join(f"  {line}" for line in lines) if lines else " It said nothing."


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The child is as the suite's own options make it, on every machine: what somebody's shell says of an emulator, of
    AWS or of Python's warnings is not for it."""
    return {
        name: value
        for name, value in ours.items()
        if not name.upper().startswith(("SES_EMULATOR_", "AWS_")) and name not in ("PYTHONWARNINGS", "PYTHONDEVMODE")
    }
