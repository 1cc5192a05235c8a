"""A received mail is ended, with its bounces, while its account is forgotten: on PostgreSQL both hold rows that the
other wants."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from emulator.clock import Clock
from emulator.incoming import IncomingMail, WaitingMail
from emulator.post.keyring import Keyring
from emulator.post.published import PublishedLog
from emulator.post.receiving import ReceivingWorker
from emulator.values import Envelope
from emulator.verdicts import Display, DmarcVerdict, SpfVerdict, Verdict

VERDICT = Verdict(SpfVerdict("none", "", ""), (), DmarcVerdict("none", ""), Display(None, None, None), "")


class Watched:
    """A store that says when a transaction has begun to write."""

    def __init__(self, store) -> None:
        self._store = store
        self.begun = threading.Event()

    @contextmanager
    def write(self):
        with self._store.write() as writer:
            self.begun.set()
            yield writer


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_reset_and_the_end_of_a_mail_do_not_wait_for_each_other(store, scope, outbound_message):
    envelope = Envelope("w@sender.example", ("a@here.example",), "192.0.2.9", "helo")
    mail = WaitingMail(IncomingMail("i1", scope, 1000.0, envelope, VERDICT), envelope.rcpt_to, b"\r\n")
    with store.write() as writer:
        writer.account_for_update(scope)
        writer.queue_inbound([mail])
        waiting = writer.claim_inbound("test", 0.0, 30.0)
    watched = Watched(store)
    keyring = Keyring(lambda: None, "")
    worker = ReceivingWorker(watched, Clock(), None, None, keyring, PublishedLog(), "test", lambda: None)
    failed: list[Exception] = []

    def end() -> None:
        try:
            worker._end(waiting, [outbound_message()])
        except Exception as problem:
            # A deadlock, or whatever else it was: the test's own thread says so.
            failed.append(problem)

    other = threading.Thread(target=end)
    with store.write() as writer:
        writer.account_for_update(scope)
        other.start()
        assert watched.begun.wait(20)
        until_it_waits(writer)
        writer.forget(scope)
    other.join(20)
    assert failed == []
    with store.read() as reader:
        assert (reader.waiting_inbound(), reader.undelivered()) == (0, 0)


def until_it_waits(writer) -> None:
    """Returns when a transaction waits for a row that another one holds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    pause = threading.Event()
    for _ in range(2000):
        writer._driver.execute("SELECT pg_stat_clear_snapshot()", ())
        if writer._driver.execute(waiting, ()).fetchone()[0]:
            return
        pause.wait(0.01)
    raise AssertionError("nobody waits")
