"""Refusals of tags. Texts and their order observed (probes of AWS published with floci's tests, 2026-08 to 2026-10;
events-and-api.md 7), unless one is said to be inferred.
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter

_AT_MOST = "Maximum of 50 user tags are allowed per resource, consider reducing the number of tags in the request"


def too_many_tags() -> Fault:
    return invalid_parameter(_AT_MOST)


def too_many_tags_together() -> Fault:
    return invalid_parameter(f"{_AT_MOST} or delete existing tags and retry")


def tag_characters() -> Fault:
    return invalid_parameter(
        "Tags can only contain letters, numbers, spaces, and the following special characters: _ . : / = + - @"
    )


def tag_key_twice() -> Fault:
    return invalid_parameter("Cannot provide multiple tags with the same key")


def system_tag() -> Fault:
    return invalid_parameter(
        "Caller is an end user and not allowed to mutate system tags", "Keys that begin with aws: are AWS's."
    )


def empty_tag_key() -> Fault:
    return invalid_parameter(None, "A tag needs a key.")


def unexpected_arn() -> Fault:
    return invalid_parameter(
        "ResourceArn is not the expected format", "arn:aws:ses:<region>:<account>:<kind of resource>/<name>"
    )


def not_an_ses_resource() -> Fault:
    """Of an identity whose name or account cannot be."""
    return invalid_parameter("Provided resource identifier is not an SES resource")


def template_name() -> Fault:
    """Sic: names that begin with a hyphen or an underscore were not refused."""
    return invalid_parameter(
        "Template name can contain alphanumeric characters, underscores(_) and hyphens(-). It can contain up to 128 "
        "characters and it should start with an alphanumeric character."
    )


def different_account() -> Fault:
    return invalid_parameter("Operations on a resource created in a different account is not allowed")


def message_less_validation() -> Fault:
    """What SES says of a name that no configuration set can have."""
    return Fault(
        None,
        v1="ValidationError",
        v2="ValidationException",
        status=400,
        hint="Names of configuration sets have up to 64 letters, digits, _ and -.",
    )


def not_present(kind: str, name: str) -> Fault:
    """``kind`` as SES calls it here: ConfigurationSet, EmailIdentity …"""
    return Fault(
        f"No {kind} present with name: {name}",
        v1="InvalidParameterValue",
        v2="NotFoundException",
        hint="Create it first, in this account and region.",
    )


def tenant_not_present(name: str | None, id: str) -> Fault:
    """Sic: without a blank between name and ``with``; ``null`` where the ARN has no name."""
    return not_present("Tenant", f"{'null' if name is None else name}with tenantId: {id}")


def failed_to_tag() -> Fault:
    return invalid_parameter("Failed to tag resource", "The ARN names another region than the call.")


def failed_to_untag() -> Fault:
    return invalid_parameter("Failed to untag resource", "The ARN names another region than the call.")
