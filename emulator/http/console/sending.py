"""The test email of an identity's page, and ``/_ses/sent/<MessageId>``: what became of a mail, copy by copy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.http.console.shared import Badge, Console, filled_in, moment, word
from emulator.http.frame import address, kept_query
from emulator.policy.simulator import DOMAIN as SIMULATOR
from emulator.policy.simulator import LOCAL_PARTS
from emulator.store.ports import DeliveryState, MessageFilter, Reader
from emulator.values import Captured, Header, Identity, IdentityKind, Outcome

_OFFERED = 20
_MOST_COPIES = 200
_LONGEST_ID = 200
# Between commas and semicolons, save those within quotes.
_ONE_ADDRESS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,;"]|")+')
_OUTCOMES = {
    Outcome.QUEUED: Badge("On its way", "warn"),
    Outcome.DELIVERED: Badge("Delivered", "pass"),
    Outcome.BOUNCED: Badge("Bounced", "fail"),
    Outcome.COMPLAINED: Badge("Complained of", "fail"),
    Outcome.AUTO_REPLIED: Badge("Auto-replied", ""),
    Outcome.SUPPRESSED: Badge("Suppressed (bounce)", "fail"),
    Outcome.SUPPRESSED_COMPLAINT: Badge("Suppressed (complaint)", "fail"),
    Outcome.UNSUBSCRIBED: Badge("Opted out", "warn"),
    Outcome.RENDERING_FAILED: Badge("Rendering failed", "fail"),
    Outcome.REJECTED: Badge("Rejected (virus)", "fail"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """The form of a test email as it stands: empty of a kind until filled in. ``offered`` are addresses to send to."""

    source: str
    to: str
    subject: str
    text: str
    html: str
    headers: str
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One recipient's copy; ``mail`` is the captured mail's id, None where nobody took it (yet)."""

    recipient: str
    outcome: Badge
    reply: str
    attempts: int
    updated: str
    mail: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted mail with its copies."""

    message_id: str
    operation: str
    source: str
    accepted: str
    copies: tuple[Copy, ...]

    @property
    def on_its_way(self) -> bool:
        return any(copy.outcome is _OUTCOMES[Outcome.QUEUED] for copy in self.copies)


def add_to(pages: Blueprint, console: Console) -> None:
    """Adds the page to the blueprint."""

    @pages.get("/_ses/sent/<message_id>")
    def sent(message_id: str) -> WerkzeugResponse:
        """A single copy that was captured is shown at once."""
        found = accepted(console, message_id)
        if found is None:
            raise NotFound(f"No mail with the MessageId {message_id:.80} was accepted here.")
        if len(found.copies) == 1 and found.copies[0].mail is not None:
            return redirect(address(kept_query(), f"/_ses/messages/{found.copies[0].mail}"))
        return console.pages.render("console/sent.html", section="requests", sent=found)


def letter(console: Console, identity: Identity, given: Mapping[str, str]) -> Letter:
    """The form: as it was filled in, or as it is offered first."""
    is_domain = identity.kind is IdentityKind.DOMAIN
    with console.inspection.store.read() as reader:
        known = reader.list_identities(identity.scope, IdentityKind.EMAIL_ADDRESS, None, _OFFERED)
    blank = {
        "source": f"mail@{identity.name}" if is_domain else identity.name,
        "to": f"success@{SIMULATOR}",
        "subject": "Test email",
        "text": f"A test email from {identity.name}.",
        "html": "",
        "headers": "",
    }
    shown = {name: given.get(name, offered if not given else "") for name, offered in blank.items()}
    simulators = (f"{local}@{SIMULATOR}" for local in sorted(LOCAL_PARTS))
    return Letter(**shown, offered=(*(one.name for one in known if one.verified), *simulators))


def send(console: Console) -> str:
    """Sends what the form says by v2 SendEmail; the MessageId. Raises ``Fault``, or 400 for a header line that is
    none."""
    text, html = filled_in("text").replace("\r\n", "\n"), filled_in("html").replace("\r\n", "\n")
    body = {"Html": {"Data": html}} if html else {}
    if text or not html:
        body["Text"] = {"Data": text}
    simple: dict[str, object] = {"Subject": {"Data": filled_in("subject")}, "Body": body}
    headers = [_header(line) for line in filled_in("headers").splitlines() if line.strip()]
    if headers:
        simple["Headers"] = [{"Name": header.name, "Value": header.value} for header in headers]
    result = console.ask(
        "SendEmail",
        {
            "FromEmailAddress": word("source"),
            "Destination": {"ToAddresses": [to.strip() for to in _ONE_ADDRESS.findall(filled_in("to")) if to.strip()]},
            "Content": {"Simple": simple},
        },
    )
    return str(result["MessageId"])


def accepted(console: Console, message_id: str) -> Sent | None:
    """The mail of that MessageId, whichever account sent it; None when there is none."""
    if not message_id or len(message_id) > _LONGEST_ID or "\x00" in message_id:
        return None
    with console.inspection.store.read() as reader:
        mail = reader.outbound(message_id)
        if mail is None:
            return None
        deliveries = reader.deliveries(message_id)
        captured = _captured(reader, message_id)
    return Sent(
        message_id=message_id,
        operation=mail.operation,
        source=mail.source,
        accepted=moment(mail.accepted_at),
        copies=tuple(_copy(one, captured) for one in deliveries),
    )


def _captured(reader: Reader, message_id: str) -> dict[str, Captured]:
    """The captured copies by recipient."""
    copies = reader.search(MessageFilter(message_id=message_id), _MOST_COPIES)
    return {recipient: copy for copy in copies for recipient in copy.envelope.rcpt_to}


def _copy(state: DeliveryState, captured: Mapping[str, Captured]) -> Copy:
    mail = captured.get(state.recipient)
    return Copy(
        recipient=state.recipient,
        outcome=_OUTCOMES[state.outcome],
        reply=state.reply,
        attempts=state.attempts,
        updated=moment(state.updated_at),
        mail=mail.id if mail else None,
    )


def _header(line: str) -> Header:
    name, colon, value = line.partition(":")
    if not colon:
        raise BadRequest(f"A header is written as Name: value, one a line; {line.strip():.80} has no colon.")
    return Header(name.strip(), value.strip())
