"""The last step of a mail's journey: who was told of it, and why nobody was."""

from __future__ import annotations

import json

import pytest

from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.http.tabs.journey import journey
from emulator.http.tabs.told import told, untold
from emulator.post.events import Audience
from emulator.post.published import Published
from emulator.receiver.reading import read
from emulator.sending_events import EventType
from emulator.store.ports import DeliveryState
from emulator.values import Door, Envelope, Identity, IdentityKind, Notifications, OutboundMessage, Outcome, Scope

SCOPE = Scope("123456789012", "us-east-1")
TOPIC = "arn:aws:sns:us-east-1:123456789012:told"
ASKS_NOT = "there is no identity whose topics would count"


def entry(number: int = 1, **changes) -> Published:
    given = {
        "at": 1_700_000_000.0, "scope": SCOPE, "message_id": "m", "type": EventType.SEND, "channel": "sns",
        "target": TOPIC, "of": "set/told", "body": '{"eventType":"Send"}\n', "failure": "",
    }  # fmt: skip
    return Published(number, **{**given, **changes})


def outbound(configuration_set: str | None = None, *, own: bool = False) -> OutboundMessage:
    return OutboundMessage(
        message_id="m",
        scope=SCOPE,
        accepted_at=0.0,
        door=Door.V1,
        operation="SendEmail",
        caller="AKIA",
        source="a@shop.example",
        feedback_to="a@shop.example",
        envelope=Envelope("a@shop.example", ("r@here.example",), "192.0.2.1", "x"),
        data=b"",
        counted=1,
        configuration_set=configuration_set,
        in_statistics=not own,
    )


def ended(outcome: Outcome) -> DeliveryState:
    return DeliveryState("r@here.example", outcome, "", 1, 0.0)


def a_set(*types: str, enabled: bool = True) -> ConfigurationSet:
    asked = (EventDestination("told", enabled, types, topic=TOPIC),) if types else ()
    return ConfigurationSet(scope=SCOPE, name="set", created_at=0.0, destinations=asked)


def an_identity(**topics: str) -> Identity:
    return Identity(SCOPE, "shop.example", IdentityKind.DOMAIN, 0.0, notifications=Notifications(**topics))


def test_tellings_stand_in_the_order_in_which_they_were_made(now):
    found = told(
        [
            entry(2, type=EventType.RENDERING_FAILURE, failure="NotFound: Topic does not exist"),
            entry(1),
        ],
        now,
    )
    first, second = found.tellings
    assert (first.event, first.channel, first.target, first.of) == ("SEND", "SNS topic", TOPIC, "set/told")
    assert (first.mark.text, first.failure) == ("taken", "")
    assert json.loads(first.body) == {"eventType": "Send"}
    assert first.body.count("\n") == 2
    assert (second.event, second.mark.look) == ("RENDERING FAILURE", "fail")
    assert second.failure == "NotFound: Topic does not exist"
    assert found.sentence == "2 events for those who asked to be told."
    assert [(one.look, one.text) for one in found.marks] == [("pass", "1 taken"), ("fail", "1 not taken")]


@pytest.mark.parametrize("body", ["Send ses:from-domain=shop.example", "{", '{"a":' + "[" * 100_000, "9" * 5000])
def test_a_body_that_is_no_json_stands_as_it_is(now, body):
    (telling,) = told([entry(channel="cloudwatch", target="AWS/SES", body=body)], now).tellings
    assert telling.body == body[: 64 * 1024]
    assert telling.cut == max(0, len(body) - 64 * 1024)


def test_what_no_page_could_be_written_with_is_replaced(now):
    (telling,) = told([entry(target="a@x.example\u202e", body='{"a":"\\ud800","b":"流氷"}')], now).tellings
    assert telling.target == "a@x.example\ufffd"
    assert telling.body == '{\n  "a": "?",\n  "b": "流氷"\n}'


def test_a_forwarding_mail_is_named_and_not_shown_as_a_body(now):
    (telling,) = told([entry(channel="email", target="a@shop.example", of="shop.example", body="m2")], now).tellings
    assert (telling.channel, telling.mail, telling.body) == ("Email", "m2", "")


def test_of_very_many_the_first_are_shown(now):
    found = told([entry(number) for number in range(120, 0, -1)], now)
    assert len(found.tellings) == 50
    assert found.sentence.startswith("120 events for those who asked to be told. The first 50 are shown")
    assert [one.text for one in found.marks] == ["120 taken"]


@pytest.mark.parametrize(
    ("name", "used", "identity", "why"),
    [
        (None, None, None, f"it was sent without a configuration set, and {ASKS_NOT}"),
        ("gone", None, None, f"its configuration set gone is gone, and {ASKS_NOT}"),
        ("set", a_set(), None, f"its configuration set set has no event destination enabled for that, and {ASKS_NOT}"),
        ("set", a_set("OPEN", "BOUNCE"), None, "has no event destination enabled for that"),
        ("set", a_set("SEND", "DELIVERY", enabled=False), None, "has no event destination enabled for that"),
        (None, None, an_identity(bounce_topic=TOPIC), "and its identity shop.example has no topic for that"),
    ],
)
def test_nobody_was_told_because_nobody_asks(name, used, identity, why):
    audience = Audience(used, identity, "a@shop.example")
    said = untold(outbound(name), audience, [ended(Outcome.DELIVERED)], waiting=True)
    assert said.sentence.startswith("Nobody asks to be told of SEND or DELIVERY: ")
    assert why in said.sentence
    assert (said.marks, said.tellings) == ((), ())


def test_of_mail_that_ses_writes_itself_nobody_could_be_told():
    said = untold(outbound(own=True), Audience(None, None, ""), [ended(Outcome.DELIVERED)], waiting=True)
    assert said.sentence == "SES tells nobody what becomes of mail that it writes itself."


@pytest.mark.parametrize(
    ("used", "identity", "outcome"),
    [
        (a_set("SEND"), None, Outcome.QUEUED),
        (None, an_identity(delivery_topic=TOPIC), Outcome.DELIVERED),
        # Bounces are forwarded unless somebody said otherwise.
        (None, an_identity(), Outcome.BOUNCED),
    ],
)
def test_where_somebody_asks_it_is_on_its_way_or_no_longer_known(used, identity, outcome):
    audience = Audience(used, identity, "a@shop.example")
    waits, past = (untold(outbound("set"), audience, [ended(outcome)], waiting=one).sentence for one in (True, False))
    assert waits == "Events are waiting to be published; its own may be among them."
    assert "would be told now, but nothing of it is in the log" in past
    assert "Nobody asks" not in past


def test_the_journey_ends_with_it_where_it_is_known(captured, now):
    mail = captured(message_id="m")
    known = told([entry()], now)
    steps = journey(mail, read(mail.raw), now, entry=None, outbound=None, deliveries=(), told=known)
    assert (steps[-1].title, steps[-1].tellings) == ("Told of it", known.tellings)
    assert journey(mail, read(mail.raw), now, entry=None, outbound=None, deliveries=())[-1].title == "Judged"
