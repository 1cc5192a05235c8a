"""What becomes of accepted mail, as SES's event publishing, notification topics and feedback forwarding tell it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from emulator.values import Outcome, Scope


class EventType(StrEnum):
    """By v2's names; v1 knows the first six, and OPEN and CLICK, in lower camel case."""

    SEND = "SEND"
    REJECT = "REJECT"
    BOUNCE = "BOUNCE"
    COMPLAINT = "COMPLAINT"
    DELIVERY = "DELIVERY"
    OPEN = "OPEN"
    CLICK = "CLICK"
    RENDERING_FAILURE = "RENDERING_FAILURE"
    DELIVERY_DELAY = "DELIVERY_DELAY"
    SUBSCRIPTION = "SUBSCRIPTION"


@dataclass(frozen=True, slots=True)
class Seen:
    """Who opened a mail or followed a link of it, as far as the request told. ``link`` and ``link_tags`` (names and
    values as the sender wrote them at the link) are of CLICK only."""

    user_agent: str
    ip_address: str
    link: str = ""
    link_tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a contact wants of a list: ``topics`` are those that it said something about, each with OPT_IN or
    OPT_OUT."""

    unsubscribe_all: bool
    topics: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """What a contact changed by the link in a mail."""

    contact_list: str
    before: Preferences
    after: Preferences


@dataclass(frozen=True, slots=True)
class SendingEvent:
    """One event of one message, of some or all of its recipients.

    ``at`` is by the emulator's clock. ``outcome`` is that of the copies, None for SEND. ``replies`` has one for each
    recipient, in their order, and nothing for SEND: the MX's, or the diagnostic text where no MX was asked; of
    RENDERING_FAILURE what the renderer said, with ``template``, the name of the template. OPEN and CLICK have ``seen``
    and all recipients of the message, for nothing tells which of them it was; SUBSCRIPTION has ``subscription``.
    ``id`` numbers what waits to be published, 0 before.
    """

    type: EventType
    message_id: str
    scope: Scope
    at: float
    recipients: tuple[str, ...]
    outcome: Outcome | None = None
    replies: tuple[str, ...] = ()
    template: str = ""
    seen: Seen | None = None
    subscription: SubscriptionChange | None = None
    id: int = 0

    @property
    def reply(self) -> str:
        """The first recipient's, "" without any: for what the event says once for all of them, in which their replies
        are alike."""
        return self.replies[0] if self.replies else ""
