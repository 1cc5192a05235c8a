"""What to do with mail that comes in: rule sets with their rules in order, and the IP filters before them.

Names of members are the API's (API1 ReceiptRule, ReceiptAction), in snake case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.documents.document import Document


@dataclass(frozen=True, slots=True)
class S3Action:
    bucket_name: str
    object_key_prefix: str | None = None
    kms_key_arn: str | None = None
    iam_role_arn: str | None = None
    topic_arn: str | None = None


@dataclass(frozen=True, slots=True)
class BounceAction:
    smtp_reply_code: str
    message: str
    sender: str
    status_code: str | None = None
    topic_arn: str | None = None


@dataclass(frozen=True, slots=True)
class WorkmailAction:
    organization_arn: str
    topic_arn: str | None = None


@dataclass(frozen=True, slots=True)
class LambdaAction:
    """``invocation_type``: Event or RequestResponse."""

    function_arn: str
    invocation_type: str = "Event"
    topic_arn: str | None = None


@dataclass(frozen=True, slots=True)
class StopAction:
    scope: str = "RuleSet"
    topic_arn: str | None = None


@dataclass(frozen=True, slots=True)
class AddHeaderAction:
    header_name: str
    header_value: str


@dataclass(frozen=True, slots=True)
class SnsAction:
    """``encoding``: UTF-8 or Base64."""

    topic_arn: str
    encoding: str = "UTF-8"


@dataclass(frozen=True, slots=True)
class ConnectAction:
    instance_arn: str
    iam_role_arn: str


@dataclass(frozen=True, slots=True)
class ReceiptAction:
    """Exactly one of them is there."""

    s3: S3Action | None = None
    bounce: BounceAction | None = None
    workmail: WorkmailAction | None = None
    lambda_: LambdaAction | None = None
    stop: StopAction | None = None
    add_header: AddHeaderAction | None = None
    sns: SnsAction | None = None
    connect: ConnectAction | None = None


@dataclass(frozen=True, slots=True)
class ReceiptRule:
    """``tls_policy``: Optional or Require. No ``recipients`` means all addresses of all verified domains."""

    name: str
    enabled: bool = False
    tls_policy: str = "Optional"
    recipients: tuple[str, ...] = ()
    actions: tuple[ReceiptAction, ...] = ()
    scan_enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRuleSet(Document):
    """``rules`` in the order in which they are asked."""

    KIND: ClassVar[str] = "receipt-rule-set"

    rules: tuple[ReceiptRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFilter(Document):
    """``policy``: Block or Allow; ``cidr`` an address or a range, as it was given."""

    KIND: ClassVar[str] = "receipt-filter"

    policy: str
    cidr: str
