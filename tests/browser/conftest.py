"""A person with a browser: Debian's Chromium, driven by Playwright, watched in all that it does.

``visit(lab)`` gives a ``Visitor`` with a window of its own. When the test ends, none of its pages may have logged an
error, thrown, opened a dialog nobody waited for, or asked another host for anything. The last is watched twice: by the
requests that Chromium names, and by a socket to which every name but this machine's leads.

Without a browser all these tests are skipped; with CI set they fail instead.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import smtplib
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A name that a stranger owns and lets resolve to this machine (DNS rebinding).
REBOUND = "rebound.example"
# What Chromium asks for by itself (autofill, updates), whatever the page.
CHROMIUMS_OWN = ("*.googleapis.com", "*.google.com", "*.gvt1.com")
PATIENCE = 15_000
# What Chromium logs of a framed mail is what it was kept from.
FRAMED = re.compile(r"/_ses/messages/\d+/html(\?.*)?$")
# The same of what a mail frames in turn, and of what it submits: logged without a place, or with the origin alone.
BLOCKED = (
    "Blocked script execution",
    "Blocked form submission",
    "Running the JavaScript URL",
    "Sending form data",
    "Framing ",
    "Loading ",
    "Failed to load ",
)
# What Chromium and htmx log of such an answer.
ANSWERED_4XX = ("the server responded with a status of 4", "Response Status Error Code 4")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def missing() -> str:
    """What these tests need and this machine has not; "" when all is there."""
    if not any(map(shutil.which, BROWSERS)):
        return "the pages are tested in Chromium, which is not installed"
    if not all(map(importlib.util.find_spec, ("playwright", "axe_playwright_python"))):
        return "the pages are tested with the packages playwright and axe-playwright-python, which are not installed"
    return ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Last: from the first of these tests on, Playwright keeps an event loop running in the main thread."""
    ours = [item for item in items if HERE in item.path.parents]
    others = [item for item in items if HERE not in item.path.parents]
    if ours and missing() and not os.environ.get("CI"):
        config.hook.pytest_deselected(items=ours)
        ours = []
    items[:] = others + ours


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for all of them; pytest's own summary has one for each function."""
    if (why := missing()) and not os.environ.get("CI"):
        terminalreporter.write_line(f"SKIPPED tests/browser: {why}")


class Trap(socketserver.ThreadingTCPServer):
    """Where every other host leads. ``caught`` are the first bytes of each connection."""

    daemon_threads = True

    def __init__(self) -> None:
        self.caught: list[str] = []
        super().__init__(("127.0.0.1", 0), _Catch)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Catch(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(5)
        try:
            beginning = self.request.recv(4000)
        except OSError:
            beginning = b"(nothing was said)"
        self.server.caught.append(beginning.decode("latin-1"))  # type: ignore[attr-defined]


class Visitor:
    """One window. ``page`` is its first page, ``asked`` every request as method, kind and address.

    ``answer`` is what dialogs are answered with; None means that there must be none. ``images`` allows images from
    other hosts (they get a pixel). ``refusals`` allows the browser to log answers of 400 and above. ``leaves`` is for a
    person who follows a link to another host: the browser connects to it before the test's answer is given. ``attacks``
    is for another site's page: what the browser logs is what that page was refused; ``hostile`` is for a mail that does
    more than load, and allows the browser to log what its frame may not do. ``unanswered`` allows it to log what
    it could not ask for."""

    def __init__(self, context: Any, lab: Any, trap: Trap, friends: tuple[str, ...]) -> None:
        self.context = context
        self.lab = lab
        self.answer: bool | None = None
        self.images = False
        self.refusals = False
        self.leaves = False
        self.attacks = False
        self.hostile = False
        self.unanswered = False
        self.asked: list[tuple[str, str, str]] = []
        self.foreign: list[tuple[str, str, str]] = []
        self.dialogs: list[str] = []
        self.problems: list[str] = []
        self._trap = trap
        self._caught_before = len(trap.caught)
        own = "|".join(re.escape(place) for place in (lab.endpoint, *friends))
        context.set_default_timeout(PATIENCE)
        context.route(re.compile(rf"^(?!(?:{own})(?:/|$))"), self._stranger)
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"thrown: {error.error}"))
        context.on("dialog", self._dialog)
        self.page = context.new_page()

    def open(self, path: str, **query: str) -> Any:
        """The page at ``path``, in the lab's account and region; Playwright's answer."""
        place = {"account": self.lab.account, "region": self.lab.region, **query}
        return self.page.goto(f"{self.lab.endpoint}{path}?{urlencode(place)}")

    def section(self, label: str) -> None:
        """Follows the navigation at the top."""
        self.page.get_by_role("navigation", name="Sections").get_by_role("link", name=label).click()

    @property
    def caught(self) -> list[str]:
        """Connections to other hosts since this window is open, by their first bytes."""
        return self._trap.caught[self._caught_before :]

    def assert_well(self) -> None:
        assert self.problems == []
        assert [one for one in self.foreign if not (self.images and one[1] == "image")] == []
        assert self.leaves or self.caught == []

    def _request(self, request: Any) -> None:
        self.asked.append((request.method, request.resource_type, request.url))

    def _stranger(self, route: Any) -> None:
        request = route.request
        self.foreign.append((request.method, request.resource_type, request.url))
        if self.images and request.resource_type == "image":
            route.fulfill(status=200, content_type="image/png", body=PIXEL)
        else:
            route.abort()

    def _console(self, message: Any) -> None:
        if self.attacks or message.type != "error" or FRAMED.search(message.location["url"]):
            return
        if self.hostile and message.text.startswith(BLOCKED) and "/_ses/" not in message.location["url"]:
            return
        if self.unanswered and ("ERR_INTERNET_DISCONNECTED" in message.text or message.text.startswith("htmx:")):
            return
        if self.refusals and any(words in message.text for words in ANSWERED_4XX):
            return
        self.problems.append(f"console: {message.text} ({message.location['url']})")

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        if self.answer is None:
            self.problems.append(f"dialog: {dialog.message}")
        if self.answer:
            dialog.accept()
        else:
            dialog.dismiss()


