"""``/identities``: one identity with the records it needs, verified or published as its owner would."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import BadRequest, NotFound

from emulator.aws.sigv4 import is_region
from emulator.errors import Fault
from emulator.http import asked, shapes
from emulator.http.described import SCOPE, Described, Text
from emulator.http.inspection import Inspection
from emulator.http.json_types import IdentityJson
from emulator.post.identities import needed
from emulator.ses.lookup import key
from emulator.values import Identity

_RECORDS = ("dkim", "mail_from", "verification", "all")
RECORDS = Text("records", "which of the identity's records", default="dkim", one_of=_RECORDS)
_NAME = (("name", "the identity: an address in its own case, or a domain", "example.com"),)


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/identities/<path:name>")
    @Described(IdentityJson, parameters=SCOPE, variables=_NAME, errors=(400, 404))
    def identity(name: str) -> Response:
        """Read an identity and the records it needs."""
        return _shown(inspection.identities.get(asked.scope(), key(name)), name)

    @api.put("/identities/<path:name>")
    @Described(IdentityJson, parameters=SCOPE, variables=_NAME, errors=(400,))
    def declare(name: str) -> Response:
        """Have a verified identity.

        It is verified as below, and made where it was not there: a domain with Easy DKIM. No verification mail is sent.
        """
        scope = asked.scope()
        asked.account_number(scope.account)
        if not is_region(scope.region):
            raise BadRequest("region must be one like us-east-1.")
        try:
            return _shown(inspection.identities.declare_verified(scope, name), name)
        except Fault as problem:
            raise BadRequest(problem.message or problem.hint) from problem

    @api.post("/identities/<path:name>/verify")
    @Described(IdentityJson, parameters=SCOPE, variables=_NAME, errors=(400, 404))
    def verify(name: str) -> Response:
        """Verify an identity.

        As though the link in the mail was opened, or the records of a domain were published: they are, in the world's
        zone.
        """
        return _shown(inspection.identities.mark_verified(asked.scope(), key(name)), name)

    @api.post("/identities/<path:name>/publish")
    @Described(IdentityJson, parameters=(*SCOPE, RECORDS), variables=_NAME, errors=(400, 404))
    def publish(name: str) -> Response:
        """Publish an identity's records in the world's zone.

        What they lead to is there when this answers.
        """
        what = RECORDS.read() or "dkim"
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
