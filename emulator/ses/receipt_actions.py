"""Receipt rules between the API's members and our documents, and what SES checks of them without asking anybody.

Source: API1 ReceiptRule and ReceiptAction, events-and-api.md 6.3 and 6.6 (observed: exactly one type an action, Stop
last, recipients told in order of the alphabet). Of recipients no check is known but their number, which SES did not
enforce when it was tried with 101; none is made here.
"""

from __future__ import annotations

import re
from typing import Any

from emulator.documents.receipt import (
    AddHeaderAction,
    BounceAction,
    ConnectAction,
    LambdaAction,
    ReceiptAction,
    ReceiptRule,
    S3Action,
    SnsAction,
    StopAction,
    WorkmailAction,
)
from emulator.errors import receipt as errors
from emulator.ses.call import Params, Result

MOST_ACTIONS = 10
_HEADER_VALUE = 2048
_HEADER_NAME = re.compile(r"[!-9;-~]{1,50}")
_REPLY_CODE = re.compile(r"[45][0-9]{2}")
_STATUS_CODE = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}")
_PRINTABLE = re.compile(r"[ -~]+")
_ARN = r"arn:[\w-]+:{service}:[a-z0-9-]+:[0-9]{{12}}:{rest}"
_TOPIC = re.compile(_ARN.format(service="sns", rest=r"[A-Za-z0-9_.-]{1,256}"), re.ASCII)
_FUNCTION = re.compile(_ARN.format(service="lambda", rest=r"function:[\w-]{1,140}(:[\w$-]{1,128})?"), re.ASCII)
_ORGANIZATION = re.compile(_ARN.format(service="workmail", rest=r"organization/[\w-]+"), re.ASCII)

# The API's name of an action, ours, its type, and its members: the API's name, ours.
_ACTIONS: tuple[tuple[str, str, Any, tuple[tuple[str, str], ...]], ...] = (
    (
        "S3Action",
        "s3",
        S3Action,
        (
            ("TopicArn", "topic_arn"),
            ("BucketName", "bucket_name"),
            ("ObjectKeyPrefix", "object_key_prefix"),
            ("KmsKeyArn", "kms_key_arn"),
            ("IamRoleArn", "iam_role_arn"),
        ),
    ),
    (
        "BounceAction",
        "bounce",
        BounceAction,
        (
            ("TopicArn", "topic_arn"),
            ("SmtpReplyCode", "smtp_reply_code"),
            ("StatusCode", "status_code"),
            ("Message", "message"),
            ("Sender", "sender"),
        ),
    ),
    (
        "WorkmailAction",
        "workmail",
        WorkmailAction,
        (("TopicArn", "topic_arn"), ("OrganizationArn", "organization_arn")),
    ),
    (
        "LambdaAction",
        "lambda_",
        LambdaAction,
        (("TopicArn", "topic_arn"), ("FunctionArn", "function_arn"), ("InvocationType", "invocation_type")),
    ),
    ("StopAction", "stop", StopAction, (("Scope", "scope"), ("TopicArn", "topic_arn"))),
    (
        "AddHeaderAction",
        "add_header",
        AddHeaderAction,
        (("HeaderName", "header_name"), ("HeaderValue", "header_value")),
    ),
    ("SNSAction", "sns", SnsAction, (("TopicArn", "topic_arn"), ("Encoding", "encoding"))),
    (
        "ConnectAction",
        "connect",
        ConnectAction,
        (("InstanceARN", "instance_arn"), ("IAMRoleARN", "iam_role_arn")),
    ),
)


