"""Which emulator a test gets: the one of the run, or one that no other test uses at the same time.

The workers of pytest-xdist share one emulator: the first that needs it starts it. Its standard input is a named pipe
that the controller holds open, so it outlives the worker and ends with the run. Where workers have no folder in common
with the controller (another machine) or the system has no named pipes, each has its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from emulator.testing import server
from emulator.testing.account import Accounts, Place
from emulator.testing.api import Api, EmulatorError
from emulator.testing.server import Server

_SHARED_CLOCK = (
    "The clock is the whole emulator's, and this one is shared with tests that run at the same time. Mark the test "
    "with @pytest.mark.ses_emulator: then it gets an emulator of its own."
)
_FOREIGN_CLOCK = (
    "The clock is the whole emulator's, and this run's workers share the one at {url}. Run the tests that move the "
    "clock without pytest-xdist, or let the plugin start the emulator."
)
_FOREIGN_OPTIONS = (
    "The emulator at {url} was started by somebody else: the options of ses_emulator cannot be given to it."
)
_REACH = 5.0
_END = 10.0
_AGAIN = 0.05


class Meeting:
    """Where the workers of one run find their emulator: the controller's side. ``close`` ends the emulator."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ses-emulator-run-"))
        os.mkfifo(self.folder / "life")
        # For reading too, so that opening it waits for nobody.
        self._life = os.open(self.folder / "life", os.O_RDWR)

    def close(self) -> None:
        """Returns when the emulator, if one was started, is gone or 10 s are over."""
        os.close(self._life)
        for _ in range(int(_END / _AGAIN)):
            try:
                # Fails once nobody has the other end, which the emulator keeps until its last moment.
                os.close(os.open(self.folder / "life", os.O_WRONLY | os.O_NONBLOCK))
            except OSError:
                break
            threading.Event().wait(_AGAIN)
        shutil.rmtree(self.folder, ignore_errors=True)


class Servers:
    """``options`` are those of ``start`` for every emulator that is started here; ``url`` names one that runs already.
    ``meeting`` is the folder of the run's ``Meeting``, ``workers`` how many tests may run at once."""

    def __init__(
        self, options: Sequence[str], url: str | None, region: str, meeting: Path | None = None, workers: int = 1
    ) -> None:
        self._options = tuple(options)
        self._url = url
        self._region = region
        self._meeting = meeting if meeting is not None and meeting.is_dir() else None
        self._workers = workers
        self._accounts = Accounts()
        self._shared: Server | None = None
        self._own: dict[tuple[str, ...], Server] = {}
        self._children: list[subprocess.Popen[str]] = []
        self._folder: Path | None = None

    def shared(self) -> Server:
        """The run's emulator, started when it is asked for first."""
        if self._shared is None:
            if self._url is not None:
                self._shared = self._server(self._foreign(self._url))
            elif self._meeting is not None and self._workers > 1:
                self._shared = self._server(self._met(self._meeting))
            else:
                self._shared = self._server(self._started(()))
        return self._shared

    def own(self, options: Sequence[str]) -> Server:
        """One that no other test uses at the same time, started with these options besides the suite's; kept for
        the next test that wants the same."""
        if self._url is not None:
            if options:
                raise EmulatorError(_FOREIGN_OPTIONS.format(url=self._url))
            if self._workers > 1:
                raise EmulatorError(_FOREIGN_CLOCK.format(url=self._url))
            return self.shared()
        if not options and (self._workers == 1 or self._meeting is None):
            return self.shared()
        key = tuple(options)
        if key not in self._own:
            self._own[key] = self._server(self._started(key))
        return self._own[key]

    def close(self) -> None:
        """Ends what this process started; twice is once."""
        for process in self._children:
            server.stop(process)
        self._children.clear()
        self._own.clear()
        self._shared = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _server(self, place: Place) -> Server:
        return Server(place, self._accounts, self._region)

    def _started(self, options: Sequence[str]) -> Place:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="ses-emulator-tests-"))
        log = self._folder / f"{len(self._children)}.log"
        process, addresses = server.child((*self._options, *options), log)
        self._children.append(process)
        return server.place(addresses, log)

    def _met(self, meeting: Path) -> Place:
        found, log = meeting / "addresses.json", meeting / "log"
        with _only_one(meeting / "lock"):
            if not found.exists():
                life = os.open(meeting / "life", os.O_RDONLY)
                try:
                    process, addresses = server.child(self._options, log, stdin=life)
                finally:
                    os.close(life)
                found.write_text(json.dumps(addresses))
                # It is the run's, not this worker's: nobody here waits for its end.
                if process.stdout is not None:
                    process.stdout.close()
                process.returncode = 0
        return server.place(json.loads(found.read_text()), log, _SHARED_CLOCK)

    def _foreign(self, url: str) -> Place:
        where = _address(url)
        api = Api(f"{where.scheme}://{where.netloc}")
        _wait_until_it_answers(api)
        place = Place(
            api=api,
            smtp_host=where.hostname or "",
            smtp_port=_port("SES_EMULATOR_SMTP_PORT", 2587),
            smtps_port=_port("SES_EMULATOR_SMTPS_PORT", 2465),
        )
        return replace(place, clock_shared=_FOREIGN_CLOCK.format(url=url)) if self._workers > 1 else place


def _address(url: str) -> SplitResult:
    """As the command line takes it from the same variable: HOST:PORT will do."""
    try:
        where = urlsplit(url if "://" in url or ":" not in url else f"http://{url}")
        right = where.scheme in ("http", "https") and bool(where.hostname) and where.port != 0
    except ValueError:
        right = False
    if not right or not url.isprintable() or " " in url:
        raise EmulatorError(f"{url!r} is no address of an emulator: give one like http://127.0.0.1:4579.")
    return where


def _port(variable: str, default: int) -> int:
    given = os.environ.get(variable, str(default))
    if not given.isdecimal():
        raise EmulatorError(f"{variable} is {given!r}, which is no port.")
    return int(given)


def _wait_until_it_answers(api: Api) -> None:
    """It may have been started a moment ago, beside the tests."""
    for left in range(int(_REACH / _AGAIN), -1, -1):
        try:
            api.get("health", timeout=_REACH)
            return
        except EmulatorError:
            if left == 0:
                raise
        threading.Event().wait(_AGAIN)


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Of all processes; the system lets go of it for one that dies."""
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
