"""Suites as users of the plugin write them, run by a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_MOST_SECONDS = 100


class Suite:
    """A folder with a test file; ``run`` runs it and gives what pytest printed, ``returncode`` beside it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
        # What a killed pytest leaves lying about goes with the folder.
        self.env["TMPDIR"] = str(folder)
        self.env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        self.returncode: int | None = None
        self.write("pytest.ini", "[pytest]\nfilterwarnings = error\n")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def command(self, *options: str) -> list[str]:
        # By the names of their entry points; others that happen to be installed would only take time.
        plugins = ["-p", "ses_emulator", "-p", "xdist", "-p", "no:cacheprovider"]
        return [sys.executable, "-m", "pytest", *plugins, *options]

    def run(self, *options: str, own: bool = False) -> str:
        """``own``: the plugin starts an emulator; else it is given the one of our test run."""
        url = [] if own else [f"--ses-url={self.url}"]
        done = subprocess.run(
            self.command(*url, *options),
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=_MOST_SECONDS,
            check=False,
        )
        self.returncode = done.returncode
        return done.stdout + done.stderr

    def passes(self, test: str, *options: str, own: bool = False) -> str:
        """Runs ``test`` as ``test_it.py`` and sees that every test passed."""
        self.write("test_it.py", test)
        printed = self.run(*options, own=own)
        assert self.returncode == 0, printed
        return printed

    def fails(self, test: str, *options: str, own: bool = False) -> str:
        """Runs ``test`` as ``test_it.py`` and sees that a test failed."""
        self.write("test_it.py", test)
        printed = self.run(*options, own=own)
        assert self.returncode == 1, printed
        return printed


@pytest.fixture
def suite(tmp_path: Path, emulator) -> Suite:
    """Uses the emulator of our test run unless told otherwise."""
    return Suite(tmp_path, emulator.addresses.endpoint)


@pytest.fixture
def gone() -> Callable[[int], bool]:
    """Whether a process has ended: it may still wait for its parent to ask."""

    def is_gone(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    return is_gone
