"""What holds for every kind of page: axe finds nothing serious by day or night, and a phone never scrolls sideways.

axe-core is what the package ``axe-playwright-python`` brings of it (MPL-2.0).
"""

from __future__ import annotations

import importlib.resources
import json
from dataclasses import dataclass
from typing import Any

import pytest

from emulator.runtime import Emulator
from emulator.sending_events import EventType
from emulator.settings import Settings
from emulator.values import Scope

TABS = ("html", "text", "source", "headers", "mime", "attachments", "why", "journey", "checks")
PLACE = {"account": "123456789012", "region": "ap-northeast-1"}
DOMAIN = "abashiri.domain"
PAGES = {
    "list": "/_ses/",
    "list, a search": "/_ses/?q=via:yes",
    "list, nothing found": "/_ses/?q=subject:nothing",
    "list, a search that cannot be meant": "/_ses/?q=is:green",
    **{f"mail, {tab}": f"/_ses/messages/MAIL?tab={tab}" for tab in TABS},
    "mail of the article, why": "/_ses/messages/VIA?tab=why",
    "mail of the article, journey": "/_ses/messages/VIA?tab=journey",
    "account": "/_ses/account?SCOPE",
    "account elsewhere": "/_ses/account",
    "identities": "/_ses/identities?SCOPE",
    "no identities": "/_ses/identities",
    "new identity": "/_ses/identities/new?SCOPE",
    "identity": f"/_ses/identity?SCOPE&name={DOMAIN}",
    "identity not verified": "/_ses/identity?SCOPE&name=pending.example",
    "requests": "/_ses/requests?SCOPE",
    "dns": "/_ses/dns?SCOPE",
    "dns, queries": "/_ses/dns?SCOPE&view=queries",
    "dns, asked": "/_ses/dns?SCOPE&ask=amazonses.com&type=TXT",
    "clock": "/_ses/clock?SCOPE",
    "api": "/_ses/docs",
    "no such page": "/_ses/messages/999999999",
}
RUN = """(options) => axe.run(document, options).then((found) => found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`))"""
UNFOLD = """() => {
    for (const one of document.querySelectorAll("main details:not(.menu)")) one.open = true;
}"""
# Colours alone differ at night.
BY_DAY = {"resultTypes": ["violations"], "iframes": False}
BY_NIGHT = {**BY_DAY, "runOnly": ["color-contrast"]}
LONG = "x" * 90


@dataclass(frozen=True)
class World:
    """An emulator in which all has happened that a page can show: the article, a rich mail with long words, a refusal,
    an identity that waits."""

    emulator: Emulator
    endpoint: str
    account: str
    region: str
    ids: dict[str, str]

    def path(self, page: str) -> str:
        path = PAGES[page].replace("SCOPE", "&".join(f"{name}={value}" for name, value in PLACE.items()))
        for name, number in self.ids.items():
            path = path.replace(name, number)
        return self.endpoint + path


def long_mail() -> bytes:
    return (
        f"From: {LONG} <{LONG[:60]}@{LONG[:60]}.example>\r\n"
        f"To: {', '.join(f'r{n}@here.example' for n in range(30))}\r\n"
        f"Subject: {LONG * 3}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
        f"X-{LONG}: {LONG * 5}\r\nList-Unsubscribe: <https://{LONG[:60]}.example/{LONG}>\r\n\r\n"
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        f"--c\r\nContent-Type: text/plain\r\n\r\n{LONG * 3} https://{LONG[:60]}.example/{LONG * 3}\r\n"
        f'--c\r\nContent-Type: text/html\r\n\r\n<table width="1500"><tr><td>{LONG * 2}</td></tr></table>'
        f'<a href="https://{LONG[:60]}.example/{LONG * 3}">{LONG}</a><img src="https://a.example/{LONG}.png">\r\n--c--\r\n'
        f'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="{LONG * 2}.txt"\r\n\r\n'
        f"{LONG * 9}\r\n"
        f'--b\r\nContent-Type: application/{LONG}\r\nContent-Disposition: attachment; filename="b.bin"\r\n\r\n'
        "00\r\n--b--\r\n"
    ).encode()


