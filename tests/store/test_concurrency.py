"""Many threads and several processes on one database."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.store.ports import MessageFilter
from emulator.store.sql.engine import open_store, sqlite_url
from emulator.values import Identity, IdentityKind, Record

DOMAIN = IdentityKind.DOMAIN
HELPER = Path(__file__).with_name("other_process.py")


@pytest.fixture
def helper():
    """The functions that the other processes run, to be run by threads here."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("other_process", HELPER)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, HELPER, url, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


def together(count: int, work: Callable[[int], object]) -> list[object]:
    barrier = threading.Barrier(count)

    def begin(number: int) -> object:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_32_threads_never_pass_the_quota(store, scope, helper):
    sent = together(32, lambda number: helper.send_up_to(store, 200, f"t{number}"))
    assert sum(sent) == 200
    with store.read() as reader:
        assert reader.account(scope).sent_total == 200
        assert reader.undelivered() == 200


def test_two_processes_writing_hard_never_pass_the_quota_nor_hear_of_locks(store, url, scope):
    processes = [start(url, "send", "1500", name) for name in "ab"]
    sent = [int(answer(process)) for process in processes]
    assert sum(sent) == 1500
    with store.read() as reader:
        assert reader.account(scope).sent_total == 1500


def test_nothing_is_claimed_twice_by_threads_and_processes(store, url, helper):
    helper.send_up_to(store, 400, "m")
    other = start(url, "claim", "other")
    by_threads = together(8, lambda number: helper.claim_all(store, f"t{number}"))
    by_process = answer(other)
    taken = [one for each in by_threads for one in each] + [one for one in by_process.split(",") if one]
    assert len(taken) == 400
    assert len(set(taken)) == 400


def test_a_copy_captured_by_many_at_once_is_stored_once(store, captured_mail):
    def capture(_):
        with store.write() as writer:
            return writer.capture(captured_mail(delivery_key="same"))

    assert sum(number is not None for number in together(16, capture)) == 1
    with store.read() as reader:
        assert reader.count(MessageFilter()) == 1


def test_whoever_waits_for_mails_after_an_id_misses_none(store, captured_mail):
    seen: list[int] = []
    done = threading.Event()

    def watch():
        last = 0
        while True:
            finished = done.is_set()
            with store.read() as reader:
                new = sorted(mail.id for mail in reader.search(MessageFilter(after=last), 1000))
            seen.extend(new)
            last = max([last, *new])
            if finished:
                return

    def capture(_):
        for _ in range(15):
            with store.write() as writer:
                writer.capture(captured_mail())

    watcher = threading.Thread(target=watch)
    watcher.start()
    together(8, capture)
    done.set()
    watcher.join()
    assert len(seen) == 120


def test_records_put_by_many_at_once_each_move_the_serial(store):
    def put(number):
        for each in range(5):
            with store.write() as writer:
                writer.put_records([Record("x.org", "A", "same"), Record(f"{each}.x.org", "A", f"{number}")])

    with store.read() as reader:
        before = reader.dns_serial()
    together(8, put)
    with store.read() as reader:
        assert reader.dns_serial() == before + 40
        assert len(reader.records_at("x.org")) == 1
        assert len(reader.records()) == 41


def test_readers_do_not_wait_for_a_writer(store, scope):
    with store.write() as writer:
        writer.account_for_update(scope)
        assert together(4, lambda _: _undelivered(store)) == [0] * 4


def _undelivered(store):
    with store.read() as reader:
        return reader.undelivered()


def test_sqlite_writers_come_in_turn(tmp_path):
    store = open_store(sqlite_url(tmp_path))
    order: list[int] = []

    def write(number):
        with store.write():
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    with store.write():
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(store._turns._waiting) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(6))
    store.close()


def test_a_write_within_a_write_is_told_rather_than_hung(tmp_path):
    store = open_store(sqlite_url(tmp_path))
    with store.write() as writer:
        with pytest.raises(RuntimeError, match="within a write"), store.write():
            pass
        writer.set_world("k", "v")
    with store.write() as writer:
        assert writer.world("k") == "v"
    store.close()


def test_changes_to_one_identity_come_one_after_another_from_its_first(store, scope):
    def count_up(_: int) -> None:
        for _ in range(5):
            with store.write() as writer:
                before = writer.identity_for_update(scope, "new.org") or Identity(
                    scope, "new.org", DOMAIN, created_at=0
                )
                writer.save_identity(replace(before, created_at=before.created_at + 1))

    together(12, count_up)
    with store.read() as reader:
        assert [one.created_at for one in reader.identities(scope, ["new.org"])] == [60]


def test_forgetting_and_changing_identities_with_their_records_do_not_block_each_other(store, scope):
    def work(number: int) -> None:
        for turn in range(15):
            with store.write() as writer:
                if number == 0:
                    writer.forget(scope if turn % 2 else None)
                    continue
                name = f"{number % 3}.org"
                before = writer.identity_for_update(scope, name) or Identity(scope, name, DOMAIN, created_at=0)
                writer.put_records([Record(f"x.{name}", "A", "192.0.2.1", origin="publish")])
                writer.save_identity(before)

    together(8, work)
    with store.write() as writer:
        writer.forget()
        assert writer.records() == []
