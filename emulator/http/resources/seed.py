"""``/seed``: the present state in the form in which ``start --seed`` reads it."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from emulator.http.described import Content, Described
from emulator.http.inspection import Inspection
from emulator.seed.export import export


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the path to the blueprint."""

    @api.get("/seed")
    @Described(Content("application/json", "a seed, of the form that `ses-emulator seed schema` prints"))
    def seed() -> Response:
        """Read the state as a seed.

        Accounts, identities with their private keys, DNS records: an emulator that is started with it has the same.
        Mail, the use of quota and rate, and the clock are not in it.
        """
        with inspection.store.read() as reader:
            document = export(reader)
        # In the order in which a person would write it.
        return Response(json.dumps(document), content_type="application/json")
