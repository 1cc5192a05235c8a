"""Refusals of tenants, their resources, reputation entities and multi-region endpoints: v2 only. Texts observed unless
one is said to be inferred (events-and-api.md 7; probes of AWS published with floci's tests, 2026-08 to 2026-10).
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import Fault, invalid_parameter


def _fault(message: str, code: str, hint: str = "", status: int | None = None) -> Fault:
    return Fault(message, v1="InvalidParameterValue", v2=code, hint=hint, status=status)


def tenant_name_cannot_be_empty() -> Fault:
    return invalid_parameter("TenantName cannot be empty")


def tenant_name_too_long() -> Fault:
    return invalid_parameter("TenantName cannot exceed 64 characters.")


def invalid_tenant_name(name: str) -> Fault:
    """Observed up to the colon; what follows it is inferred from the names of configuration sets."""
    return invalid_parameter(
        f"Invalid tenant name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
    )


def tenant_already_exists(name: str, account: str) -> Fault:
    return _fault(f"Tenant with name {name} already exists in account {account}", "AlreadyExistsException")


def tenant_does_not_exist(name: str) -> Fault:
    return _fault(
        f"The requested tenant <{name}> does not exist.",
        "NotFoundException",
        "Create it with CreateTenant, in this account and region.",
    )


def too_many_tenants(most: int) -> Fault:
    """Inferred; the number is documented."""
    return _fault(f"A maximum of {most} tenants is allowed per account.", "LimitExceededException")


# --- resources ----------------------------------------------------------------------------------


def not_an_ses_resource() -> Fault:
    return invalid_parameter("Provided resource identifier is not an SES resource", "Give the ARN of a resource.")


def not_an_ses_arn() -> Fault:
    return invalid_parameter("Provided ARN is not in SES resource ARN format")


def unsupported_resource_type(kind: str) -> Fault:
    return invalid_parameter(
        f"Unsupported resource type: {kind}", "Identities, configuration sets and templates belong to tenants."
    )


def not_in_the_same(what: str, arn: str) -> Fault:
    """``what``: region or account."""
    return invalid_parameter(f"Resource <{arn}> must be in the same {what}")


def resource_does_not_exist(kind: str, name: str) -> Fault:
    """Sic: the set's ends with a colon, the others' with nothing."""
    texts = {
        "configuration-set": f"Configuration set <{name}> does not exist:",
        "identity": f"Identity <{name}> does not exist",
        "template": f"Email template <{name}> does not exist",
    }
    return _fault(texts[kind], "NotFoundException", "Create it first, in this account and region.")


def already_associated(arn: str, tenant: str) -> Fault:
    """Sic: ``Resources``, and no brackets: so in the probes of AWS that events-and-api 7 quotes with them."""
    return _fault(f"Resources {arn} has already been associated with tenant {tenant}", "AlreadyExistsException")


def has_tenant_associations(arn: str) -> Fault:
    return Fault(
        f"Cannot delete <{arn}> because it has tenant associations. Remove all tenant associations and try again.",
        v1="BadRequestException",
        v2="BadRequestException",
        hint="DeleteTenantResourceAssociation does so.",
    )


def invalid_resource_type(given: str) -> Fault:
    return invalid_parameter(f"Invalid resource type {given} specified.", "identity, configuration-set or template")


def invalid_page_token() -> Fault:
    return invalid_parameter("Invalid Next Token", "Tokens belong to one list, account and region.")


# --- suppression --------------------------------------------------------------------------------


def scope_required() -> Fault:
    return invalid_parameter(
        "SuppressionScope is required when SuppressedReasons are provided. Valid values are: TENANT, ACCOUNT"
    )


def reasons_without_scope() -> Fault:
    return invalid_parameter("SuppressedReasons cannot be specified without SuppressionScope.")


def scope_without_reasons() -> Fault:
    return invalid_parameter("SuppressionScope cannot be specified without SuppressedReasons.")


def reason_twice() -> Fault:
    return invalid_parameter("Each suppressed reason can only be specified at most once")


# --- sending ------------------------------------------------------------------------------------


def sending_tenant_not_found(name: str, account: str) -> Fault:
    return _fault(
        f"Tenant {name} for AwsAccountId {account} not found.",
        "NotFoundException",
        "Create it with CreateTenant, in this account and region.",
    )


def tenant_not_associated(arns: Sequence[str]) -> Fault:
    return _fault(
        f"Tenant not associated with resources [{', '.join(arns)}].",
        "AccessDeniedException",
        "Associate them with CreateTenantResourceAssociation.",
        403,
    )


def tenant_sending_paused(name: str) -> Fault:
    """Inferred from the configuration set's text."""
    return _fault(
        f"Sending is paused for tenant {name}",
        "SendingPausedException",
        "UpdateReputationEntityCustomerManagedStatus enables it again.",
    )


# --- reputation entities, all inferred ----------------------------------------------------------


def reputation_entity_does_not_exist(reference: str) -> Fault:
    return _fault(f"Reputation entity <{reference}> does not exist.", "NotFoundException", "Give a tenant's ARN.")


def no_such_reputation_entity(reference: str) -> Fault:
    """Of the operations whose model knows no 404."""
    return invalid_parameter(f"Reputation entity <{reference}> does not exist.", "Give a tenant's ARN.")


def invalid_reputation_policy(arn: str, names: Sequence[str]) -> Fault:
    return invalid_parameter(f"Invalid reputation policy <{arn}>.", f"SES's own policies are {', '.join(names)}.")


def invalid_filter_value(key: str, value: str) -> Fault:
    return invalid_parameter(f"Invalid value {value} for filter {key}.")


# --- multi-region endpoints, all inferred -------------------------------------------------------


def endpoint_already_exists(name: str) -> Fault:
    return _fault(f"Multi-region endpoint <{name}> already exists.", "AlreadyExistsException")


def endpoint_does_not_exist(name: str) -> Fault:
    return _fault(
        f"Multi-region endpoint <{name}> does not exist.",
        "NotFoundException",
        "It is managed in the region that it was created in.",
    )


def one_secondary_region() -> Fault:
    return invalid_parameter("Exactly one secondary region must be specified in RoutesDetails.")


def invalid_secondary_region(region: str) -> Fault:
    return invalid_parameter(f"Invalid secondary region <{region}>.", "Give a region other than the call's.")


def endpoint_not_ready(name: str) -> Fault:
    return invalid_parameter(f"Multi-region endpoint <{name}> is not ready.", "It is after some seconds.")
