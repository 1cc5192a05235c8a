"""``mail.tags``: what SES says of a mail by itself, and what its sender said of it.

Source: reference events-and-api.md 3.3, in the order of the recording (LS). Left out: ``ses:source-tls-version`` and
``ses:outgoing-tls-version``, since callers speak plain HTTP here, and nobody keeps whether a connection was in TLS.

Decided: ``ses:caller-identity`` is ``root`` at every door. SES names the IAM user or role there; the access keys and
SMTP passwords that this emulator takes belong to nobody, so a mail is the account's own.
"""

from __future__ import annotations

from emulator.events.header_text import domain_of
from emulator.sending_events import EventType, SendingEvent
from emulator.values import OutboundMessage

CALLER_IDENTITY = "root"

# Documented examples of these have the set's name, and no other tag of SES's.
_BRIEF = frozenset({EventType.RENDERING_FAILURE, EventType.DELIVERY_DELAY})


def tags(event: SendingEvent, message: OutboundMessage) -> dict[str, list[str]]:
    """The tags of an event. RENDERING_FAILURE and DELIVERY_DELAY have the configuration set and the sender's own tags
    alone (3.2, documented examples; that the sender's are there is decided, since they are documented to be in all)."""
    found = all_tags(event, message)
    if event.type in _BRIEF:
        own = {tag.name for tag in message.tags}
        return {name: values for name, values in found.items() if name == "ses:configuration-set" or name in own}
    return found


def all_tags(event: SendingEvent, message: OutboundMessage) -> dict[str, list[str]]:
    """Every tag, as dimensions of metrics see them. SES's own are left out where nothing is known: no From, no
    ``ses:from-domain`` (observed). ``ses:outgoing-ip`` is in DELIVERY only (observed)."""
    before = {
        "ses:operation": message.operation,
        "ses:configuration-set": message.configuration_set,
        "ses:source-ip": message.source_ip,
        "ses:from-domain": _from_domain(message),
    }
    found = {name: [value] for name, value in before.items() if value}
    for tag in message.tags:
        if tag.name not in before:
            found.setdefault(tag.name, []).append(tag.value)
    found["ses:caller-identity"] = [CALLER_IDENTITY]
    if event.type is EventType.DELIVERY:
        found["ses:outgoing-ip"] = [message.envelope.client_ip]
    return found


def _from_domain(message: OutboundMessage) -> str:
    return next((domain_of(value) for name, value in message.headers if name.lower() == "from"), "")
