"""How events leave SES: to SNS, EventBridge, Firehose and CloudWatch, as the neighbours of this emulator have them.
And received mail, for which there are S3 and Lambda too.

Source: events-and-api.md 3.4, 2.2. AWS keeps the source ``aws.ses`` and the namespace ``AWS/SES`` from its customers;
the neighbours (moto) take both from anybody, and any time, so they are called as an application would call them.

moto hands on within the call that publishes: a queue that was deleted or an HTTP subscriber that does not answer
fails the call, though AWS's SNS had accepted the message. ``ChannelError.gone`` tells the two apart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from emulator.events.metrics import NAMESPACE
from emulator.values import Scope

SOURCE = "aws.ses"
# The first client of a service costs 0.1 s to make, each further one 5 ms and 0.2 MB.
MOST_CLIENTS = 32

_NO_DOCKER = b"error running docker"
_SHOWN = 500


class ChannelError(Exception):
    """An event was not handed over. The text is one line for the user; ``gone``: the topic, bus or stream itself is
    not there; else whatever stands behind it did not take the event, or nobody answered."""

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.gone = gone


class EventChannels:
    """Hands events over, each in one call that is not repeated. ``neighbour(service, scope)`` makes a boto3 client;
    those used last are kept. For one thread, which holds no transaction meanwhile: the answer comes through another
    thread of this process."""

    def __init__(self, neighbour: Callable[[str, Scope], Any], most_clients: int = MOST_CLIENTS) -> None:
        self._neighbour = neighbour
        self._most_clients = most_clients
        self._clients: OrderedDict[tuple[str, Scope], Any] = OrderedDict()

    def sns(self, scope: Scope, topic_arn: str, message: str, subject: str | None) -> None:
        """Publishes to a topic in the scope's region, also one of another account (as at SES), without attributes
        (none was ever observed)."""
        told = {} if subject is None else {"Subject": subject}
        with _refusals(f"SNS topic {topic_arn}", "one of its subscribers did not take the message", "NotFound"):
            self._client("sns", scope).publish(TopicArn=topic_arn, Message=message, **told)

    def s3(self, scope: Scope, bucket: str, key: str, data: bytes) -> None:
        """Puts an object into a bucket, with SES's usual content type."""
        with _refusals(f"S3 bucket {bucket}", "the object was not taken", "NoSuchBucket"):
            self._client("s3", scope).put_object(Bucket=bucket, Key=key, Body=data)

    def invoke(self, scope: Scope, function_arn: str, event_json: bytes, wants_answer: bool) -> bytes:
        """Invokes a function; its answer is b"" where none is wanted. moto runs functions in Docker: without that none
        can be invoked, which moto says in the answer, also where none is wanted."""
        function, kind = f"Lambda function {function_arn}", "RequestResponse" if wants_answer else "Event"
        with _refusals(function, "it could not be invoked", "ResourceNotFoundException"):
            answer = self._client("lambda", scope).invoke(
                FunctionName=function_arn, InvocationType=kind, Payload=event_json
            )
            payload: bytes = answer["Payload"].read()
        if payload.startswith(_NO_DOCKER):
            raise ChannelError(_line(f"{function} cannot be run, which takes Docker: {_shown(payload)}"))
        if "FunctionError" in answer:
            raise ChannelError(_line(f"{function} failed: {_shown(payload)}"))
        return payload if wants_answer else b""

    def event_bridge(
        self, scope: Scope, bus_arn: str, detail_type: str, resources: Sequence[str], detail_json: str, at: float
    ) -> None:
        """Puts an event of source ``aws.ses`` on a bus; ``at`` in seconds since the epoch becomes its time, in whole
        seconds (observed). Rules are moto's: targets are queues, log groups, archives and other buses."""
        entry = {
            "Source": SOURCE,
            "DetailType": detail_type,
            "Resources": list(resources),
            "Detail": detail_json,
            "EventBusName": bus_arn,
            "Time": _time(at),
        }
        bus = f"EventBridge bus {bus_arn}"
        with _refusals(bus, "a rule has a target that is not there, or that moto cannot send to (it can to SQS)"):
            answer = self._client("events", scope).put_events(Entries=[entry])
        for one in answer["Entries"]:
            if "ErrorCode" in one:
                raise ChannelError(_line(f"{bus}: {one['ErrorCode']}: {one.get('ErrorMessage', '')}"))

    def firehose(self, scope: Scope, stream_arn: str, record: bytes) -> None:
        """Puts one record, as it is, into a delivery stream of the scope."""
        stream = f"Firehose delivery stream {stream_arn}"
        with _refusals(stream, "its destination did not take the record", "ResourceNotFoundException"):
            answer = self._client("firehose", scope).put_record_batch(
                DeliveryStreamName=stream_arn.rpartition("/")[2], Records=[{"Data": record}]
            )
        if answer["FailedPutCount"]:
            raise ChannelError(f"{stream}: the record was not taken")

    def cloud_watch(self, scope: Scope, metric_name: str, dimensions: Sequence[tuple[str, str]], at: float) -> None:
        """Counts 1 in ``AWS/SES``, under (name, value) dimensions, at ``at``, seconds since the epoch. The emulator's
        clock may be far from real time: moto keeps any time, where CloudWatch refuses what is older than two weeks
        or more than two hours ahead."""
        datum = {
            "MetricName": metric_name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
            "Timestamp": _time(at),
            "Value": 1,
            "Unit": "Count",
        }
        with _refusals(f"CloudWatch metric {metric_name}", "it was not counted"):
            self._client("cloudwatch", scope).put_metric_data(Namespace=NAMESPACE, MetricData=[datum])

    def _client(self, service: str, scope: Scope) -> Any:
        key = (service, scope)
        if key not in self._clients:
            self._clients[key] = self._neighbour(service, scope)
        self._clients.move_to_end(key)
        while len(self._clients) > self._most_clients:
            self._clients.popitem(last=False)[1].close()
        return self._clients[key]


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _shown(payload: bytes) -> str:
    return payload[:_SHOWN].decode("utf-8", "replace")


def _line(text: str) -> str:
    return " ".join(text.split())


@contextmanager
def _refusals(destination: str, behind: str, not_there: str = "") -> Iterator[None]:
    """What botocore raises becomes a ChannelError that names the destination. ``not_there``: the error code for a
    destination that is not there; ``behind``: what another refusal means, since moto hands on in the same call."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as problem:
        error = problem.response.get("Error", {})
        code, message = str(error.get("Code", "")), str(error.get("Message", ""))
        if code == not_there:
            raise ChannelError(f"{destination} does not exist", gone=True) from problem
        raise ChannelError(_line(f"{destination}: {behind}: {code}: {message}")) from problem
    except BotoCoreError as problem:
        raise ChannelError(_line(f"{destination}: {problem}")) from problem
