"""A mail as a text that is the same in every run, kept in a file and compared with what comes.

Of the header what the sender meant is kept, in its order; what relays and the receiver add is left out, and what must
differ (dates, ids, boundaries) has a name instead of its value. Of a signature its domain remains, so a mail that
lost it differs. Bodies and attachments come decoded: how they were encoded on the way is nobody's concern.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.testing.mail import Mail

_NAME = re.compile(r"[\w.@+-]+(?:/[\w.@+-]+)*")
# Trace fields and the receiver's verdict (RFC 5321, 8601, 8617), SES's own stamps, and how the body is encoded.
_LEFT_OUT = frozenset(
    (
        *("return-path", "received", "received-spf", "authentication-results", "delivered-to"),
        *("arc-seal", "arc-message-signature", "arc-authentication-results"),
        *("feedback-id", "x-ses-outgoing", "mime-version", "content-transfer-encoding"),
    )
)
_BOUNDARY = re.compile(r';\s*boundary=(?:"[^"]*"|[^\s;]+)', re.IGNORECASE)
_SIGNER = re.compile(r"(?:^|;)\s*d\s*=\s*([^\s;]+)")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SES_ID = re.compile(rf"\b[0-9a-f]{{16}}-{_UUID}-[0-9]{{6}}\b")
_ANY_UUID = re.compile(rf"\b{_UUID}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Goldens:
    """Where the files are (None: the test's place is not known), and whether they are written. ``hidden`` maps values
    of this run, as the account's number, to the names that stand for them."""

    folder: Path | None
    update: bool
    hidden: Mapping[str, str]


def check(mail: Mail, goldens: Goldens, name: str, replace: Mapping[str, str], endpoint: str) -> None:
    """Returns when ``mail`` is as the file says or was written there; AssertionError when it is not."""
    __tracebackhide__ = True
    if goldens.folder is None:
        raise ValueError("matches_golden needs the mail of a test's own inbox: it looks beside the test's file.")
    if not _NAME.fullmatch(name) or ".." in name:
        raise ValueError(f"{name!r} cannot name a golden file: letters, digits and . @ + - _, with / between folders.")
    path = goldens.folder / f"{name}.txt"
    now = normalised(mail, replace, {endpoint: "<endpoint>", **goldens.hidden})
    if goldens.update:
        _write(path, now)
        return
    if not path.exists():
        raise AssertionError(f"There is no {path}. --update-golden writes it, with this:\n\n{now}")
    before = path.read_text(encoding="utf-8")
    if before != now:
        raise AssertionError(_difference(mail, path, before, now))


def normalised(mail: Mail, replace: Mapping[str, str], hidden: Mapping[str, str]) -> str:
    """The text that is compared. Line ends are LF, the last one included."""
    steady = _steadier(mail, replace, hidden)
    lines = [f"{name}: {steady(_field(name, value))}" for name, value in mail.headers.pairs if _kept(name)]
    for title, body in (("text", mail.text), ("html", mail.html)):
        if body:
            lines += ["", f"--- {title} ---", steady(body.replace("\r\n", "\n").rstrip("\n"))]
    for part in mail.attachments:
        about = f"{part.content_type}, {part.size} bytes, sha256 {part.sha256}"
        cid = f", cid {part.content_id}" if part.content_id else ""
        lines += ["", f"--- {part.disposition or 'part'} {part.file_name} ---", f"{about}{steady(cid)}"]
    return "\n".join(lines) + "\n"


def _kept(name: str) -> bool:
    return name.lower() not in _LEFT_OUT


def _field(name: str, value: str) -> str:
    """A field's value with what differs in each run taken out."""
    match name.lower():
        case "date":
            return "<date>"
        case "message-id":
            return "<message-id>"
        case "dkim-signature":
            signer = _SIGNER.search(value)
            return f"<signature of {signer[1] if signer else 'nobody'}>"
        case "content-type":
            return _BOUNDARY.sub("", value)
    return " ".join(value.split())


def _steadier(mail: Mail, replace: Mapping[str, str], hidden: Mapping[str, str]) -> Callable[[str], str]:
    cids = [part.content_id.strip("<>") for part in mail.attachments if part.content_id]
    # The longest first, where one contains another.
    names = {**{cid: f"<cid-{number}>" for number, cid in enumerate(cids, 1)}, **hidden}
    exact = sorted(((value, name) for value, name in names.items() if value), key=lambda one: -len(one[0]))

    def steady(text: str) -> str:
        for pattern, instead in replace.items():
            text = re.sub(pattern, instead, text)
        for value, name in exact:
            text = text.replace(value, name)
        return _ANY_UUID.sub("<uuid>", _SES_ID.sub("<message-id>", text))

    return steady


def _write(path: Path, text: str) -> None:
    """Whole or not at all: workers of one run may write the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def _difference(mail: Mail, path: Path, before: str, now: str) -> str:
    from difflib import unified_diff

    from emulator.testing.calls import printable

    lines = unified_diff(before.splitlines(), now.splitlines(), str(path), f"mail {mail.id}", lineterm="", n=2)
    told = printable("\n".join(lines))
    if before.splitlines() == now.splitlines():
        told = "(only line ends differ)"
    return f"{mail} is not as its golden file says; --update-golden takes it as it is.\n\n{told}"
