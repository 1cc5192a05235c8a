"""What the pytest plugin costs: its import in every run, the first test with the emulator's start, each test's set-up.

``python -m tests.benchmarks.plugin`` measures it alone.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_TESTS = 100
_IMPORT = """
import pytest, sys, time
before = time.perf_counter()
import emulator.testing.plugin
print(1000 * (time.perf_counter() - before))
"""
_SUITE = f"""
import boto3, pytest

@pytest.fixture
def verified(ses):
    ses.verify("bench.example", "anna@there.example")

def test_first(verified, inbox):
    boto3.client("sesv2").send_email(
        FromEmailAddress="x@bench.example", Destination={{"ToAddresses": ["anna@there.example"]}},
        Content={{"Simple": {{"Subject": {{"Data": "test-subject"}}, "Body": {{"Text": {{"Data": "test-body"}}}}}}}})
    inbox.wait_for(to="anna@there.example")

@pytest.mark.parametrize("number", range({_TESTS}))
def test_plain(ses, inbox, number):
    pass

@pytest.mark.parametrize("number", range({_TESTS}))
def test_verified(verified, inbox, number):
    pass
"""
_CONFTEST = """
import json

durations = {}

def pytest_runtest_logreport(report):
    name = report.nodeid.rpartition("::")[2].partition("[")[0]
    durations.setdefault(name, {}).setdefault(report.when, []).append(report.duration)

def pytest_unconfigure():
    with open("durations.json", "w") as file:
        json.dump(durations, file)
"""


@dataclass(frozen=True, slots=True)
class Overhead:
    """``import_ms`` where pytest is loaded already. ``first_s``: set-up and call of a run's first test, which starts
    the emulator, verifies a domain and an address, loads boto3, sends and waits for the mail. ``plain_ms``: set-up and
    tear-down of ``ses`` and ``inbox``; ``verified_ms`` with the verification too. Medians."""

    import_ms: float
    first_s: float
    plain_ms: float
    verified_ms: float

    def __str__(self) -> str:
        return (
            f"pytest plugin: import {self.import_ms:.1f} ms; first test with the emulator's start {self.first_s:.2f} "
            f"s; set-up and tear-down of a test {self.plain_ms:.2f} ms, with two identities {self.verified_ms:.2f} ms"
        )


def measure(runs: int = 3) -> Overhead:
    """RuntimeError, with what pytest printed, when a run fails."""
    imports, first, plain, verified = [], [], [], []
    for _ in range(runs):
        imports.append(float(_python("-c", _IMPORT)))
        with tempfile.TemporaryDirectory(prefix="ses-bench-") as name:
            folder = Path(name)
            (folder / "test_it.py").write_text(_SUITE)
            (folder / "conftest.py").write_text(_CONFTEST)
            _python("-m", "pytest", "-q", "-p", "ses_emulator", "-p", "no:cacheprovider", cwd=folder)
            took = json.loads((folder / "durations.json").read_text())
        first.append(took["test_first"]["setup"][0] + took["test_first"]["call"][0])
        plain += _around(took["test_plain"])
        verified += _around(took["test_verified"])
    return Overhead(
        import_ms=statistics.median(imports),
        first_s=statistics.median(first),
        plain_ms=1000 * statistics.median(plain),
        verified_ms=1000 * statistics.median(verified),
    )


def _around(took: dict[str, list[float]]) -> list[float]:
    return [before + after for before, after in zip(took["setup"], took["teardown"], strict=True)]


def _python(*arguments: str, cwd: Path | None = None) -> str:
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"plugin: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    print(measure())
