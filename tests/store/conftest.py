"""One contract for both databases: a test that takes ``store`` or ``url`` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.store.sql.engine import SqlStore, open_store, sqlite_url
from emulator.values import Captured, Door, Envelope, OutboundMessage, Scope, Tag
from emulator.verdicts import Display, DkimVerdict, DmarcVerdict, Reason, SpfVerdict, Verdict

SCOPE = Scope("123456789012", "ap-northeast-1")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return str(request.getfixturevalue("postgresql")())


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def scope() -> Scope:
    return SCOPE


@pytest.fixture
def outbound_message() -> Callable[..., OutboundMessage]:
    def make(message_id: str = "m1", *recipients: str, **changes: Any) -> OutboundMessage:
        to = recipients or ("to@example.org",)
        values: dict[str, Any] = {
            "message_id": message_id,
            "scope": SCOPE,
            "accepted_at": 1000.0,
            "door": Door.V2,
            "operation": "SendEmail",
            "caller": "AKIA",
            "source": "Abashiri <me@abashiri.domain>",
            "feedback_to": "bounces@abashiri.domain",
            "envelope": Envelope(f"{message_id}@mail.abashiri.domain", to, "23.251.234.1", "e234-1.smtp-out"),
            "data": b"Subject: hi\r\n\r\nbody\r\n",
            "counted": len(to),
            "tags": (Tag("campaign", "spring"),),
        }
        return OutboundMessage(**(values | changes))

    return make


@pytest.fixture
def captured_mail() -> Callable[..., Captured]:
    verdict = Verdict(
        SpfVerdict("pass", "mail.abashiri.domain", "23.251.234.1", "designates"),
        (
            DkimVerdict("pass", "abashiri.domain", "s1", "@abashiri.domain", "abcdefgh"),
            DkimVerdict("fail", "amazonses.com", "s2", "@amazonses.com", "ijklmnop", "body hash mismatch"),
        ),
        DmarcVerdict("pass", "abashiri.domain", "reject", "none", "abashiri.domain", "dkim,spf"),
        Display("mail.abashiri.domain", "abashiri.domain", None),
        "mx.sink.test;\r\n       dkim=pass header.i=@abashiri.domain",
        (Reason("via", "It is signed by the sender's own domain.", "nothing"),),
    )

    def make(**changes: Any) -> Captured:
        values: dict[str, Any] = {
            "id": 0,
            "received_at": 2000.5,
            "envelope": Envelope("x@mail.abashiri.domain", ("rcpt@example.org",), "23.251.234.1", "helo.example"),
            "raw": b"Received: by sink\r\n\r\n\x00\xff\r\n",
            "verdict": verdict,
            "from_": "Abashiri <me@abashiri.domain>",
            "to": ("Ms To <to@example.org>",),
            "cc": ("cc@example.org",),
            "reply_to": ("reply@example.org",),
            "subject": "Drift ice",
            "text": "The ice has come.",
            "size": 30,
        }
        return Captured(**(values | changes))

    return make
