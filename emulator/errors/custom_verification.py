"""Refusals of custom verification mails and their templates.

Source: reference sending.md 2.2 and 6.4, events-and-api.md 7. Texts are observed second-hand unless one is said to be
decided: nobody has published a sighting of those.
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter
from emulator.values import Door


def already_exists(name: str) -> Fault:
    return Fault(
        f"Custom verification email template <{name}> already exists",
        v1="CustomVerificationEmailTemplateAlreadyExists",
        v2="AlreadyExistsException",
        hint="Change it with UpdateCustomVerificationEmailTemplate.",
        members={"CustomVerificationEmailTemplateName": name},
    )


def does_not_exist(name: str) -> Fault:
    return _absent(name, f"Custom verification email template <{name}> does not exist")


def does_not_exist_to_send(name: str, door: Door) -> Fault:
    """v1 says it shorter where a mail is sent."""
    return _absent(name, f"Template <{name}> does not exist") if door is Door.V1 else does_not_exist(name)


def _absent(name: str, message: str) -> Fault:
    return Fault(
        message,
        v1="CustomVerificationEmailTemplateDoesNotExist",
        v2="NotFoundException",
        hint="Create it with CreateCustomVerificationEmailTemplate, in this account and region.",
        members={"CustomVerificationEmailTemplateName": name},
    )


def from_address_not_verified(address: str) -> Fault:
    return Fault(
        f"The from email address <{address}> is not verified",
        v1="FromEmailAddressNotVerified",
        v2="NotFoundException",
        hint="Verify it, or its domain, in this account and region.",
        members={"FromEmailAddress": address},
    )


def invalid_redirection_url(which: str) -> Fault:
    """``which``: success or failure."""
    return invalid_parameter(f"The {which} redirection URL is invalid", "Give an http or https URL with a host.")


def invalid_content(message: str) -> Fault:
    """The code is documented, the texts are decided."""
    return Fault(message, v1="CustomVerificationEmailInvalidContent", v2="BadRequestException")


def too_many(most: int) -> Fault:
    """Decided; the number is documented."""
    message = f"Number of custom verification email templates exceeds the limit of {most}."
    return Fault(message, v1="LimitExceeded", v2="LimitExceededException")


def name_must_be_given() -> Fault:
    """Decided."""
    return invalid_parameter("The template name must be specified.")


# --- lists --------------------------------------------------------------------------------------


def page_size() -> Fault:
    """Observed."""
    return invalid_parameter("The page size must be between 1 and 50")


def invalid_page_token(token: str) -> Fault:
    """Observed."""
    return invalid_parameter(f"Invalid nextToken <{token}>.", "Tokens belong to one list, account and region.")


# --- sending ------------------------------------------------------------------------------------


def address_not_specified() -> Fault:
    return invalid_parameter("Email address not specified.")


def invalid_address(address: str) -> Fault:
    return invalid_parameter(f"Invalid email address<{address}>.")


def production_access_not_granted() -> Fault:
    """The code is v1's (documented); the text, and v2's code, are decided."""
    return Fault(
        "The account has not been granted production access.",
        v1="ProductionAccessNotGranted",
        v2="BadRequestException",
        hint="Leave the sandbox: PutAccountDetails (v2), or start with --production.",
    )
