"""The emulator's process: started when needed, one for all workers, gone with whoever needed it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

PROBE = """
import json, os, sys, urllib.request
from pathlib import Path
def probe(ses, request):
    name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{request.node.name}.json"
    Path("pids").mkdir(exist_ok=True)
    # Whole at once: somebody may be waiting for it.
    Path("pids", name + ".new").write_text(json.dumps({"endpoint": ses.endpoint, "pytest": os.getpid()}))
    Path("pids", name + ".new").rename(Path("pids", name))
"""
TWICE = """
import pytest
@pytest.mark.parametrize("n", range(2))
def test_it(ses, request, n):
    probe(ses, request)
"""
HANG = "\ndef test_it(ses, request):\n    probe(ses, request)\n    import threading\n    threading.Event().wait(60)\n"


def seen(folder: Path, member: str = "endpoint") -> set[str]:
    return {json.loads(path.read_text())[member] for path in (folder / "pids").glob("*.json")}


def until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        threading.Event().wait(0.05)
    return False


def emulators() -> dict[int, str]:
    """The environment of every child that a plugin started on this machine, by pid."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"--stop-with-stdin" in command:
            found[int(entry.name)] = environment.decode("utf-8", "replace")
    return found


@pytest.fixture
def started_here(suite):
    """The pids of the emulators that this test's pytest started: its environment says so."""
    mark = f"SUITE_OF={suite.folder}"
    suite.env["SUITE_OF"] = str(suite.folder)
    return lambda: [pid for pid, environment in emulators().items() if mark in environment.split("\0")]


@pytest.mark.parametrize("workers", [0, 3])
def test_one_emulator_serves_the_run_and_ends_with_it(suite, started_here, workers):
    options = [f"-n{workers}", "--dist=each"] if workers else []
    suite.passes(PROBE + TWICE, *options, own=True)
    assert len(seen(suite.folder)) == 1
    assert len(seen(suite.folder, "pytest")) == max(workers, 1)
    assert started_here() == []


def test_nothing_is_started_for_tests_that_do_not_ask(suite, started_here):
    suite.passes(
        """
import sys
from pathlib import Path
def test_it():
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            mine = b"--stop-with-stdin" in (entry / "cmdline").read_bytes()
            mine = mine and b"SUITE_OF=" + str(Path.cwd()).encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
        assert not mine
""",
        own=True,
    )


@pytest.fixture
def interruptible():
    """Whoever runs these tests in the background may have SIGINT ignored, and a child would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_when_pytest_is_killed(suite, started_here, workers, number):
    suite.write("test_it.py", PROBE + HANG)
    options = ["-n2", "--dist=each"] if workers else []
    with subprocess.Popen(
        suite.command(*options), cwd=suite.folder, env=suite.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            assert until(lambda: (suite.folder / "pids").exists() and len(seen(suite.folder)) == 1)
            assert until(lambda: len(started_here()) == 1)
            running.send_signal(number)
            running.wait(30)
            assert until(lambda: started_here() == [])
        finally:
            running.kill()


def test_the_workers_emulator_outlives_the_worker_that_started_it(suite, started_here):
    suite.write(
        "test_it.py",
        PROBE
        + """
