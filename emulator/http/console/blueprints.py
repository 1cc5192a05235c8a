"""The console's blueprints, one for each section of the navigation so that an error is shown in the section."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint

from emulator.http.console import account, clock, dns, identities, identity, requests, sending
from emulator.http.console.shared import Console
from emulator.http.frame import Pages
from emulator.http.inspection import Inspection
from emulator.http.ses import AwsDoor


def console_pages(pages: Pages, inspection: Inspection, door: AwsDoor) -> Iterator[Blueprint]:
    """To be registered by the app. ``door`` is where the buttons call SES."""
    console = Console(pages, inspection, door)
    for section, parts in (
        ("account", (account,)),
        ("identities", (identities, identity)),
        ("requests", (requests, sending)),
        ("dns", (dns,)),
        ("clock", (clock,)),
    ):
        blueprint = pages.blueprint(section)
        for part in parts:
            part.add_to(blueprint, console)
        yield blueprint
