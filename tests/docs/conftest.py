"""Reads pages, and runs what they show as a reader would: one emulator, one shell and one interpreter a page.

What a page says in the line that opens a block, after its language:

    console              each ``$`` line is run; what stands below it is what it prints. It succeeds, or fails as shown
    python, sh, bash     run as a whole
    text output          what the block before it printed
    … file=NAME          is written to the file NAME in the reader's folder, and not run
    … needs=node|django  is run where those clients are installed (tests/clients/install)
    … no-run: REASON     is not run

``…`` in what is printed stands for anything; ids and dates are not compared, and the documented ports stand for those
that the emulator got. ``ses-emulator start`` (also as ``make run``) starts the page's emulator anew with its options.
"""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ses-emulator-clients"
RUN = ("console", "python", "sh", "bash")
PATIENCE = 60

_BLOCK = re.compile(r"^```([\w-]*) ?(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n?((?:(?!\$ ).*\n?)*)", re.MULTILINE)
_PORTS = {"4579": "endpoint", "2587": "smtp", "2465": "smtps", "1025": "sink", "1053": "dns"}
_CHANGING = (
    (
        re.compile(r"\b[0-9a-f]{16}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-\d{6}\b"),
        "<message-id>",
    ),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"), "<date>"),
)
_INTERPRETER = """
import contextlib, sys, traceback
space = {"__name__": "__main__"}
for line in sys.stdin:
    source, printed = line.split()
    with open(printed, "w") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        code = 0
        try:
            exec(compile(open(source).read(), source, "exec"), space)
        except BaseException:
            traceback.print_exc()
            code = 1
    print(code, flush=True)
"""


