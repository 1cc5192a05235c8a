"""Refusals of configuration sets and their event destinations. Texts observed (events-and-api.md 3.5, 4, 7) unless one
is said to be ours or inferred.
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter

_NAMES = "Names have up to 64 letters, digits, _ and -."


def _fault(message: str, v1: str, v2: str = "BadRequestException", hint: str = "", **members: str) -> Fault:
    return Fault(message, v1=v1, v2=v2, hint=hint, members=members)


# --- configuration sets -------------------------------------------------------------------------


def name_must_be_specified() -> Fault:
    return _fault("The configuration set name must be specified.", "InvalidConfigurationSet", hint=_NAMES)


def name_too_long() -> Fault:
    return _fault("Configuration set name cannot exceed 64 characters.", "InvalidConfigurationSet", hint=_NAMES)


def invalid_name(name: str) -> Fault:
    return _fault(
        f"Invalid configuration set name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed.",
        "InvalidConfigurationSet",
        hint=_NAMES,
    )


def already_exists(name: str) -> Fault:
    """Second-hand."""
    return _fault(
        f"Configuration set {name} already exists.",
        "ConfigurationSetAlreadyExists",
        "AlreadyExistsException",
        ConfigurationSetName=name,
    )


def too_many_sets(most: int) -> Fault:
    """Ours; the number is documented."""
    return _fault(f"A maximum of {most} configuration sets is allowed.", "LimitExceeded", "LimitExceededException")


def default_set_does_not_exist(name: str) -> Fault:
    """An identity's default set that was deleted: BadRequest at v2 (DG:managing-configuration-sets), and the text that
    SMTP was seen to say."""
    return Fault(
        f"Configuration set <{name}> does not exist.",
        v1="ConfigurationSetDoesNotExist",
        v2="BadRequestException",
        smtp="554 Configuration Set does not exist",
        hint="It is the default set of the sender's identity: create it again, or give the identity another one.",
        members={"ConfigurationSetName": name},
    )


def sending_paused(name: str) -> Fault:
    """Second-hand (events-and-api.md 7)."""
    return Fault(
        f"Sending is paused for configuration set {name}",
        v1="ConfigurationSetSendingPausedException",
        v2="SendingPausedException",
        smtp="554 Message rejected",
        hint="Resume with UpdateConfigurationSetSendingEnabled (v1) or PutConfigurationSetSendingOptions (v2).",
        members={"ConfigurationSetName": name},
    )


def page_size_out_of_range() -> Fault:
    return invalid_parameter("The page size must be between 1 and 1000")


def invalid_next_token(token: str) -> Fault:
    """v1 answers with a null message (observed)."""
    return invalid_parameter(f"invalid nextToken {token}", "Tokens belong to one list, account and region.")


def invalid_v1_next_token() -> Fault:
    return invalid_parameter(None, "Tokens belong to one list, account and region.")


def filter_out_of_range() -> Fault:
    """Seen in the tests of floci, which probe AWS."""
    return invalid_parameter("CONFIGURATION_SET_NAME_CONTAINS must be between 3 and 64 characters")


# --- options ------------------------------------------------------------------------------------


def invalid_suppression_reason(reason: str | None) -> Fault:
    return invalid_parameter(f"Reason {reason} is invalid, must be one of [BOUNCE, COMPLAINT].")


def redirect_domain_must_be_specified() -> Fault:
    return invalid_parameter("CustomRedirectDomain must be specified.")


def redirect_domain_not_verified(domain: str) -> Fault:
    return _fault(
        f"Domain <{domain}> is not verified under this account.",
        "InvalidTrackingOptions",
        hint="Verify it, or a domain above it, as an identity of this account and region.",
    )


def tracking_options_empty() -> Fault:
    return _fault("At least one field of TrackingOptions must contain a value.", "InvalidTrackingOptions")


def tracking_options_already_exist(name: str) -> Fault:
    return _fault(
        f"Configuration set <{name}> already has tracking options.",
        "TrackingOptionsAlreadyExistsException",
        hint="Change them with UpdateConfigurationSetTrackingOptions.",
        ConfigurationSetName=name,
    )


def tracking_options_do_not_exist(name: str) -> Fault:
    return _fault(
        f"There are no tracking options for configuration set <{name}>",
        "TrackingOptionsDoesNotExistException",
        hint="Make them with CreateConfigurationSetTrackingOptions.",
        ConfigurationSetName=name,
    )


def blank_sending_pool() -> Fault:
    return invalid_parameter("sendingPoolName can't be blank.")


def sending_pool_does_not_exist(name: str) -> Fault:
    return invalid_parameter(
        f"SendingPool <{name}> doesn't exist", "Create it with CreateDedicatedIpPool, in this account and region."
    )


# --- event destinations -------------------------------------------------------------------------


def destination_name_missing() -> Fault:
    """Inferred from the configuration set's."""
    return invalid_parameter("The event destination name must be specified.")


