"""The mails by which SES tells a sender of bounces (a DSN, RFC 3464) and complaints (ARF, RFC 5965), before ``stamp``
and ``sign``.

Source: reference events-and-api.md 2.3 and 5.1 (mails of 2016 to 2026), and a complaint of 2019 pasted in a public
blog, which shows the fields of its report, their order and ``Content-Disposition: inline``. Decided here:

- Fields come in JavaMail's order, as in ``compose``; the original's encoding is written only where it is not 7bit.
- Reporting-MTA is ``dns;`` and the host, as events say since 2018 (mails of 2016 said ``dsn;``). Where SES asked no MX
  it is ``dns; amazonses.com``, and Diagnostic-Code is SES's own text without a type: so it is observed in events, which
  quote both fields of the DSN (documented).
- A complaint's Subject is the original's after ``FW:``: RFC 5965 2 (h) wants the same, and allows that prefix. No
  source shows SES's.
- Both its dates are the original's, as the two of the observed mail are the same. Its Authentication-Results, which
  were the provider's, are left out. User-Agent is the simulator's, who makes all complaints here, and ``Amazon SES``
  (inferred) where a suppression list made it.
- The original comes whole, every byte of it, at any size.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.diagnostics import WITHHELD, enhanced_status
from emulator.instants import date_value
from emulator.mail import parts
from emulator.mail.envelope import mail_from_domain
from emulator.mail.headers import address_field, printable
from emulator.mail.parts import lines
from emulator.mail.raw import parse
from emulator.sending_events import SendingEvent
from emulator.values import OutboundMessage

COMPLAINTS = "complaints@email-abuse.amazonses.com"

_BOUNCE_TEXT = "An error occurred while trying to deliver the mail to the following recipients:"
_SIMULATOR = "Amazon SES Mailbox Simulator"
_LONGEST_REPLY = 900


def mailer_daemon(region: str) -> str:
    """Who bounces come from (observed): ``MAILER-DAEMON@amazonses.com``, outside us-east-1 with the region."""
    return f"MAILER-DAEMON@{mail_from_domain(region)}"


def bounce_mail(
    event: SendingEvent,
    message: OutboundMessage,
    *,
    to: str,
    now: float,
    boundaries: Callable[[], tuple[int, int]],
) -> bytes:
    """A BOUNCE ``event`` of ``message`` as told to the bare address ``to``: the mail, CRLF throughout, without
    Message-ID and Date. The report has a group for each recipient, with its own reply (non-ASCII characters of it are
    ``?``, and it is cut after 900)."""
    told = [printable(recipient) for recipient in event.recipients]
    asked = event.outcome not in WITHHELD
    groups = [[f"Reporting-MTA: dns; {message.envelope.helo if asked else 'amazonses.com'}"]]
    groups += [
        [
            "Action: failed",
            f"Final-Recipient: rfc822; {recipient}",
            f"Diagnostic-Code: {'smtp; ' if asked else ''}{printable(reply)[:_LONGEST_REPLY]}",
            f"Status: {enhanced_status(reply)}",
        ]
        for recipient, reply in zip(told, event.replies, strict=True)
    ]
    report = "".join("\r\n".join(group) + "\r\n\r\n" for group in groups).removesuffix("\r\n")
    encoding = parts.mail_encoding(message.data)
    body = parts.multipart(
        "report",
        [
            _part("text/plain; charset=us-ascii", "7bit", "Description: Notification", lines(_BOUNCE_TEXT, *told)),
            _part(
                "message/delivery-status", "7bit", "Description: Delivery Status Notification", report.encode("ascii")
            ),
            _part("message/rfc822", encoding, "Description: Undelivered Message", message.data),
        ],
        parts.boundary(boundaries(), now),
        [("report-type", "delivery-status")],
        encoding,
    )
    subject = b"Subject: Delivery Status Notification (Failure)\r\n"
    return _head(mailer_daemon(message.scope.region), to, subject) + body


def complaint_mail(
    event: SendingEvent,
    message: OutboundMessage,
    *,
    to: str,
    now: float,
    boundaries: Callable[[], tuple[int, int]],
) -> bytes:
    """A COMPLAINT ``event`` of ``message`` as told to the bare address ``to``: the mail, CRLF throughout, without
    Message-ID and Date. One report, which names every recipient of the event."""
    date = date_value(message.accepted_at)
    report = lines(
        "Feedback-Type: abuse",
        f"User-Agent: {'Amazon SES' if event.outcome in WITHHELD else _SIMULATOR}",
        "Version: 0.1",
        f"Original-Mail-From: <{message.envelope.mail_from}>",
        *[f"Original-Rcpt-To: {printable(recipient)}" for recipient in event.recipients],
        f"Received-Date: {date}",
        "Reported-Domain: amazonses.com",
    )
    text = lines(f"This is an email abuse report for an email message from amazonses.com on {date}")
    encoding = parts.mail_encoding(message.data)
    body = parts.multipart(
        "report",
        [
            _part("text/plain; charset=us-ascii", "7bit", "Disposition: inline", text),
            _part("message/feedback-report", "7bit", "Disposition: inline", report),
            _part("message/rfc822", encoding, "Disposition: inline", message.data),
        ],
        parts.boundary(boundaries(), now),
        [("report-type", "feedback-report")],
        encoding,
    )
    return _head(COMPLAINTS, to, _forwarded_subject(message.data)) + body


def _head(from_: str, to: str, subject: bytes) -> bytes:
    addressed = f"{address_field('From', [from_])}\r\n{address_field('To', [to])}\r\n"
    return addressed.encode("ascii", "replace") + subject + b"MIME-Version: 1.0\r\n"


def _forwarded_subject(original: bytes) -> bytes:
    """The field with its line end; the words and folds are the original's, whatever its bytes."""
    found = next((field.raw for field in parse(original).fields if field.name.lower() == b"subject"), b"")
    return (b"Subject: FW: " + found.partition(b":")[2].strip()).rstrip() + b"\r\n"


def _part(content_type: str, encoding: str, says: str, data: bytes) -> bytes:
    """``says``: the last field, without ``Content-``."""
    fields = [f"Content-Type: {content_type}"]
    if encoding != "7bit" or content_type != "message/rfc822":
        fields.append(f"Content-Transfer-Encoding: {encoding}")
    return lines(*fields, f"Content-{says}", "") + data
