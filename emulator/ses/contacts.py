"""The contacts of a contact list (v2). Source: API2, reference events-and-api.md 5.2 (texts and merging observed)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.documents.contacts import OPT_IN, OPT_OUT, Contact, ContactList, Preference
from emulator.errors import contacts as errors
from emulator.policy import contacts
from emulator.ses import paging
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.ses.contact_lists import existing
from emulator.store.ports import Reader

_CHUNK = 1000
_PAGE = 50


def create_contact(desk: Desk, call: Call, params: Params) -> Result:
    """Topics about which nothing is said have the list's default."""
    name, preferences, now = contacts.contact_name(params["EmailAddress"]), _preferences(params), desk.clock.now()
    with desk.store.write() as writer:
        of = existing(writer, call, params["ContactListName"])
        contacts.require_topics(of, preferences)
        if writer.document_for_update(Contact, call.scope, name, of.name) is not None:
            raise errors.contact_already_exists(name)
        writer.save_document(
            Contact(
                scope=call.scope,
                name=name,
                parent=of.name,
                created_at=now,
                updated_at=now,
                preferences=contacts.merged((), preferences),
                unsubscribe_all=bool(params.get("UnsubscribeAll", False)),
                attributes=params.get("AttributesData"),
            )
        )
    return {}


def get_contact(desk: Desk, call: Call, params: Params) -> Result:
    """``TopicPreferences`` are what the contact said, ``TopicDefaultPreferences`` the defaults of all topics."""
    name = contacts.contact_name(params["EmailAddress"])
    with desk.store.read() as reader:
        of = existing(reader, call, params["ContactListName"])
        contact = _contact(reader, of, name)
    result = {"ContactListName": of.name, "CreatedTimestamp": contact.created_at, **_told(of, contact)}
    if contact.attributes is not None:
        result["AttributesData"] = contact.attributes
    return result


def update_contact(desk: Desk, call: Call, params: Params) -> Result:
    """Preferences are merged; AttributesData and UnsubscribeAll are replaced, and gone when absent (observed)."""
    name, preferences = contacts.contact_name(params["EmailAddress"]), _preferences(params)
    with desk.store.write() as writer:
        of = existing(writer, call, params["ContactListName"])
        contacts.require_topics(of, preferences)
        writer.document_for_update(Contact, call.scope, name, of.name)
        contact = _contact(writer, of, name)
        writer.save_document(
            replace(
                contact,
                preferences=contacts.merged(contact.preferences, preferences),
                unsubscribe_all=bool(params.get("UnsubscribeAll", False)),
                attributes=params.get("AttributesData"),
                updated_at=desk.clock.now(),
            )
        )
    return {}


def delete_contact(desk: Desk, call: Call, params: Params) -> Result:
    """404 when it is not on the list."""
    name = contacts.contact_name(params["EmailAddress"])
    with desk.store.write() as writer:
        of = existing(writer, call, params["ContactListName"])
        contact = _contact(writer, of, name)
        writer.delete_document(Contact, call.scope, contact.name, of.name)
    return {}


def list_contacts(desk: Desk, call: Call, params: Params) -> Result:
    """By address. ``FilteredStatus`` alone asks whether a contact left everything (OPT_OUT) or not. With a topic it is
    held against what the contact said of it, and against its default when ``UseDefaultIfPreferenceUnavailable``; who
    left everything is OPT_OUT of every topic. A topic without a status asks who said anything about it."""
    filter = params.get("Filter", {})
    topic = filter.get("TopicFilter", {}).get("TopicName")
    kind = f"contacts of {params['ContactListName']}"
    size, after = paging.asked(desk, call, params, kind, default=_PAGE, bad_token=errors.invalid_page_token())
    found: list[Contact] = []
    with desk.store.read() as reader:
        of = existing(reader, call, params["ContactListName"])
        if topic is not None and of.topic(topic) is None:
            raise errors.topic_not_in_list(of.name, topic)
        while len(found) <= size:
            page = reader.list_documents(Contact, call.scope, of.name, after, _CHUNK)
            found += [contact for contact in page if _matches(of, contact, filter, topic)]
            if len(page) < _CHUNK:
                break
            after = page[-1].name
    told = [_told(of, contact) for contact in found[:size]]
    return paging.told(desk, call, kind, "Contacts", told, [contact.name for contact in found], size)


def _matches(of: ContactList, contact: Contact, filter: Mapping[str, Any], topic: str | None) -> bool:
    wanted = filter.get("FilteredStatus")
    if topic is None:
        return wanted is None or wanted == (OPT_OUT if contact.unsubscribe_all else OPT_IN)
    by_default = bool(filter.get("TopicFilter", {}).get("UseDefaultIfPreferenceUnavailable", False))
    if contact.preference(topic) is None and not contact.unsubscribe_all and not by_default:
        return False
    return wanted is None or wanted == contacts.status(of, contact, topic)


def _contact(reader: Reader, of: ContactList, name: str) -> Contact:
    contact = reader.document(Contact, of.scope, name, of.name)
    if contact is None:
        raise errors.contact_does_not_exist(name)
    return contact


def _preferences(params: Params) -> tuple[Preference, ...]:
    return tuple(Preference(one["TopicName"], one["SubscriptionStatus"]) for one in params.get("TopicPreferences", ()))


def _told(of: ContactList, contact: Contact) -> dict[str, Any]:
    return {
        "EmailAddress": contact.name,
        "TopicPreferences": [
            {"TopicName": one.topic, "SubscriptionStatus": one.status}
            for one in contact.preferences
            if of.topic(one.topic) is not None
        ],
        "TopicDefaultPreferences": [
            {"TopicName": topic.name, "SubscriptionStatus": topic.default} for topic in of.topics
        ],
        "UnsubscribeAll": contact.unsubscribe_all,
        "LastUpdatedTimestamp": contact.updated_at,
    }


V1: dict[str, Operation] = {}
V2 = {
    "CreateContact": create_contact,
    "GetContact": get_contact,
    "UpdateContact": update_contact,
    "DeleteContact": delete_contact,
    "ListContacts": list_contacts,
}
