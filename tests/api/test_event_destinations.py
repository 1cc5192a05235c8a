"""Event destinations through boto3: stored in order, told by both versions, tried against the services they name."""

from __future__ import annotations

import json

import pytest

from tests.api.refusals import refused_with as refused

VALIDATION = "Successfully validated SNS topic for Amazon SES event publishing."


@pytest.fixture
def place(lab):
    lab.ses.create_configuration_set(ConfigurationSet={"Name": "s"})
    return lab


def asked_v2(name: str, destination):
    return {
        "ConfigurationSetName": "s",
        "EventDestinationName": name,
        "EventDestination": {"MatchingEventTypes": ["SEND"], **destination},
    }


def asked_v1(name: str, destination):
    return {
        "ConfigurationSetName": "s",
        "EventDestination": {"Name": name, "MatchingEventTypes": ["send"], **destination},
    }


def v2(lab, name: str = "d", **destination):
    lab.sesv2.create_configuration_set_event_destination(**asked_v2(name, destination))


def v1(lab, name: str = "d", **destination):
    lab.ses.create_configuration_set_event_destination(**asked_v1(name, destination))


def changed_v2(lab, name: str = "d", **destination):
    lab.sesv2.update_configuration_set_event_destination(**asked_v2(name, destination))


def changed_v1(lab, name: str = "d", **destination):
    lab.ses.update_configuration_set_event_destination(**asked_v1(name, destination))


def listed(lab):
    return lab.sesv2.get_configuration_set_event_destinations(ConfigurationSetName="s")["EventDestinations"]


def described(lab):
    return lab.ses.describe_configuration_set(
        ConfigurationSetName="s", ConfigurationSetAttributeNames=["eventDestinations"]
    )["EventDestinations"]


def topic(lab, name: str = "t") -> str:
    return lab.client("sns").create_topic(Name=name)["TopicArn"]


def listening(lab, topic_arn: str):
    """A queue on the topic; calling it gives the messages that came."""
    queue = lab.client("sqs").create_queue(QueueName=topic_arn.rpartition(":")[2])["QueueUrl"]
    arn = lab.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lab.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

    def came():
        found = lab.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(one["Body"]) for one in found]

    return came


def dimensions(*names: str, source: str = "MESSAGE_TAG", default: str = "none"):
    return {
        "CloudWatchDestination": {
            "DimensionConfigurations": [
                {"DimensionName": name, "DimensionValueSource": source, "DefaultDimensionValue": default}
                for name in names
            ]
        }
    }


def test_a_topic_is_validated_by_a_message_when_a_destination_first_names_it(place):
    arn = topic(place)
    came = listening(place, arn)
    v2(place, SnsDestination={"TopicArn": arn})
    (message,) = came()
    assert (message["Message"], "Subject" in message) == (VALIDATION, False)
    changed_v2(place, SnsDestination={"TopicArn": arn}, Enabled=True)
    assert came() == []
    assert listed(place) == [
        {"Name": "d", "Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": arn}}
    ]


def test_what_one_version_makes_the_other_tells_in_order(place):
    arn = topic(place)
    v1(
        place,
        "first",
        MatchingEventTypes=["bounce", "renderingFailure"],
        SNSDestination={"TopicARN": arn},
        Enabled=True,
    )
    v2(place, "second", MatchingEventTypes=["CLICK", "DELIVERY_DELAY"], **dimensions("ses:source-ip", "campaign"))
    assert [(one["Name"], one["MatchingEventTypes"]) for one in listed(place)] == [
        ("first", ["BOUNCE", "RENDERING_FAILURE"]),
        ("second", ["CLICK", "DELIVERY_DELAY"]),
    ]
    first, second = described(place)
    assert first == {
        "Name": "first",
        "Enabled": True,
        "MatchingEventTypes": ["bounce", "renderingFailure"],
        "SNSDestination": {"TopicARN": arn},
    }
    assert second["MatchingEventTypes"] == ["click"]
    assert second["CloudWatchDestination"]["DimensionConfigurations"][0] == {
        "DimensionName": "ses:source-ip",
        "DimensionValueSource": "messageTag",
        "DefaultDimensionValue": "none",
    }
    changed_v1(place, "first", SNSDestination={"TopicARN": arn})
    assert [(one["Name"], one["MatchingEventTypes"], one["Enabled"]) for one in listed(place)] == [
        ("first", ["SEND"], False),
        ("second", ["CLICK", "DELIVERY_DELAY"], False),
    ]
    place.ses.delete_configuration_set_event_destination(ConfigurationSetName="s", EventDestinationName="first")
    place.sesv2.delete_configuration_set_event_destination(ConfigurationSetName="s", EventDestinationName="second")
    assert listed(place) == []