@dataclass(frozen=True)
class Block:
    """One fenced block: ``line`` is where it begins, ``said`` what follows its language."""

    line: int
    language: str
    said: str
    text: str

    @property
    def no_run(self) -> str | None:
        return self.said.partition("no-run: ")[2] or None

    def option(self, name: str) -> str:
        found = re.search(rf"\b{name}=(\S+)", self.said)
        return found[1] if found else ""

    @property
    def commands(self) -> list[tuple[str, str]]:
        return [(command, shown) for command, shown in _COMMAND.findall(self.text)]


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page that begin in the first column."""
    return [
        Block(text.count("\n", 0, found.start()) + 1, found[1], found[2], found[3]) for found in _BLOCK.finditer(text)
    ]


def prints(shown: str, printed: str) -> bool:
    """What was printed is what the page shows."""
    for pattern, name in _CHANGING:
        shown, printed = pattern.sub(name, shown), pattern.sub(name, printed)
    pattern = re.escape(shown.strip()).replace("…", ".*?")
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


class _Child:
    """A process that is told, a line at a time, what to do, and answers each time with an exit status."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, env=environment, text=True
        )

    def ask(self, line: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        assert ready, f"not done within {PATIENCE} s: {line}"
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Reader:
    """Follows one page, in a folder of its own. ``interpreter`` has the emulator installed."""

    def __init__(self, folder: Path, interpreter: Path = Path(sys.executable)) -> None:
        self._here = folder / "here"
        self._here.mkdir()
        self._steps = folder / "steps"
        self._steps.mkdir()
        self._bin = interpreter.parent
        self._python: _Child | None = None
        self._emulator: subprocess.Popen[str] | None = None
        self._ports: dict[str, str] = {}
        self._printed = ""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SES_EMULATOR_"))}
        self._environment = clean | {
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
            # A reader's terminal would show a table; what a page shows is what a script reads.
            "AWS_PAGER": "",
            "PYTHONWARNINGS": "",
        }
        self._shell = _Child(["bash", "--noprofile", "--norc"], self._here, self._environment)

    def start(self, options: str = "") -> None:
        """An emulator on free ports, which the documented ones stand for from now on."""
        self._stop()
        free = " ".join(f"--{name}port 0" for name in ("", "smtp-", "smtps-", "sink-", "dns-"))
        self._emulator = subprocess.Popen(
            f"exec ses-emulator start {options} {free} --json --log-level error",
            shell=True,
            executable="/bin/bash",
            cwd=self._here,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._emulator.stdout
        line = self._emulator.stdout.readline()
        assert line, f"did not start with {options}"
        addresses = json.loads(line)
        self._ports = {known: addresses[name].rpartition(":")[2] for known, name in _PORTS.items()}
        self._shell.ask(f"export SES_EMULATOR_URL={addresses['endpoint']}; echo $?")

    def close(self) -> None:
        self._stop()
        self._shell.close()
        if self._python:
            self._python.close()

    def _stop(self) -> None:
        if self._emulator:
            self._emulator.terminate()
            self._emulator.communicate(timeout=30)
            self._emulator = None

    def follow(self, block: Block) -> str:
        """Does what the block says; what is wrong with it, or "" """
        if block.no_run:
            return ""
        if name := block.option("file"):
            (self._here / name).parent.mkdir(parents=True, exist_ok=True)
            (self._here / name).write_text(self._with_ports(block.text), encoding="utf-8")
            return ""
        if block.said == "output":
            return "" if prints(block.text, self._printed) else f"printed:\n{self._printed}"
        if block.language == "python":
            return self._wrong("", *self._run_python(block.text))
        if block.language in ("sh", "bash"):
            return self._wrong("", *self._run(block.text))
        if block.language != "console":
            return ""
        assert block.commands, f"no command in the console of line {block.line}"
        wrong = [self._one(command, shown, block.option("needs")) for command, shown in block.commands]
        return "\n".join(filter(None, wrong))

    def _one(self, command: str, shown: str, needs: str) -> str:
        started = re.match(r"(?:ses-emulator start|(make run))\b([^#\n]*)", command)
        if started:
            assert not shown, "what start prints is not compared"
            self.start("--demo" if started[1] else started[2])
            return ""
        if "django" in needs:
            command = f"(PATH={CACHE}/python/bin:$PATH; {command}\n)"
        if "node" in needs and not (self._here / "node_modules").exists():
            (self._here / "node_modules").symlink_to(CACHE / "node" / "node_modules")
        wrong = self._wrong(shown, *self._run(command))
        return f"$ {command}\n{wrong}" if wrong else ""

    def _wrong(self, shown: str, code: int, printed: str) -> str:
        self._printed = printed
        if shown:
            return "" if prints(shown, printed) else f"exit status {code}, printed:\n{printed}"
        return f"exit status {code}:\n{printed}" if code else ""

    def _run(self, command: str) -> tuple[int, str]:
        source, printed = self._step(command)
        code = self._shell.ask(f". {source} </dev/null >{printed} 2>&1; echo $?")
        return code, self._without_ports(printed.read_text(encoding="utf-8"))

    def _run_python(self, text: str) -> tuple[int, str]:
        if self._python is None:
            # It begins where the shell is, with what the page had it export.
            variables = self._steps / "environment"
            self._shell.ask(f"env -0 >{variables}; echo $?")
            pairs = (one.partition("=") for one in variables.read_text(encoding="utf-8").split("\0") if one)
            environment = {name: value for name, _, value in pairs}
            python = str(self._bin / "python")
            self._python = _Child([python, "-c", _INTERPRETER], self._here, environment)
        source, printed = self._step(text)
        code = self._python.ask(f"{source} {printed}")
        return code, self._without_ports(printed.read_text(encoding="utf-8"))

    def _step(self, text: str) -> tuple[Path, Path]:
        number = len(list(self._steps.glob("*.source")))
        source = self._steps / f"{number}.source"
        source.write_text(self._with_ports(text) + "\n", encoding="utf-8")
        return source, source.with_suffix(".printed")

    def _with_ports(self, text: str) -> str:
        for known, port in self._ports.items():
            text = re.sub(rf"(?<![\w.]){known}(?![\w.]\w)\b", port, text)
        return text

    def _without_ports(self, text: str) -> str:
        for known, port in self._ports.items():
            text = re.sub(rf"\b{port}\b", known, text)
        return text


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Callable[..., Reader]]:
    """``reader()`` follows a page; ``reader(interpreter)`` with another Python."""
    readers: list[Reader] = []

    def make(*given: Any) -> Reader:
        folder = tmp_path / str(len(readers))
        folder.mkdir()
        readers.append(Reader(folder, *given))
        return readers[-1]

    yield make
    for one in readers:
        one.close()


@pytest.fixture(scope="session")
def blocks_of() -> Callable[[Path], list[Block]]:
    return lambda page: blocks(page.read_text(encoding="utf-8"))
