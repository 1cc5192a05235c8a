"""For the tests of those who send mail: the pytest plugin (``plugin.py``), and what its fixtures give.

``Ses`` is one account of a running emulator, ``Inbox`` its captured mail, ``Mail`` one of them, ``Event`` what SES told
of one, ``Server`` the emulator. Every pytest run of whoever has the distribution installed loads the plugin, so nothing
of this is loaded before somebody asks for it, and nothing but the standard library before ``Ses.client`` is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.testing.account import Ses
    from emulator.testing.events import Event
    from emulator.testing.inbox import Inbox
    from emulator.testing.mail import Mail
    from emulator.testing.server import Server

__all__ = ["Event", "Inbox", "Mail", "Server", "Ses"]


def __getattr__(name: str) -> object:
    """``from emulator.testing import Mail`` and the like (PEP 562)."""
    places = {"Ses": "account", "Event": "events", "Inbox": "inbox", "Mail": "mail", "Server": "server"}
    if name not in places:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{places[name]}"), name)
    return found
