"""``/identities``: one identity with the records it needs, verified or published as its owner would."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest, NotFound

from emulator.http import asked, shapes
from emulator.http.inspection import Inspection
from emulator.post.identities import needed
from emulator.ses.lookup import key
from emulator.values import Identity

_RECORDS = ("dkim", "mail_from", "verification", "all")


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/identities/<path:name>")
    def identity(name: str) -> Response:
        return _shown(inspection.identities.get(asked.scope(), key(name)), name)

    @api.post("/identities/<path:name>/verify")
    def verify(name: str) -> Response:
        return _shown(inspection.identities.mark_verified(asked.scope(), key(name)), name)

    @api.post("/identities/<path:name>/publish")
    def publish(name: str) -> Response:
        """Publishes the identity's records in the world's zone: ``records=dkim`` (default), ``mail_from``,
        ``verification`` or ``all``; what they lead to is there when this answers."""
        what = asked.text("records") or "dkim"
        if what not in _RECORDS:
            raise BadRequest(f"records must be one of {', '.join(_RECORDS)}.")
        scope = asked.scope()
        if inspection.identities.publish(scope, key(name), what) is None:
            raise _unknown(name)
        inspection.zone_changed()
        return _shown(inspection.identities.get(scope, key(name)), name)


def _shown(identity: Identity | None, name: str) -> Response:
    if identity is None:
        raise _unknown(name)
    return jsonify(shapes.identity(identity, needed(identity)))


def _unknown(name: str) -> NotFound:
    return NotFound(f"There is no identity {name:.320} in this account and region.")
