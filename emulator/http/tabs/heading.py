"""The head of an opened mail as Gmail shows it: sender, "via", details card. Source: reference sending.md 5.3."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from emulator.http import wording
from emulator.http.wording import Mailbox, Mark, When
from emulator.receiver.reading import Reading
from emulator.values import Captured

# "with ESMTPS" is how a receiver says that the hop was encrypted (RFC 3848); S and SA end the word.
_WITH: Final = re.compile(r"\bwith\s+([A-Za-z0-9]+)", re.ASCII)
_ENCRYPTED: Final = frozenset({"ESMTPS", "ESMTPSA", "LMTPS", "LMTPSA", "UTF8SMTPS", "UTF8SMTPSA"})
_SHOWN_RECIPIENTS: Final = 20
_SHOWN_FIELDS: Final = 1000


@dataclass(frozen=True, slots=True)
class People:
    """Recipients of one field: the first ones, and how many are left out."""

    shown: tuple[Mailbox, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Heading:
    """``letter`` stands in the avatar, "?" when Gmail puts a question mark there: nothing is ``authenticated``.
    ``mailed_by`` and ``signed_by`` are "" where Gmail shows none."""

    id: int
    subject: str
    sender: Mailbox
    authenticated: bool
    letter: str
    hue: int
    via: str
    to: People
    cc: People
    bcc: People
    reply_to: People
    date: str
    received: When
    mailed_by: str
    signed_by: str
    security: str
    encrypted: bool
    marks: tuple[Mark, ...]
    size: str
    message_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class Fields:
    """The first header fields with their decoded values, and how many are left to the download."""

    shown: tuple[tuple[str, str], ...]
    more: int


def fields(reading: Reading) -> Fields:
    """As many as a browser shows at once."""
    return Fields(reading.headers[:_SHOWN_FIELDS], max(0, len(reading.headers) - _SHOWN_FIELDS))


def heading(mail: Captured, reading: Reading, now: float) -> Heading:
    """What the card says rests on the receiver's verdict and the mail's own fields alone."""
    sender = wording.mailbox(mail.from_ or mail.envelope.mail_from)
    shown, verdict = mail.verdict.display, mail.verdict
    authenticated = bool(shown.mailed_by or shown.signed_by)
    encrypted = _encrypted(reading)
    hop = mail.envelope.mail_from.rpartition("@")[2] or mail.envelope.helo or mail.envelope.client_ip
    return Heading(
        id=mail.id,
        subject=mail.subject or "(no subject)",
        sender=sender,
        authenticated=authenticated,
        letter=_letter(sender) if authenticated else "?",
        hue=sum(sender.address.encode()) % 6,
        via=shown.via or "",
        to=_people(mail.to),
        cc=_people(mail.cc),
        bcc=_people(_undisclosed(mail)),
        reply_to=_people(mail.reply_to),
        date=field(reading, "Date"),
        received=wording.when(mail.received_at, now),
        mailed_by=shown.mailed_by or "",
        signed_by=shown.signed_by or "",
        security="Standard encryption (TLS)" if encrypted else f"No encryption: {hop} did not encrypt this message",
        encrypted=encrypted,
        marks=(
            wording.result_mark(verdict.spf.result, "SPF"),
            wording.result_mark(_dkim_result(mail), "DKIM"),
            wording.result_mark(verdict.dmarc.result, "DMARC"),
        ),
        size=wording.size(mail.size),
        message_id=mail.message_id or "",
        scope=f"{mail.scope.account} · {mail.scope.region}" if mail.scope else "",
    )


def field(reading: Reading, name: str) -> str:
    """The first field of that name, decoded; "" when there is none."""
    return next((value for other, value in reading.headers if other.lower() == name.lower()), "")


def _dkim_result(mail: Captured) -> str:
    """One word for all signatures: pass when any passed, as a receiver counts them."""
    results = [one.result for one in mail.verdict.dkim]
    return "pass" if "pass" in results else results[0] if results else "none"


def _letter(sender: Mailbox) -> str:
    return next((letter.upper() for letter in sender.name + sender.address if letter.isalnum()), "#")[:1]


def _people(addresses: tuple[str, ...]) -> People:
    shown = tuple(wording.mailbox(one) for one in addresses[:_SHOWN_RECIPIENTS])
    return People(shown, len(addresses) - len(shown))


def _undisclosed(mail: Captured) -> tuple[str, ...]:
    """Envelope recipients that no field names: this copy's Bcc."""
    named = {wording.mailbox(one).address.lower() for one in (*mail.to, *mail.cc)}
    return tuple(one for one in mail.envelope.rcpt_to if one.lower() not in named)


def _encrypted(reading: Reading) -> bool:
    """Whether the receiver's own Received field, the topmost, speaks of TLS."""
    found = _WITH.search(field(reading, "Received"))
    return found is not None and found.group(1).upper() in _ENCRYPTED
