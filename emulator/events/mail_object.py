"""The ``mail`` object: the mail that an event is about, in both of its shapes.

Source: reference events-and-api.md 2.1, 3.1, 3.2. A configuration set's events say who called in tags, notifications
of identities in ``sourceIp`` and ``callerIdentity``, which stand after ``sourceArn`` (documented example).

- ``headers`` are the caller's or composed fields with encoded words read (observed, FXR); at most 10 KB of names and
  values in UTF-8, then ``headersTruncated`` is true and the rest left out. ``commonHeaders`` is made from all fields
  (decided: a subject behind a long To would be missed), each member of at most 10 240 characters or of the addresses
  that are as long together, so that no header makes an event too long for its destination (256 KB).
- ``destination`` has the recipients as the caller wrote them, names included (observed).
- SendTemplatedEmail and the bulk operations are accepted before they are rendered, so their Send knows only what the
  call said, and no identity (observed); later events have all fields, with a Date in front (observed). Templates sent
  with v2's SendEmail cannot be told from other mail of that operation, and are not held to this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.events import tags
from emulator.events.header_text import addresses, decoded
from emulator.instants import date_value, timestamp
from emulator.sending_events import EventType, SendingEvent
from emulator.values import OutboundMessage

_MOST_HEADER_BYTES = 10 * 1024
_RENDERED_LATER = frozenset({"SendTemplatedEmail", "SendBulkTemplatedEmail", "SendBulkEmail"})
_BEFORE_RENDERING = frozenset({"from", "reply-to", "to", "cc", "mime-version"})
# Documented examples of these show no headers.
_WITHOUT_HEADERS = frozenset({EventType.RENDERING_FAILURE, EventType.DELIVERY_DELAY})

Fields = tuple[tuple[str, str], ...]


def of_configuration_set(event: SendingEvent, message: OutboundMessage) -> dict[str, Any]:
    """As event destinations get it. ``commonHeaders.messageId`` is SES's own id (observed)."""
    unrendered = event.type is EventType.SEND and message.operation in _RENDERED_LATER
    mail: dict[str, Any] = {"timestamp": timestamp(message.accepted_at), "source": message.source}
    if message.source_arn is not None and not unrendered:
        mail["sourceArn"] = message.source_arn
    mail |= _sent(message)
    if event.type in _WITHOUT_HEADERS:
        mail["headersTruncated"] = False
    else:
        mail |= header_members(_fields(event, message), message.message_id)
    return mail | {"tags": tags.tags(event, message)}


def of_notification(event: SendingEvent, message: OutboundMessage, headers: bool) -> dict[str, Any]:
    """As topics of identities get it; ``headers``: those were asked for. ``commonHeaders.messageId`` is the message's
    own Message-ID, and absent where it had none (observed)."""
    mail: dict[str, Any] = {"timestamp": timestamp(message.accepted_at), "source": message.source}
    if message.source_arn is not None:
        mail["sourceArn"] = message.source_arn
    if message.source_ip:
        mail["sourceIp"] = message.source_ip
    mail["callerIdentity"] = tags.CALLER_IDENTITY
    mail |= _sent(message)
    if headers:
        mail |= header_members(_fields(event, message), None)
    return mail


def _sent(message: OutboundMessage) -> dict[str, Any]:
    return {
        "sendingAccountId": message.scope.account,
        "messageId": message.message_id,
        "destination": list(message.destination or message.recipients),
    }


def _fields(event: SendingEvent, message: OutboundMessage) -> Fields:
    """The fields of the message as far as SES knows them at the event."""
    if message.operation not in _RENDERED_LATER:
        return message.headers
    if event.type is EventType.SEND:
        return tuple([field for field in message.headers if field[0].lower() in _BEFORE_RENDERING])
    return (("Date", date_value(message.accepted_at)), *message.headers)


def header_members(fields: Fields, message_id: str | None) -> dict[str, Any]:
    """``headersTruncated``, ``headers`` and ``commonHeaders`` of name and unfolded value of each field.
    ``commonHeaders.messageId`` is ``message_id``, where that is None the mail's own Message-ID."""
    shown, room = [], _MOST_HEADER_BYTES
    for name, value in fields:
        value = decoded(value)
        room -= len(name.encode("utf-8", "replace")) + len(value.encode("utf-8", "replace"))
        if room < 0:
            break
        shown.append({"name": name, "value": value})
    common = dict(_common(fields, message_id))
    return {"headersTruncated": room < 0, "headers": shown, "commonHeaders": common}


def _common(fields: Fields, message_id: str | None) -> Iterator[tuple[str, Any]]:
    """The members of ``commonHeaders`` in SES's order; those of absent fields are absent, and of lists of nobody."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name.lower(), []).append(value)
    for member in ("returnPath", "from", "replyTo", "date", "to", "cc", "bcc", "messageId", "subject"):
        found = values.get(_NAMES.get(member, member))
        if member == "messageId" and message_id is not None:
            yield member, message_id
        elif found and member == "returnPath":
            yield member, found[0].strip().removeprefix("<").removesuffix(">")
        elif found and member in _LISTS:
            if listed := list(_first(addresses(found))):
                yield member, listed
        elif found:
            yield member, decoded(found[0])[:_MOST_HEADER_BYTES]


def _first(listed: list[str]) -> Iterator[str]:
    """As many as there is room for in ``commonHeaders``."""
    room = _MOST_HEADER_BYTES
    for one in listed:
        room -= len(one)
        if room < 0:
            return
        yield one


_NAMES = {"returnPath": "return-path", "replyTo": "reply-to", "messageId": "message-id"}
_LISTS = frozenset({"from", "replyTo", "to", "cc", "bcc"})
