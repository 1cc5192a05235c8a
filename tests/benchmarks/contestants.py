"""Who runs in the bench, and the same two mails for all of them."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

SENDER = "sender@bench.example"
RECIPIENT = "recipient@bench.example"
TEXT = ("The quick brown fox jumps over the lazy dog, and then once more. " * 64)[:4096]
UNLIMITED = ("--auto-verify", "--max-24-hour-send", "-1", "--max-send-rate", "-1")

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/ses/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


def http(method: str, path: str, body: bytes = b"", content_type: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: {_AUTHORIZATION}"]
    lines += ["X-Amz-Date: 20260101T000000Z"]
    if method == "POST":
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def query(action: str, **parameters: str) -> bytes:
    form = urlencode({"Action": action, "Version": "2010-12-01", **parameters}).encode()
    return http("POST", "/", form, "application/x-www-form-urlencoded; charset=utf-8")


GET_SEND_QUOTA = query("GetSendQuota")
GET_ACCOUNT = http("GET", "/v2/email/account")
SEND_V1 = query(
    "SendEmail",
    **{
        "Source": SENDER,
        "Destination.ToAddresses.member.1": RECIPIENT,
        "Message.Subject.Data": "Bench",
        "Message.Body.Text.Data": TEXT,
    },
)
SEND_V2 = http(
    "POST",
    "/v2/email/outbound-emails",
    json.dumps(
        {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": [RECIPIENT]},
            "Content": {"Simple": {"Subject": {"Data": "Bench"}, "Body": {"Text": {"Data": TEXT}}}},
        }
    ).encode(),
    "application/json",
)

# aws-ses-v2-local has no GetSendQuota. Its GetAccount answers the same question, with what this variable says.
_ACCOUNT = {
    "DedicatedIpAutoWarmupEnabled": False,
    "Details": {
        "AdditionalContactEmailAddresses": [],
        "ContactLanguage": "EN",
        "MailType": "TRANSACTIONAL",
        "ReviewDetails": {"CaseId": "1", "Status": "GRANTED"},
        "UseCaseDescription": "bench",
        "WebsiteURL": "https://bench.example",
    },
    "EnforcementStatus": "HEALTHY",
    "ProductionAccessEnabled": True,
    "SendingEnabled": True,
    "SendQuota": {"Max24HourSend": 50000, "MaxSendRate": 14, "SentLast24Hours": 0},
    "SuppressionAttributes": {"SuppressedReasons": []},
}


@dataclass(frozen=True, slots=True)
class Contestant:
    """``command`` gets the port and an empty folder for data. ``probe`` is the first question asked of it:
    GetSendQuota, or its nearest kin where that does not exist."""

    name: str
    command: Callable[[int, Path], Sequence[str]]
    environment: Callable[[int], Mapping[str, str]] = field(default=lambda port: {})
    probe: bytes = GET_SEND_QUOTA
    prepare: tuple[bytes, ...] = (query("VerifyEmailIdentity", EmailAddress=SENDER),)


def ourselves() -> Contestant:
    def command(port: int, folder: Path) -> Sequence[str]:
        ports = ("--smtp-port", "--smtps-port", "--sink-port", "--dns-port")
        free = [word for option in ports for word in (option, "0")]
        return [
            sys.executable,
            "-m",
            "emulator",
            "start",
            "--port",
            str(port),
            *free,
            "--data",
            str(folder),
            *UNLIMITED,
        ]

    # A domain with DKIM, so that every mail bears both signatures; --auto-verify makes it Success at once.
    return Contestant("ses-emulator", command, prepare=(query("VerifyDomainDkim", Domain=SENDER.rpartition("@")[2]),))


def moto() -> Contestant | str:
    program = Path(sys.executable).with_name("moto_server")
    if not program.exists():
        return "moto_server is not in this environment"
    return Contestant("moto_server", lambda port, folder: [str(program), "-H", "127.0.0.1", "-p", str(port)])


def ministack(peers: Path) -> Contestant | str:
    home = peers / "ministack"
    python = home / "bin" / "python"
    if not (home / "bin" / "ministack").exists():
        venv.create(home, with_pip=True)
        installed = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "ministack"], capture_output=True, text=True, check=False
        )
        if installed.returncode:
            shutil.rmtree(home, ignore_errors=True)
            return f"pip could not install it: {installed.stderr.strip().splitlines()[-1:]}"
    return Contestant(
        "ministack",
        lambda port, folder: [str(python), "-m", "ministack"],
        environment=lambda port: {"GATEWAY_PORT": str(port)},
    )


def aws_ses_v2_local(peers: Path) -> Contestant | str:
    if not (shutil.which("node") and shutil.which("npm")):
        return "node and npm are not here"
    home = peers / "aws-ses-v2-local"
    program = home / "node_modules" / ".bin" / "aws-ses-v2-local"
    if not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        installed = subprocess.run(
            ["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "aws-ses-v2-local"],
            capture_output=True,
            text=True,
            check=False,
        )
        if installed.returncode:
            return f"npm could not install it: {installed.stderr.strip().splitlines()[-1:]}"
    return Contestant(
        "aws-ses-v2-local",
        lambda port, folder: [str(program), "--port", str(port), "--host", "127.0.0.1"],
        environment=lambda port: {"AWS_SES_ACCOUNT": json.dumps(_ACCOUNT)},
        probe=GET_ACCOUNT,
        prepare=(),
    )


def everybody(peers: Path, only: Sequence[str]) -> tuple[list[Contestant], list[tuple[str, str]]]:
    """Those that can run, ourselves first, and the others with the reason. ``only`` empty means all."""
    can: list[Contestant] = []
    cannot: list[tuple[str, str]] = []
    makers: dict[str, Callable[[], Contestant | str]] = {
        "ses-emulator": lambda: ourselves() if _has_command() else "emulator has no __main__ yet",
        "moto_server": moto,
        "ministack": lambda: ministack(peers),
        "aws-ses-v2-local": lambda: aws_ses_v2_local(peers),
    }
    for name, make in makers.items():
        if only and name not in only:
            continue
        made = make()
        if isinstance(made, str):
            cannot.append((name, made))
        else:
            can.append(made)
    return can, cannot


def _has_command() -> bool:
    return importlib.util.find_spec("emulator.__main__") is not None
