"""What is told of received mail: the Received notification at SNS, and the event that a Lambda function gets.

Source: reference events-and-api.md 6.3, 6.4, and notifications of 2018 to 2024 in public repositories, which agree on
the order of members. There ``receipt.timestamp`` is ``mail.timestamp``, the time of arrival; when the action came is
told by ``processingTimeMillis``. Decided here:

- Spam is not judged. Where a rule scans, ``spamVerdict`` is always PASS; ``virusVerdict`` is FAIL for a known virus,
  else PASS. Where it does not scan both are DISABLED (observed).
- SPF: fail and softfail are FAIL, none and neutral GRAY, and what could not be evaluated is PROCESSING_FAILED.
- DKIM: PASS with one signature that passes, GRAY without any, PROCESSING_FAILED where DNS alone stood in the way.
- DMARC: GRAY without a record. ``dmarcPolicy`` is the policy that applies: of a subdomain that the record's ``sp=``.
- Order in the action object of Bounce, WorkMail, Connect and Stop: ``type``, ``topicArn``, then the members in the
  order in which the reference names them. A member without a value is absent, but an S3 action's ``objectKeyPrefix``
  is then "" (observed). AddHeader is told nowhere: it has no topic, and no action of its own at SES either.
- ``encoding`` is ``BASE64`` (observed) or ``UTF8`` (inferred: SES's SDKs call the constant so), not the API's names.
- Content as UTF-8 that is none has U+FFFD for what cannot be read (documented: use Base64 to be safe).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from emulator.documents.receipt import ReceiptAction, ReceiptRule, SnsAction
from emulator.events.clean import clean
from emulator.events.mail_object import Fields, header_members
from emulator.incoming import IncomingMail
from emulator.instants import timestamp
from emulator.verdicts import DkimVerdict, DmarcVerdict, SpfVerdict

SNS_SUBJECT = "Amazon SES Email Receipt Notification"
"""Of every Received notification (observed)."""

LARGEST_SNS_MAIL = 150 * 1024
"""Bytes of a mail, its header included, that an SNS action takes (documented); a larger one bounces."""

LARGEST_SNS_MESSAGE = 256 * 1024
"""Bytes of a message that SNS takes (documented)."""

LARGEST_S3_MAIL = 40 * 1024 * 1024
"""Bytes of a mail that an S3 action takes (documented)."""

_SPF = {"pass": "PASS", "fail": "FAIL", "softfail": "FAIL", "none": "GRAY", "neutral": "GRAY"}
_DMARC = {"pass": "PASS", "fail": "FAIL", "none": "GRAY"}
_UNDECIDED = "PROCESSING_FAILED"


def received_notification(
    mail: IncomingMail,
    headers: Fields,
    rule: ReceiptRule,
    recipients: Sequence[str],
    action: ReceiptAction,
    *,
    at: float,
    content: bytes | None = None,
) -> dict[str, Any]:
    """What the topic of ``action``, one of ``rule``'s, gets at the instant ``at``: to be written by ``event.as_text``.

    ``headers``: name and unfolded value of each field as the mail is now, SES's own and those of earlier AddHeader
    actions on top. ``recipients``: those that the rule matched. ``content``: the mail's bytes, for an SNS action alone;
    the notification that other actions' topics get has none.
    """
    told = {
        "notificationType": "Received",
        "mail": _mail(mail, headers),
        "receipt": _receipt(mail, rule, recipients, action, at),
    }
    if content is not None and action.sns is not None:
        told["content"] = _content(content, action.sns)
    cleaned: dict[str, Any] = clean(told)
    return cleaned


def lambda_event(
    mail: IncomingMail,
    headers: Fields,
    rule: ReceiptRule,
    recipients: Sequence[str],
    action: ReceiptAction,
    *,
    at: float,
) -> dict[str, Any]:
    """What the function of a Lambda ``action`` is invoked with (documented); it never has the content."""
    told = {"mail": _mail(mail, headers), "receipt": _receipt(mail, rule, recipients, action, at)}
    record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": clean(told)}
    return {"Records": [record]}


def fits_sns(mail: bytes) -> bool:
    """Whether an SNS action takes a mail of these bytes, those that SES put on top included."""
    return len(mail) <= LARGEST_SNS_MAIL


def object_key(prefix: str | None, message_id: str) -> str:
    """Where an S3 action puts a mail: ``mail`` and ``mail/`` both lead to ``mail/<message id>`` (observed)."""
    if not prefix:
        return message_id
    return f"{prefix}{message_id}" if prefix.endswith("/") else f"{prefix}/{message_id}"


def _mail(mail: IncomingMail, headers: Fields) -> dict[str, Any]:
    """Without ``sourceArn`` and what else is only known of mail that SES sends."""
    return {
        "timestamp": timestamp(mail.received_at),
        "source": mail.envelope.mail_from,
        "messageId": mail.message_id,
        "destination": list(mail.envelope.rcpt_to),
    } | header_members(headers, None)


def _receipt(
    mail: IncomingMail, rule: ReceiptRule, recipients: Sequence[str], action: ReceiptAction, at: float
) -> dict[str, Any]:
    """``processingTimeMillis`` is at least 1, also where the clock was turned back meanwhile."""
    verdict = mail.verdict
    virus = "FAIL" if mail.infected else "PASS"
    receipt: dict[str, Any] = {
        "timestamp": timestamp(mail.received_at),
        "processingTimeMillis": max(1, round((at - mail.received_at) * 1000)),
        "recipients": list(recipients),
        "spamVerdict": {"status": "PASS" if rule.scan_enabled else "DISABLED"},
        "virusVerdict": {"status": virus if rule.scan_enabled else "DISABLED"},
        "spfVerdict": {"status": _spf(verdict.spf)},
        "dkimVerdict": {"status": _dkim(verdict.dkim)},
        "dmarcVerdict": {"status": _DMARC.get(verdict.dmarc.result, _UNDECIDED)},
    }
    if verdict.dmarc.result == "fail":
        receipt["dmarcPolicy"] = _policy(verdict.dmarc)
    receipt["action"] = _action(action, mail.message_id)
    return receipt


def _spf(verdict: SpfVerdict) -> str:
    return _SPF.get(verdict.result, _UNDECIDED)


def _dkim(signatures: Sequence[DkimVerdict]) -> str:
    results = {signature.result for signature in signatures}
    if "pass" in results:
        return "PASS"
    if results <= {"none"}:
        return "GRAY"
    return _UNDECIDED if results == {"temperror"} else "FAIL"


def _policy(verdict: DmarcVerdict) -> str:
    is_subdomain = verdict.from_domain != verdict.record_domain
    return (verdict.subdomain_policy if is_subdomain else "") or verdict.policy


def _action(action: ReceiptAction, message_id: str) -> dict[str, Any]:
    """The action as the receipt tells it; members that are None are left out."""
    told = _members(action, message_id)
    return {name: value for name, value in told.items() if value is not None}


def _members(action: ReceiptAction, message_id: str) -> dict[str, Any]:
    if (s3 := action.s3) is not None:
        place = {
            "objectKeyPrefix": s3.object_key_prefix or "",
            "objectKey": object_key(s3.object_key_prefix, message_id),
        }
        return {"type": "S3", "topicArn": s3.topic_arn, "bucketName": s3.bucket_name} | place
    if (sns := action.sns) is not None:
        return {"type": "SNS", "topicArn": sns.topic_arn, "encoding": "BASE64" if _is_base64(sns) else "UTF8"}
    if (function := action.lambda_) is not None:
        how = {"invocationType": function.invocation_type, "functionArn": function.function_arn}
        return {"type": "Lambda", "topicArn": function.topic_arn} | how
    if (bounce := action.bounce) is not None:
        codes = {"smtpReplyCode": bounce.smtp_reply_code, "statusCode": bounce.status_code}
        words = {"message": bounce.message, "sender": bounce.sender}
        return {"type": "Bounce", "topicArn": bounce.topic_arn} | codes | words
    if (workmail := action.workmail) is not None:
        return {"type": "WorkMail", "topicArn": workmail.topic_arn, "organizationArn": workmail.organization_arn}
    if (connect := action.connect) is not None:
        return {"type": "Connect", "instanceARN": connect.instance_arn, "iamRoleARN": connect.iam_role_arn}
    if (stop := action.stop) is not None:
        return {"type": "Stop", "topicArn": stop.topic_arn}
    return {"type": "AddHeader"}


def _is_base64(sns: SnsAction) -> bool:
    return sns.encoding == "Base64"


def _content(mail: bytes, sns: SnsAction) -> str:
    if _is_base64(sns):
        return base64.b64encode(mail).decode("ascii")
    return mail.decode("utf-8", "replace")
