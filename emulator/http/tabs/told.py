"""The Journey tab's last step: who was told what became of the mail, and what they were told; or why nobody was.

What was told is known from the log of it, which is kept in memory. Of a mail that is not in the log only what is set
now can be said, not what was set when it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.http import wording
from emulator.http.wording import Mark, When
from emulator.policy import event_publishing
from emulator.post.events import Audience
from emulator.post.published import Published
from emulator.sending_events import EventType
from emulator.store.ports import DeliveryState
from emulator.values import OutboundMessage

_MOST: Final = 50
_SHOWN_CHARACTERS: Final = 64 * 1024
_CHANNELS: Final = {
    "sns": "SNS topic",
    "firehose": "Firehose stream",
    "cloudwatch": "CloudWatch",
    "eventbridge": "EventBridge bus",
    "email": "Email",
    "s3": "S3 bucket",
    "lambda": "Lambda function",
}


@dataclass(frozen=True, slots=True)
class Telling:
    """One event as one of those who asked was told of it. ``failure`` is "" when it was taken. ``cut`` is how many
    characters of the body are left out. ``mail`` is the MessageId of the mail that told it, "" unless it was one."""

    event: str
    channel: str
    target: str
    of: str
    at: When
    mark: Mark
    failure: str
    body: str
    cut: int
    mail: str


@dataclass(frozen=True, slots=True)
class Told:
    """``tellings`` in the order in which they were made; of very many the first."""

    sentence: str
    marks: tuple[Mark, ...] = ()
    tellings: tuple[Telling, ...] = ()


def told(published: Sequence[Published], now: float) -> Told:
    """``published`` is what the log holds of the mail, newest first; at least one."""
    taken = sum(not one.failure for one in published)
    lost = len(published) - taken
    marks = [Mark("pass", f"{taken} taken")] if taken else []
    marks += [Mark("fail", f"{lost} not taken")] if lost else []
    more = len(published) - _MOST
    rest = f" The first {_MOST} are shown; /_ses/api/events has them all." if more > 0 else ""
    return Told(
        sentence=f"{wording.counted(len(published), 'event')} for those who asked to be told.{rest}",
        marks=tuple(marks),
        tellings=tuple(_telling(one, now) for one in list(reversed(published))[:_MOST]),
    )


def untold(
    outbound: OutboundMessage, audience: Audience, deliveries: Iterable[DeliveryState], *, waiting: bool
) -> Told:
    """Why the log holds nothing of the mail. ``audience`` is who would be told now, ``waiting`` whether
    events of any mail wait to be published."""
    if not outbound.in_statistics:
        return Told("SES tells nobody what becomes of mail that it writes itself.")
    types = [EventType.SEND, *(type for one in deliveries for type in event_publishing.types_of(one.outcome))]
    happened = list(dict.fromkeys(types))
    heard = [type.value for type in happened if audience.hears(type)]
    if not heard:
        names = " or ".join(type.value for type in happened)
        why = f"{_of_the_set(outbound, audience)}, and {_of_identity(audience)}"
        return Told(f"Nobody asks to be told of {names}: {why}.")
    if waiting:
        return Told("Events are waiting to be published; its own may be among them.")
    return Told(
        f"{' and '.join(heard)} would be told now, but nothing of it is in the log: nobody asked when it was sent, or "
        "its entries are gone from the log, which keeps the last 2,000 since the start."
    )


def _of_the_set(outbound: OutboundMessage, audience: Audience) -> str:
    name = outbound.configuration_set
    if name is None:
        return "it was sent without a configuration set"
    if audience.used is None:
        return f"its configuration set {name} is gone"
    return f"its configuration set {name} has no event destination enabled for that"


def _of_identity(audience: Audience) -> str:
    identity = audience.identity
    if identity is None:
        return "there is no identity whose topics would count"
    return f"its identity {wording.unturned(identity.name)} has no topic for that"


def _telling(one: Published, now: float) -> Telling:
    body = "" if one.channel == "email" else _readable(one.body)
    return Telling(
        event=one.type.replace("_", " "),
        channel=_CHANNELS.get(one.channel, one.channel),
        target=wording.unturned(one.target),
        of=wording.unturned(one.of),
        at=wording.when(one.at, now),
        mark=Mark("fail", "not taken") if one.failure else Mark("pass", "taken"),
        failure=one.failure,
        body=body[:_SHOWN_CHARACTERS],
        cut=max(0, len(body) - _SHOWN_CHARACTERS),
        mail=one.body if one.channel == "email" else "",
    )


def _readable(body: str) -> str:
    """JSON with a line for each member; what is no JSON as it stands."""
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        text = body
    # A half of a surrogate pair, which JSON may name, is nothing that a page could be written with.
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
