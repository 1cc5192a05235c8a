"""What the watch concludes from DNS holds for the records of the moment at which it is saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.clock import Clock
from emulator.policy.dns_records import dkim_records
from emulator.post.happenings import Happenings
from emulator.post.watch import Watch
from emulator.store.ports import Store
from emulator.values import Dkim, DnsAnswer, Identity, IdentityKind, Record, Scope, Status, Verification

SCOPE = Scope("123456789012", "us-east-1")
PENDING = Identity(
    SCOPE,
    "watched.example",
    IdentityKind.DOMAIN,
    created_at=1.0,
    verification=Verification(Status.PENDING, started_at=1.0),
    dkim=Dkim(True, Status.PENDING, tokens=("t1", "t2", "t3"), private_key="-", key_bits=2048, started_at=1.0),
)
RECORDS = dkim_records(PENDING, None)


class World:
    """DNS over the store's records. ``after_first_answer`` happens once, between an answer and its use."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.looks = 0
        self.after_first_answer = lambda: None

    def session(self) -> World:
        self.looks += 1
        return self

    def query(self, name: str, type: str) -> DnsAnswer:
        with self.store.read() as reader:
            values = tuple(one.value for one in reader.records_at(name) if one.type == type)
        meanwhile, self.after_first_answer = self.after_first_answer, lambda: None
        meanwhile()
        return DnsAnswer("NOERROR" if values else "NXDOMAIN", values)


@pytest.fixture
def world(store) -> World:
    with store.write() as writer:
        writer.save_identity(PENDING)
    return World(store)


@pytest.fixture
def watch(store, world) -> Watch:
    return Watch(store, Clock(system=lambda: 100.0), world.session, Happenings("s"))


def state(store) -> tuple[Status, Status]:
    with store.read() as reader:
        (one,) = reader.identities(SCOPE, (PENDING.name,))
    return one.verification.status, one.dkim.status


def test_records_that_are_published_during_a_look_count(store, world, watch):
    def publish_and_verify():
        with store.write() as writer:
            writer.put_records(RECORDS)
            done = replace(PENDING.verification, status=Status.SUCCESS, last_checked_at=100.0)
            dkim = replace(PENDING.dkim, status=Status.SUCCESS)
            writer.save_identity(replace(PENDING, verification=done, dkim=dkim))

    world.after_first_answer = publish_and_verify
    watch.check()
    assert state(store) == (Status.SUCCESS, Status.SUCCESS)
    assert world.looks == 2


def test_a_look_that_nobody_disturbs_is_the_only_one(store, world, watch):
    with store.write() as writer:
        writer.put_records(RECORDS)
    watch.check()
    assert state(store) == (Status.SUCCESS, Status.SUCCESS)
    assert world.looks == 1


def test_a_world_that_never_stands_still_does_not_hold_a_check_for_ever(store, world, watch):
    def change():
        with store.write() as writer:
            writer.put_records([Record(f"n{world.looks}.example", "A", "192.0.2.1")])
        world.after_first_answer = change

    world.after_first_answer = change
    watch.check()
    assert 1 < world.looks < 10
    assert state(store) == (Status.PENDING, Status.PENDING)
