"""What a send costs in an account that holds much, beside one that holds nothing: it must be the same.

``python -m tests.benchmarks.crowd`` measures it alone.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from emulator.documents.suppression import SuppressedDestination
from emulator.documents.templates import EmailTemplate, Parts
from emulator.settings import DEFAULT_ACCOUNT
from emulator.store.sql.engine import open_store, sqlite_url
from emulator.values import Identity, IdentityKind, Scope
from tests.benchmarks import driver, process
from tests.benchmarks.contestants import RECIPIENT, SEND_V2, SENDER, TEXT, http, ourselves

IDENTITIES = 10_000
TEMPLATES = 1_000
SUPPRESSED = 10_000
_SCOPE = Scope(DEFAULT_ACCOUNT, "us-east-1")
_SEND_TEMPLATE = http(
    "POST",
    "/v2/email/outbound-emails",
    json.dumps(
        {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": [RECIPIENT]},
            "Content": {"Template": {"TemplateName": "template-0", "TemplateData": json.dumps({"name": "Bench"})}},
        }
    ).encode(),
    "application/json",
)
_KINDS = (("simple", SEND_V2), ("template", _SEND_TEMPLATE))


@dataclass(frozen=True, slots=True)
class Crowded:
    """Median milliseconds of a send over one connection, by kind of content: in the empty and in the full account."""

    empty_ms: dict[str, float]
    full_ms: dict[str, float]

    def __str__(self) -> str:
        told = [
            f"{kind} {self.full_ms[kind]:.2f} ms, {self.full_ms[kind] / self.empty_ms[kind]:.2f}x an empty account's"
            for kind in self.empty_ms
        ]
        return (
            f"a send beside {IDENTITIES} identities, {TEMPLATES} templates and {SUPPRESSED} suppressed addresses: "
            + "; ".join(told)
        )


def measure(rounds: int = 5, sends: int = 200) -> Crowded:
    """Both run at the same time and are asked in turn, so that what disturbs the machine disturbs both. RuntimeError
    when a send is refused."""
    taken: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="ses-bench-") as name, ExitStack() as running:
        ports = {}
        for which in ("empty", "full"):
            folder = Path(name) / which
            folder.mkdir()
            _fill(folder, few=which == "empty")
            ports[which] = _start(running, folder, Path(name) / f"{which}.log")
        for number in range(rounds + 1):
            for kind, request in _KINDS:
                for which, port in ports.items():
                    measured = driver.load(port, request, sends, connections=1, processes=1)
                    if set(measured.statuses) != {200}:
                        raise RuntimeError(f"{which}, {kind}: {driver.request(port, request).body[:300]!r}")
                    if number:  # the first round only warms up
                        taken.setdefault((which, kind), []).append(1000 * measured.percentile(50))
    medians = {key: statistics.median(values) for key, values in taken.items()}
    return Crowded(
        {kind: medians["empty", kind] for kind, _ in _KINDS}, {kind: medians["full", kind] for kind, _ in _KINDS}
    )


def _start(running: ExitStack, folder: Path, log: Path) -> int:
    us, port = ourselves(), process.free_port()
    server = running.enter_context(process.running(us.command(port, folder), log, us.environment(port)))
    process.first_answer(server, port, us.probe, time.monotonic())
    for request in us.prepare:
        answer = driver.request(port, request)
        if answer.status != 200:
            raise RuntimeError(f"prepare: {answer.status} {answer.body[:300]!r}")
    return port


def _fill(folder: Path, *, few: bool) -> None:
    """``few``: only the template that is sent."""
    store = open_store(sqlite_url(folder))
    parts = Parts("Bench", "Dear {{name}},\n" + TEXT)
    with store.write() as writer:
        for number in range(1 if few else TEMPLATES):
            writer.save_document(EmailTemplate(scope=_SCOPE, name=f"template-{number}", parts=parts, created_at=number))
        if not few:
            for number in range(IDENTITIES):
                writer.save_identity(Identity(_SCOPE, f"user{number}@many.example", IdentityKind.EMAIL_ADDRESS, 0.0))
            for number in range(SUPPRESSED):
                name = f"gone{number}@away.example"
                writer.save_document(SuppressedDestination(scope=_SCOPE, name=name, reason="BOUNCE"))
    store.close()


if __name__ == "__main__":
    print(measure())
