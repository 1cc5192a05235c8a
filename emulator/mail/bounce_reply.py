"""The bounce by which an account refuses a mail that it has received: of a Bounce action, and of v1's SendBounce.

Source: reference events-and-api.md 6.3 and 6.5, API1 SendBounce and its types; and such bounces as Sisimai's parser
quotes and expects them (real mails of 2015): the text, both fields of the report's head, the fields of a recipient in
their order, and that the original is shown by its header only, in a part whose ``content-type`` is lower case. Decided
here:

- Everything else is as in the bounces that SES forwards (``feedback``): the Subject, the descriptions of parts.
- SendBounce's recipients by BounceType have the codes of the Bounce action's template of that meaning (documented) and
  its name for words.
- A mail from the null sender must not be answered (RFC 5321 4.5.5); that is for the caller to see to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.dns.amazonses import inbound_host
from emulator.documents.receipt import BounceAction
from emulator.instants import date_value
from emulator.mail import parts, raw
from emulator.mail.headers import address_field, printable
from emulator.values import Header

EXPLANATION = "This message could not be delivered."
"""The text of a bounce that says nothing itself (observed)."""

_LONGEST = 900
# BounceType of SendBounce: status, diagnostic code.
_TYPES = {
    "DoesNotExist": ("5.1.1", "smtp; 550 5.1.1 Mailbox does not exist"),
    "MessageTooLarge": ("5.3.4", "smtp; 552 5.3.4 Message too large"),
    "ExceededQuota": ("5.2.2", "smtp; 552 5.2.2 Mailbox full"),
    "ContentRejected": ("5.6.1", "smtp; 500 5.6.1 Message content rejected"),
    "Undefined": ("5.0.0", "smtp; 554 5.0.0 Unknown failure"),
    "TemporaryFailure": ("4.0.0", "smtp; 450 4.0.0 Temporary failure"),
}


@dataclass(frozen=True, slots=True)
class BouncedRecipient:
    """One group of the report. ``address`` is the recipient that the original was sent to; ``final`` where it went in
    the end, None: there. ``diagnostic_code`` with its type, as ``smtp; 550 5.1.1 Mailbox does not exist``, None: none.
    ``remote_mta`` has its type too. ``extensions``: further fields of the group."""

    address: str
    status: str
    diagnostic_code: str | None = None
    action: str = "failed"
    final: str | None = None
    remote_mta: str | None = None
    last_attempt_at: float | None = None
    extensions: tuple[Header, ...] = ()


def of_action(action: BounceAction, recipients: Sequence[str]) -> list[BouncedRecipient]:
    """The recipients that a Bounce action refuses. Without a StatusCode the status is the class of the reply:
    ``5.0.0``."""
    status = action.status_code or f"{action.smtp_reply_code[0]}.0.0"
    said = " ".join([action.smtp_reply_code, *([action.status_code] if action.status_code else []), action.message])
    return [BouncedRecipient(one, status, f"smtp; {said}") for one in recipients]


def of_type(bounce_type: str, recipient: str) -> BouncedRecipient:
    """A recipient of SendBounce by its BounceType, one of the API's six; another raises KeyError."""
    status, diagnostic_code = _TYPES[bounce_type]
    return BouncedRecipient(recipient, status, diagnostic_code)


def bounce_reply(
    recipients: Sequence[BouncedRecipient],
    *,
    sender: str,
    to: str,
    region: str,
    arrived_at: float,
    now: float,
    boundaries: Callable[[], tuple[int, int]],
    original: bytes = b"",
    explanation: str = EXPLANATION,
    reporting_mta: str | None = None,
    extensions: Sequence[Header] = (),
) -> bytes:
    """The mail, CRLF throughout, without Message-ID and Date.

    ``to``: the bare address of the original's envelope sender. ``sender``: From, the verified address of the account.
    ``original``: the refused mail or only its header, of which the header is shown; b"" leaves that part out.
    ``arrived_at``: when the original came. ``reporting_mta``: with its type, by default the region's inbound host
    (documented). ``extensions``: further fields of the report's head. In the report what is not printable ASCII is
    ``?``; ``explanation`` may say anything.
    """
    head = [
        f"Reporting-MTA: {_value(reporting_mta or f'dns; {inbound_host(region)}')}",
        f"Arrival-Date: {date_value(arrived_at)}",
        *_extended(extensions),
    ]
    report = b"\r\n".join([parts.lines(*group) for group in (head, *map(_group, recipients))])
    text = raw.with_crlf(explanation.encode("utf-8", "replace"))
    sections = [
        _section(f"Content-Type: text/plain; charset={_charset(explanation)}", "Notification", text),
        _section("Content-Type: message/delivery-status", "Delivery Status Notification", report),
    ]
    encodings = [parts.mail_encoding(text)]
    if original:
        header = b"".join([field.raw for field in raw.parse(original).fields])
        sections.append(_section("content-type: text/rfc822-headers", "Undelivered Message Headers", header))
        encodings.append(parts.mail_encoding(header))
    widest = max(encodings, key=("7bit", "8bit", "binary").index)
    addressed = f"{address_field('From', [sender])}\r\n{address_field('To', [to])}\r\n"
    fields = f"{addressed}Subject: Delivery Status Notification (Failure)\r\nMIME-Version: 1.0\r\n"
    boundary = parts.boundary(boundaries(), now)
    body = parts.multipart("report", sections, boundary, [("report-type", "delivery-status")], widest)
    return fields.encode("ascii", "replace") + body


def _group(one: BouncedRecipient) -> list[str]:
    fields = [
        f"Action: {_value(one.action)}",
        f"Final-Recipient: rfc822; {_value(one.final or one.address)}",
        f"Original-Recipient: rfc822; {_value(one.address)}",
    ]
    if one.remote_mta is not None:
        fields.append(f"Remote-MTA: {_value(one.remote_mta)}")
    if one.diagnostic_code is not None:
        fields.append(f"Diagnostic-Code: {_value(one.diagnostic_code)}")
    fields.append(f"Status: {_value(one.status)}")
    if one.last_attempt_at is not None:
        fields.append(f"Last-Attempt-Date: {date_value(one.last_attempt_at)}")
    return [*fields, *_extended(one.extensions)]


def _extended(extensions: Sequence[Header]) -> list[str]:
    return [f"{_value(one.name)}: {_value(one.value)}" for one in extensions]


def _value(text: str) -> str:
    return printable(text)[:_LONGEST]


def _charset(text: str) -> str:
    return "us-ascii" if text.isascii() else "UTF-8"


def _section(content_type: str, description: str, data: bytes) -> bytes:
    encoding = f"Content-Transfer-Encoding: {parts.mail_encoding(data)}"
    return parts.lines(content_type, encoding, f"Content-Description: {description}", "") + data
