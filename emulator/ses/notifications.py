"""What an identity tells of bounces, complaints and deliveries: topics, headers, forwarding by email.

Source: API1/API2, events-and-api.md 2.2 and 7. A topic gets SES's message when an identity is given it (observed).
Forwarding can be switched off by v1 only while both topics are set (API1); v2 takes it at any time, since SES then
mails all the same (API2 PutEmailIdentityFeedbackAttributes). v1 may name an identity by its ARN.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emulator import errors
from emulator.errors import Fault
from emulator.errors import identity_policies as notification_errors
from emulator.ses import lookup
from emulator.ses.call import Call, Desk, Params, Result
from emulator.ses.event_destinations import require_topic
from emulator.store.ports import Reader
from emulator.values import Identity, Notifications


def set_identity_notification_topic(desk: Desk, call: Call, params: Params) -> Result:
    """Without a topic there is none any longer."""
    given, kind, topic = params["Identity"], params["NotificationType"], params.get("SnsTopic") or None
    with desk.store.read() as reader:
        identity = _existing(reader, call, given, notification_errors.not_a_verified_identity)
    if topic is not None:
        said = (
            f"You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{kind}' notifications from "
            f"Amazon SES for identity '{identity.name}'."
        )
        message = json.dumps(
            {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": said}, separators=(",", ":")
        )
        require_topic(desk, call, topic, notification_errors.invalid_notification_topic, message + "\n")
    return _change(desk, call, given, notification_errors.not_a_verified_identity, **{f"{kind.lower()}_topic": topic})


def set_identity_headers_in_notifications_enabled(desk: Desk, call: Call, params: Params) -> Result:
    """For one type of notification; an absent boolean is false."""
    name = f"{params['NotificationType'].lower()}_headers"
    refusal = notification_errors.headers_of_no_verified_identity
    return _change(desk, call, params["Identity"], refusal, **{name: bool(params.get("Enabled", False))})


def set_identity_feedback_forwarding_enabled(desk: Desk, call: Call, params: Params) -> Result:
    """Needs both topics to be switched off."""
    enabled, refusal = bool(params.get("ForwardingEnabled", False)), notification_errors.not_a_verified_identity
    with desk.store.read() as reader:
        known = _existing(reader, call, params["Identity"], refusal).notifications
    if not enabled and not (known.bounce_topic and known.complaint_topic):
        raise notification_errors.forwarding_needs_topics()
    return _change(desk, call, params["Identity"], refusal, forwarding=enabled)


def get_identity_notification_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Unknown identities are missing from the map; so are the topics that are not set."""
    names = {given: lookup.named(call, given) for given in params["Identities"]}
    with desk.store.read() as reader:
        known = {identity.name: identity for identity in reader.identities(call.scope, names.values())}
    return {
        "NotificationAttributes": {
            given: _told(known[name].notifications) for given, name in names.items() if name in known
        }
    }


def put_email_identity_feedback_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """An absent boolean is false (observed)."""
    enabled = bool(params.get("EmailForwardingEnabled", False))
    return _change(desk, call, params["EmailIdentity"], errors.email_identity_does_not_exist, forwarding=enabled)


def _existing(reader: Reader, call: Call, given: str, refusal: Callable[[str], Fault]) -> Identity:
    found = reader.identities(call.scope, (lookup.named(call, given),))
    if not found:
        raise refusal(given)
    return found[0]


def _change(desk: Desk, call: Call, given: str, refusal: Callable[[str], Fault], **changes: Any) -> Result:
    with desk.store.write() as writer:
        identity = writer.identity_for_update(call.scope, lookup.named(call, given))
        if identity is None:
            raise refusal(given)
        writer.save_identity(replace(identity, notifications=replace(identity.notifications, **changes)))
    return {}


def _told(known: Notifications) -> Result:
    told: Result = {
        "ForwardingEnabled": known.forwarding,
        "HeadersInBounceNotificationsEnabled": known.bounce_headers,
        "HeadersInComplaintNotificationsEnabled": known.complaint_headers,
        "HeadersInDeliveryNotificationsEnabled": known.delivery_headers,
    }
    topics = {
        "BounceTopic": known.bounce_topic,
        "ComplaintTopic": known.complaint_topic,
        "DeliveryTopic": known.delivery_topic,
    }
    return told | {name: topic for name, topic in topics.items() if topic is not None}


V1 = {
    "SetIdentityNotificationTopic": set_identity_notification_topic,
    "SetIdentityHeadersInNotificationsEnabled": set_identity_headers_in_notifications_enabled,
    "SetIdentityFeedbackForwardingEnabled": set_identity_feedback_forwarding_enabled,
    "GetIdentityNotificationAttributes": get_identity_notification_attributes,
}
V2 = {"PutEmailIdentityFeedbackAttributes": put_email_identity_feedback_attributes}