def rule_from(given: Params) -> ReceiptRule:
    """The rule that was asked for, with SES's defaults. Raises what SES says of an action that cannot be."""
    actions = tuple(_action_from(one) for one in given.get("Actions", ()))
    if len(actions) > MOST_ACTIONS:
        raise errors.too_many("actions", MOST_ACTIONS)
    for number, action in enumerate(actions, 1):
        if action.stop is not None and number < len(actions):
            raise errors.stop_action_not_last()
        _check(action)
    return ReceiptRule(
        name=given["Name"],
        enabled=bool(given.get("Enabled", False)),
        tls_policy=given.get("TlsPolicy", "Optional"),
        recipients=tuple(sorted(given.get("Recipients", ()))),
        actions=actions,
        scan_enabled=bool(given.get("ScanEnabled", False)),
    )


def rule_told(rule: ReceiptRule) -> Result:
    """As Describe tells it: without ``Recipients`` when there are none (observed)."""
    told: Result = {
        "Name": rule.name,
        "Enabled": rule.enabled,
        "TlsPolicy": rule.tls_policy,
        "Actions": [_action_told(action) for action in rule.actions],
        "ScanEnabled": rule.scan_enabled,
    }
    if rule.recipients:
        told["Recipients"] = list(rule.recipients)
    return told


def topics(rule: ReceiptRule) -> list[str]:
    """Every SNS topic that the rule names, once, in order."""
    found: dict[str, None] = {}
    for action in rule.actions:
        for _, ours, _, _ in _ACTIONS:
            topic = getattr(getattr(action, ours), "topic_arn", None)
            if topic is not None:
                found[topic] = None
    return list(found)


def _action_from(given: Params) -> ReceiptAction:
    kinds = [kind for kind in _ACTIONS if given.get(kind[0]) is not None]
    if len(kinds) != 1:
        raise errors.not_one_action_type()
    name, ours, cls, members = kinds[0]
    values = {inner: given[name][outer] for outer, inner in members if given[name].get(outer) is not None}
    return ReceiptAction(**{ours: cls(**values)})


def _action_told(action: ReceiptAction) -> Result:
    for name, ours, _, members in _ACTIONS:
        one = getattr(action, ours)
        if one is not None:
            told = {outer: getattr(one, inner) for outer, inner in members}
            return {name: {outer: value for outer, value in told.items() if value is not None}}
    return {}


def _check(action: ReceiptAction) -> None:
    for _, ours, _, _ in _ACTIONS:
        topic = getattr(getattr(action, ours), "topic_arn", None)
        if topic is not None and not _TOPIC.fullmatch(topic):
            raise errors.invalid_sns_topic(topic)
    if action.s3 is not None and not action.s3.bucket_name:
        raise errors.bucket_name_must_not_be_empty()
    if action.lambda_ is not None:
        function = action.lambda_.function_arn
        if not function:
            raise errors.lambda_function_arn_must_not_be_empty()
        if not _FUNCTION.fullmatch(function):
            raise errors.invalid_lambda_function(function)
    if action.workmail is not None and not _ORGANIZATION.fullmatch(action.workmail.organization_arn):
        raise errors.invalid_arn("WorkMail organization", action.workmail.organization_arn)
    if action.add_header is not None:
        _check_header(action.add_header)
    if action.bounce is not None:
        _check_bounce(action.bounce)


def _check_header(header: AddHeaderAction) -> None:
    """The name may hold whatever RFC 5322 allows, not only letters, digits and hyphens (observed); that it has 50
    characters at most is documented."""
    if not _HEADER_NAME.fullmatch(header.header_name):
        raise errors.invalid_header_name(header.header_name)
    value = header.header_value
    if len(value) >= _HEADER_VALUE or "\r" in value or "\n" in value:
        raise errors.invalid_header_value(value)


def _check_bounce(bounce: BounceAction) -> None:
    if not _REPLY_CODE.fullmatch(bounce.smtp_reply_code):
        raise errors.invalid_smtp_reply_code(bounce.smtp_reply_code)
    if bounce.status_code is not None and not _STATUS_CODE.fullmatch(bounce.status_code):
        raise errors.invalid_smtp_status_code(bounce.status_code)
    if not _PRINTABLE.fullmatch(bounce.message):
        raise errors.invalid_smtp_response_message(bounce.message)