@pytest.fixture(scope="session")
def trap() -> Iterator[Trap]:
    yield from _set_up()


@pytest.fixture
def another_trap() -> Iterator[Trap]:
    """For a test that has a browser of its own: what that one connects to late is not seen by the tests after it."""
    yield from _set_up()


def _set_up() -> Iterator[Trap]:
    with Trap() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="session")
def chromium(trap: Trap, launching: Callable[[Trap], dict[str, Any]]) -> Iterator[Any]:
    """The one browser of the run, which reaches nothing but this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(**launching(trap))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def launching() -> Callable[[Trap], dict[str, Any]]:
    """``launching(trap)``: Playwright's options for a Chromium to which every other host is the trap."""
    if why := missing():
        pytest.fail(why)
    return _launching


def _launching(trap: Trap) -> dict[str, Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)))
    unheard = ", ".join(f"MAP {name} ~NOTFOUND" for name in CHROMIUMS_OWN)
    names = f"MAP {REBOUND} 127.0.0.1, {unheard}, MAP * 127.0.0.1:{trap.port}, EXCLUDE 127.0.0.1, EXCLUDE localhost"
    arguments = [f"--host-resolver-rules={names}", "--disable-gpu", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {"executable_path": path, "args": arguments, "chromium_sandbox": os.geteuid() != 0}


@pytest.fixture
def visit(chromium: Any, trap: Trap) -> Iterator[Callable[..., Visitor]]:
    """``visit(lab, friends=(origin, …), **options)``: a new window with Playwright's context options."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    visitors: list[Visitor] = []

    def come(lab: Any, friends: tuple[str, ...] = (), **options: Any) -> Visitor:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        visitors.append(Visitor(context, lab, trap, friends))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
    for visitor in visitors:
        visitor.assert_well()


@pytest.fixture
def bring() -> Callable[..., Any]:
    """``bring(lab, data, to)``: a stranger's mail to the sink, as the inspection API then shows it."""

    def send(lab: Any, data: bytes, to: str = "someone@here.example") -> Any:
        host, _, port = lab.addresses.sink.rpartition(":")
        newest = lab.api("GET", "messages?limit=1")["messages"]
        with smtplib.SMTP(host, int(port), timeout=20) as client:
            client.sendmail("stranger@away.example", [to], data)
        return lab.api("GET", f"messages/wait?timeout=20&to={to}&after={newest[0]['id'] if newest else 0}")

    return send


@pytest.fixture
def quick(fresh: Callable[..., Any]) -> Callable[..., Any]:
    """An emulator for this test alone, in which everybody may send to anybody at any speed."""
    return lambda **settings: fresh(**{"auto_verify": True, "production": True, "max_send_rate": -1.0, **settings})
