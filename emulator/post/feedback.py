"""Bounces and complaints forwarded by email: the finished mail to the sender's feedback address.

Source: reference events-and-api.md 2.3 (observed). A bounce comes from the null sender, as every DSN (RFC 3464 2),
a complaint from ``no-reply@amazonses.com``. So the envelope bears no MessageId; Message-ID does, as in all mail of SES.
An automatic answer of the recipient's is a bounce among events, but no report comes of it: SES would pass on the answer
itself, of which there is none here.
"""

from __future__ import annotations

from emulator import ids
from emulator.errors import Fault
from emulator.mail import feedback
from emulator.policy import addresses
from emulator.post import own_mail
from emulator.post.keyring import Keyring
from emulator.sending_events import EventType, SendingEvent
from emulator.values import OutboundMessage, Outcome

BOUNCE_OPERATION = "BounceNotification"
COMPLAINT_OPERATION = "ComplaintNotification"

_COMPLAINT_MAIL_FROM = "no-reply@amazonses.com"


def feedback_mail(
    event: SendingEvent, message: OutboundMessage, keyring: Keyring, now: float
) -> OutboundMessage | None:
    """The mail that tells of ``event``, of the original ``message``, at ``now`` (Unix seconds); another id each time.
    None for an event that is not mailed (all but bounces and complaints, and automatic answers), and where the message
    has no feedback address. Whether forwarding is on is not asked here."""
    to = _bare(message.feedback_to)
    if not to:
        return None
    if event.type is EventType.BOUNCE and event.outcome is not Outcome.AUTO_REPLIED:
        composed = feedback.bounce_mail(event, message, to=to, now=now, boundaries=ids.boundary_numbers)
        source, operation, mail_from = feedback.mailer_daemon(message.scope.region), BOUNCE_OPERATION, ""
    elif event.type is EventType.COMPLAINT:
        composed = feedback.complaint_mail(event, message, to=to, now=now, boundaries=ids.boundary_numbers)
        source, operation, mail_from = feedback.COMPLAINTS, COMPLAINT_OPERATION, _COMPLAINT_MAIL_FROM
    else:
        return None
    return own_mail.finished(
        composed,
        scope=message.scope,
        to=to,
        source=source,
        operation=operation,
        caller=own_mail.SES,
        keyring=keyring,
        now=now,
        mail_from=mail_from,
    )


def _bare(address: str) -> str:
    """The bare address, "" when there is none to be read."""
    if not address:
        return ""
    try:
        return addresses.parse(address).addr_spec
    except Fault:
        return ""
