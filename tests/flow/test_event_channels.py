"""Events on their way out of SES: handed to the neighbours by the channels, read with boto3 as an application would.

Each channel is used through the emulator's port, with the clients that the emulator itself makes.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread

import pytest

from emulator.aws.clients import Clients
from emulator.http import subscribers
from emulator.post.event_channels import ChannelError, EventChannels
from emulator.values import Scope

EVENT = '{"eventType":"Bounce","mail":{"source":"é@example.com"},"nul":"\\u0000"}\n'
SUBJECT = "Amazon SES Email Event Notification"
AT = 1_900_000_000.25


@pytest.fixture
def channels(lab):
    return EventChannels(Clients(lambda: lab.endpoint, lambda _: "test"))


@pytest.fixture
def scope(lab):
    return Scope(lab.account, lab.region)


def queue(lab, name: str = "q") -> tuple[str, str]:
    """URL and ARN of a new queue."""
    url = lab.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url, f"arn:aws:sqs:{lab.region}:{lab.account}:{name}"


def came(lab, url: str) -> list[str]:
    """What is in the queue, which is empty then."""
    bodies = []
    while found := lab.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for one in found:
            bodies.append(one["Body"])
            lab.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return bodies


def topic(lab, name: str = "t") -> str:
    return lab.client("sns").create_topic(Name=name)["TopicArn"]


def subscribe(lab, topic_arn: str, protocol: str, endpoint: str) -> str:
    return lab.client("sns").subscribe(TopicArn=topic_arn, Protocol=protocol, Endpoint=endpoint)["SubscriptionArn"]


def bus(lab) -> str:
    return f"arn:aws:events:{lab.region}:{lab.account}:event-bus/default"


def rule(lab, pattern: object, target: str, name: str = "r") -> None:
    events = lab.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target}])


@contextmanager
def subscriber() -> Iterator[tuple[str, Queue]]:
    """An HTTP server of an application: its URL, and the bodies that were posted to it."""
    bodies: Queue = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/events", bodies
        server.shutdown()
        thread.join()


@contextmanager
def nobody() -> Iterator[str]:
    """A URL where nobody listens, nor can begin to meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/events"


# --- SNS ----------------------------------------------------------------------------------------


def test_a_queue_gets_the_message_and_the_subject_in_snss_envelope(lab, channels, scope):
    (url, arn), named = queue(lab), topic(lab)
    subscribe(lab, named, "sqs", arn)
    channels.sns(scope, named, EVENT, SUBJECT)
    channels.sns(scope, named, "no subject", None)
    first, second = sorted((json.loads(body) for body in came(lab, url)), key=lambda one: "Subject" not in one)
    assert (first["Type"], first["TopicArn"], first["Subject"], first["Message"]) == (
        "Notification",
        named,
        SUBJECT,
        EVENT,
    )
    assert (second["Message"], "Subject" in second) == ("no subject", False)
    assert "MessageAttributes" not in first


def test_a_raw_subscription_gets_the_event_alone(lab, channels, scope):
    (url, arn), named = queue(lab), topic(lab)
    lab.client("sns").set_subscription_attributes(
        SubscriptionArn=subscribe(lab, named, "sqs", arn), AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    channels.sns(scope, named, EVENT, SUBJECT)
    assert came(lab, url) == [EVENT]


def test_an_http_subscriber_is_called(lab, channels, scope):
    named = topic(lab)
    with subscriber() as (url, bodies):
        subscribe(lab, named, "http", url)
        channels.sns(scope, named, EVENT, SUBJECT)
        told = json.loads(bodies.get(timeout=30))
    assert (told["Message"], told["Subject"]) == (EVENT, SUBJECT)


def test_the_topic_may_be_another_accounts(lab, another, channels):
    (url, arn), named, sender = queue(lab), topic(lab), another()
    subscribe(lab, named, "sqs", arn)
    channels.sns(Scope(sender.account, sender.region), named, "from another account", None)
    assert [json.loads(body)["Message"] for body in came(lab, url)] == ["from another account"]


def test_a_topic_that_is_gone_is_told_apart_from_a_subscriber_that_is(lab, channels, scope):
    named = topic(lab)
    with pytest.raises(ChannelError) as refused:
        channels.sns(scope, f"{named}-gone", EVENT, SUBJECT)
    assert (refused.value.gone, str(refused.value)) == (True, f"SNS topic {named}-gone does not exist")

    _, arn = queue(lab)
    subscribe(lab, named, "sqs", f"{arn}-gone")
    with pytest.raises(ChannelError, match=r"subscribers did not take the message: .*queue") as refused:
        channels.sns(scope, named, EVENT, SUBJECT)
    assert refused.value.gone is False


def test_a_subscriber_that_cannot_be_reached_is_told_in_one_line(lab, channels, scope, monkeypatch):
    # However busy this machine is, it is known before the message is left to its line.
    monkeypatch.setattr(subscribers, "_PATIENCE", 30.0)
    named = topic(lab)
    with nobody() as url:
        subscribe(lab, named, "http", url)
        with pytest.raises(ChannelError) as refused:
            channels.sns(scope, named, EVENT, SUBJECT)
    assert str(refused.value).startswith(f"SNS topic {named}: one of its subscribers did not take the message")
    assert "\n" not in str(refused.value)
    assert refused.value.gone is False


# --- EventBridge --------------------------------------------------------------------------------


def test_a_rule_on_the_default_bus_matches_events_of_ses(lab, channels, scope):
    url, arn = queue(lab)
    rule(lab, {"source": ["aws.ses"], "detail": {"eventType": ["Bounce"]}}, arn)
    resource = f"arn:aws:ses:{lab.region}:{lab.account}:configuration-set/s"
    channels.event_bridge(scope, bus(lab), "Email Bounced", [resource], EVENT, AT)
    channels.event_bridge(scope, bus(lab), "Email Sent", [resource], '{"eventType":"Send"}', AT)
    (told,) = [json.loads(body) for body in came(lab, url)]
    assert told.pop("id")
    # What else AWS tells, "account", moto leaves out.
    assert told == {
        "version": "0",
        "detail-type": "Email Bounced",
        "source": "aws.ses",
        "time": "2030-03-17T17:46:40Z",
        "region": lab.region,
        "resources": [resource],
        "detail": json.loads(EVENT),
    }


def test_a_log_group_can_be_a_target(lab, channels, scope):
    logs = lab.client("logs")
    logs.create_log_group(logGroupName="/aws/events/ses")
    rule(lab, {"source": ["aws.ses"]}, f"arn:aws:logs:{lab.region}:{lab.account}:log-group:/aws/events/ses")
    channels.event_bridge(scope, bus(lab), "Email Sent", [], EVENT, AT)
    (found,) = logs.filter_log_events(logGroupName="/aws/events/ses")["events"]
    assert json.loads(found["message"])["detail-type"] == "Email Sent"


@pytest.mark.parametrize("name", ["target", "bus"])
def test_what_a_bus_cannot_do_is_told_in_one_line(lab, channels, scope, name):
    rule(lab, {"source": ["aws.ses"]}, topic(lab))
    where = bus(lab) + ("-gone" if name == "bus" else "")
    with pytest.raises(ChannelError) as refused:
        channels.event_bridge(scope, where, "Email Sent", [], EVENT, AT)
    assert str(refused.value).startswith(f"EventBridge bus {where}: ")
    assert ("does not exist" in str(refused.value)) is (name == "bus")
    assert "\n" not in str(refused.value)


# --- Firehose -----------------------------------------------------------------------------------


def stream(lab, bucket: str) -> str:
    """A delivery stream to a new bucket."""
    lab.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": lab.region})
    return lab.client("firehose").create_delivery_stream(
        DeliveryStreamName="f",
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{lab.account}:role/firehose",
            "BucketARN": f"arn:aws:s3:::{bucket}",
        },
    )["DeliveryStreamARN"]


