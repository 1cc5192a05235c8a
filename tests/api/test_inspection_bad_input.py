"""Bad input to the inspection API: 4xx, ``{"error":{"code","message"}}``, nothing changed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from urllib.request import urlopen

import boto3
import pytest

from emulator.runtime import Emulator
from tests.conftest import running

LONG = "x" * 1001
BAD = [
    *[("GET", f"messages?limit={value}", None) for value in ("0", "-1", "501", "x", "", "1.5", "%D9%A3", "9" * 5000)],
    *[("GET", f"messages?cursor={value}", None) for value in ("0", "-1", "x", "", "9" * 30)],
    *[("GET", f"messages?{name}=%00", None) for name in ("to", "from", "subject", "text", "q", "region", "account")],
    ("GET", f"messages?q={LONG}", None),
    *[("GET", f"messages/wait?timeout={value}", None) for value in ("-1", "301", "nan", "inf", "1e999", "x", "")],
    *[("GET", f"messages/wait?after={value}", None) for value in ("-1", "x", "1e3", "")],
    ("GET", "messages/wait?to=%00", None),
    ("DELETE", "messages?to=%00", None),
    ("DELETE", f"messages?subject={LONG}", None),
    ("DELETE", "messages?limit=1", None),
    ("DELETE", "messages?form=x", None),
    *[("GET", f"messages/{id}", None) for id in ("0", "-1", "x", "1.0", "%D9%A3", "99999999", "9" * 18, "9" * 5000)],
    *[("GET", f"messages/{id}/raw", None) for id in ("0", "x", "9" * 5000)],
    *[("DELETE", f"messages/{id}", None) for id in ("0", "x", "99999999", "9" * 5000)],
    *[
        ("GET", f"requests?{query}", None)
        for query in ("limit=0", "limit=2001", "accepted=1", "accepted=", "account=%00")
    ],
    *[
        ("GET", f"events?{query}", None)
        for query in ("limit=0", "limit=2001", "type=", "type=OPENED", "type=%00", "message_id=%00", "region=%00")
    ],
    *[("POST", "clock", body) for body in (b"", b"[]", b"{}", b"null", b"{", b"\xff", b"[" * 100_000, b'{"now": NaN}')],
    *[
        ("POST", "clock", b'{"advance_seconds": %s}' % value)
        for value in (
            b'"1"',
            b"null",
            b"true",
            b"NaN",
            b"Infinity",
            b"1e400",
            b"-1e12",
            b"1e12",
            b"9" * 400,
            b"9" * 5000,
        )
    ],
    *[
        ("POST", "clock", b'{"now": "%s"}' % value)
        for value in (b"", b"tomorrow", b"1969-12-31T23:59:59Z", b"9999-01-01T00:00:00Z", b"0001-01-01T00:00:00+23:59")
    ],
    ("POST", "clock", b'{"now": 1}'),
    ("POST", "clock", b'{"reset": false}'),
    ("POST", "clock", b'{"reset": 1}'),
    ("POST", "clock", b'{"reset": true, "advance_seconds": 1}'),
    *[
        ("POST", f"reset?account={value}", None)
        for value in ("", "x", "%00", "12345678901", "1234567890123", "%D9%A3" * 12)
    ],
    *[("POST", "reset", body) for body in (b"x", b"[]", b'{"account": 1}', b'{"account": "x"}', b'{"acount": "x"}')],
    *[("GET", f"dns/records?{query}", None) for query in ("name=a..b", "name=%00", "type=x", "type=", "type=%00")],
    *[
        ("DELETE", f"dns/records{query}", None)
        for query in ("", "?name=", "?name=.", "?type=A", "?nam=x", "?name=a..b")
    ],
    ("DELETE", "dns/records?name=x.example&type=A&value=1", None),
    *[("PUT", "dns/records", body) for body in (b"", b"x", b"[]", b"\xff\xfe", b'{"records": {}}')],
    *[("GET", f"dns/queries?limit={value}", None) for value in ("0", "1001", "x")],
    ("GET", "identities/nobody.example", None),
    ("POST", "identities/nobody.example/verify", None),
    ("POST", "identities/nobody.example/publish", None),
    ("POST", "identities/kept.example/publish?records=x", None),
    ("POST", "identities/kept.example/verify?region=%00", None),
    ("POST", "identities/kept.example/verify?account=%00", None),
    *[
        ("POST", path, b"{}")
        for path in ("messages", "messages/wait", "requests", "health", "dns/records", "identities/x")
    ],
    *[("PUT", path, b"{}") for path in ("messages", "clock", "reset", "nothing")],
    *[
        ("GET", path, None)
        for path in ("", "reset", "nothing", "messages/", "messages//", "messages/1/", "dns", "..", "%00")
    ],
    ("BREW", "messages", None),
    ("PATCH", "health", None),
]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One that nobody else's mail is on its way through: whatever changes in it was changed here."""
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def world(emulator):
    """That emulator with a mail, a record and an identity; how to look at them; and how they look."""
    lab = SimpleNamespace(endpoint=emulator.addresses.endpoint)
    ses = boto3.client(
        "ses",
        endpoint_url=lab.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    ses.verify_domain_identity(Domain="kept.example")
    ses.verify_email_identity(EmailAddress="kept@person.example")

    def get(path: str) -> bytes:
        with urlopen(f"{lab.endpoint}/_ses/api/{path}", timeout=20) as answer:
            return answer.read()

    get("messages/wait?to=kept@person.example&timeout=20")

    def state() -> list[bytes | bool]:
        moved = datetime.fromisoformat(json.loads(get("clock"))["now"]).timestamp() - time.time()
        return [get("messages"), get("dns/records"), get("identities/kept.example"), moved > 60]

    return lab, state, state()


@pytest.mark.parametrize(("method", "path", "body"), BAD, ids=[f"{m} {p:.40} {(b or b'')!r:.30}" for m, p, b in BAD])
def test_it_is_refused_and_nothing_changes(world, ask, method, path, body):
    lab, state, before = world
    answer = ask(lab, method, f"/_ses/api/{path}", body)
    assert 400 <= answer.status < 500
    assert answer.headers["content-type"] == "application/json"
    error = answer.json["error"]
    assert answer.json.keys() == {"error"}
    assert error.keys() == {"code", "message"}
    assert error["code"].isalpha()
    assert error["message"]
    assert state() == before
