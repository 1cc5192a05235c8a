"""Contact lists and their topics (v2), one for each account and region. Source: API2, events-and-api.md 5.2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from emulator.documents.contacts import Contact, ContactList, Topic
from emulator.errors import contacts as errors
from emulator.policy import contacts
from emulator.ses import paging, resources, tags
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader, Writer

_KIND = "contact lists"
_PAGE = 1000
# Whoever creates a list is alone with this name: two lists made at once would be one too many.
_ANY = "any"


def create_contact_list(desk: Desk, call: Call, params: Params) -> Result:
    """A second one is refused as such, even under the first one's name (observed)."""
    name, topics, given = params["ContactListName"], _topics(params), tags.given(params.get("Tags"))
    contacts.require_name("ContactListName", name)
    contacts.require_list(params.get("Description"), topics)
    now = desk.clock.now()
    with desk.store.write() as writer:
        writer.document_for_update(ContactList, call.scope, _ANY, _KIND)
        if writer.count_documents(ContactList, call.scope):
            raise errors.too_many_lists()
        writer.save_document(
            ContactList(
                scope=call.scope,
                name=name,
                created_at=now,
                updated_at=now,
                description=params.get("Description"),
                topics=topics,
            )
        )
        tags.attach(writer, call.scope, resources.part(resources.CONTACT_LIST, name), given)
    return {}


def get_contact_list(desk: Desk, call: Call, params: Params) -> Result:
    """404 when there is no list of that name."""
    with desk.store.read() as reader:
        found = existing(reader, call, params["ContactListName"])
        kept = tags.told(reader, call.scope, resources.part(resources.CONTACT_LIST, found.name))
    result: Result = {
        "ContactListName": found.name,
        "Topics": [_topic(topic) for topic in found.topics],
        "CreatedTimestamp": found.created_at,
        "LastUpdatedTimestamp": found.updated_at,
        "Tags": kept,
    }
    if found.description is not None:
        result["Description"] = found.description
    return result


def update_contact_list(desk: Desk, call: Call, params: Params) -> Result:
    """A complete replacement (API2): what is left out is gone. What contacts said of a topic that went is kept, and
    holds again when it comes back."""
    topics = _topics(params)
    contacts.require_name("ContactListName", params["ContactListName"])
    contacts.require_list(params.get("Description"), topics)
    with desk.store.write() as writer:
        before = locked(writer, call, params["ContactListName"])
        writer.save_document(
            replace(before, description=params.get("Description"), topics=topics, updated_at=desk.clock.now())
        )
    return {}


def delete_contact_list(desk: Desk, call: Call, params: Params) -> Result:
    """Its contacts go with it."""
    name = params["ContactListName"]
    with desk.store.write() as writer:
        locked(writer, call, name)
        writer.delete_documents(Contact, call.scope, name)
        writer.delete_document(ContactList, call.scope, name)
        tags.drop(writer, call.scope, resources.part(resources.CONTACT_LIST, name))
    return {}


def list_contact_lists(desk: Desk, call: Call, params: Params) -> Result:
    """At most one."""
    size, after = paging.asked(desk, call, params, _KIND, default=_PAGE, bad_token=errors.invalid_page_token())
    with desk.store.read() as reader:
        found = reader.list_documents(ContactList, call.scope, after=after, limit=size + 1)
    told = [{"ContactListName": one.name, "LastUpdatedTimestamp": one.updated_at} for one in found[:size]]
    return paging.told(desk, call, _KIND, "ContactLists", told, [one.name for one in found], size)


def existing(reader: Reader, call: Call, name: str) -> ContactList:
    """The list, or its 404. A name that no list can have is told as such (observed)."""
    contacts.require_name("ContactListName", name)
    found = reader.document(ContactList, call.scope, name)
    if found is None:
        raise errors.list_does_not_exist(name)
    return found


def locked(writer: Writer, call: Call, name: str) -> ContactList:
    """As ``existing``; nobody else changes the list until the transaction ends."""
    writer.document_for_update(ContactList, call.scope, name)
    return existing(writer, call, name)


def _topics(params: Params) -> tuple[Topic, ...]:
    given: Iterable[Params] = params.get("Topics", ())
    return tuple(
        Topic(
            name=topic["TopicName"],
            display_name=topic["DisplayName"],
            description=topic.get("Description"),
            default=topic["DefaultSubscriptionStatus"],
        )
        for topic in given
    )


def _topic(topic: Topic) -> dict[str, Any]:
    told = {
        "TopicName": topic.name,
        "DisplayName": topic.display_name,
        "DefaultSubscriptionStatus": topic.default,
    }
    return told if topic.description is None else {**told, "Description": topic.description}


V1: dict[str, Operation] = {}
V2 = {
    "CreateContactList": create_contact_list,
    "GetContactList": get_contact_list,
    "UpdateContactList": update_contact_list,
    "DeleteContactList": delete_contact_list,
    "ListContactLists": list_contact_lists,
}