def test_a_record_goes_to_s3_as_it_is(lab, channels, scope):
    bucket = f"events-{lab.account}"
    channels.firehose(scope, stream(lab, bucket), EVENT.encode())
    (found,) = lab.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert lab.client("s3").get_object(Bucket=bucket, Key=found["Key"])["Body"].read() == EVENT.encode()


def test_a_stream_that_is_gone_is_told_apart_from_a_bucket_that_is(lab, channels, scope):
    bucket = f"events-{lab.account}"
    arn = stream(lab, bucket)
    with pytest.raises(ChannelError) as refused:
        channels.firehose(scope, f"{arn}-gone", EVENT.encode())
    assert (refused.value.gone, str(refused.value)) == (
        True,
        f"Firehose delivery stream {arn}-gone does not exist",
    )
    lab.client("s3").delete_bucket(Bucket=bucket)
    with pytest.raises(ChannelError, match="its destination did not take the record") as refused:
        channels.firehose(scope, arn, EVENT.encode())
    assert refused.value.gone is False


# --- CloudWatch ---------------------------------------------------------------------------------


def counted(lab, at: float, **dimensions: str) -> list[float]:
    """Sums of ``Send`` for each minute of the ten around ``at``."""
    middle = datetime.fromtimestamp(at, UTC)
    points = lab.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SES",
        MetricName="Send",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=middle - timedelta(minutes=5),
        EndTime=middle + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return [one["Sum"] for one in points]


@pytest.mark.parametrize("at", [AT, 86_400.0, 4_100_000_000.0], ids=["soon", "long ago", "in a far future"])
def test_events_are_counted_at_their_time_under_their_dimensions(lab, channels, scope, at):
    for campaign in ("spring", "spring", "autumn"):
        channels.cloud_watch(scope, "Send", [("campaign", campaign)], at)
    channels.cloud_watch(scope, "Send", [("campaign", "spring")], at + 86_400)
    assert (counted(lab, at, campaign="spring"), counted(lab, at, campaign="autumn")) == ([2.0], [1.0])
    assert counted(lab, at, campaign="winter") == []
    listed = lab.client("cloudwatch").list_metrics(Namespace="AWS/SES", MetricName="Send")["Metrics"]
    assert sorted(one["Dimensions"][0]["Value"] for one in listed) == ["autumn", "spring"]


def test_a_dimension_without_a_value_is_refused_in_one_line(channels, scope):
    with pytest.raises(ChannelError) as refused:
        channels.cloud_watch(scope, "Send", [("campaign", "")], AT)
    assert str(refused.value).startswith("CloudWatch metric Send: ")
    assert "\n" not in str(refused.value)


# --- the services themselves --------------------------------------------------------------------


def test_nobody_answers():
    with nobody() as url:
        channels = EventChannels(Clients(lambda: url, lambda _: "test"))
        with pytest.raises(ChannelError, match="SNS topic arn:x: Could not connect") as refused:
            channels.sns(Scope("123456789012", "eu-west-1"), "arn:x", EVENT, SUBJECT)
    assert refused.value.gone is False
