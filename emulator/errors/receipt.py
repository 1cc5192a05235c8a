"""Refusals of receipt rule sets, rules and filters: v1 only. Texts observed unless one is said to be inferred
(events-and-api.md 6.6).
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import Fault, invalid_parameter


def _fault(message: str, code: str, hint: str = "", **members: str) -> Fault:
    return Fault(message, v1=code, v2="BadRequestException", hint=hint, members=members)


def rule_set_already_exists(name: str) -> Fault:
    return _fault(f"Rule set already exists: {name}", "AlreadyExists", Name=name)


def rule_already_exists(name: str) -> Fault:
    return _fault(f"Rule already exists: {name}", "AlreadyExists", Name=name)


def multiple_positions(name: str) -> Fault:
    return invalid_parameter(f"Multiple positions found for rule: {name}")


def positions_not_found(names: Sequence[str]) -> Fault:
    return invalid_parameter(f"Positions for rules not found: {', '.join(names)}")


def filter_already_exists(name: str) -> Fault:
    """Inferred from the two above."""
    return _fault(f"Filter already exists: {name}", "AlreadyExists", Name=name)


def rule_set_does_not_exist(name: str) -> Fault:
    return _fault(f"Rule set does not exist: {name}", "RuleSetDoesNotExist", Name=name)


def rule_does_not_exist(name: str) -> Fault:
    return _fault(f"Rule does not exist: {name}", "RuleDoesNotExist", Name=name)


def cannot_delete_active_rule_set(name: str) -> Fault:
    return _fault(
        f"Cannot delete active rule set: {name}",
        "CannotDelete",
        "Make another set active first: SetActiveReceiptRuleSet, without a name for none.",
        Name=name,
    )


def too_many(what: str, most: int) -> Fault:
    """``what``: rules, actions, filters; ``rule sets`` is inferred."""
    return _fault(f"Too many {what}", "LimitExceeded", f"SES allows {most}.")


def not_a_valid(member: str, name: str = "") -> Fault:
    """``Not a valid ruleSetName: x``; of a filter the name is not repeated."""
    return invalid_parameter(
        f"Not a valid {member}" + (f": {name}" if name else ""),
        "Names have up to 64 letters, digits, ., _ and -, and begin and end with a letter or digit.",
    )


def invalid_cidr_block() -> Fault:
    return invalid_parameter("Invalid CIDR block", "Give an IP address, or a range as 10.0.0.0/24.")


def not_one_action_type() -> Fault:
    return invalid_parameter("Exactly one action type must be specified for each ReceiptAction")


def stop_action_not_last() -> Fault:
    return invalid_parameter("Stop action, if any, must be placed at the end of the actions list")


def invalid_header_name(name: str) -> Fault:
    return invalid_parameter(f"Invalid header name: {name}", "1 to 50 letters, digits and dashes.")


def invalid_header_value(value: str) -> Fault:
    """Inferred from the name's."""
    return invalid_parameter(f"Invalid header value: {value[:100]}", "Fewer than 2048 characters, without line ends.")


def invalid_smtp_reply_code(code: str) -> Fault:
    return invalid_parameter(f"Invalid SMTP reply code: {code}", "A code of RFC 5321: 4xx or 5xx.")


def invalid_smtp_status_code(code: str) -> Fault:
    """Inferred from the reply code's."""
    return invalid_parameter(f"Invalid SMTP status code: {code}", "An enhanced code of RFC 3463: 4.x.x or 5.x.x.")


def invalid_smtp_response_message(message: str) -> Fault:
    return invalid_parameter(f"Invalid SMTP response message: {message}", "Printable ASCII in one line.")


def identity_is_not_verified(sender: str) -> Fault:
    return invalid_parameter(
        f"Identity is not verified: {sender}",
        "A bounce is sent from a verified address or domain of this account and region.",
    )


def bucket_name_must_not_be_empty() -> Fault:
    return invalid_parameter("Bucket name must not be empty")


def lambda_function_arn_must_not_be_empty() -> Fault:
    return invalid_parameter("Lambda function ARN must not be empty")


def invalid_arn(what: str, arn: str) -> Fault:
    """Of WorkMail organizations; inferred from the other two."""
    return invalid_parameter(f"Invalid {what}: {arn}")


def invalid_sns_topic(topic: str) -> Fault:
    return _fault(f"Invalid SNS topic: {topic}", "InvalidSnsTopic", Topic=topic)


def could_not_publish(topic: str) -> Fault:
    return _fault(
        f"Could not publish to SNS topic: {topic}",
        "InvalidSnsTopic",
        "SES publishes to the topic when a rule names it: create it first, with sns create-topic.",
        Topic=topic,
    )


def no_such_bucket(bucket: str) -> Fault:
    return _fault(f"No such bucket: {bucket}", "InvalidS3Configuration", "Create it first, with s3 mb.", Bucket=bucket)


def could_not_write(bucket: str) -> Fault:
    return _fault(
        f"Could not write to bucket: {bucket}",
        "InvalidS3Configuration",
        "SES writes AMAZON_SES_SETUP_NOTIFICATION into the bucket when a rule names it.",
        Bucket=bucket,
    )


def invalid_page_token(token: str) -> Fault:
    """Observed of ListReceiptRuleSets."""
    return invalid_parameter(f"Invalid page token: {token}", "Tokens belong to one list, account and region.")


def invalid_lambda_function(arn: str) -> Fault:
    return _fault(f"Invalid Lambda function: {arn}", "InvalidLambdaFunction", FunctionArn=arn)


def could_not_invoke(arn: str) -> Fault:
    return _fault(
        f"Could not invoke Lambda function: {arn}",
        "InvalidLambdaFunction",
        "Create the function first, with lambda create-function.",
        FunctionArn=arn,
    )
