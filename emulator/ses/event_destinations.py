"""Event destinations of configuration sets: stored in their order, and tried against the services that they name.

Source: events-and-api.md 3.4, 3.5. Order of checks: the name, the destination by itself, the set, its destinations,
then the neighbours. A topic gets SES's validation message when a destination first names it (observed).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.errors import Fault
from emulator.errors import configuration_sets as errors
from emulator.post.event_channels import ChannelError, EventChannels
from emulator.ses.call import Call, Desk, Params, Result
from emulator.ses.configuration_sets import existing, locked
from emulator.ses.event_destination_shapes import from_v1, from_v2, require_name, told_v2
from emulator.values import Door

log = logging.getLogger(__name__)

VALIDATION = "Successfully validated SNS topic for Amazon SES event publishing."
_MOST = 10
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_STREAM = re.compile(r"arn:aws[a-z-]*:firehose:([a-z0-9-]+):([0-9]{12}):deliverystream/([A-Za-z0-9_.-]{1,64})")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
_BUS = re.compile(r"arn:aws[a-z-]*:events:([a-z0-9-]+):([0-9]{12}):event-bus/default")


def create_v1(desk: Desk, call: Call, params: Params) -> Result:
    """SNS, Firehose or CloudWatch (API1)."""
    require_name(params["EventDestination"]["Name"])
    return _create(desk, call, params["ConfigurationSetName"], from_v1(params["EventDestination"]))


def create_v2(desk: Desk, call: Call, params: Params) -> Result:
    """Also a destination that is not enabled is tried (observed second-hand)."""
    name = params["EventDestinationName"]
    require_name(name)
    return _create(desk, call, params["ConfigurationSetName"], from_v2(name, params["EventDestination"]))


def update_v1(desk: Desk, call: Call, params: Params) -> Result:
    """The whole destination is replaced, at its place."""
    require_name(params["EventDestination"]["Name"])
    return _update(desk, call, params["ConfigurationSetName"], from_v1(params["EventDestination"]))


def update_v2(desk: Desk, call: Call, params: Params) -> Result:
    """The whole destination is replaced, at its place."""
    name = params["EventDestinationName"]
    require_name(name)
    return _update(desk, call, params["ConfigurationSetName"], from_v2(name, params["EventDestination"]))


def get_v2(desk: Desk, call: Call, params: Params) -> Result:
    """All of a set, in the order in which they were created."""
    with desk.store.read() as reader:
        found = existing(reader, call, params["ConfigurationSetName"])
    return {"EventDestinations": [told_v2(one) for one in found.destinations]}


def delete(desk: Desk, call: Call, params: Params) -> Result:
    """Refused when it is not there, at both versions."""
    name = params["EventDestinationName"]
    with desk.store.write() as writer:
        one = locked(writer, call, params["ConfigurationSetName"])
        _known(call, one, name)
        others = tuple(destination for destination in one.destinations if destination.name != name)
        writer.save_document(replace(one, destinations=others))
    return {}


# --- shared -------------------------------------------------------------------------------------


def _create(desk: Desk, call: Call, set_name: str, made: EventDestination) -> Result:
    def added(one: ConfigurationSet) -> ConfigurationSet:
        if any(destination.name == made.name for destination in one.destinations):
            raise errors.destination_already_exists(made.name, one.name)
        if len(one.destinations) >= _MOST:
            raise errors.too_many_destinations(one.name, _MOST)
        return replace(one, destinations=(*one.destinations, made))

    return _try_and_save(desk, call, set_name, made, added)


def _update(desk: Desk, call: Call, set_name: str, made: EventDestination) -> Result:
    def replaced(one: ConfigurationSet) -> ConfigurationSet:
        _known(call, one, made.name)
        destinations = tuple(made if known.name == made.name else known for known in one.destinations)
        return replace(one, destinations=destinations)

    return _try_and_save(desk, call, set_name, made, replaced)


def _try_and_save(
    desk: Desk,
    call: Call,
    set_name: str,
    made: EventDestination,
    change: Callable[[ConfigurationSet], ConfigurationSet],
) -> Result:
    """The neighbours are asked outside of the transaction, when all else is well."""
    with desk.store.read() as reader:
        one = existing(reader, call, set_name)
    change(one)
    _require_there(desk, call, made, told=any(known.topic == made.topic for known in one.destinations))
    with desk.store.write() as writer:
        writer.save_document(replace(change(locked(writer, call, set_name)), updated_at=desk.clock.now()))
    return {}


def _known(call: Call, one: ConfigurationSet, name: str) -> None:
    if not any(destination.name == name for destination in one.destinations):
        v1 = call.door is Door.V1
        raise (errors.no_event_destination_found if v1 else errors.destination_does_not_exist)(name, one.name)


# --- the neighbours -----------------------------------------------------------------------------


def _require_there(desk: Desk, call: Call, made: EventDestination, told: bool) -> None:
    """Raises what SES says when the topic, stream or bus is not there; ``told``: the topic has had its message."""
    if made.topic is not None:
        require_topic(desk, call, made.topic, errors.topic_not_found, None if told else VALIDATION)
    if made.stream is not None:
        _require_stream(desk, call, made.stream, made.role or "")
    if made.bus is not None:
        match = _BUS.fullmatch(made.bus)
        if match is None or match.groups() != (call.scope.region, call.scope.account):
            raise errors.not_the_default_bus(made.bus)
        events = desk.neighbour("events", call.scope)
        _ask(errors.not_the_default_bus(made.bus), events.describe_event_bus, Name="default")


def require_topic(
    desk: Desk, call: Call, arn: str, refusal: Callable[[str], Fault], message: str | None = None
) -> None:
    """An SNS topic of the call's region, no FIFO one, is there; it gets ``message``, if any. Also of another account,
    as at SES. To be called outside of a transaction. ``refusal`` makes the fault that is raised otherwise."""
    match = _TOPIC.fullmatch(arn)
    if match is None or match[1] != call.scope.region:
        raise refusal(arn)
    sns = desk.neighbour("sns", call.scope)
    _ask(refusal(arn), sns.get_topic_attributes, TopicArn=arn)
    if message is not None:
        try:
            EventChannels(lambda *_: sns).sns(call.scope, arn, message, None)
        except ChannelError as problem:
            # The topic is there; what became of the message behind it is nothing that SES would hear of.
            log.warning("the message to a new topic is lost: %s", problem)


def _require_stream(desk: Desk, call: Call, arn: str, role: str) -> None:
    if not _ROLE.fullmatch(role):
        raise errors.invalid_role(role)
    match = _STREAM.fullmatch(arn)
    if match is None or (match[1], match[2]) != (call.scope.region, call.scope.account):
        raise errors.stream_not_found(arn)
    firehose = desk.neighbour("firehose", call.scope)
    _ask(errors.stream_not_found(arn), firehose.describe_delivery_stream, DeliveryStreamName=match[3])


def _ask(refusal: Fault, operation: Any, **params: Any) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        operation(**params)
    except (ClientError, BotoCoreError) as problem:
        raise refusal from problem


V1 = {
    "CreateConfigurationSetEventDestination": create_v1,
    "UpdateConfigurationSetEventDestination": update_v1,
    "DeleteConfigurationSetEventDestination": delete,
}
V2 = {
    "CreateConfigurationSetEventDestination": create_v2,
    "UpdateConfigurationSetEventDestination": update_v2,
    "GetConfigurationSetEventDestinations": get_v2,
    "DeleteConfigurationSetEventDestination": delete,
}
