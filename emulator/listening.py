"""Where everything listens, and how that is written for whoever connects from this machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything is: URLs, and ``host:port``."""

    endpoint: str
    ui: str
    smtp: str
    smtps: str
    sink: str
    dns: str
    pid: int

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def reachable(host: str) -> str:
    """Where a listener on ``host`` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def in_url(host: str) -> str:
    """The host of a URL that reaches a listener on ``host``: an IPv6 address in brackets."""
    found = reachable(host)
    return f"[{found}]" if ":" in found else found


def pair(address: tuple[str, int]) -> str:
    """``host:port``."""
    host, port = address
    return f"{in_url(host)}:{port}"


def split_pair(text: str) -> tuple[str, int] | None:
    """Host and port of ``HOST:PORT``; None when it is not that."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    return host.strip("[]"), int(port)
