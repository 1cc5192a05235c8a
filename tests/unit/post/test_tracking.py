"""tracking: an address says again what it was made of, and nothing else can be made to say anything."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import Clock
from emulator.documents.configuration_sets import ConfigurationSet, EventDestination
from emulator.mail.raw import parse
from emulator.mail.tracking import is_trackable, link_tags
from emulator.policy.tracking import Tracked
from emulator.post.list_management import PATH as OUT_OF_LIST
from emulator.post.tracking import Trace, Tracking
from emulator.sending_events import EventType, Seen
from emulator.values import Door, Envelope, OutboundMessage, Scope

ID = "0100016d8f3a1b2c-0a1b2c3d-1111-4222-8333-444455556666-000000"
SCOPE = Scope("123456789012", "us-east-1")
BASE = "http://localhost:4579"
DAY = 86400.0


def tracking(store=None, told=lambda: None, secret: str = "s") -> Tracking:
    return Tracking(store, Clock(0.0), secret, lambda: BASE, told)


def addresses(of: Tracking, document: str, own_domain: bool = False) -> list[str]:
    """The paths that a mail of this HTML has, links before the pixel."""
    message = parse(f"Content-Type: text/html; charset=utf-8\r\n\r\n{document}".encode())
    marked = of.mark(message, ID, Tracked(opens=True, clicks=True, own_domain=own_domain)).body.decode()
    return [one.removeprefix(BASE) for one in re.findall(r'(?:href|src)="([^"]*)"', marked)]


TARGETS = st.text("abc/?&=;#%41-._~:@!$()*+,", max_size=40).map("http://x.example/".__add__).filter(is_trackable)


@given(TARGETS, st.text("abé:;&= ", max_size=20), st.booleans())
def test_an_address_says_what_it_was_made_of(target: str, said: str, own_domain: bool) -> None:
    escaped = target.replace("&", "&amp;"), said.replace("&", "&amp;")
    link, pixel = addresses(tracking(), '<a href="{}" ses:tags="{}">'.format(*escaped), own_domain)
    assert tracking().read(link) == Trace(ID, target, link_tags(said))
    assert tracking().read(link.replace("%2F", "/").replace("=", "%3D")) == Trace(ID, target, link_tags(said))
    assert tracking().read(pixel) == Trace(ID, None)
    assert link.startswith("/CL0/" if own_domain else "/L0/")


@given(
    st.text(max_size=40) | st.lists(st.sampled_from(["", "/", "L0", "CL0", "I0", ID, "=", "A" * 27, "1"])).map("/".join)
)
def test_nothing_else_says_anything(path: str) -> None:
    assert tracking().read(path) is None
    assert tracking().read(f"/I0/{path}") is None
    assert tracking().read(f"/L0/{path}") is None


def test_another_secret_has_other_addresses() -> None:
    for path in addresses(tracking(), "<a href=http://x.example>"):
        assert tracking(secret="t").read(path) is None


def test_a_pixels_token_is_no_links() -> None:
    (pixel,) = addresses(tracking(), "")
    assert tracking().read(f"/L0///{pixel.removeprefix('/I0/')}") is None


def test_nothing_of_a_links_tags_can_become_a_part_of_its_target() -> None:
    link, _ = addresses(tracking(), '<a href="http://x.example" ses:tags="k:v&#13;&#10;X: y">')
    place, number, id, token = link.rsplit("/", 3)
    packed = base64.urlsafe_b64decode(token.rpartition("=")[0] + "=")
    shorter = base64.urlsafe_b64encode(packed[:20]).decode()
    assert b"k:v\r\nX: y" in packed
    assert tracking().read(f"{place}%00{quote(packed[20:])}/{number}/{id}/{shorter}452") is None


def test_what_leads_out_of_a_list_is_left_alone_and_has_no_number() -> None:
    first, second, _ = addresses(
        tracking(), f'<a href="{BASE}{OUT_OF_LIST}token"></a><a href="{BASE}/_ses/messages"></a>'
    )
    assert first == f"{OUT_OF_LIST}token"
    assert second.split("/")[3] == "1"


@pytest.mark.parametrize("link", ['href="http://x.example/{}"', 'href="http://x.example" ses:tags="k:{}"'])
def test_an_address_that_no_server_would_take_is_not_made(link: str) -> None:
    short, _ = addresses(tracking(), f"<a {link.format('a' * 30_000)}>")
    long, _ = addresses(tracking(), f"<a {link.format('a' * 70_000)}>")
    assert short.startswith("/L0/http:%2F%2Fx.example")
    assert long.startswith("http://x.example")


@pytest.fixture
def mailed(store):
    """A mail that was accepted now, with a set that hears of opens."""
    now = Clock(0.0).now()
    destination = EventDestination("d", True, ("OPEN",), topic="t")
    used = ConfigurationSet(scope=SCOPE, name="s", created_at=now, updated_at=now, destinations=(destination,))
    message = OutboundMessage(
        message_id=ID,
        scope=SCOPE,
        accepted_at=now,
        door=Door.V2,
        operation="SendEmail",
        caller="",
        source="a@b.example",
        feedback_to="",
        envelope=Envelope("", ("one@x.example", "two@x.example"), "192.0.2.1", "a0-1.example"),
        data=b"",
        counted=2,
        configuration_set="s",
    )
    with store.write() as writer:
        writer.save_document(used)
        writer.add_outbound(message, 2)
    return store


def queued(store) -> list:
    with store.write() as writer:
        return list(writer.claim_events("o", 0.0, 30.0, 20))


def test_an_open_is_queued_for_all_recipients(mailed):
    woken = []
    tracking(mailed, lambda: woken.append(1)).seen(Trace(ID, None), "x" * 9000, "192.0.2.9")
    (event,) = queued(mailed)
    assert (event.type, event.recipients) == (EventType.OPEN, ("one@x.example", "two@x.example"))
    assert event.seen == Seen("x" * 2048, "192.0.2.9")
    assert woken == [1]


@pytest.mark.parametrize(
    ("trace", "after"), [(Trace(ID, "http://x.example"), 0), (Trace("m", None), 0), (Trace(ID, None), 61)]
)
def test_what_nobody_hears_is_not_queued(mailed, trace, after):
    woken = []
    late = Tracking(mailed, Clock(after * DAY), "s", lambda: BASE, lambda: woken.append(1))
    late.seen(trace, "", "")
    assert (queued(mailed), woken) == ([], [])
