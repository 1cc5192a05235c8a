"""For the tests of those who send mail: the pytest plugin (``plugin.py``), and what its fixtures give.

``Ses`` is one account of a running emulator, ``Inbox`` its captured mail, ``Mail`` one of them, ``Server`` the
emulator. Nothing here imports more than the standard library until ``Ses.client`` is called: every pytest run of
whoever has the distribution installed loads the plugin.
"""

from emulator.testing.account import Ses
from emulator.testing.inbox import Inbox
from emulator.testing.mail import Mail
from emulator.testing.server import Server

__all__ = ["Inbox", "Mail", "Server", "Ses"]
