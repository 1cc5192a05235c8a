"""``/_ses/docs``: the description of the inspection API as a page, each operation with a call to copy."""

from __future__ import annotations

from flask import Blueprint, Response, request

from emulator.http.frame import Pages
from emulator.http.resources.openapi import described_api


def api_page(pages: Pages) -> Blueprint:
    """The blueprint, to be registered by the app."""
    page = pages.blueprint("api")

    @page.get("/_ses/docs")
    def docs() -> Response:
        # Loaded when first looked at.
        from emulator.http.api_view import paragraphs, resources, shapes

        api = described_api()
        return pages.render(
            "api.html",
            section="api",
            about=paragraphs(api["info"]["description"]),
            resources=resources(api, request.host_url.rstrip("/")),
            shapes=shapes(api),
        )

    return page
