"""What the tests of telling share: a topic with a queue behind it, a set that tells it, and who was told in the end."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.conftest import Lab

SENDER = "Jöhn <me@told.example>"
TYPES = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE", "DELIVERY_DELAY"]


def at_simulator(name: str) -> str:
    return f"{name}@simulator.amazonses.com"


def topic(client, account: str, region: str, name: str, raw: bool = True) -> tuple[str, str]:
    """ARN of a new topic, and the URL of the queue behind it."""
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = client("sns").create_topic(Name=name)["TopicArn"]
    queue = f"arn:aws:sqs:{region}:{account}:{name}"
    attributes = {"RawMessageDelivery": "true"} if raw else {}
    client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    return arn, url


def came(client, url: str) -> list[str]:
    """What is in the queue, in the order in which it came; the queue is empty then."""
    bodies = []
    while found := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for one in found:
            bodies.append(one["Body"])
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return bodies


def publishes(sesv2, name: str, topic_arn: str, types: list[str] = TYPES) -> None:
    """A configuration set with a topic behind it."""
    sesv2.create_configuration_set(ConfigurationSetName=name)
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="told",
        EventDestination={"Enabled": True, "MatchingEventTypes": types, "SnsDestination": {"TopicArn": topic_arn}},
    )


def all_told(lab) -> None:
    """Returns once every mail has its outcome and everybody was told."""

    def nothing_waits() -> bool:
        with lab.emulator._store.read() as reader:
            return bool(reader.undelivered() == reader.unpublished() == 0)

    lab.until(nothing_waits, 60)


def a_place_of_its_own(fresh, account: int) -> Any:
    """An emulator of the test's own, where everybody sends from told.example: others' mail would make it wait. In an
    account of its own, since topics and queues are moto's, which is one for all emulators of a process."""
    lab = Lab(fresh(max_send_rate=-1).emulator, str(account))
    lab.verify("told.example", "alone@told.example")
    lab.production()
    return lab


def send(lab, *to: str, source: str = SENDER, **more: Any) -> str:
    return lab.ses.send_email(
        Source=source,
        Destination={"ToAddresses": list(to)},
        Message={"Subject": {"Data": "s é"}, "Body": {"Text": {"Data": "t"}}},
        **more,
    )["MessageId"]


def noted(lab, message_id: str) -> list[tuple[str, str, str, str | None]]:
    """Type, channel, target and failure of what was told of a mail, oldest first."""
    found = lab.api("GET", "events?" + urlencode({"message_id": message_id, "limit": 100}))["events"]
    return [(one["type"], one["channel"], one["target"], one["failure"]) for one in reversed(found)]
