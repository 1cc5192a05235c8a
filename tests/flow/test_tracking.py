"""Opens and clicks of a mail, from SendEmail to the events in a queue: its pixel is fetched and its links are followed
as a mail program would, with plain HTTP."""

from __future__ import annotations

import email
import email.message
import email.policy
import html
import json
import re
import smtplib
import ssl
from http.client import HTTPConnection
from urllib.parse import quote, unquote, urlsplit

import pytest

from emulator.smtp.credentials import password

TARGET = "https://shop.example/a%20b/?x=1&y=%2F"
HTML = (
    '<html><body><A HREF="https://shop.example/a%20b/?x=1&amp;y=%2F" ses:tags="place:top;kind:a;kind:b;">Shop</A>\r\n'
    '<a ses:no-track href="https://quiet.example/">é</a> <a href="mailto:x@y.example">m</a></body></html>\r\n'
)
TEXT = "https://shop.example/ as it is"
AGENT = "Mozilla/5.0 (Test)"
OPEN_AND_CLICK = ("OPEN", "CLICK")


@pytest.fixture
def sender(lab):
    lab.verify("track.example")
    lab.production()
    return lab


def published(lab, name: str, *types: str) -> str:
    """A configuration set whose events of these types come into a queue: its URL."""
    queue = lab.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    topic = lab.client("sns").create_topic(Name=name)["TopicArn"]
    arn = f"arn:aws:sqs:{lab.region}:{lab.account}:{name}"
    lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    lab.sesv2.create_configuration_set(ConfigurationSetName=name)
    destination = {"Enabled": True, "MatchingEventTypes": list(types), "SnsDestination": {"TopicArn": topic}}
    lab.sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=name, EventDestinationName="d", EventDestination=destination
    )
    return queue


def events(lab, queue: str, count: int) -> list[dict]:
    """So many events, as soon as they are there, by the order in which they happened."""
    found: list[dict] = []

    def all_there() -> bool:
        for one in lab.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            lab.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
            if one["Body"].startswith("{"):
                found.append(json.loads(one["Body"]))
        return len(found) >= count

    lab.until(all_there)
    assert len(found) == count
    return found


def sent(lab, configuration_set: str | None, to: str = "reader@here.example", markup: str = HTML):
    """The captured mail, and its parts by type."""
    options = {} if configuration_set is None else {"ConfigurationSetName": configuration_set}
    body = {"Text": {"Data": TEXT}, "Html": {"Data": markup}}
    lab.sesv2.send_email(
        FromEmailAddress="me@track.example",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": body}},
        **options,
    )
    return came(lab, to)


def came(lab, to: str):
    mail = lab.wait(to=to)
    parsed = email.message_from_bytes(lab.get(f"/_ses/api/messages/{mail['id']}/raw"), policy=email.policy.default)
    return mail, {part.get_content_type(): part.get_content() for part in parsed.walk() if not part.is_multipart()}


def addresses(markup: str) -> tuple[list[str], list[str]]:
    """Of pixels, and of links."""
    return (
        [html.unescape(one) for one in re.findall(r'<img alt="" src="([^"]*)"', markup)],
        [html.unescape(one) for one in re.findall(r'<a\b[^>]*href="([^"]*)"', markup, re.IGNORECASE)],
    )


