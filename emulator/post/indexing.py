"""Keeps the search index up with the inbox, beside the way of a mail: capturing costs no indexing, and while mail comes
in nothing is indexed unless somebody searches.
"""

from __future__ import annotations

import logging
import threading

from emulator.clock import monotonic
from emulator.store.ports import Store

log = logging.getLogger(__name__)

# How long no mail must have come in before the thread goes to work, in seconds.
_QUIET = 0.3
# Mails in one transaction, for which whoever captures one may have to wait; 30 ms or so.
_BATCH = 100
# A search does without the index for so many mails. It brings in what is beyond, but not for longer than _PATIENCE
# seconds: what is missing then is read by the search itself.
_FEW = 200
_PATIENCE = 2.0


class Indexer:
    """One thread, asleep until a mail has come and then none for ``quiet`` seconds. ``came`` and ``catch_up`` may be
    called from any thread."""

    def __init__(self, store: Store, quiet: float = _QUIET) -> None:
        self._store = store
        self._quiet = quiet
        self._last = monotonic()
        self._work = threading.Event()
        self._stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)

    def start(self) -> None:
        """What was left over from an earlier run is taken up too."""
        self._work.set()
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Lets the batch in hand finish."""
        self._stopping.set()
        self._work.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def came(self) -> None:
        """A mail was captured: on its way, so this is all but free."""
        self._last = monotonic()
        if not self._work.is_set():
            self._work.set()

    def catch_up(self) -> None:
        """To be called before a search: returns when few mails are missing in the index, or after two seconds."""
        with self._store.read() as reader:
            missing = reader.unindexed()
        deadline = monotonic() + _PATIENCE
        while missing > _FEW and monotonic() < deadline and not self._stopping.is_set():
            with self._one_at_a_time:
                number = self._store.index(_BATCH)
            if number == 0:
                # Another process is at it.
                return
            missing -= number

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._work.wait()
            self._work.clear()
            try:
                self._index_all()
            except Exception:
                # The store may be out of order for a while; searches are right without the index.
                log.exception("indexing failed; trying again with the next mail")

    def _index_all(self) -> None:
        while not self._stopping.is_set():
            wait = self._quiet - (monotonic() - self._last)
            if wait > 0:
                self._stopping.wait(wait)
                continue
            with self._one_at_a_time:
                if self._store.index(_BATCH) == 0:
                    return
