"""Documents: whatever frozen dataclass is saved comes back equal, found by name, listed in order, forgotten with its
account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

import pytest

from emulator.documents.document import Document
from emulator.store.sql.engine import open_store
from emulator.values import Scope

HERE = Scope("123456789012", "us-east-1")
ELSEWHERE = Scope("123456789012", "eu-west-1")
STRANGER = Scope("999999999999", "us-east-1")


class Mood(StrEnum):
    CALM = "CALM"
    WILD = "WILD"


@dataclass(frozen=True, slots=True)
class Leaf:
    colour: str
    veins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant(Document):
    KIND: ClassVar[str] = "plant"

    mood: Mood = Mood.CALM
    height: float | None = None
    leaves: tuple[Leaf, ...] = ()
    root: Leaf | None = None
    seed: bytes = b""
    alive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stone(Document):
    KIND: ClassVar[str] = "stone"


OAK = Plant(
    scope=HERE,
    name="oak \u00fc\ud800",
    created_at=5.0,
    updated_at=6.5,
    mood=Mood.WILD,
    height=3.5,
    leaves=(Leaf("green", (1, 2)), Leaf("\x00brown")),
    root=Leaf("dark"),
    seed=b"\x00\xff",
    alive=False,
)


def test_a_document_comes_back_equal(store):
    with store.write() as writer:
        writer.save_document(OAK)
        writer.save_document(Plant(scope=HERE, name="bare"))
    with store.read() as reader:
        found = reader.document(Plant, HERE, OAK.name)
        assert found == replace(OAK, name="oak \u00fc\ufffd")
        assert reader.documents(Plant, HERE, [OAK.name, "\x00"]) == [found]
        assert reader.document(Plant, HERE, "bare") == Plant(scope=HERE, name="bare")
        assert type(found.mood) is Mood


def test_saving_again_replaces_it(store):
    with store.write() as writer:
        writer.save_document(OAK)
        writer.save_document(replace(OAK, mood=Mood.CALM, updated_at=9.0))
    with store.read() as reader:
        assert reader.document(Plant, HERE, OAK.name).mood is Mood.CALM
        assert reader.count_documents(Plant, HERE) == 1


def test_kinds_scopes_and_parents_are_separate(store):
    with store.write() as writer:
        for scope in (HERE, ELSEWHERE, STRANGER):
            writer.save_document(Plant(scope=scope, name="a", height=1.0))
        writer.save_document(Stone(scope=HERE, name="a"))
        writer.save_document(Plant(scope=HERE, parent="p", name="a", height=2.0))
        assert writer.delete_document(Plant, HERE, "a")
        assert not writer.delete_document(Plant, HERE, "a")
    with store.read() as reader:
        assert reader.document(Plant, HERE, "a") is None
        assert reader.document(Plant, HERE, "a", "p").height == 2.0
        assert reader.document(Plant, ELSEWHERE, "a") is not None
        assert reader.document(Stone, HERE, "a") == Stone(scope=HERE, name="a")
        assert reader.count_documents(Plant, HERE) == 0
        assert reader.count_documents(Plant, HERE, "p") == 1


def test_lists_go_by_name_and_by_age_and_in_pages(store):
    with store.write() as writer:
        for number, name in enumerate("cab"):
            writer.save_document(Stone(scope=HERE, name=name, created_at=float(number // 2)))
    with store.read() as reader:
        names = [one.name for one in reader.list_documents(Stone, HERE)]
        assert names == ["a", "b", "c"]
        assert [one.name for one in reader.list_documents(Stone, HERE, after="a", limit=1)] == ["b"]
        assert [one.name for one in reader.newest_documents(Stone, HERE)] == ["b", "c", "a"]
        assert [one.name for one in reader.newest_documents(Stone, HERE, before=(1.0, "b"), limit=1)] == ["c"]
        assert [one.name for one in reader.newest_documents(Stone, HERE, before=(0.0, "c"))] == ["a"]


@pytest.mark.parametrize("number", [0, 1, 2, 250])
def test_several_are_found_at_once_and_missing_ones_left_out(store, number):
    names = [f"n{n}" for n in range(number)]
    with store.write() as writer:
        for name in names:
            writer.save_document(Stone(scope=HERE, name=name))
    with store.read() as reader:
        found = reader.documents(Stone, HERE, [*names, *names, "missing"])
        assert sorted(one.name for one in found) == sorted(names)


def test_children_are_deleted_together(store):
    with store.write() as writer:
        for parent in ("p", "q"):
            for name in "ab":
                writer.save_document(Stone(scope=HERE, parent=parent, name=name))
        assert writer.delete_documents(Stone, HERE, "p") == 2
        assert writer.document_for_update(Stone, HERE, "a", "p") is None
        assert writer.document_for_update(Stone, HERE, "a", "q") is not None


def test_forgetting_an_account_forgets_its_documents(store):
    with store.write() as writer:
        for scope in (HERE, ELSEWHERE, STRANGER):
            writer.save_document(Stone(scope=scope, name="a"))
        writer.forget(HERE)
        assert writer.document(Stone, ELSEWHERE, "a") is None
        assert writer.document(Stone, STRANGER, "a") is not None
        writer.forget()
        assert writer.document(Stone, STRANGER, "a") is None


def test_documents_of_a_neighbouring_version_can_be_read(url):
    store = open_store(url)
    with store.write() as writer:
        writer.save_document(OAK)
        writer._connection.exec_driver_sql("""UPDATE document SET body = '{"height":7,"gone":[1]}'""")
    with store.read() as reader:
        found = reader.document(Plant, HERE, OAK.name)
        assert (found.height, found.mood, found.leaves) == (7, Mood.CALM, ())
    store.close()


def test_a_field_that_cannot_be_kept_is_refused(store):
    with pytest.raises(TypeError, match="documents hold no set"), store.write() as writer:
        writer.save_document(replace(OAK, leaves={1}))
