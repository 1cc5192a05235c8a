"""Clients that nobody here wrote, in processes of their own, and what each recipient must find in the inbox."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from emulator.smtp.credentials import password

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ses-emulator-clients"
DOMAIN = "shop.example"


def _file(name: str, kind: str, content: bytes) -> dict[str, str]:
    return {"name": name, "type": kind, "content": base64.b64encode(content).decode()}


@dataclass(frozen=True)
class Mail:
    """What is handed to a client, and therefore what has to arrive."""

    from_: str = f"The Shop <hello@{DOMAIN}>"
    to: tuple[str, ...] = ("anna@reader.example", "bert@reader.example")
    cc: tuple[str, ...] = ("carla@reader.example",)
    bcc: tuple[str, ...] = ("dora@reader.example",)
    reply_to: tuple[str, ...] = (f"help@{DOMAIN}",)
    subject: str = "Gruß aus Åbo: your order 4711 is on its way, 流氷 included, and this line is long"
    text: str = "Grüße!\n\n.a line that begins with a dot\nFrom here on: 流氷 = “ice”\n" + "x" * 300 + "\n"
    html: str = "<p>Grüße, <b>流氷</b> &amp; <a href='https://shop.example/?a=1&b=2'>more</a></p>\n"
    headers: tuple[tuple[str, str], ...] = (("X-Order", "4711"),)
    attachments: tuple[dict[str, str], ...] = (
        _file("bill.pdf", "application/pdf", b"%PDF-1.7\r\n" + bytes(range(256)) * 40 + b"\n.\r\n"),
        _file("Überblick.csv", "text/csv", "a;b\r\nü;流氷\r\n".encode()),
    )

    @property
    def everybody(self) -> tuple[str, ...]:
        return self.to + self.cc + self.bcc

    def but(self, **changes: Any) -> Mail:
        return replace(self, **changes)

    def as_json(self, **more: Any) -> str:
        plain = {"from": self.from_, "headers": dict(self.headers), **more}
        names = ("to", "cc", "bcc", "reply_to", "subject", "text", "html", "attachments")
        return json.dumps(plain | {name: getattr(self, name) for name in names})


def _lines(text: str) -> str:
    """Lines in mail end in CR LF, and composers differ in whether the last one ends at all."""
    return text.replace("\r\n", "\n").rstrip("\n")


def _addresses(raw: Any, name: str) -> list[str]:
    found = raw[name]
    return sorted(address.addr_spec for address in found.addresses) if found else []


@dataclass(frozen=True)
class Shop:
    """An account out of the sandbox whose domain may send, and the environment that leads a client to it."""

    lab: Any
    environment: dict[str, str]
    smtp: dict[str, Any]
    mail: Mail = field(default_factory=Mail)

    def run(self, command: list[str], stdin: str = "") -> str:
        """What the client printed. It ended well, which says nothing yet of the mail."""
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=60, env=self.environment, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def arrived(self, sent: Mail, message_id: str) -> None:
        """Every recipient has a copy of what was sent, and nobody else has one."""
        mine = f"messages?account={self.lab.account}&message_id={message_id}"
        newest = self.lab.wait(message_id=message_id)
        while len(copies := self.lab.api("GET", mine)["messages"]) < len(sent.everybody):
            newest = self.lab.wait(message_id=message_id, after=newest["id"])
        assert sorted(one for copy in copies for one in copy["envelope"]["rcpt_to"]) == sorted(sent.everybody)
        for copy in copies:
            self._is(self.lab.api("GET", f"messages/{copy['id']}"), sent)

    def _is(self, copy: Any, sent: Mail) -> None:
        assert copy["subject"] == sent.subject
        assert _lines(copy["text"]) == _lines(sent.text)
        assert _lines(copy["html"] or "") == _lines(sent.html)

        raw = message_from_bytes(self.lab.get(f"/_ses/api/messages/{copy['id']}/raw"), policy=default)
        assert str(raw["From"]) == sent.from_
        assert _addresses(raw, "To") == sorted(sent.to)
        assert _addresses(raw, "Cc") == sorted(sent.cc)
        assert _addresses(raw, "Reply-To") == sorted(sent.reply_to)
        assert "Bcc" not in raw
        for name, value in sent.headers:
            assert raw.get_all(name) == [value]

        found = [(one["file_name"], one["content_type"], self._bytes(copy, one)) for one in copy["attachments"]]
        assert found == [(one["name"], one["type"], base64.b64decode(one["content"])) for one in sent.attachments]
        assert [one["domain"] for one in copy["authentication"]["dkim"] if one["result"] == "pass"] == [
            DOMAIN,
            "amazonses.com",
        ]

    def _bytes(self, copy: Any, attachment: Any) -> bytes:
        return bytes(self.lab.get(f"/_ses/api/messages/{copy['id']}/attachments/{attachment['n']}"))


@pytest.fixture
def shop(lab: Any) -> Shop:
    lab.verify(DOMAIN)
    lab.production()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SES_EMULATOR_"))}
    environment = clean | {
        "AWS_ENDPOINT_URL": lab.endpoint,
        "AWS_REGION": lab.region,
        "AWS_DEFAULT_REGION": lab.region,
        "AWS_ACCESS_KEY_ID": lab.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "NODE_PATH": str(CACHE / "node" / "node_modules"),
    }
    host, _, port = lab.addresses.smtp.rpartition(":")
    smtp = {
        "host": host,
        "port": int(port),
        "tls_port": int(lab.addresses.smtps.rpartition(":")[2]),
        "user": lab.account,
        "password": password("test", lab.region),
    }
    return Shop(lab, environment, smtp)


def _missing(why: str) -> None:
    """In continuous integration a client that is missing is a mistake; elsewhere nobody has to have it."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        _missing(f"{name} is not there")
    return str(found)


def _same(wanted: str, folder: str) -> None:
    """The folder of clients was made to its end, for the versions that are named now."""
    stamp = CACHE / folder / ".installed"
    if not stamp.exists() or stamp.read_bytes() != (HERE / wanted).read_bytes():
        _missing(f"the clients of {wanted} are not installed: tests/clients/install")


@pytest.fixture
def node(shop: Shop) -> Callable[..., Any]:
    """``node(way, mail)``: what node/send.cjs answered."""
    program = _program("node")
    _same("node/package-lock.json", "node")
    script = str(HERE / "node" / "send.cjs")
    return lambda way, mail: json.loads(shop.run([program, script, way], mail.as_json(smtp=shop.smtp)))


@pytest.fixture
def django(shop: Shop) -> Callable[..., Any]:
    """``django(way, mail)``: what python/send.py answered."""
    _same("python/requirements.txt", "python")
    command = [str(CACHE / "python" / "bin" / "python"), str(HERE / "python" / "send.py")]
    return lambda way, mail: json.loads(shop.run([*command, way], mail.as_json()))


@pytest.fixture
def swaks(shop: Shop) -> Callable[..., str]:
    """``swaks(option, …)``: the dialogue that it printed."""
    return lambda *options: shop.run([_program("swaks"), *options])
