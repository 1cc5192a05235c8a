"""Event destinations between the API's members and the document's fields, and what SES asks of them by themselves.

Source: API1/API2 EventDestination, events-and-api.md 3.2, 3.4, 3.5. v1 spells event types in lower camel case, knows
neither delays nor subscriptions, and neither EventBridge nor Pinpoint. SES publishes to Pinpoint through a service that
is not among the neighbours: such a destination is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulator import errors
from emulator.documents.configuration_sets import Dimension, EventDestination
from emulator.errors import configuration_sets as set_errors
from emulator.ses.call import Params, Result

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_NAME_LENGTH = 64
_PINPOINT = re.compile(r"arn:aws[a-z-]*:mobiletargeting:[a-z0-9-]+:[0-9]{12}:apps/[A-Za-z0-9]+")
# DG:event-publishing-add-event-destination-cloudwatch. The tags that SES sets itself have a colon in their names.
_DIMENSION = re.compile(r"[A-Za-z0-9_-]{1,255}|ses:[a-z-]{1,250}")
_DIMENSION_DEFAULT = re.compile(r"[A-Za-z0-9_.@-]{1,255}")
_MOST_DIMENSIONS = 10
_NO_DIMENSIONS = frozenset({"received", "to", "from", "dkim-signature", "cc", "message-id", "return-path"})

_V2_TYPES = {
    "send": "SEND",
    "reject": "REJECT",
    "bounce": "BOUNCE",
    "complaint": "COMPLAINT",
    "delivery": "DELIVERY",
    "open": "OPEN",
    "click": "CLICK",
    "renderingFailure": "RENDERING_FAILURE",
}
_V1_TYPES = {v2: v1 for v1, v2 in _V2_TYPES.items()}
_V2_SOURCES = {"messageTag": "MESSAGE_TAG", "emailHeader": "EMAIL_HEADER", "linkTag": "LINK_TAG"}
_V1_SOURCES = {v2: v1 for v1, v2 in _V2_SOURCES.items()}


# --- asked --------------------------------------------------------------------------------------


def require_name(name: str) -> None:
    """Characters before length (observed second-hand)."""
    if not name:
        raise set_errors.destination_name_missing()
    if not _NAME.fullmatch(name):
        raise set_errors.invalid_destination_name(name)
    if len(name) > _NAME_LENGTH:
        raise set_errors.destination_name_too_long()


def from_v1(given: Params) -> EventDestination:
    """``EventDestination`` of v1, checked by itself."""
    firehose, sns = given.get("KinesisFirehoseDestination"), given.get("SNSDestination")
    kinds = [one for one in (firehose, sns, given.get("CloudWatchDestination")) if one is not None]
    types = [_V2_TYPES[one] for one in given["MatchingEventTypes"]]
    _require_one(types, kinds)
    return EventDestination(
        name=given["Name"],
        enabled=bool(given.get("Enabled", False)),
        event_types=tuple(dict.fromkeys(types)),
        topic=sns["TopicARN"] if sns is not None else None,
        stream=firehose["DeliveryStreamARN"] if firehose is not None else None,
        role=firehose["IAMRoleARN"] if firehose is not None else None,
        dimensions=_dimensions(given.get("CloudWatchDestination")),
    )


def from_v2(name: str, given: Params) -> EventDestination:
    """``EventDestinationDefinition`` of v2, checked by itself."""
    firehose, sns = given.get("KinesisFirehoseDestination"), given.get("SnsDestination")
    bridge, pinpoint = given.get("EventBridgeDestination"), given.get("PinpointDestination")
    kinds = [one for one in (firehose, sns, given.get("CloudWatchDestination"), bridge, pinpoint) if one is not None]
    types = given.get("MatchingEventTypes") or ()
    _require_one(types, kinds)
    if pinpoint is not None:
        arn = pinpoint.get("ApplicationArn")
        if arn is None or not _PINPOINT.fullmatch(arn):
            raise set_errors.invalid_pinpoint_arn(arn)
        raise errors.feature_not_emulated("PinpointDestination")
    return EventDestination(
        name=name,
        enabled=bool(given.get("Enabled", False)),
        event_types=tuple(dict.fromkeys(types)),
        topic=sns["TopicArn"] if sns is not None else None,
        stream=firehose["DeliveryStreamArn"] if firehose is not None else None,
        role=firehose["IamRoleArn"] if firehose is not None else None,
        bus=bridge["EventBusArn"] if bridge is not None else None,
        dimensions=_dimensions(given.get("CloudWatchDestination")),
    )


def _require_one(types: Sequence[str], kinds: Sequence[object]) -> None:
    if not types:
        raise set_errors.no_event_type()
    if not kinds:
        raise set_errors.no_destination()
    if len(kinds) > 1:
        raise set_errors.several_destinations()


def _dimensions(given: Params | None) -> tuple[Dimension, ...]:
    if given is None:
        return ()
    dimensions = tuple(
        Dimension(
            one["DimensionName"],
            _V2_SOURCES.get(one["DimensionValueSource"], one["DimensionValueSource"]),
            one["DefaultDimensionValue"],
        )
        for one in given["DimensionConfigurations"]
    )
    if not dimensions:
        raise set_errors.no_dimensions()
    if len(dimensions) > _MOST_DIMENSIONS:
        raise set_errors.invalid_dimension(f"At most {_MOST_DIMENSIONS} dimensions are allowed.")
    for one in dimensions:
        _require_dimension(one)
    if len({one.name for one in dimensions}) < len(dimensions):
        raise set_errors.invalid_dimension("Dimension names must be unique.")
    return dimensions


def _require_dimension(one: Dimension) -> None:
    if not _DIMENSION.fullmatch(one.name):
        raise set_errors.invalid_dimension(
            f"Invalid dimension name <{one.name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        )
    if one.source == "EMAIL_HEADER" and one.name.lower() in _NO_DIMENSIONS:
        raise set_errors.invalid_dimension(f"Email header <{one.name}> cannot be used as a dimension.")
    if not _DIMENSION_DEFAULT.fullmatch(one.default):
        raise set_errors.invalid_dimension(
            f"Invalid default dimension value <{one.default}>: only alphanumeric ASCII characters, '_', '-', '.', and "
            "'@' are allowed."
        )


# --- told ---------------------------------------------------------------------------------------


def told_v1(one: EventDestination) -> Result:
    """What v1 has no name for is left out: the events and the bus that only v2 knows."""
    told: Result = {
        "Name": one.name,
        "Enabled": one.enabled,
        "MatchingEventTypes": [_V1_TYPES[type] for type in one.event_types if type in _V1_TYPES],
    }
    if one.topic is not None:
        told["SNSDestination"] = {"TopicARN": one.topic}
    if one.stream is not None:
        told["KinesisFirehoseDestination"] = {"IAMRoleARN": one.role, "DeliveryStreamARN": one.stream}
    if one.dimensions:
        told["CloudWatchDestination"] = _dimensions_told(one, _V1_SOURCES)
    return told


def told_v2(one: EventDestination) -> Result:
    """Everything that is kept."""
    told: Result = {"Name": one.name, "Enabled": one.enabled, "MatchingEventTypes": list(one.event_types)}
    if one.topic is not None:
        told["SnsDestination"] = {"TopicArn": one.topic}
    if one.stream is not None:
        told["KinesisFirehoseDestination"] = {"IamRoleArn": one.role, "DeliveryStreamArn": one.stream}
    if one.bus is not None:
        told["EventBridgeDestination"] = {"EventBusArn": one.bus}
    if one.dimensions:
        told["CloudWatchDestination"] = _dimensions_told(one, {})
    return told


def _dimensions_told(one: EventDestination, sources: dict[str, str]) -> Result:
    return {
        "DimensionConfigurations": [
            {
                "DimensionName": dimension.name,
                "DimensionValueSource": sources.get(dimension.source, dimension.source),
                "DefaultDimensionValue": dimension.default,
            }
            for dimension in one.dimensions
        ]
    }
