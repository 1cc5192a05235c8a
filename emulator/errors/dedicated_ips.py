"""Refusals of dedicated IPs and their pools: v2 only. Of pools that are managed and of the
default pool, of names and numbers of pools the texts are inferred, the others observed (events-and-api.md 7; floci).
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def _fault(message: str, code: str, hint: str = "") -> Fault:
    return Fault(message, v1="InvalidParameterValue", v2=code, hint=hint)


def pool_already_exists(name: str) -> Fault:
    return _fault(f"The pool <{name}> already exists.", "AlreadyExistsException")


def pool_does_not_exist(name: str) -> Fault:
    return _fault(
        f"The requested pool <{name}> does not exist.",
        "NotFoundException",
        "Create it with CreateDedicatedIpPool, in this account and region.",
    )


def invalid_scaling_mode() -> Fault:
    return invalid_parameter("The ScalingMode parameter is invalid.", "STANDARD or MANAGED; what is MANAGED stays so.")


def invalid_pool_name(name: str) -> Fault:
    return invalid_parameter(
        f"Invalid pool name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
        "Up to 64 of them.",
    )


def too_many_pools(most: int) -> Fault:
    return _fault(f"A maximum of {most} dedicated IP pools is allowed per account.", "LimitExceededException")


def pool_name_blank() -> Fault:
    return invalid_parameter("Pool name can't be blank.")


def default_pool_stays() -> Fault:
    return invalid_parameter("The default dedicated IP pool cannot be changed or deleted.")


def ip_does_not_exist(ip: str) -> Fault:
    return _fault(
        f"Could not find dedicated IP <{ip}> under this account.",
        "NotFoundException",
        "Addresses are leased with POST /_ses/api/dedicated-ips, as through AWS Support.",
    )


def managed_ip(ip: str) -> Fault:
    return invalid_parameter(f"The dedicated IP <{ip}> is managed by Amazon SES.", "SES warms it up and moves it.")


def pool_is_managed(name: str) -> Fault:
    return invalid_parameter(f"The pool <{name}> is MANAGED: Amazon SES decides which addresses are in it.")


def invalid_warmup_percentage() -> Fault:
    return invalid_parameter("Warmup Percentage must be between 0 and 100.")


def page_size_out_of_range(most: int) -> Fault:
    """Observed of ListDedicatedIpPools, as the next one is."""
    return invalid_parameter(f"The page size must be in [1, {most}] range.")


def invalid_page_token() -> Fault:
    return invalid_parameter("Invalid next token.", "Tokens belong to one list, account and region.")
