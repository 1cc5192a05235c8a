"""Looks at DNS, as SES does, to see whether identities hold what they claim, and lets time pass for those that
do not. Asks through the resolver only: what ``dig`` cannot see does not count.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from emulator.clock import Clock
from emulator.dns.amazonses import dkim_zone
from emulator.dns.resolver import Resolver
from emulator.policy.verification import DnsFacts, Found, settle
from emulator.post.identities import public_key_of
from emulator.store.ports import Store
from emulator.values import DkimOrigin, Identity, IdentityKind

log = logging.getLogger(__name__)

_INTERVAL = 5.0