def ask(address: str, method: str = "GET", **headers: str):
    """Status, headers and body; redirects are not followed."""
    place = urlsplit(address)
    connection = HTTPConnection(place.netloc, timeout=30)
    try:
        connection.request(method, address.partition(place.netloc)[2], headers={"User-Agent": AGENT, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_an_open_and_a_click_are_told(sender):
    queue = published(sender, "tracked", *OPEN_AND_CLICK)
    mail, parts = sent(sender, "tracked")
    (pixel,), (shop, quiet, mailto) = addresses(parts["text/html"])
    assert (quiet, mailto) == ("https://quiet.example/", "mailto:x@y.example")
    assert "ses:" not in parts["text/html"]
    assert parts["text/plain"].strip() == TEXT
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}

    status, headers, body = ask(pixel)
    assert (status, headers["Content-Type"], len(body), body[:6]) == (200, "image/gif", 43, b"GIF89a")
    assert "no-store" in headers["Cache-Control"]
    (opened,) = events(sender, queue, 1)
    status, headers, _ = ask(shop)
    assert (status, headers["Location"]) == (302, TARGET)
    (clicked,) = events(sender, queue, 1)

    assert list(opened) == ["eventType", "mail", "open"]
    assert opened["eventType"] == "Open"
    assert opened["open"] == {
        "timestamp": opened["open"]["timestamp"],
        "userAgent": AGENT,
        "ipAddress": "127.0.0.1",
    }
    assert clicked["eventType"] == "Click"
    assert clicked["click"] == {
        "ipAddress": "127.0.0.1",
        "timestamp": clicked["click"]["timestamp"],
        "userAgent": AGENT,
        "link": TARGET,
        "linkTags": {"place": ["top"], "kind": ["a", "b"]},
    }
    for one in (opened, clicked):
        assert one["mail"]["destination"] == ["reader@here.example"]
        assert one["mail"]["tags"]["ses:configuration-set"] == ["tracked"]
        assert one["mail"]["commonHeaders"]["subject"] == "s"


def test_addresses_have_the_forms_of_ses(sender):
    published(sender, "forms", *OPEN_AND_CLICK)
    mail, parts = sent(sender, "forms")
    (pixel,), (shop, *_) = addresses(parts["text/html"])
    own, id = re.escape(sender.endpoint), re.escape(mail["message_id"])
    assert re.fullmatch(rf"{own}/I0/{id}/[A-Za-z0-9_-]{{27}}=\d+", pixel)
    target = re.escape("https:%2F%2Fshop.example%2Fa%2520b%2F%3Fx=1%26y=%252F")
    assert re.fullmatch(rf"{own}/L0/{target}/1/{id}/[A-Za-z0-9_-]+=\d+", shop)

    sender.sesv2.put_configuration_set_tracking_options(
        ConfigurationSetName="forms", CustomRedirectDomain="track.example"
    )
    mail, parts = sent(sender, "forms", "second@here.example")
    (pixel,), (shop, *_) = addresses(parts["text/html"])
    id = re.escape(mail["message_id"])
    assert re.fullmatch(rf"{own}/CI0/{id}/[A-Za-z0-9_-]{{43}}=\d+", pixel)
    assert re.fullmatch(rf"{own}/CL0/{target}/1/{id}/[A-Za-z0-9_-]+=\d+", shop)
    assert ask(pixel)[0] == 200
    assert ask(shop)[1]["Location"] == TARGET


def test_only_what_a_set_asks_for_is_tracked(sender):
    published(sender, "opens", "OPEN")
    published(sender, "clicks", "CLICK")
    published(sender, "neither", "SEND")
    seen = {}
    for number, name in enumerate(("opens", "clicks", "neither", None, "opens")):
        _, parts = sent(sender, name, f"r{number}@here.example")
        pixels, links = addresses(parts["text/html"])
        seen[number] = (len(pixels), links[0].startswith(sender.endpoint))
        if number in (2, 3):
            assert parts["text/html"].replace("\r\n", "\n") == HTML.replace("\r\n", "\n")
    assert seen == {0: (1, False), 1: (0, True), 2: (0, False), 3: (0, False), 4: (1, False)}


def test_engagement_metrics_mark_mail_that_nobody_is_told_of(sender):
    sender.sesv2.create_configuration_set(
        ConfigurationSetName="vdm", VdmOptions={"DashboardOptions": {"EngagementMetrics": "ENABLED"}}
    )
    _, parts = sent(sender, "vdm")
    (pixel,), (shop, *_) = addresses(parts["text/html"])
    assert ask(pixel)[0] == 200
    assert ask(shop)[1]["Location"] == TARGET


def test_a_raw_message_of_smtps_kind_keeps_all_but_its_html(sender):
    queue = published(sender, "raw", *OPEN_AND_CLICK)
    encoded = quote(HTML)  # to tell the attachment from the part
    data = (
        "From: me@track.example\r\nTo: raw@here.example\r\nSubject: s\r\nX-SES-CONFIGURATION-SET: raw\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b=1"\r\n\r\npreamble\r\n--b=1\r\n'
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        '<p>caf=C3=A9 =\r\n<a href=3D"https://x.example/?a=3D1">x</a></p>\r\n--b=1\r\n'
        "Content-Type: text/html; name=file.html\r\nContent-Disposition: attachment; filename=file.html\r\n\r\n"
        f'<a href="https://x.example/">{encoded}</a>\r\n--b=1--\r\nepilogue\r\n'
    )
    sender.ses.send_raw_email(RawMessage={"Data": data.encode()})
    mail = sender.wait(to="raw@here.example")
    raw = sender.get(f"/_ses/api/messages/{mail['id']}/raw").decode()
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}
    assert f'\r\n\r\n<a href="https://x.example/">{encoded}</a>\r\n--b=1--\r\nepilogue' in raw
    assert "\r\n\r\npreamble\r\n--b=1\r\n" in raw
    parsed = email.message_from_string(raw, policy=email.policy.default)
    markup = next(parsed.iter_parts()).get_content()
    (pixel,), (link,) = addresses(markup)
    assert re.sub(r'href="[^"]*"|<img [^>]*>', "", markup) == "<p>café <a >x</a></p>\n".replace("\n", "")
    assert unquote(urlsplit(link).path.split("/")[2]) == "https://x.example/?a=1"
    ask(link)
    ask(pixel)
    assert sorted(one["eventType"] for one in events(sender, queue, 2)) == ["Click", "Open"]