def test_streams_and_the_default_bus_must_be_there(place):
    role = f"arn:aws:iam::{place.account}:role/firehose"
    stream = f"arn:aws:firehose:{place.region}:{place.account}:deliverystream/events"
    firehose = {"KinesisFirehoseDestination": {"IamRoleArn": role, "DeliveryStreamArn": stream}}
    assert refused(v2, lab=place, **firehose) == ("BadRequestException", f"Delivery stream <{stream}> not found.")
    place.client("firehose").create_delivery_stream(
        DeliveryStreamName="events", S3DestinationConfiguration={"RoleARN": role, "BucketARN": "arn:aws:s3:::b"}
    )
    v2(place, **firehose)
    assert described(place)[0]["KinesisFirehoseDestination"] == {"IAMRoleARN": role, "DeliveryStreamARN": stream}
    v1_form = {"KinesisFirehoseDestination": {"IAMRoleARN": "role", "DeliveryStreamARN": stream}}
    assert refused(v1, lab=place, name="e", **v1_form)[0] == "InvalidFirehoseDestination"
    bus = f"arn:aws:events:{place.region}:{place.account}:event-bus/"
    assert refused(v2, lab=place, name="e", EventBridgeDestination={"EventBusArn": bus + "own"})[0] == (
        "BadRequestException"
    )
    v2(place, "e", EventBridgeDestination={"EventBusArn": bus + "default"})
    assert listed(place)[1]["EventBridgeDestination"] == {"EventBusArn": bus + "default"}
    assert "EventBridgeDestination" not in described(place)[1]


@pytest.mark.parametrize("arn", ["t", "arn:aws:sns:us-east-1:{}:t", "arn:aws:sns:ap-northeast-1:{}:t.fifo"])
def test_a_topic_that_is_none_of_this_region_or_is_fifo_is_not_found(place, arn):
    topic(place)
    arn = arn.format(place.account)
    text = f"SNS topic <{arn}> not found."
    assert refused(v2, lab=place, SnsDestination={"TopicArn": arn}) == ("BadRequestException", text)
    assert refused(v1, lab=place, SNSDestination={"TopicARN": arn}) == ("InvalidSNSDestination", text)
    assert listed(place) == []


@pytest.mark.parametrize(
    "destination",
    [
        dimensions(*(f"d{number}" for number in range(11))),
        dimensions("same", "same"),
        dimensions("a b"),
        dimensions("d", default="a b"),
        dimensions("From", source="EMAIL_HEADER"),
    ],
)
def test_dimensions_that_cloudwatch_does_not_take_are_refused(place, destination):
    assert refused(v2, lab=place, **destination)[0] == "BadRequestException"
    assert listed(place) == []


def test_pinpoint_is_refused_by_name(place):
    arn = f"arn:aws:mobiletargeting:{place.region}:{place.account}:apps/abc"
    assert refused(v2, lab=place, PinpointDestination={"ApplicationArn": arn}) == (
        "UnsupportedOperation",
        "PinpointDestination is not emulated.",
    )


def test_a_set_has_ten_destinations_at_most(place):
    arn = topic(place)
    for number in range(10):
        v2(place, f"d{number}", SnsDestination={"TopicArn": arn})
    assert refused(v2, lab=place, name="more", SnsDestination={"TopicArn": arn})[0] == "LimitExceededException"
    assert refused(v1, lab=place, name="more", SNSDestination={"TopicARN": arn})[0] == "LimitExceeded"
    assert refused(v1, lab=place, name="d0", SNSDestination={"TopicARN": arn})[0] == "EventDestinationAlreadyExists"
    place.sesv2.delete_configuration_set(ConfigurationSetName="s")
    place.sesv2.create_configuration_set(ConfigurationSetName="s")
    assert listed(place) == []
