"""Refusals of S/MIME certificates of identities. Texts observed (events-and-api.md 7; probes of AWS published with
floci's tests, 2026-10).
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def identity_does_not_exist(identity: str) -> Fault:
    return Fault(
        f"Email identity <{identity}> does not exist.",
        v1="InvalidParameterValue",
        v2="NotFoundException",
        hint="Create it with CreateEmailIdentity, in this account and region.",
    )


def already_associated(sender: str, identity: str) -> Fault:
    return Fault(
        f"A certificate is already associated with sender <{sender}> on identity <{identity}>.",
        v1="AlreadyExists",
        v2="AlreadyExistsException",
        hint="DisassociateEmailIdentityCertificate frees the sender.",
    )


def from_address_required() -> Fault:
    return invalid_parameter("FromAddress is required when EmailIdentity is a domain.")


def not_an_address(sender: str) -> Fault:
    return invalid_parameter(f"FromAddress <{sender}> is not a valid email address.")


def not_of_the_domain(sender: str, domain: str) -> Fault:
    return invalid_parameter(f"FromAddress <{sender}> does not belong to the domain identity <{domain}>.")


def not_the_identity(sender: str, identity: str) -> Fault:
    return invalid_parameter(f"FromAddress <{sender}> does not match the email identity <{identity}>.")


def has_certificates(arn: str) -> Fault:
    return Fault(
        f"Cannot delete <{arn}> because it has certificates associated with it. Disassociate all certificates and "
        "try again.",
        v1="BadRequestException",
        v2="BadRequestException",
        hint="DisassociateEmailIdentityCertificate does so.",
    )


def invalid_page_token() -> Fault:
    return invalid_parameter("Invalid NextToken.", "Tokens belong to one list, account and region.")
