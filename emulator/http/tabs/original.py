"""The Source tab: Gmail's "Show original", a table of identifiers and results above the raw mail."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Final

from emulator.http import wording
from emulator.http.tabs.heading import field
from emulator.http.wording import Mark
from emulator.receiver.reading import Reading
from emulator.values import Captured

_SHOWN_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table; ``mark`` is the result where the row is about one."""

    label: str
    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """``raw`` is the beginning of the mail; ``cut`` how many bytes are left to the download."""

    lines: tuple[Line, ...]
    raw: str
    cut: int


def original(mail: Captured, reading: Reading) -> Original:
    """Bytes that are no UTF-8 are shown as U+FFFD; the download has them as they are."""
    spf, dmarc = mail.verdict.spf, mail.verdict.dmarc
    lines = [
        Line("Message ID", field(reading, "Message-ID") or "(none)"),
        Line("Created at", _created(mail, reading)),
        Line("From", mail.from_ or "(none)"),
        Line("To", ", ".join(mail.to[:50]) + (f" and {len(mail.to) - 50} more" if len(mail.to) > 50 else "")),
        Line("Subject", mail.subject or "(none)"),
        Line("SPF", f"with IP {spf.client_ip}" + _domain(spf.domain), _quoted(spf.result, quotes=False)),
    ]
    lines += [
        Line(
            "DKIM",
            f"with domain {one.domain or '(none)'}" + (f": {one.reason}" if one.reason else ""),
            _quoted(one.result),
        )
        for one in mail.verdict.dkim
    ] or [Line("DKIM", "no signature", _quoted("none"))]
    lines.append(Line("DMARC", _policy(mail), _quoted(dmarc.result)))
    return Original(
        lines=tuple(lines),
        raw=mail.raw[:_SHOWN_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").replace("\x00", "\ufffd"),
        cut=max(0, len(mail.raw) - _SHOWN_BYTES),
    )


def _quoted(result: str, quotes: bool = True) -> Mark:
    """Gmail writes SPF's result bare and the others' between quotes."""
    mark = wording.result_mark(result)
    return Mark(mark.look, f"'{mark.text}'" if quotes else mark.text)


def _domain(domain: str) -> str:
    return f", domain {domain}" if domain else ""


def _policy(mail: Captured) -> str:
    dmarc = mail.verdict.dmarc
    if not dmarc.record_domain:
        return "no record published" if dmarc.result == "none" else f"for {dmarc.from_domain or 'no single domain'}"
    aligned = f", aligned by {dmarc.aligned_by.upper().replace(',', ' and ')}" if dmarc.aligned_by else ""
    return f"by _dmarc.{dmarc.record_domain} (p={dmarc.policy or '?'}){aligned}"


def _created(mail: Captured, reading: Reading) -> str:
    """The Date field, and how long delivery took when it says something sensible."""
    date = field(reading, "Date")
    try:
        parsed = parsedate_tz(date)
        passed = mail.received_at - mktime_tz(parsed) if parsed else -1.0
    except (ValueError, OverflowError):
        passed = -1.0
    if not 0 <= passed < 7 * 86400:
        return date or "(no Date field)"
    return f"{date} (Delivered after {wording.duration(passed)})"