def invalid_destination_name(name: str) -> Fault:
    return invalid_parameter(
        f"Invalid event destination name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
    )


def destination_name_too_long() -> Fault:
    return invalid_parameter("Event destination name cannot exceed 64 characters.")


def no_event_type() -> Fault:
    return invalid_parameter("At least one event type must be specified.")


def no_destination() -> Fault:
    return invalid_parameter("Event destination is not provided.")


def several_destinations() -> Fault:
    return invalid_parameter(
        "Please provide only one destination with each request. Either a Firehose Destination or a Cloudwatch "
        "Destination or an SNS Destination or an EventBridge Destination."
    )


def destination_already_exists(name: str, of: str) -> Fault:
    return _fault(
        f"An event destination with name <{name}> already exists for configuration set <{of}>.",
        "EventDestinationAlreadyExists",
        "AlreadyExistsException",
        ConfigurationSetName=of,
        EventDestinationName=name,
    )


def destination_does_not_exist(name: str, of: str) -> Fault:
    return _fault(
        f"An event destination with name <{name}> does not exist for configuration set <{of}>.",
        "EventDestinationDoesNotExist",
        "NotFoundException",
    )


def no_event_destination_found(name: str, of: str) -> Fault:
    """v1's words: they name the set, without brackets."""
    return _fault(
        f"No EventDestination found for {of}",
        "EventDestinationDoesNotExist",
        ConfigurationSetName=of,
        EventDestinationName=name,
    )


def too_many_destinations(of: str, most: int) -> Fault:
    """Ours; the number is documented."""
    return _fault(
        f"A maximum of {most} event destinations is allowed for configuration set <{of}>.",
        "LimitExceeded",
        "LimitExceededException",
    )


def topic_not_found(arn: str) -> Fault:
    return _fault(
        f"SNS topic <{arn}> not found.",
        "InvalidSNSDestination",
        hint="Create it first, in this account and region, with sns create-topic; FIFO topics are not for SES.",
    )


def stream_not_found(arn: str) -> Fault:
    """Ours, after the topic's."""
    return _fault(
        f"Delivery stream <{arn}> not found.",
        "InvalidFirehoseDestination",
        hint="Create it first, in this account and region, with firehose create-delivery-stream.",
    )


def invalid_role(arn: str) -> Fault:
    """Ours."""
    return _fault(f"Invalid IAM role <{arn}>.", "InvalidFirehoseDestination", hint="arn:aws:iam::<account>:role/<name>")


def not_the_default_bus(arn: str) -> Fault:
    """Ours; that SES publishes to the default bus only is documented."""
    return invalid_parameter(
        f"Invalid event bus <{arn}>: only the default event bus of the account and region is allowed.",
        "arn:aws:events:<region>:<account>:event-bus/default",
    )


def no_dimensions() -> Fault:
    return _fault("CloudWatch metrics dimension configuration list cannot be empty.", "InvalidCloudWatchDestination")


def invalid_dimension(problem: str) -> Fault:
    """Ours; what a dimension may be is documented."""
    return _fault(problem, "InvalidCloudWatchDestination")


def invalid_pinpoint_arn(arn: str | None) -> Fault:
    return invalid_parameter(f"Invalid Pinpoint application ARN provided: {arn}.")
