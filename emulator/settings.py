"""What the emulator was started with. Made once, by the command line or a test; never changed after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
DEFAULT_SECRET = "test"


@dataclass(frozen=True, slots=True)
class Settings:
    """Port 0 takes a free one. ``max_24_hour_send`` and ``max_send_rate``: -1 is unlimited, None is SES's own
    (200 and 1 in the sandbox, 50 000 and 14 in production). ``credentials`` maps access key ids to secrets; a key
    that is not in it has the secret ``test``. ``public_url`` stands in links that leave in mails."""

    host: str = "127.0.0.1"
    port: int = 4579
    smtp_port: int = 2587
    smtps_port: int = 2465
    sink_port: int = 1025
    dns_port: int = 1053
    data: Path | None = None
    database: str | None = None
    auto_verify: bool = False
    production: bool = False
    hold_production_review: bool = False
    max_24_hour_send: float | None = None
    max_send_rate: float | None = None
    demo: bool = False
    verify_signatures: bool = False
    credentials: tuple[tuple[str, str], ...] = ()
    amazonses_signature: bool = True
    resolver: str | None = None
    public_url: str | None = None
    seeds: tuple[Path, ...] = ()
    faults: tuple[str, ...] = ()
    fault_seed: int = 0

    def secret_of(self, access_key: str) -> str:
        """The secret key of an access key id; any id is known unless it was given another secret."""
        return dict(self.credentials).get(access_key, DEFAULT_SECRET)
