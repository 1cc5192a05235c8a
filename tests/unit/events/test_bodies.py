"""bodies: what happened, member by member as recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulator.diagnostics import DELIVERY_SECONDS, ON_ACCOUNT_LIST, ON_TENANT_LIST
from emulator.events.bodies import body, bounce_type, said_once
from emulator.policy.list_management import OPTED_OUT
from emulator.sending_events import EventType, Preferences, Seen, SendingEvent, SubscriptionChange
from emulator.values import OutboundMessage, Outcome

Make = Callable[..., Any]
FEEDBACK = "0100019d1d463600-aaaaaaaa-a084-4d91-aa5e-13778264d5d4-000000"
AT = "2026-03-26T10:00:01.542Z"


def told(event: SendingEvent, message: OutboundMessage) -> tuple[str, Any]:
    return body(event, message, FEEDBACK, DELIVERY_SECONDS)


def test_a_hard_bounce(make_event: Make, make_message: Make) -> None:
    address = "bounce@simulator.amazonses.com"
    reply = f"550 5.1.1 As requested: user unknown <{address}>"
    event = make_event(EventType.BOUNCE, outcome=Outcome.BOUNCED, reply=reply, recipients=(address, "other@x.example"))
    name, bounce = told(event, make_message())
    report = {"action": "failed", "status": "5.1.1", "diagnosticCode": f"smtp; {reply}"}
    expected = {
        "feedbackId": FEEDBACK,
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": address, **report}, {"emailAddress": "other@x.example", **report}],
        "timestamp": AT,
        "remoteMtaIp": "127.0.0.1",
        "reportingMTA": "dns; a8-86.smtp-out.amazonses.com",
    }
    assert (name, list(bounce.items())) == ("bounce", list(expected.items()))
    assert list(bounce["bouncedRecipients"][0]) == ["emailAddress", "action", "status", "diagnosticCode"]


def test_each_recipient_of_a_bounce_has_its_own_reply(make_event: Make, make_message: Make) -> None:
    replies = ("550 5.1.1 As requested: user unknown <bounce@x>", "550 no such user")
    event = make_event(EventType.BOUNCE, outcome=Outcome.BOUNCED, recipients=("a@x", "b@x"), replies=replies)
    assert told(event, make_message())[1]["bouncedRecipients"] == [
        {"emailAddress": "a@x", "action": "failed", "status": "5.1.1", "diagnosticCode": f"smtp; {replies[0]}"},
        {"emailAddress": "b@x", "action": "failed", "status": "5.0.0", "diagnosticCode": f"smtp; {replies[1]}"},
    ]


@pytest.mark.parametrize(
    ("type", "outcome", "one", "other", "shared"),
    [
        (EventType.BOUNCE, Outcome.BOUNCED, "550 5.1.1 unknown", "550 5.7.1 refused", True),
        (EventType.BOUNCE, Outcome.BOUNCED, "550 5.1.1 unknown", "552 5.2.2 full", False),
        (EventType.BOUNCE, Outcome.SUPPRESSED, ON_ACCOUNT_LIST, ON_TENANT_LIST, False),
        (
            EventType.BOUNCE,
            Outcome.BOUNCED,
            "550 4.2.1 gone for a while",
            "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>",
            False,
        ),
        (EventType.COMPLAINT, Outcome.COMPLAINED, "250 1", "250 2", True),
        (EventType.COMPLAINT, Outcome.SUPPRESSED_COMPLAINT, ON_ACCOUNT_LIST, ON_TENANT_LIST, False),
        (EventType.DELIVERY_DELAY, Outcome.QUEUED, "451 4.3.2 no", "451 4.3.0 busy", True),
        (EventType.DELIVERY_DELAY, Outcome.QUEUED, "451 4.3.2 no", "452 4.2.2 full", False),
        (EventType.DELIVERY, Outcome.DELIVERED, "250 1", "250 2", False),
    ],
)
def test_which_copies_share_an_event(type: EventType, outcome: Outcome, one: str, other: str, shared: bool) -> None:
    assert (said_once(type, outcome, one) == said_once(type, outcome, other)) is shared


REPLIES = ("550 5.1.1 no", "550 no", "552 5.2.2 full", "554 4.3.2 no", ON_ACCOUNT_LIST)


@pytest.mark.parametrize("first", REPLIES)
@pytest.mark.parametrize("outcome", [Outcome.BOUNCED, Outcome.SUPPRESSED, Outcome.COMPLAINED, Outcome.QUEUED])
@pytest.mark.parametrize("type", [EventType.BOUNCE, EventType.COMPLAINT, EventType.DELIVERY_DELAY])
def test_copies_that_share_an_event_are_told_as_if_each_had_its_own(
    make_event: Make, make_message: Make, type: EventType, outcome: Outcome, first: str
) -> None:
    alike = tuple(one for one in REPLIES if said_once(type, outcome, one) == said_once(type, outcome, first))
    message = make_message()

    def made(replies: tuple[str, ...]) -> tuple[dict[str, Any], list[Any]]:
        event = make_event(type, outcome=outcome, recipients=("a@x",) * len(replies), replies=replies)
        own = told(event, message)[1]
        return own, own.pop(next(key for key in own if key.endswith("Recipients")))

    apart = [made((one,)) for one in alike]
    shared, recipients = made(alike)
    assert all(own == shared for own, _ in apart)
    assert recipients == [one for _, listed in apart for one in listed]


def test_an_automatic_answer_has_the_address_only(make_event: Make, make_message: Make) -> None:
    event = make_event(EventType.BOUNCE, outcome=Outcome.AUTO_REPLIED, reply="250 Ok")
    expected = {
        "feedbackId": FEEDBACK,
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "jane@example.com"}],
        "timestamp": AT,
    }
    assert list(told(event, make_message())[1].items()) == list(expected.items())


@pytest.mark.parametrize(
    ("outcome", "text", "subtype"),
    [
        (Outcome.SUPPRESSED, ON_ACCOUNT_LIST, "OnAccountSuppressionList"),
        (Outcome.SUPPRESSED, ON_TENANT_LIST, "OnTenantSuppressionList"),
        (Outcome.UNSUBSCRIBED, OPTED_OUT, "UnsubscribedRecipient"),
    ],
)
def test_a_bounce_that_no_mta_made(
    make_event: Make, make_message: Make, outcome: Outcome, text: str, subtype: str
) -> None:
    bounce = told(make_event(EventType.BOUNCE, outcome=outcome, reply=text), make_message())[1]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", subtype)
    assert bounce["bouncedRecipients"] == [
        {"emailAddress": "jane@example.com", "action": "failed", "status": "5.1.1", "diagnosticCode": text}
    ]
    assert "remoteMtaIp" not in bounce
    assert bounce["timestamp"] == f"{AT[:-4]}000Z"
    assert bounce["reportingMTA"] == "dns; amazonses.com"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("552 5.2.2 mailbox full", ("Transient", "MailboxFull")),
        ("550 5.1.1 user unknown", ("Permanent", "General")),
        ("550 no such user", ("Permanent", "General")),
    ],
)
def test_a_bounce_of_an_mx_is_told_by_its_reply(reply: str, told: tuple[str, str]) -> None:
    assert bounce_type(Outcome.BOUNCED, reply) == told


def test_a_delivery_given_up_was_refused_by_no_mta(make_event: Make, make_message: Make) -> None:
    reply = "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>"
    event = make_event(EventType.BOUNCE, outcome=Outcome.BOUNCED, reply=reply)
    bounce = told(event, make_message())[1]
    assert "remoteMtaIp" not in bounce
    assert bounce["reportingMTA"] == "dns; a8-86.smtp-out.amazonses.com"
    assert bounce["bouncedRecipients"][0]["status"] == "4.4.7"


def test_a_complaint_of_the_simulator(make_event: Make, make_message: Make) -> None:
    name, complaint = told(make_event(EventType.COMPLAINT, outcome=Outcome.COMPLAINED, reply="250 Ok"), make_message())
    expected = {
        "feedbackId": FEEDBACK,
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": "jane@example.com"}],
        "timestamp": AT,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": AT,
    }
    assert (name, list(complaint.items())) == ("complaint", list(expected.items()))


@pytest.mark.parametrize(
    ("text", "subtype"),
    [(ON_ACCOUNT_LIST, "OnAccountSuppressionList"), (ON_TENANT_LIST, "OnTenantSuppressionList")],
)
def test_a_complaint_because_of_a_list_has_no_report(
    make_event: Make, make_message: Make, text: str, subtype: str
) -> None:
    event = make_event(EventType.COMPLAINT, outcome=Outcome.SUPPRESSED_COMPLAINT, reply=text)
    complaint = told(event, make_message())[1]
    assert complaint["complaintSubType"] == subtype
    assert list(complaint) == ["feedbackId", "complaintSubType", "complainedRecipients", "timestamp", "arrivalDate"]
    assert complaint["arrivalDate"] == complaint["timestamp"]


def test_a_delivery(make_event: Make, make_message: Make) -> None:
    event = make_event(EventType.DELIVERY, outcome=Outcome.DELIVERED, reply="250 Ok", recipients=("a@x", "b@x"))
    expected = {
        "timestamp": AT,
        "processingTimeMillis": 1500,
        "recipients": ["a@x", "b@x"],
        "smtpResponse": "250 Ok",
        "remoteMtaIp": "127.0.0.1",
        "reportingMTA": "a8-86.smtp-out.amazonses.com",
    }
    name, delivery = told(event, make_message())
    assert (name, list(delivery.items())) == ("delivery", list(expected.items()))


def test_no_delivery_takes_less_than_a_millisecond(make_event: Make, make_message: Make) -> None:
    event = make_event(EventType.DELIVERY, at=make_message().accepted_at - 60)
    assert told(event, make_message())[1]["processingTimeMillis"] == 1


def test_a_delay_as_documented(make_event: Make, make_message: Make) -> None:
    event = make_event(EventType.DELIVERY_DELAY, reply="421 4.4.1 Unable to connect to remote host")
    expected = {
        "timestamp": AT,
        "delayType": "TransientCommunicationFailure",
        "expirationTime": "2026-03-27T00:00:00.042Z",
        "delayedRecipients": [
            {
                "emailAddress": "jane@example.com",
                "status": "4.4.1",
                "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
            }
        ],
    }
    name, delay = told(event, make_message())
    assert (name, list(delay.items())) == ("deliveryDelay", list(expected.items()))
    assert body(event, make_message(), "", 600)[1]["expirationTime"] == "2026-03-26T10:10:00.042Z"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("452 4.2.2 mailbox full", "MailboxFull"),
        ("451 4.3.2 not accepting mail", "RecipientServerError"),
        ("451 4.7.1 greylisted", "General"),
        ("450 later", "General"),
    ],
)
def test_why_a_mail_is_late(make_event: Make, make_message: Make, reply: str, kind: str) -> None:
    assert told(make_event(EventType.DELIVERY_DELAY, reply=reply), make_message())[1]["delayType"] == kind


def test_the_short_ones(make_event: Make, make_message: Make) -> None:
    message = make_message()
    missing = "Attribute 'attributeName' is not present in the rendering data."
    failure = make_event(EventType.RENDERING_FAILURE, reply=missing, template="MyTemplate")
    assert told(make_event(EventType.SEND), message) == ("send", {})
    assert told(make_event(EventType.REJECT), message) == ("reject", {"reason": "Bad content"})
    assert told(failure, message) == ("failure", {"errorMessage": missing, "templateName": "MyTemplate"})


def test_a_contact_that_left_as_documented(make_event: Make, make_message: Make) -> None:
    said = Preferences(False, (("ExampleTopicName", "OPT_OUT"), ("Other", "OPT_IN")))
    change = SubscriptionChange("ContactListName", said, Preferences(True, said.topics))
    topics = [
        {"topicName": "ExampleTopicName", "subscriptionStatus": "OptOut"},
        {"topicName": "Other", "subscriptionStatus": "OptIn"},
    ]
    expected = {
        "contactList": "ContactListName",
        "timestamp": AT,
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {"unsubscribeAll": True, "topicSubscriptionStatus": topics},
        "oldTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": topics},
    }
    name, left = told(make_event(EventType.SUBSCRIPTION, subscription=change), make_message())
    assert (name, list(left.items())) == ("subscription", list(expected.items()))


@pytest.mark.parametrize("type", list(EventType))
def test_every_type_has_a_body(make_event: Make, make_message: Make, type: EventType) -> None:
    name, own = told(make_event(type), make_message())
    assert name
    assert isinstance(own, dict)


def test_an_open_and_a_click_in_the_order_of_each(make_event: Make, make_message: Make) -> None:
    seen = Seen("Mozilla/5.0", "192.0.2.9")
    assert [
        list(one.items()) if isinstance(one, dict) else one
        for one in told(make_event(EventType.OPEN, seen=seen), make_message())
    ] == ["open", [("timestamp", AT), ("userAgent", "Mozilla/5.0"), ("ipAddress", "192.0.2.9")]]
    clicked = replace(seen, link="https://x.example/", link_tags=(("a", "1"), ("b", "2"), ("a", "3")))
    name, click = told(make_event(EventType.CLICK, seen=clicked), make_message())
    assert (name, list(click.items())) == (
        "click",
        [
            ("ipAddress", "192.0.2.9"),
            ("timestamp", AT),
            ("userAgent", "Mozilla/5.0"),
            ("link", "https://x.example/"),
            ("linkTags", {"a": ["1", "3"], "b": ["2"]}),
        ],
    )
    assert told(make_event(EventType.CLICK, seen=seen), make_message())[1]["linkTags"] is None