@pytest.fixture(scope="module")
def emulator_of_the_article() -> Any:
    ports = dict.fromkeys(("port", "smtp_port", "smtps_port", "sink_port", "dns_port"), 0)
    running = Emulator(Settings(**ports, demo=True))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def world(emulator_of_the_article, lab, bring):
    from emulator.demo import replay

    endpoint = emulator_of_the_article.addresses.endpoint
    here = World(emulator_of_the_article, endpoint, PLACE["account"], PLACE["region"], {})
    seen = type(lab)(emulator_of_the_article, here.account, here.region)
    if not seen.api("GET", "messages?q=via:yes")["messages"]:
        replay(endpoint)
    if not seen.api("GET", "messages?q=to:long.example")["messages"]:
        seen.ses.verify_domain_dkim(Domain="pending.example")
        with pytest.raises(seen.ses.exceptions.MessageRejected):
            seen.send(f"nobody@{LONG[:60]}.example", f"{LONG[:60]}@{LONG[:60]}.example")
        bring(seen, long_mail(), to="someone@long.example")
    here.ids["MAIL"] = str(seen.api("GET", "messages?q=to:long.example")["messages"][0]["id"])
    via = seen.api("GET", "messages?q=via:yes")["messages"][0]
    here.ids["VIA"] = str(via["id"])
    if not seen.api("GET", f"events?message_id={via['message_id']}")["events"]:
        tell(emulator_of_the_article, via["message_id"])
    return here


def tell(emulator: Emulator, message_id: str) -> None:
    """Notes in the log of what was told of mails what makes the widest entries there can be."""
    scope = Scope(PLACE["account"], PLACE["region"])
    told = {"at": 0.0, "scope": scope, "message_id": message_id, "type": EventType.DELIVERY_DELAY, "of": LONG}
    body = json.dumps({"eventType": "DeliveryDelay", LONG: LONG * 3})
    emulator._published.note(**told, channel="sns", target=f"arn:{LONG * 3}", body=body, failure="")
    emulator._published.note(**told, channel="firehose", target=LONG, body=LONG * 9, failure=LONG * 3)
    emulator._published.note(**told, channel="email", target=f"{LONG}@a.example", body=message_id, failure="")


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_serious_by_day_or_by_night(world, visit, page):
    visitor = visit(world, color_scheme="light")
    visitor.refusals = page == "no such page"
    visitor.page.goto(world.path(page))
    visitor.page.evaluate(UNFOLD)
    visitor.page.evaluate(axe())
    assert visitor.page.evaluate(RUN, BY_DAY) == []
    day = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    visitor.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert visitor.page.evaluate(RUN, BY_NIGHT) == []
    night = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, day[4:-1].split(", "))) > 700
    assert sum(map(int, night[4:-1].split(", "))) < 100


def axe() -> str:
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def test_a_phone_never_scrolls_sideways_and_what_does_within_a_page_can_be_scrolled_by_keys(world, visit):
    phone = visit(world, viewport={"width": 375, "height": 700}, is_mobile=True, has_touch=True)
    phone.refusals = True
    wide, unreachable = {}, {}
    for page in PAGES:
        phone.page.goto(world.path(page))
        phone.page.evaluate(UNFOLD)
        width = phone.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if max(width) > 375:
            wide[page] = width
        phone.page.evaluate(axe())
        if found := phone.page.evaluate(RUN, {**BY_DAY, "runOnly": ["scrollable-region-focusable"]}):
            unreachable[page] = found
    assert wide == {}
    assert unreachable == {}


def test_on_a_phone_a_mail_is_opened_and_its_last_tab_reached(world, visit):
    from playwright.sync_api import expect

    phone = visit(world, viewport={"width": 375, "height": 700}, is_mobile=True, has_touch=True)
    phone.page.goto(world.path("list, a search"))
    phone.page.locator(".mail-link").first.tap()
    phone.page.locator("#tab-checks").tap()
    expect(phone.page.locator("#tab-checks")).to_have_attribute("aria-current", "page")
    expect(phone.page.locator("#tab-checks")).to_be_in_viewport()
