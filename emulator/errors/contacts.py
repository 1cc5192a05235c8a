"""Refusals of contact lists and contacts: v2 only. Texts observed (events-and-api.md 5.2) unless one is said to be
inferred.
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def too_many_lists() -> Fault:
    """BadRequestException, and before the name is compared (observed)."""
    return invalid_parameter("A maximum of 1 Lists allowed per account.", "Delete the other list first.")


def list_does_not_exist(name: str) -> Fault:
    return Fault(
        f"List with name: {name} doesn't exist.",
        v1="InvalidParameterValue",
        v2="NotFoundException",
        smtp="554 Transaction failed",
        hint="Create it with CreateContactList, in this account and region.",
    )


def list_of_import_does_not_exist(name: str) -> Fault:
    return Fault(f"ContactList <{name}> doesn't exist", v1="InvalidParameterValue", v2="NotFoundException")


def blank(what: str) -> Fault:
    """``what``: ContactListName, TopicName or EmailAddress."""
    return invalid_parameter(f"{what} can't be blank.")


def invalid_name(what: str) -> Fault:
    """Observed of ContactListName, inferred of TopicName."""
    return invalid_parameter(
        f"{what} can contain up to 64 characters. Only alphanumeric characters, underscores(_) and hyphens(-) are "
        "allowed."
    )


def display_name_too_long(most: int) -> Fault:
    return invalid_parameter(f"Topic DisplayName can contain up to <{most}> characters.")


def description_too_long(what: str, most: int) -> Fault:
    """``what``: List (observed) or Topic (inferred)."""
    return invalid_parameter(f"{what} description can contain up to {most} characters.")


def duplicate_topics() -> Fault:
    return invalid_parameter("Duplicate topic names are not allowed within a List.")


def too_many_topics(most: int) -> Fault:
    return invalid_parameter(f"Maximum of <{most}> topics allowed per ContactList")


def contact_already_exists(address: str) -> Fault:
    return Fault(
        f"{address} already exists in List.",
        v1="AlreadyExists",
        v2="AlreadyExistsException",
        hint="UpdateContact changes it.",
    )


def contact_does_not_exist(address: str) -> Fault:
    return Fault(f"{address} doesn't exist in List.", v1="InvalidParameterValue", v2="NotFoundException")


def topic_not_in_list(list_name: str, topic: str) -> Fault:
    """The text is observed; its code is taken to be BadRequestException."""
    return invalid_parameter(f"List: {list_name} doesn't contain Topic: {topic}", "UpdateContactList adds topics.")


def invalid_address(address: str) -> Fault:
    return invalid_parameter(f"EmailAddress <{address}> is invalid")


def invalid_page_token() -> Fault:
    return invalid_parameter("Provided NextToken is invalid", "Tokens belong to one list, account and region.")
