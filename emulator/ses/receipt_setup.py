"""What SES tries when a rule is set up: whether it can write to the bucket, publish to the topics, call the function.

It really does so (observed): the bucket gets an object ``AMAZON_SES_SETUP_NOTIFICATION``, each topic a notification of
a mail with that id. The function is looked for only: at SES it is invoked with such a notification, but a function
here would be started in a container of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.documents.receipt import ReceiptRule
from emulator.errors import receipt as errors
from emulator.events.receipt import SNS_SUBJECT, object_key
from emulator.instants import timestamp
from emulator.ses import receipt_actions
from emulator.ses.call import Call, Desk

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

SETUP = "AMAZON_SES_SETUP_NOTIFICATION"
_SENDER = "no-reply-aws@amazon.com"
_RECIPIENT = "recipient@example.com"


def set_up(desk: Desk, call: Call, rule: ReceiptRule) -> None:
    """Raises what SES says when one of them is not there. To be called outside of a transaction."""
    raw = f"From: {_SENDER}\r\nTo: {_RECIPIENT}\r\nSubject: {SNS_SUBJECT}\r\nMessage-ID: <{SETUP}>\r\n\r\n{SETUP}\r\n"
    for action in rule.actions:
        if action.s3 is not None:
            bucket, key = action.s3.bucket_name, object_key(action.s3.object_key_prefix, SETUP)
            _write(desk.neighbour("s3", call.scope), bucket, key, raw)
        if action.lambda_ is not None:
            _look_for(desk.neighbour("lambda", call.scope), action.lambda_.function_arn)
    for topic in receipt_actions.topics(rule):
        _publish(desk.neighbour("sns", call.scope), topic, _notification(desk.clock.now(), topic, raw))


def _write(s3: Any, bucket: str, key: str, raw: str) -> None:
    def refused(problem: ClientError | None) -> Exception:
        code = problem.response["Error"].get("Code") if problem is not None else ""
        missing = code in ("NoSuchBucket", "404")
        return errors.no_such_bucket(bucket) if missing else errors.could_not_write(bucket)

    _ask(refused, s3.put_object, Bucket=bucket, Key=key, Body=raw.encode())


def _look_for(functions: Any, arn: str) -> None:
    _ask(lambda _: errors.could_not_invoke(arn), functions.get_function, FunctionName=arn)


def _publish(sns: Any, topic: str, message: str) -> None:
    _ask(lambda _: errors.could_not_publish(topic), sns.publish, TopicArn=topic, Subject=SNS_SUBJECT, Message=message)


def _ask(refused: Any, operation: Any, **params: Any) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        operation(**params)
    except ClientError as problem:
        raise refused(problem) from problem
    except (BotoCoreError, ValueError) as problem:
        # A name that the client itself does not take.
        raise refused(None) from problem


def _notification(now: float, topic: str, raw: str) -> str:
    """A ``Received`` notification (events-and-api.md 6.4) of the mail that is none."""
    at = timestamp(now)
    verdict = {"status": "PASS"}
    mail = {
        "timestamp": at,
        "source": _SENDER,
        "messageId": SETUP,
        "destination": [_RECIPIENT],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": _SENDER},
            {"name": "To", "value": _RECIPIENT},
            {"name": "Subject", "value": SNS_SUBJECT},
            {"name": "Message-ID", "value": f"<{SETUP}>"},
        ],
        "commonHeaders": {
            "from": [_SENDER],
            "to": [_RECIPIENT],
            "messageId": f"<{SETUP}>",
            "subject": SNS_SUBJECT,
        },
    }
    receipt = {
        "timestamp": at,
        "processingTimeMillis": 0,
        "recipients": [_RECIPIENT],
        "spamVerdict": verdict,
        "virusVerdict": verdict,
        "spfVerdict": verdict,
        "dkimVerdict": verdict,
        "dmarcVerdict": verdict,
        "action": {"type": "SNS", "topicArn": topic, "encoding": "UTF8"},
    }
    return json.dumps({"notificationType": "Received", "mail": mail, "receipt": receipt, "content": raw})