import pytest
@pytest.mark.parametrize("n", range(6))
def test_it(ses, request, n):
    probe(ses, request)
    try:
        os.close(os.open("crashed", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        ses.production()
    else:
        os._exit(1)
""",
    )
    printed = suite.run("-n2", own=True)
    assert re.search(r"1 failed, 5 passed", printed), printed
    assert len(seen(suite.folder)) == 1
    assert started_here() == []


def test_tests_of_one_emulator_may_not_move_its_clock_and_marked_ones_have_their_own(suite):
    printed = suite.fails(
        PROBE
        + """
import pytest
@pytest.mark.ses_emulator
@pytest.mark.parametrize("n", range(3))
def test_marked(ses, request, n):
    before = ses.clock.now
    ses.clock.advance(days=400)
    assert ses.clock.now[:4] > before[:4]
    probe(ses, request)

@pytest.mark.parametrize("n", range(3))
def test_others(ses, request, n):
    probe(ses, request)
    import datetime
    assert ses.clock.now[:4] == str(datetime.datetime.now(datetime.UTC).year)

def test_unmarked(ses):
    ses.clock.advance(hours=1)
""",
        "-n2",
        own=True,
    )
    assert "1 failed, 6 passed" in printed
    assert "Mark the test with @pytest.mark.ses_emulator" in printed
    marked = {json.loads(path.read_text())["endpoint"] for path in (suite.folder / "pids").glob("*marked*.json")}
    others = {json.loads(path.read_text())["endpoint"] for path in (suite.folder / "pids").glob("*others*.json")}
    assert len(others) == 1
    assert marked.isdisjoint(others)


def test_alone_any_test_may_move_the_clock_and_the_next_finds_it_right(suite):
    suite.passes(
        """
import datetime
def test_moves(ses):
    ses.clock.advance(days=400)
    ses.clock.advance(minutes=1, seconds=1)

def test_next(ses):
    now = datetime.datetime.fromisoformat(ses.clock.now)
    assert abs((now - datetime.datetime.now(datetime.UTC)).total_seconds()) < 60
    ses.clock.advance(hours=-1)
    ses.clock.reset()
""",
        own=True,
    )


def test_options_reach_the_emulators_they_are_meant_for(suite, started_here):
    suite.write("pytest.ini", "[pytest]\nses_emulator_args = --production --max-send-rate 77\n")
    suite.env.update(SES_EMULATOR_MAX_SEND_RATE="5", SES_EMULATOR_PORT="1", PYTHONWARNINGS="error")
    suite.passes(
        """
import pytest
def quota(ses):
    account = ses.client("sesv2").get_account()
    return account["ProductionAccessEnabled"], account["SendQuota"]["MaxSendRate"]

def test_all(ses):
    assert quota(ses) == (True, 77)
    pytest.first = ses.endpoint

@pytest.mark.ses_emulator("--max-send-rate", "-1")
def test_one(ses):
    assert quota(ses) == (True, -1)
    pytest.second = ses.endpoint

@pytest.mark.ses_emulator("--max-send-rate", "-1")
def test_the_same_again(ses):
    assert ses.endpoint == pytest.second

def test_back(ses):
    assert ses.endpoint == pytest.first
""",
        own=True,
    )


def test_an_emulator_that_does_not_come_up_fails_the_test_with_its_own_words(suite):
    suite.write("pytest.ini", "[pytest]\nses_emulator_args = --max-send-rate fast\n")
    suite.write("test_it.py", "def test_it(ses):\n    pass\n")
    printed = suite.run(own=True)
    assert suite.returncode == 1
    assert "did not come up" in printed
    assert "'fast' is not a valid float" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "is no address of an emulator"),
        ("http://127.0.0.1:port", "is no address of an emulator"),
        ("http://127.0.0.1:9", "does not answer"),
        ("127.0.0.1:9", "The emulator at http://127.0.0.1:9 does not answer"),
    ],
)
def test_an_address_where_no_emulator_is_fails_the_test_in_a_sentence(suite, url, told):
    suite.env["SES_EMULATOR_URL"] = url
    suite.write("test_it.py", "def test_it(ses):\n    pass\n")
    printed = suite.run(own=True)
    assert suite.returncode == 1
    assert told in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("options", ["max_send_rate=5", "'--max-send-rate', 5", "['--max-send-rate', '5']"])
def test_what_the_marker_does_not_take_is_an_error(suite, options):
    test = f"import pytest\n@pytest.mark.ses_emulator({options})\ndef test_it(ses):\n    pass\n"
    printed = suite.fails(test, own=True)
    assert "takes the options of ses-emulator start one by one and as texts" in printed
    assert "Traceback" not in printed


def test_options_for_somebody_else_s_emulator_are_an_error(suite):
    printed = suite.fails("import pytest\n@pytest.mark.ses_emulator('--production')\ndef test_it(ses):\n    pass\n")
    assert "was started by somebody else" in printed


def test_an_emulator_that_dies_during_the_run_is_named_with_its_last_words(suite, started_here):
    printed = suite.fails(
        """
import os, signal
from pathlib import Path
def test_it(ses):
    import threading
    here = b"SUITE_OF=" + str(Path.cwd()).encode()
    [pid] = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")
             if entry.is_dir() and b"--stop-with-stdin" in read(entry / "cmdline") and here in read(entry / "environ")]
    os.kill(pid, signal.SIGKILL)
    threading.Event().wait(0.5)
    ses.verify("a@b.example")

def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
""",
        own=True,
    )
    assert "does not answer" in printed


def test_the_pid_that_is_printed_ends_when_the_input_does(tmp_path, gone):
    """``start --stop-with-stdin`` by itself, without the plugin."""
    ports = [f"--{name}port=0" for name in ("", "smtp-", "smtps-", "sink-", "dns-")]
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", "start", "--json", "--stop-with-stdin", *ports],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("SES_EMULATOR_")},
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        pid = json.loads(running.stdout.readline())["pid"]
        assert not gone(pid)
        running.stdin.close()
        assert running.wait(20) == 0
