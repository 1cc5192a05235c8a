"""A captured mail to build views from, as the receiver would have judged it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulator.values import Captured, Envelope
from emulator.verdicts import Display, DkimVerdict, DmarcVerdict, SpfVerdict, Verdict

NOW = 1_700_000_000.0


@pytest.fixture
def now() -> float:
    return NOW


@pytest.fixture
def judged() -> Callable[..., Verdict]:
    """``judged(**changes)``: a verdict in which nothing passed, but for what ``changes`` say."""
    return _judged


@pytest.fixture
def signature() -> Callable[..., DkimVerdict]:
    """``signature(domain, result)``: what became of one DKIM-Signature."""

    def make(domain: str, result: str = "pass") -> DkimVerdict:
        return DkimVerdict(result, domain, "sel", f"@{domain}", "AbCdEfGh", "" if result == "pass" else "broken")

    return make


def _judged(**changes: Any) -> Verdict:
    nothing = Verdict(
        spf=SpfVerdict("none", "away.example", "192.0.2.1"),
        dkim=(),
        dmarc=DmarcVerdict("none", "shop.example"),
        display=Display(None, None, None),
        header="",
    )
    return replace(nothing, **changes)


@pytest.fixture
def captured() -> Callable[..., Captured]:
    """``captured(raw, **changes)``: a mail of a stranger's, captured at ``NOW``."""

    def make(raw: bytes = b"From: a@shop.example\r\n\r\nhi\r\n", **changes: Any) -> Captured:
        mail = Captured(
            id=7,
            received_at=NOW,
            envelope=Envelope("a@away.example", ("r@here.example",), "192.0.2.1", "away.example"),
            raw=raw,
            verdict=_judged(),
            from_="a@shop.example",
            to=("r@here.example",),
            size=len(raw),
        )
        return replace(mail, **changes)

    return make
