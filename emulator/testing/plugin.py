"""The pytest plugin: fixtures ``ses``, ``inbox`` and ``ses_emulator``, the marker ``ses_emulator``, and the request
log in the report of a test that failed. What they promise is in docs/pytest.md.

Nothing is started or loaded before a test asks for one of the fixtures: suites that do not know of the plugin must not
pay for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.testing.account import Ses
    from emulator.testing.inbox import Inbox
    from emulator.testing.server import Server
    from emulator.testing.servers import Meeting, Servers

_SERVERS: pytest.StashKey[Servers] = pytest.StashKey()
_MEETING: pytest.StashKey[Meeting] = pytest.StashKey()
_SES: pytest.StashKey[Ses] = pytest.StashKey()
_DEFAULT_REGION = "us-east-1"
# They would lead past the variables that are set.
_UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
# The account of every access key that is no account's number, as moto's mock_aws sets one.
_DEFAULT_ACCOUNT = "123456789012"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--ses-url``, ``--update-golden``; ini: ``ses_emulator_args``, ``ses_region``."""
    group = parser.getgroup("ses-emulator")
    group.addoption("--ses-url", metavar="URL", help="Use the running SES emulator at URL [SES_EMULATOR_URL].")
    group.addoption("--update-golden", action="store_true", help="Write golden mails instead of comparing with them.")
    parser.addini("ses_emulator_args", "Options of ses-emulator start, for every emulator of the run.", type="args")
    parser.addini("ses_region", f"The region of the fixture ses. [{_DEFAULT_REGION}]", default=_DEFAULT_REGION)


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker."""
    config.addinivalue_line(
        "markers",
        "ses_emulator(*options): give the test an SES emulator that no other test uses at the same time, started with "
        "these options besides ses_emulator_args. It may move the clock (ses.clock).",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist, in the controller, for each worker: tells it where the run's emulator is met."""
    from emulator.testing import servers

    config: pytest.Config = node.config
    if _MEETING not in config.stash:
        if not hasattr(os, "mkfifo"):
            return
        config.stash[_MEETING] = servers.Meeting()
        config.add_cleanup(config.stash[_MEETING].close)
    node.workerinput["ses_emulator_meeting"] = str(config.stash[_MEETING].folder)


@pytest.fixture(scope="session")
def ses_emulator(request: pytest.FixtureRequest) -> Server:
    """The run's emulator, for fixtures of wider scope than a test: ``new_account()`` gives each an account."""
    return _or_fail(lambda: _servers(request.config).shared())


@pytest.fixture
def ses(request: pytest.FixtureRequest) -> Iterator[Ses]:
    """An SES account of this test's own, and the environment that leads the code under test there."""
    servers = _servers(request.config)
    marker = request.node.get_closest_marker("ses_emulator")
    server = _or_fail(lambda: servers.shared() if marker is None else servers.own(_options_of(marker)))
    account = server.new_account(
        golden=request.path.parent / "golden", update_golden=request.config.getoption("--update-golden")
    )
    with pytest.MonkeyPatch.context() as environment, _no_default_session():
        for name in _UNSET:
            environment.delenv(name, raising=False)
        for name, value in {**account.env, **_past_proxies(os.environ, account.endpoint)}.items():
            environment.setenv(name, value)
        request.node.stash[_SES] = account
        yield account
        account.clock.put_right()


@pytest.fixture
def inbox(ses: Ses) -> Inbox:
    """The mail that this test's account has sent, as its recipients got it."""
    return ses.inbox


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test's report ends with what its account asked of SES."""
    report = yield
    account = item.stash.get(_SES, None)
    if report.failed and account is not None:
        report.sections.append(("SES calls of this test", _log(account)))
    return report


def _servers(config: pytest.Config) -> Servers:
    """This process's; whatever it starts ends with the run."""
    if _SERVERS not in config.stash:
        from emulator.testing import servers

        workerinput: dict[str, Any] = getattr(config, "workerinput", {})
        meeting = workerinput.get("ses_emulator_meeting")
        config.stash[_SERVERS] = servers.Servers(
            options=config.getini("ses_emulator_args"),
            url=config.getoption("--ses-url") or os.environ.get("SES_EMULATOR_URL") or None,
            region=config.getini("ses_region"),
            meeting=Path(meeting) if meeting else None,
            workers=int(workerinput.get("workercount", 1)),
        )
        config.add_cleanup(config.stash[_SERVERS].close)
    return config.stash[_SERVERS]


def _log(account: Ses) -> str:
    """Never raises: it must not hide why the test failed."""
    from emulator.testing.api import EmulatorError
    from emulator.testing.calls import table

    try:
        calls = account.requests()
        refused = sum(not call.accepted for call in calls)
        head = f"account {account.account} at {account.endpoint}: calls {len(calls)}, refused {refused}"
        return f"{head}\n{table(calls)}" if calls else f"{head}\n{_strays(account)}".rstrip()
    except EmulatorError as problem:
        return str(problem)


def _strays(account: Ses) -> str:
    """Calls with an access key that is no account's number cannot be told from those of other tests; but where a test's
    account saw none at all, they are the likely reason."""
    from emulator.testing.calls import Call

    entries = account.api.get("requests", {"account": _DEFAULT_ACCOUNT, "limit": 2000})["requests"]
    keys = sorted({Call.of(one).caller for one in entries})
    if not keys:
        return ""
    return (
        f"There were calls with the access key {', '.join(keys)}, though, from this test or another: does the code "
        "under test bring its own credentials, or a client that was made before the test? moto's mock_aws sets its own "
        'keys unless it is told not to: mock_aws(config={"core": {"mock_credentials": False}}).'
    )


def _or_fail(start: Callable[[], Server]) -> Server:
    """Without a traceback through the plugin: the sentence says all."""
    from emulator.testing.api import EmulatorError

    try:
        return start()
    except EmulatorError as problem:
        told = str(problem)
    pytest.fail(told, pytrace=False)


def _options_of(marker: pytest.Mark) -> Sequence[str]:
    """The marker's options. What it does not know is a mistake: a test would run without what it asks for."""
    from emulator.testing.api import EmulatorError

    if marker.kwargs or not all(isinstance(one, str) for one in marker.args):
        raise EmulatorError(
            "The marker ses_emulator takes the options of ses-emulator start one by one and as texts, like "
            'ses_emulator("--max-send-rate", "5").'
        )
    return marker.args


def _past_proxies(ours: Mapping[str, str], endpoint: str) -> Mapping[str, str]:
    """The emulator is reached directly also where a proxy leads to AWS."""
    from urllib.parse import urlsplit

    host = urlsplit(endpoint).hostname or ""
    return {
        name: ",".join(filter(None, (ours.get(name), host)))
        for name in ("NO_PROXY", "no_proxy")
        if any(proxy in ours for proxy in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"))
    }


@contextmanager
def _no_default_session() -> Iterator[None]:
    """boto3 keeps the credentials of the first ``boto3.client`` for the whole process, in a default session; a test
    begins without one, so that its clients are its own account's, and leaves none behind."""
    before = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
    _set_default_session(None)
    try:
        yield
    finally:
        _set_default_session(before)


def _set_default_session(session: Any) -> None:
    boto3: Any = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = session
