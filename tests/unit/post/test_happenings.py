"""The ring of what happens: nobody waits for a listener, and a listener knows what it did not hear."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from emulator.post.happenings import Happenings, MailCaptured, identity_change
from emulator.store.sql.engine import open_store, sqlite_url
from emulator.values import Identity, IdentityKind, Scope

SCOPE = Scope("123456789012", "us-east-1")
KEPT = 1024


@pytest.fixture
def time() -> list[float]:
    return [0.0]


@pytest.fixture
def happenings(time) -> Happenings:
    return Happenings("run", now=lambda: time[0])


def tell(happenings: Happenings, *numbers: int) -> None:
    for number in numbers:
        happenings.publish(MailCaptured(number))


def heard(taken: Any) -> list[int]:
    return [one.id for _, one in taken.happenings]


def test_each_listener_hears_everything_in_order_from_when_it_came(happenings):
    first = happenings.listen()
    tell(happenings, 1)
    second = happenings.listen()
    tell(happenings, 2, 3)
    assert heard(first.take(0)) == [1, 2, 3]
    assert heard(second.take(0)) == [2, 3]
    assert heard(first.take(0)) == []


def test_who_falls_behind_hears_how_many_were_missed_and_goes_on(happenings):
    slow, quick = happenings.listen(), happenings.listen()
    tell(happenings, *range(1000))
    assert quick.take(0).missed == 0
    tell(happenings, *range(1000, KEPT + 7))
    taken = slow.take(0)
    assert taken.missed == 7
    assert heard(taken) == list(range(7, KEPT + 7))
    tell(happenings, 9999)
    assert (slow.take(0).missed, heard(quick.take(0))[-1]) == (0, 9999)


@pytest.mark.parametrize(("more", "missed"), [(KEPT, 0), (KEPT + 1, 1), (KEPT + 50, 50)])
def test_who_comes_back_hears_what_the_ring_holds_and_how_much_it_does_not(happenings, more, missed):
    happenings.listen()
    tell(happenings, 0)
    id = happenings.mark()
    tell(happenings, *range(1, more + 1))
    taken = happenings.listen(id).take(0)
    assert (taken.missed, heard(taken)) == (missed, list(range(1 + missed, more + 1)))


def test_a_mark_is_a_place_to_listen_from_though_nobody_listened_then(happenings):
    id = happenings.mark()
    tell(happenings, 1, 2)
    assert heard(happenings.listen(id).take(0)) == [1, 2]


def test_nothing_is_kept_before_anybody_has_listened(happenings):
    assert not happenings.wanted
    tell(happenings, 1)
    assert heard(happenings.listen().take(0)) == []


def test_a_while_after_the_last_has_left_nothing_is_kept_and_who_comes_later_is_told(happenings, time):
    listener = happenings.listen()
    tell(happenings, 1)
    taken = listener.take(0)
    listener.leave()
    time[0] = 29.0
    tell(happenings, 2)
    assert heard(happenings.listen(taken.here).take(0)) == [2]
    assert happenings.wanted


def test_what_went_by_unkept_is_owned_up_to(happenings, time):
    listener = happenings.listen()
    id = listener.take(0).here
    listener.leave()
    time[0] = 31.0
    tell(happenings, 1, 2)
    assert not happenings.wanted
    again = happenings.listen(id).take(0)
    assert (again.missed, heard(again)) == (None, [])


def test_when_nothing_happened_meanwhile_nothing_was_missed(happenings, time):
    listener = happenings.listen()
    id = listener.take(0).here
    listener.leave()
    time[0] = 3600.0
    assert happenings.listen(id).take(0).missed == 0


@pytest.mark.parametrize("id", ["", "x", "-", "run.0", "run.0--1", "run.0-\u0661", "other.0-0", "run.1-0", "run.0-1"])
def test_an_id_that_was_never_given_is_missed_by_nobody_knows_how_many(happenings, id):
    taken = happenings.listen(id).take(60)
    assert taken.missed is None
    assert taken.here == happenings.mark()


def test_a_listener_is_woken_and_everyone_ends_when_it_closes(happenings):
    listener = happenings.listen()
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.extend([listener.take(20), listener.take(20)]))
    waiting.start()
    tell(happenings, 1)
    happenings.close()
    waiting.join(10)
    assert not waiting.is_alive()
    assert answers[-1] is None
    assert happenings.listen().take(20) is None


def test_leaving_ends_its_listener_once_and_no_other(happenings):
    left: list[str] = []
    gone, stays = (
        happenings.listen(left=lambda name=name: left.append(name), gone=lambda name=name: name == "gone")
        for name in ("gone", "stays")
    )
    happenings.sweep()
    gone.leave()
    happenings.sweep()
    assert (left, happenings.count()) == (["gone"], 1)
    assert gone.take(20) is None
    tell(happenings, 1)
    assert heard(stays.take(0)) == [1]


def test_a_change_that_is_rolled_back_is_not_told(happenings, tmp_path):
    store, listener = open_store(sqlite_url(tmp_path)), happenings.listen()
    identity = Identity(SCOPE, "a@b.example", IdentityKind.EMAIL_ADDRESS, created_at=0.0)

    def fail() -> None:
        with identity_change(store, happenings, SCOPE, identity.name) as writer:
            writer.save_identity(identity)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with identity_change(store, happenings, SCOPE, identity.name) as writer:
        writer.save_identity(identity)
    assert [one.change for _, one in listener.take(0).happenings] == ["created"]
    store.close()
