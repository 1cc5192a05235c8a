"""Every refusal, by name, with its code at each door. Nothing is refused in words that are not here or in
``aws/faults.py`` (which holds the refusals of the protocol itself: malformed bodies, unknown actions, signatures).

The text is SES's own; ``hint`` is ours, leaves in the ``x-ses-emulator-hint`` header and says what to do.
HTTP statuses come from botocore's model, so a fault names one only when the model does not know its code.
Source of codes and texts: reference sending.md 1, 2 and 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emulator.values import Door


class Fault(Exception):
    """A refusal. ``message`` None is sent as null, which SES does in places.

    ``smtp`` is the reply line up to the message, as ``554 Message rejected``. ``members`` are the extra members
    of the modelled error shape (v1 writes them inside ``<Error>``).
    """

    def __init__(
        self,
        message: str | None,
        *,
        v1: str,
        v2: str,
        smtp: str = "554 Transaction failed",
        status: int | None = None,
        hint: str = "",
        members: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.v1 = v1
        self.v2 = v2
        self.smtp = smtp
        self.status = status
        self.hint = hint
        self.members = dict(members or {})

    def code(self, door: Door) -> str:
        """The wire code at an HTTP door."""
        return self.v1 if door is Door.V1 else self.v2

    def reply(self) -> str:
        """The SMTP reply line, without line end: a phrase for the code and the message, or a whole sentence that
        stands for both (``552 Message is too long.``)."""
        if self.smtp.endswith(".") or self.message is None:
            return self.smtp
        return f"{self.smtp}: {self.message}"


def feature_not_emulated(feature: str) -> Fault:
    """Ours: a part of an operation that this emulator does not act out is refused by name, never ignored."""
    return Fault(
        f"{feature} is not emulated.",
        v1="UnsupportedOperation",
        v2="UnsupportedOperation",
        status=400,
        hint=f"SES has {feature}, this emulator does not yet.",
    )


# --- sandbox, quota, pausing (reference 1) ------------------------------------------------------


def email_address_not_verified(failed: Iterable[str], region: str, hint: str = "") -> Fault:
    """``failed`` are the raw strings as the caller gave them. Source: 1.2, observed at all three doors."""
    return Fault(
        "Email address is not verified. The following identities failed the check in region "
        f"{region.upper()}: {', '.join(failed)}",
        v1="MessageRejected",
        v2="MessageRejected",
        smtp="554 Message rejected",
        hint=hint,
    )


def maximum_sending_rate_exceeded(rate: float) -> Fault:
    return throttled(f"The account may send {rate:g} a second; wait, or start with --max-send-rate -1 or --production.")


def throttled(hint: str) -> Fault:
    """Source: 1.3; a code that every retrying client knows."""
    return Fault(
        "Maximum sending rate exceeded.",
        v1="Throttling",
        v2="TooManyRequestsException",
        smtp="454 Throttling failure",
        status=400,
        hint=hint,
    )


def internal_failure(hint: str) -> Fault:
    return Fault(
        "We encountered an internal error. Please try again.",
        v1="InternalFailure",
        v2="InternalServiceErrorException",
        smtp="451 Temporary service failure",
        status=500,
        hint=hint,
    )


def daily_message_quota_exceeded(quota: float) -> Fault:
    """Source: 1.3; the final period is on the wire in most captures and in all of v2's."""
    return Fault(
        "Daily message quota exceeded.",
        v1="Throttling",
        v2="LimitExceededException",
        smtp="454 Throttling failure",
        status=400,
        hint=f"{quota:g} recipients in 24 hours are used up; advance the clock "
        "(POST /_ses/api/clock), or start with --max-24-hour-send -1 or --production.",
    )


def account_sending_paused() -> Fault:
    """The text is in no document and no capture (1.4): ours names what was done, in the model's words."""
    return Fault(
        "Email sending is disabled for your entire Amazon SES account.",
        v1="AccountSendingPausedException",
        v2="SendingPausedException",
        smtp="554 Message rejected",
        hint="Resume with UpdateAccountSendingEnabled (v1) or PutAccountSendingAttributes (v2).",
    )


def mail_from_domain_not_verified(domain: str, region: str) -> Fault:
    """Source: 5.1, text inferred from the observed SMTP reply ``554 MAIL FROM domain not verified: …``."""
    return Fault(
        "DNS setup for MAIL FROM domain is invalid.",
        v1="MailFromDomainNotVerifiedException",
        v2="MailFromDomainNotVerifiedException",
        smtp="554 MAIL FROM domain not verified",
        hint=f"{domain} needs exactly one MX: 10 feedback-smtp.{region}.amazonses.com",
    )


