"""``/events``: what was told of mails to event destinations, notification topics and by email, and whether it was
taken."""

from __future__ import annotations

from typing import TypedDict

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest

from emulator.http import shapes
from emulator.http.described import Described, Limit, Text
from emulator.http.inspection import Inspection
from emulator.http.json_types import PublishedEvent
from emulator.post.published import TYPES

LIMIT = Limit(default=50, most=2000)
ACCOUNT = Text("account", "only of mails of this account")
REGION = Text("region", "only of mails of this region")
MESSAGE_ID = Text("message_id", "only of the mail with this MessageId of SES's")
TYPE = Text("type", "only events of this type", one_of=TYPES)


class Events(TypedDict):
    events: list[PublishedEvent]


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the path to the blueprint."""

    @api.get("/events")
    @Described(Events, parameters=(LIMIT, ACCOUNT, REGION, MESSAGE_ID, TYPE), errors=(400,))
    def events() -> Response:
        """List what was told of mails, newest first.

        An event stands here once for each that was told of it: event destinations of the configuration set, topics of
        the identity, the address to which bounces and complaints are forwarded. Of mail that was received every action
        of a receipt rule stands here, as RECEIVED. The last 2 000, also those that were not taken, with the reason.
        """
        found = inspection.published.recent(
            LIMIT.read(), account=ACCOUNT.read(), region=REGION.read(), message_id=MESSAGE_ID.read(), type=_type()
        )
        return jsonify(events=[shapes.published_event(one) for one in found])


def _type() -> str | None:
    """In any case, as the type of a DNS record is."""
    given = TYPE.read()
    if given is None:
        return None
    if given.upper() not in TYPES:
        raise BadRequest(f"type must be one of {', '.join(TYPES)}.")
    return given.upper()