def test_templates_may_say_where_the_pixel_stands(sender):
    published(sender, "placed", "OPEN")
    sender.sesv2.create_email_template(
        TemplateName="placed",
        TemplateContent={"Subject": "s", "Html": "<p>{{ses:openTracker}}</p>{{name}}"},
    )
    sender.sesv2.send_email(
        FromEmailAddress="me@track.example",
        Destination={"ToAddresses": ["placed@here.example"]},
        Content={"Template": {"TemplateName": "placed", "TemplateData": '{"name": "Ann"}'}},
        ConfigurationSetName="placed",
    )
    _, parts = came(sender, "placed@here.example")
    assert re.fullmatch(r'<p><img alt="" [^>]*></p>Ann\s*', parts["text/html"])


@pytest.mark.parametrize("change", ["target", "number", "id", "token", "no token", "kind", "own domain"])
def test_nobody_is_led_where_no_mail_led(sender, change):
    published(sender, "forged", *OPEN_AND_CLICK)
    _, parts = sent(sender, "forged")
    _, (shop, *_) = addresses(parts["text/html"])
    before, number, id, token = shop.rsplit("/", 3)
    forged = {
        "target": f"{sender.endpoint}/L0/https:%2F%2Fevil.example/{number}/{id}/{token}",
        "number": f"{before}/2/{id}/{token}",
        "id": f"{before}/{number}/{id[:-1]}1/{token}",
        "token": f"{before}/{number}/{id}/{'A' * 27}=452",
        "no token": f"{before}/{number}/{id}/%FF%00",
        "kind": f"{sender.endpoint}/I0/{id}/{token}",
        "own domain": shop.replace("/L0/", "/CL0/"),
    }[change]
    status, headers, _ = ask(forged)
    assert (status, headers["Location"]) == (404, None)
    assert ask(shop)[0] == 302


def test_what_is_no_visit_is_not_counted(sender):
    queue = published(sender, "visits", *OPEN_AND_CLICK)
    _, parts = sent(sender, "visits")
    (pixel,), (shop, *_) = addresses(parts["text/html"])
    assert ask(pixel, "HEAD")[::2] == (200, b"")
    assert ask(shop, "HEAD")[0] == 302
    assert ask(shop, **{"Sec-Purpose": "prefetch;prerender"})[0] == 302
    # The slashes of the target, as some programs write them; from a page of somebody else's mail program.
    slashes = shop.replace("%2F", "/", 2)
    reader = {"Sec-Fetch-Site": "cross-site", "Referer": "https://mail.example/", "User-Agent": "a reader"}
    status, headers, _ = ask(slashes, **reader)
    assert (status, headers["Location"]) == (302, TARGET)
    assert [one["click"]["userAgent"] for one in events(sender, queue, 1)] == ["a reader"]