def configuration_set_does_not_exist(name: str) -> Fault:
    return Fault(
        f"Configuration set <{name}> does not exist.",
        v1="ConfigurationSetDoesNotExist",
        v2="NotFoundException",
        smtp="554 Configuration Set does not exist",
        hint="Create it with CreateConfigurationSet, in this account and region.",
        members={"ConfigurationSetName": name},
    )


# --- what a message may look like (reference 2) --------------------------------------------------


def invalid_parameter(message: str | None, hint: str = "") -> Fault:
    """InvalidParameterValue at v1, BadRequestException at v2, ``554 Transaction failed`` at SMTP."""
    return Fault(message, v1="InvalidParameterValue", v2="BadRequestException", hint=hint)


def recipient_count_exceeds(limit: int) -> Fault:
    return invalid_parameter(f"Recipient count exceeds {limit}.", "Split the recipients over several calls.")


def missing_required_header(name: str) -> Fault:
    return invalid_parameter(
        f"Missing required header '{name}'.", f"Give the raw message a {name} field with an address."
    )


def duplicate_header(name: str) -> Fault:
    return invalid_parameter(f"Duplicate header '{name}'.", f"RFC 5322 and SES allow one {name} only.")


def empty_header_name() -> Fault:
    return invalid_parameter("Empty header names are illegal.", "A line of the header begins with a colon.")


def message_too_long(size: int, limit: int) -> Fault:
    """API text inferred (2.2: one client stub); SMTP's ``552 Message is too long.`` documented."""
    return Fault(
        f"Message length is more than the allowed {limit} bytes.",
        v1="InvalidParameterValue",
        v2="BadRequestException",
        smtp="552 Message is too long.",
        hint=f"The message has {size} bytes after base64.",
    )


# --- identities (reference 6) --------------------------------------------------------------------


def email_identity_already_exists(name: str) -> Fault:
    """Sic: ``already exist.``"""
    return Fault(
        f"Email identity {name} already exist.",
        v1="AlreadyExists",
        v2="AlreadyExistsException",
        hint="Use it as it is, or delete it first.",
    )


def email_identity_does_not_exist(name: str) -> Fault:
    return Fault(
        f"Email identity {name} does not exist.",
        v1="InvalidParameterValue",
        v2="NotFoundException",
        hint="Create it with CreateEmailIdentity, in this account and region.",
    )


def identity_does_not_exist(name: str) -> Fault:
    """v1's words where an operation needs the identity (observed second-hand: SetIdentityMailFromDomain)."""
    return invalid_parameter(
        f"Identity <{name}> does not exist.",
        "Create it with VerifyDomainIdentity or VerifyEmailIdentity, in this account and region.",
    )


def domain_not_verified_for_dkim(domain: str) -> Fault:
    return invalid_parameter(
        f"Domain {domain} is not verified for DKIM signing.",
        f"Call VerifyDomainDkim for {domain} and publish its three CNAMEs "
        f"(POST /_ses/api/identities/{domain}/publish does it at once).",
    )


def email_identity_must_be_domain() -> Fault:
    return invalid_parameter("The EmailIdentity value must be a valid domain.")


def page_size_out_of_range(name: str, size: int, most: int) -> Fault:
    return invalid_parameter(f"Value {size} for parameter {name} is invalid. {name} must be between 1 and {most}.")


def invalid_next_token(token: str) -> Fault:
    """Source: events-and-api 7, paging: v1 InvalidParameterValue; v2 models InvalidNextTokenException elsewhere but
    ListEmailIdentities models BadRequestException only."""
    return invalid_parameter(f"Invalid NextToken <{token}>.", "Tokens belong to one list, account and region.")


def invalid_next_token_of_filter() -> Fault:
    """ListEmailIdentities with a filter does not tell the token (observed second-hand)."""
    return invalid_parameter("Invalid NextToken.", "Tokens belong to one list, account, region and filter.")


def account_details_under_review() -> Fault:
    return Fault(
        "Another review of your account details is in progress.",
        v1="InvalidParameterValue",
        v2="ConflictException",
        hint="A review is open because the emulator was started with --hold-production-review.",
    )
