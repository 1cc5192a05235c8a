"""What SES changes in every accepted message before signing it: its own Message-ID and Date, its trailer, and the
fields that are meant for SES and not for the recipient.

Source: reference sending.md 3.2 and 3.3 (raw mails, DG:header-fields). The rest of the message, order and bytes, stays.
Return-Path goes too: the receiver writes it from the envelope. Where a malformed message has two Message-ID or Date
fields, the first gets SES's value and the others go, since two would contradict each other.
"""

from __future__ import annotations

import re
import time

from emulator.instants import date_value
from emulator.mail.raw import Field, Message

_REMOVED = frozenset(
    {
        b"bcc",
        b"return-path",
        b"x-ses-configuration-set",
        b"x-ses-message-tags",
        b"x-ses-source-arn",
        b"x-ses-from-arn",
        b"x-ses-return-path-arn",
        b"x-ses-list-management-options",
    }
)
_UNSAFE_IN_TAG = re.compile(r"[^!-9;-~]")


def message_id_header(message_id: str, region: str) -> str:
    """The value of Message-ID; us-east-1 alone says ``email.amazonses.com``."""
    return f"<{message_id}@{'email' if region == 'us-east-1' else region}.amazonses.com>"


def feedback_id(region: str, account_hash: str, tags: tuple[str, str] = ("", "")) -> str:
    """The value of Feedback-ID since 2024. ``account_hash``: 44 characters of base64, constant for account and region.
    ``tags``: the values of ``ses:feedback-id-a`` and ``-b``, "" where unset; what could break the field is left out."""
    first, second = (_UNSAFE_IN_TAG.sub("", tag) for tag in tags)
    return f"{first}:{second}:1.{region}.{account_hash}:AmazonSES"


def outgoing_value(now: float, ip: str) -> str:
    """The value of X-SES-Outgoing: UTC day and sending address."""
    at = time.gmtime(now)
    return f"{at.tm_year}.{at.tm_mon:02d}.{at.tm_mday:02d}-{ip}"


def stamp(
    message: Message,
    *,
    message_id: str,
    region: str,
    now: float,
    outgoing_ip: str,
    account_hash: str,
    feedback_tags: tuple[str, str] = ("", ""),
) -> Message:
    """``message`` as SES would sign it. Message-ID and Date get their new values where they stand, under the caller's
    spelling of the name, or come at the end in that order; then Feedback-ID and X-SES-Outgoing (never signed)."""
    pending = {b"message-id": message_id_header(message_id, region), b"date": date_value(now)}
    swapped: set[bytes] = set()
    fields: list[Field] = []
    for field in message.fields:
        key = field.name.lower()
        if key in _REMOVED or key in swapped:
            continue
        if key in pending:
            swapped.add(key)
            field = _made(field.name, pending[key])
        fields.append(field)
    if fields and not fields[-1].raw.endswith(b"\r\n"):
        fields[-1] = Field(fields[-1].name, fields[-1].raw + b"\r\n")
    for name in (b"Message-ID", b"Date"):
        if name.lower() not in swapped:
            fields.append(_made(name, pending[name.lower()]))
    fields.append(_made(b"Feedback-ID", feedback_id(region, account_hash, feedback_tags)))
    fields.append(_made(b"X-SES-Outgoing", outgoing_value(now, outgoing_ip)))
    return Message(tuple(fields), message.body)


def _made(name: bytes, value: str) -> Field:
    return Field(name, name + b": " + value.encode("utf-8") + b"\r\n")
