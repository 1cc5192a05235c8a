"""One account of a running emulator: what a test does with SES, and the environment that leads its code there."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from emulator.testing.api import Api, EmulatorError
from emulator.testing.calls import Call
from emulator.testing.events import Event, Events
from emulator.testing.golden import Goldens
from emulator.testing.inbox import Inbox

if TYPE_CHECKING:
    from ssl import SSLContext

_SECRET = "test"
_MOST_CALLS = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a running emulator is reached, and whether its clock may be moved: ``clock_shared`` says why not."""

    api: Api
    smtp_host: str
    smtp_port: int
    smtps_port: int
    clock_shared: str = ""


@dataclass(frozen=True, slots=True)
class Smtp:
    """SES's SMTP door for one account and region. ``port`` begins in the clear and takes STARTTLS, ``tls_port`` is TLS
    from the start."""

    host: str
    port: int
    tls_port: int
    user: str
    password: str

    @property
    def context(self) -> SSLContext:
        """For ``smtplib``: takes the emulator's certificate, which it signed itself."""
        import ssl

        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


class Clock:
    """The emulator's time. It is one for all accounts, so it may be moved only where no other test runs on the same
    emulator at that moment: EmulatorError where one may. It is put right when the test ends."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._moved = False

    @property
    def now(self) -> str:
        """ISO 8601 in UTC."""
        return str(self._place.api.get("clock")["now"])

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Moves it on by the sum; what follows (quota, expiry, DNS checks) is there when this returns."""
        __tracebackhide__ = True
        self._move({"advance_seconds": ((days * 24 + hours) * 60 + minutes) * 60 + seconds})

    def reset(self) -> None:
        """Back to real time."""
        self._move({"reset": True})
        self._moved = False

    def put_right(self) -> None:
        """Back to real time if it was moved from here."""
        if self._moved:
            self.reset()

    def _move(self, how: Mapping[str, object]) -> None:
        __tracebackhide__ = True
        if self._place.clock_shared:
            raise EmulatorError(self._place.clock_shared)
        self._moved = True
        self._place.api.call("POST", "clock", body=how)


class Ses:
    """One account that nobody else uses, in one region unless a call says another. Its access key id is its number."""

    def __init__(self, place: Place, account: str, region: str, goldens: Goldens) -> None:
        self._place = place
        self._api = place.api
        self.account = account
        self.region = region
        self.inbox = Inbox(self._api, account, goldens)
        self.clock = Clock(place)
        self._events = Events(self._api, account)
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def endpoint(self) -> str:
        """The URL that takes the place of AWS's."""
        return self._api.endpoint

    @property
    def api(self) -> Api:
        """The emulator's inspection API, for what has no method here."""
        return self._api

    @property
    def access_key(self) -> str:
        return self.account

    @property
    def secret_key(self) -> str:
        return _SECRET

    @property
    def env(self) -> Mapping[str, str]:
        """The variables that lead AWS's SDKs and CLI to this account's SES, and to no other AWS service here."""
        return {
            "AWS_ENDPOINT_URL_SES": self.endpoint,
            "AWS_ENDPOINT_URL_SESV2": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            # A configuration file may say that endpoints are to be ignored; then mail would leave for AWS.
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        }

    def client(self, service: str, region: str | None = None, **options: Any) -> Any:
        """A boto3 client for ``ses``, ``sesv2`` or any other service that the emulator answers, as this account. With
        ``options`` (``config=`` …) a new one at each call."""
        import boto3

        key = (service, region or self.region)
        if options or key not in self._clients:
            session = boto3.session.Session(
                aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key, region_name=key[1]
            )
            client = session.client(service, endpoint_url=self.endpoint, **options)
            if options:
                return client
            self._clients[key] = client
        return self._clients[key]

    def verify(self, *identities: str, region: str | None = None) -> None:
        """Makes these addresses and domains verified identities: a domain with Easy DKIM and its records published, an
        address without the mail that SES would send. EmulatorError for what can be no identity."""
        __tracebackhide__ = True
        for identity in identities:
            path = f"identities/{quote(identity, safe='@')}"
            self._api.call("PUT", path, {"account": self.account, "region": region or self.region})

    def production(self, region: str | None = None) -> None:
        """Out of the sandbox: asks for production access, as one does at SES (PutAccountDetails). Recipients need no
        verification from then on; the limits are 50 000 a day and 14 a second."""
        import json
        from datetime import UTC, datetime

        from emulator.testing.signing import signed_headers

        body = json.dumps({"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}).encode()
        path = "/v2/email/account/details"
        headers = signed_headers(
            "POST",
            path,
            body,
            host=urlsplit(self.endpoint).netloc,
            region=region or self.region,
            access_key=self.access_key,
            secret=self.secret_key,
            at=datetime.now(UTC),
        )
        self._api.request("POST", path, body, {**headers, "Content-Type": "application/json"})

    @property
    def smtp(self) -> Smtp:
        """For code that sends by SMTP."""
        from emulator.smtp.credentials import password

        return Smtp(
            host=self._place.smtp_host,
            port=self._place.smtp_port,
            tls_port=self._place.smtps_port,
            user=self.access_key,
            password=password(self.secret_key, self.region),
        )

    def requests(self) -> list[Call]:
        """Every SES call of this account, accepted or refused, at any door, the oldest first. The emulator keeps the
        last 2 000 of all its accounts."""
        entries = self._api.get("requests", {"account": self.account, "limit": _MOST_CALLS})["requests"]
        return [Call.of(entry) for entry in reversed(entries)]

    def events(self) -> list[Event]:
        """What SES told of this account's mails and to whom, the oldest first, also what was not taken. The emulator
        keeps the last 2 000 of all its accounts."""
        return self._events.all()

    def wait_for_event(
        self, type: str, *, message_id: str | None = None, channel: str = "sns", timeout: float = 5.0
    ) -> Event:
        """The newest event of this type (``BOUNCE``, ``DELIVERY`` …) that was taken, at once when it is there, or as
        soon as it comes; ``message_id`` says of which mail. AssertionError when ``timeout`` seconds (0 to 300) are
        over. EmulatorError for a type that there is not."""
        __tracebackhide__ = True
        return self._events.wait_for(type, message_id=message_id, channel=channel, timeout=timeout)

    def __repr__(self) -> str:
        return f"<Ses {self.account} in {self.region} at {self.endpoint}>"


class Accounts:
    """Numbers for accounts that nobody used before, on an emulator that may be older than this process."""

    def __init__(self) -> None:
        from emulator.ids import account_number

        self._numbers = itertools.count(account_number())

    def next(self) -> str:
        return str(next(self._numbers))
