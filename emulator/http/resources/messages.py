"""``/messages``: the captured mails, their bytes and their parts; listed, found, waited for, deleted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypedDict
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound, TooManyRequests

from emulator.clock import monotonic
from emulator.http import asked, shapes
from emulator.http.captured import captured, id_of, no_message
from emulator.http.described import Content, Described, Limit, Seconds, Text, Whole
from emulator.http.inspection import Inspection, prepare_search, take_place
from emulator.http.json_types import Deleted, Marked, Marking, Message, MessageSummary
from emulator.receiver.reading import read
from emulator.store.ports import MessageFilter
from emulator.values import Captured

_LONGEST_NAME = 120
_FOLDERS = re.compile(r"[/\\:]")

# What ``asked.message_filter`` reads.
FILTERS = (
    Text(
        "to",
        "in the envelope's recipients, To or Cc; a part of it, in any case, as in the next three",
        example="you@example.com",
    ),
    Text("from", "in the From field, or in the envelope's sender when there is none"),
    Text("subject", "in the subject"),
    Text("text", "in the subject or the text body"),
    Text("message_id", "SES's MessageId, whole"),
    Text("region", "sent in this region"),
    Text("account", "sent by this account"),
    Text(
        "q",
        'a search, as in the inbox: words, "words in sequence", -not, from: to: cc: reply-to: addressed: subject: tag: '
        "message-id: is:unread is:read has:attachment before: after: spf: dkim: dmarc: via:yes",
    ),
)
LIMIT = Limit(default=50, most=500)
CURSOR = Whole("cursor", "`next` of the page before", least=1)
AFTER = Whole("after", "only mail that was captured after the one with this id")
TIMEOUT = Seconds("timeout", "how many seconds to wait", default=10.0, most=300.0)
_TO_MARK = 'Give {"ids": ["1", "2"], "unread": false}: ids as texts, or none of them to mark what the filters match.'
_NUMBER_TEXT = re.compile(r"[0-9]{1,18}", re.ASCII)
_NUMBER = (("number", "the message's id", "1"),)
_PLACE = (("place", "the attachment's `n`", "0"),)


class Messages(TypedDict):
    """A page of a list. ``total`` counts all that match."""

    messages: list[MessageSummary]
    total: int
    next: str | None


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/messages")
    @Described(Messages, parameters=(*FILTERS, LIMIT, CURSOR), errors=(400,))
    def messages() -> Response:
        """List captured mails, newest first."""
        wanted = asked.message_filter(before=CURSOR.read())
        limit = LIMIT.read()
        prepare_search(inspection, wanted)
        with inspection.store.read() as reader:
            page = reader.search(wanted, limit + 1)
            total = reader.count(replace(wanted, before=None))
        more = str(page[limit - 1].id) if len(page) > limit else None
        return jsonify(messages=[shapes.message_summary(mail) for mail in page[:limit]], total=total, next=more)

    @api.delete("/messages")
    @Described(Deleted, parameters=FILTERS, errors=(400,))
    def delete_messages() -> Response:
        """Delete captured mails.

        All, or those that the filters match. Other parameters are refused.
        """
        asked.nothing_but(*asked.FILTERS)
        wanted = asked.message_filter()
        prepare_search(inspection, wanted)
        with inspection.store.write() as writer:
            return jsonify(deleted=writer.delete_captured(wanted))

    @api.post("/messages/read")
    @Described(Marked, parameters=FILTERS, body=Marking, body_required=False, errors=(400,))
    def mark_messages() -> Response:
        """Mark captured mails as read, or as unread.

        Those of the given ids, or those that the filters match, or all. Other parameters are refused.
        """
        asked.nothing_but(*asked.FILTERS)
        wanted = asked.message_filter()
        ids, unread = _marking()
        if ids is not None and wanted != MessageFilter():
            raise BadRequest("Give ids or filters, not both.")
        prepare_search(inspection, wanted)
        with inspection.store.write() as writer:
            return jsonify(changed=writer.mark_read(wanted if ids is None else ids, unread))

    @api.get("/messages/wait")
    @Described(Message, parameters=(*FILTERS, AFTER, TIMEOUT), errors=(400, 404, 429))
    def wait() -> Response:
        """Wait for a mail.

        Answers with the newest match as soon as there is one; 404 when the time is over, 429 when too many wait.
        """
        timeout = TIMEOUT.read()
        wanted = asked.message_filter(after=AFTER.read())
        prepare_search(inspection, wanted)
        if not take_place(inspection):
            raise TooManyRequests("Too many clients wait for mail at once.")
        try:
            mail = _wait_for(inspection, wanted, timeout)
        finally:
            inspection.arrivals.leave_place()
        return jsonify(_everything(inspection, mail))

    @api.get("/messages/<number>")
    @Described(Message, variables=_NUMBER, errors=(404,))
    def message(number: str) -> Response:
        """Read everything of a captured mail."""
        return jsonify(_everything(inspection, captured(inspection.store, number)))

    @api.delete("/messages/<number>")
    @Described(Deleted, variables=_NUMBER, errors=(404,))
    def delete_message(number: str) -> Response:
        """Delete a captured mail."""
        with inspection.store.write() as writer:
            if not writer.delete_captured_id(id_of(number)):
                raise no_message(number)
        return jsonify(deleted=1)

    @api.get("/messages/<number>/raw")
    @Described(Content("message/rfc822", "the mail as the receiver stored it"), variables=_NUMBER, errors=(404,))
    def raw(number: str) -> Response:
        """Download a captured mail."""
        mail = captured(inspection.store, number)
        return _download(mail.raw, "message/rfc822", f"{mail.id}.eml")

    @api.get("/messages/<number>/attachments/<place>")
    @Described(
        Content("application/octet-stream", "the attachment's content, decoded"),
        variables=_NUMBER + _PLACE,
        errors=(404,),
    )
    def attachment(number: str, place: str) -> Response:
        """Download an attachment of a captured mail."""
        parts = read(captured(inspection.store, number).raw).attachments
        part = next((one for one in parts if str(one.number) == place), None)
        if part is None:
            raise NotFound(f"Message {number} has no attachment {place:.40}.")
        return _download(part.content, "application/octet-stream", part.file_name)


def _marking() -> tuple[list[int] | None, bool]:
    """Ids, None when none are given, and whether they become unread."""
    given = asked.json_object() if request.get_data() else {}
    unread = given.get("unread", False)
    if given.keys() - {"ids", "unread"} or not isinstance(unread, bool):
        raise BadRequest(_TO_MARK)
    if "ids" not in given:
        return None, unread
    ids = given["ids"]
    if not isinstance(ids, list) or not all(isinstance(one, str) and _NUMBER_TEXT.fullmatch(one) for one in ids):
        raise BadRequest(_TO_MARK)
    return [int(one) for one in ids], unread


def _everything(inspection: Inspection, mail: Captured) -> Message:
    with inspection.store.read() as reader:
        deliveries = list(reader.deliveries(mail.message_id)) if mail.message_id else []
    return shapes.message(mail, deliveries)


def _wait_for(inspection: Inspection, wanted: MessageFilter, timeout: float) -> Captured:
    deadline = monotonic() + timeout
    while True:
        count = inspection.arrivals.count()
        with inspection.store.read() as reader:
            found = reader.search(wanted, 1)
            mail = reader.captured(found[0].id) if found else None
        if mail is not None:
            return mail
        left = deadline - monotonic()
        if left <= 0:
            raise NotFound(f"No such mail came within {timeout:g} s.")
        inspection.arrivals.wait_beyond(count, left)


def _download(content: bytes, content_type: str, name: str) -> Response:
    """Saved by a browser, never shown: mail is written by strangers."""
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = _disposition(name)
    return response


def _disposition(name: str) -> str:
    """RFC 6266, with the name in ASCII and whole. Of a path its last part is kept; what does not print (controls,
    marks that turn the reading direction) and dots that would hide the file are left out."""
    shown = "".join(letter for letter in _FOLDERS.split(name)[-1] if letter.isprintable()).strip(" .")
    shown = shown[-_LONGEST_NAME:] or "part"
    plain = "".join(letter for letter in shown if letter.isascii() and (letter.isalnum() or letter in " ._-"))
    plain = plain.strip(" .") or "part"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