def test_a_link_leads_on_when_its_set_or_its_mail_is_gone(another):
    lab = another()
    lab.verify("track.example")
    lab.production()
    published(lab, "gone", *OPEN_AND_CLICK)
    _, parts = sent(lab, "gone")
    (pixel,), (shop, *_) = addresses(parts["text/html"])
    lab.sesv2.delete_configuration_set(ConfigurationSetName="gone")
    assert (ask(pixel)[0], ask(shop)[0]) == (200, 302)
    lab.api("POST", f"reset?account={lab.account}")
    assert (ask(pixel)[0], ask(shop)[0]) == (200, 302)


@pytest.mark.parametrize(
    "path", ["/I0/", "/I0/x", "/L0/", "/L0//", "/CL0/a/b/c/d/e", "/CI0/%00/%ff", "/L0/" + "a/" * 999]
)
def test_any_path_has_an_answer(lab, path):
    assert ask(f"{lab.endpoint}{path}")[0] in (400, 403, 404)


def test_reading_in_the_inbox_opens_nothing(sender):
    queue = published(sender, "inbox", *OPEN_AND_CLICK)
    mail, parts = sent(sender, "inbox")
    where = f"{sender.endpoint}/_ses/messages/{mail['id']}"
    assert ask(where)[0] == 200
    status, headers, frame = ask(f"{where}/html")
    assert status == 200
    assert b"/I0/" in frame
    # The frame's policy is what keeps a browser from fetching the pixel.
    assert re.search(r"img-src ([^;]*)", headers["Content-Security-Policy"])[1].strip() == "data:"
    (pixel,), _ = addresses(parts["text/html"])
    ask(pixel, **{"User-Agent": "after reading"})
    (opened,) = events(sender, queue, 1)
    assert opened["open"]["userAgent"] == "after reading"


def test_a_call_may_decide_before_its_set(sender):
    published(sender, "decided", "OPEN")
    body = {"Html": {"Data": HTML}}
    sender.sesv2.send_email(
        FromEmailAddress="me@track.example",
        Destination={"ToAddresses": ["decided@here.example"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": body}},
        ConfigurationSetName="decided",
        ConfigurationOverrides={"Tracking": {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "ENABLED"}},
    )
    _, parts = came(sender, "decided@here.example")
    pixels, links = addresses(parts["text/html"])
    assert (pixels, links[0].startswith(f"{sender.endpoint}/L0/")) == ([], True)


def test_mail_by_smtp_to_a_list_is_tracked_but_for_the_way_out_of_the_list(sender):
    queue = published(sender, "smtp", *OPEN_AND_CLICK)
    sender.sesv2.create_contact_list(ContactListName="readers")
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    for name, value in {
        "From": "me@track.example",
        "To": "smtp@here.example",
        "Subject": "s",
        "X-SES-CONFIGURATION-SET": "smtp",
        "X-SES-LIST-MANAGEMENT-OPTIONS": "readers",
    }.items():
        message[name] = value
    markup = '<a href="{{amazonSESUnsubscribeUrl}}">leave</a> <a href="https://shop.example/é">no</a> '
    message.set_content(f'{markup}<a href="https://shop.example/">shop</a>', subtype="html")
    host, _, port = sender.addresses.smtps.rpartition(":")
    context = ssl._create_unverified_context()
    with smtplib.SMTP_SSL(host, int(port), timeout=30, context=context) as client:
        client.login(sender.account, password("test", sender.region))
        client.send_message(message)
    mail, parts = came(sender, "smtp@here.example")
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}
    (pixel,), (leave, invalid, shop) = addresses(parts["text/html"])
    field = dict(mail["headers"])["List-Unsubscribe"]
    assert field.startswith(f"<{leave}>, <mailto:")
    assert invalid == "https://shop.example/é"
    assert ask(shop)[1]["Location"] == "https://shop.example/"
    assert ask(pixel)[0] == 200
    assert sorted(one["eventType"] for one in events(sender, queue, 2)) == ["Click", "Open"]
