"""Contact lists with their topics, and the contacts on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document

OPT_IN = "OPT_IN"
OPT_OUT = "OPT_OUT"


@dataclass(frozen=True, slots=True)
class Topic:
    """``default``: OPT_IN or OPT_OUT, of contacts that said nothing about the topic."""

    name: str
    display_name: str
    description: str | None
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList(Document):
    KIND: ClassVar[str] = "contact-list"

    description: str | None = None
    topics: tuple[Topic, ...] = ()

    def topic(self, name: str) -> Topic | None:
        """The topic of that name."""
        return next((topic for topic in self.topics if topic.name == name), None)


@dataclass(frozen=True, slots=True)
class Preference:
    topic: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Document):
    """``parent`` is the list's name, ``name`` the address with its domain in lower case. ``preferences`` are those that
    were expressed, topics that the list has no longer included."""

    KIND: ClassVar[str] = "contact"

    preferences: tuple[Preference, ...] = ()
    unsubscribe_all: bool = False
    attributes: str | None = None

    def preference(self, topic: str) -> str | None:
        """What the contact said of the topic, None when nothing."""
        return next((one.status for one in self.preferences if one.topic == topic), None)
