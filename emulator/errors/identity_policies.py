"""Refusals of identity policies, of sends that they do not allow, and of notification settings. Texts observed
(events-and-api.md 7, sending.md 1.2, 2.2, 9.2) unless one is said to be ours.
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def invalid_policy_name() -> Fault:
    return invalid_parameter(
        "PolicyName is invalid. Policy names must only include alpha-numeric characters, dashes, and underscores."
    )


def invalid_policy(problem: str) -> Fault:
    """Ours but for the code: SES's words for a document that is no policy are not known."""
    return Fault(
        f"Invalid policy: {problem}",
        v1="InvalidPolicy",
        v2="BadRequestException",
        hint="See the policy grammar in the Developer Guide, 'Amazon SES policy anatomy'.",
    )


def policy_already_exists(name: str) -> Fault:
    return Fault(
        f"Policy <{name}> already exists",
        v1="InvalidParameterValue",
        v2="AlreadyExistsException",
        hint="Change it with UpdateEmailIdentityPolicy.",
    )


def policy_does_not_exist(name: str) -> Fault:
    return Fault(f"Policy <{name}> does not exist", v1="InvalidParameterValue", v2="NotFoundException")


def too_many_policies(identity: str) -> Fault:
    return Fault(
        f"Number of policies for <{identity}> exceeds max allowed number of policies per resource",
        v1="InvalidParameterValue",
        v2="LimitExceededException",
        hint="SES allows 20 for an identity.",
    )


def identity_of_policy_does_not_exist(identity: str) -> Fault:
    """Sic: with brackets here."""
    return Fault(
        f"Email identity <{identity}> does not exist.",
        v1="InvalidParameterValue",
        v2="NotFoundException",
        hint="Create it with CreateEmailIdentity, in this account and region.",
    )


def not_authorized(caller: str, action: str, resource: str, hint: str) -> Fault:
    return Fault(
        f"User `{caller}' is not authorized to perform `{action}' on resource `{resource}'",
        v1="AccessDenied",
        v2="AccessDeniedException",
        smtp="554 Access denied",
        status=403,
        hint=hint,
    )


def not_an_identity_arn(parameter: str, given: str) -> Fault:
    """Ours."""
    return invalid_parameter(
        f"Invalid {parameter} <{given}>.", "arn:aws:ses:<region>:<account>:identity/<address or domain>"
    )


# --- notifications ------------------------------------------------------------------------------


def not_a_verified_identity(identity: str) -> Fault:
    return invalid_parameter(
        f"Identity {identity} is invalid. Must be a verified email address or domain.",
        "Create it with VerifyDomainIdentity or VerifyEmailIdentity, in this account and region.",
    )


def headers_of_no_verified_identity(identity: str) -> Fault:
    """Another sentence than that of forwarding (observed second-hand)."""
    return invalid_parameter(
        f"Identity {identity} is invalid. It must be a verified email address or domain.",
        "Create it with VerifyDomainIdentity or VerifyEmailIdentity, in this account and region.",
    )


def forwarding_needs_topics() -> Fault:
    """Ours, in the words of API1 SetIdentityFeedbackForwardingEnabled."""
    return invalid_parameter(
        "Feedback forwarding can only be disabled when Amazon SNS topics are set for both bounces and complaints.",
        "Set both with SetIdentityNotificationTopic first.",
    )


def invalid_notification_topic(topic: str) -> Fault:
    """Ours but for the code."""
    return invalid_parameter(
        f"Invalid SNS topic <{topic}>.",
        "Create it first, in this account and region, with sns create-topic; FIFO topics are not for SES.",
    )
