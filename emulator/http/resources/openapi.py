"""``/openapi.json``: what this API is, for tools."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from emulator.http.described import Content, Described
from emulator.http.inspection import Inspection


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/openapi.json")
    @Described(Content("application/json", "an OpenAPI 3.1 document"))
    def openapi() -> Response:
        """Read this description: OpenAPI 3.1."""
        return jsonify(described_api())


def described_api() -> dict[str, Any]:
    """The description of the API of the app that answers this request."""
    # Loaded when first asked for: it takes apispec.
    from emulator.http.description import description

    return description(current_app.url_map, current_app.view_functions)
