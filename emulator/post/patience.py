"""Accepting goes before what follows from it.

While mail is being accepted without pause (the last one came in less than 10 ms ago) the workers wait, up to 0.1 s for
each piece of work: their queues are the buffer, and whoever hands in mail should not wait for what was handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from emulator.clock import monotonic

_CALM = 0.01
_PATIENCE = 0.1


def let_accepting_go_first(last_accepted: Callable[[], float], stopping: Event) -> None:
    """Returns when it is calm, patience is over, or the worker is to stop. ``last_accepted`` is on the monotonic
    clock."""
    deadline = monotonic() + _PATIENCE
    while monotonic() - last_accepted() < _CALM and monotonic() < deadline:
        if stopping.wait(_CALM):
            return
