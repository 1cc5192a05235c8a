"""What contact lists, topics and contacts may be, and whether a contact wants a mail.

Source: events-and-api.md 5.2 and 5.3. Of 20 topics, names of 64 characters and descriptions of 500: observed texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from emulator.documents.contacts import OPT_IN, OPT_OUT, Contact, ContactList, Preference, Topic
from emulator.errors import Fault
from emulator.errors import contacts as errors
from emulator.policy import addresses
from emulator.policy.suppression import listed

MOST_TOPICS = 20
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_DISPLAY_NAME = 128
_DESCRIPTION = 500


def require_name(what: str, name: str) -> None:
    """``what``: ContactListName or TopicName."""
    if not name.strip():
        raise errors.blank(what)
    if not _NAME.match(name):
        raise errors.invalid_name(what)


def require_list(description: str | None, topics: Sequence[Topic]) -> None:
    """Raises for the first thing that a list must not hold."""
    if description is not None and len(description) > _DESCRIPTION:
        raise errors.description_too_long("List", _DESCRIPTION)
    if len(topics) > MOST_TOPICS:
        raise errors.too_many_topics(MOST_TOPICS)
    for topic in topics:
        require_name("TopicName", topic.name)
        if len(topic.display_name) > _DISPLAY_NAME:
            raise errors.display_name_too_long(_DISPLAY_NAME)
        if topic.description is not None and len(topic.description) > _DESCRIPTION:
            raise errors.description_too_long("Topic", _DESCRIPTION)
    if len({topic.name for topic in topics}) < len(topics):
        raise errors.duplicate_topics()


def contact_name(address: str) -> str:
    """The name that a contact of that address has: trimmed, its domain in lower case (as in the suppression list; of
    contacts it is inferred). Raises where it is no bare address."""
    trimmed = address.strip()
    if not trimmed:
        raise errors.blank("EmailAddress")
    try:
        mailbox = addresses.parse(trimmed)
    except Fault:
        raise errors.invalid_address(address) from None
    if mailbox.addr_spec != trimmed:
        raise errors.invalid_address(address)
    return listed(trimmed)


def require_topics(of: ContactList, preferences: Iterable[Preference]) -> None:
    """Raises for the first topic that the list has not."""
    for preference in preferences:
        if of.topic(preference.topic) is None:
            raise errors.topic_not_in_list(of.name, preference.topic)


def merged(before: Sequence[Preference], new: Sequence[Preference]) -> tuple[Preference, ...]:
    """The new ones over those before (observed of UpdateContact)."""
    return tuple({one.topic: one for one in (*before, *new)}.values())


def status(of: ContactList, contact: Contact, topic: str) -> str:
    """Whether the contact gets mail of the topic: OPT_OUT when it left all, else what it said, else the default."""
    if contact.unsubscribe_all:
        return OPT_OUT
    default = of.topic(topic)
    return contact.preference(topic) or (default.default if default is not None else OPT_IN)


def wants(of: ContactList, contact: Contact, topic: str | None) -> bool:
    """Whether a mail of the list, or of a topic of it, is sent to the contact."""
    return not contact.unsubscribe_all if topic is None else status(of, contact, topic) == OPT_IN
