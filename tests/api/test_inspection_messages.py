"""The captured mails in the inspection API: listed, filtered, paged, waited for, read whole, deleted."""

from __future__ import annotations

import threading
import time
from urllib.parse import urlencode

import pytest

SENDER = "sender@inspect.example"
DOMAIN = "inspect.example"


@pytest.fixture
def ready(lab):
    """An account that may send from the domain to anyone."""
    lab.verify(DOMAIN)
    lab.production()
    return lab


@pytest.fixture
def three(fresh):
    """An emulator of its own that has captured, in this order, Ice, Snow and (of another account and region) Far."""
    lab = fresh(auto_verify=True, production=True)
    other = type(lab)(lab.emulator, "111122223333", "eu-west-1")
    lab.mails = {}
    for who, source, to, subject, text in (
        (lab, SENDER, "anna@here.example", "Drift ice", "100% of_the sea"),
        (lab, "Winter <snow@inspect.example>", "bert@here.example", "Snow", "The SEA is white: \u00c5NGSTR\u00d6M"),
        (other, "far@inspect.example", "anna@here.example", "Far", "away"),
    ):
        who.ses.verify_domain_identity(Domain=DOMAIN)
        lab.mails[subject] = who.wait(message_id=who.send(source, to, subject=subject, text=text))
    return lab


def subjects(lab, **wanted):
    found = lab.api("GET", "messages?" + urlencode(wanted))
    assert found["total"] == len(found["messages"])
    assert found["next"] is None
    return [mail["subject"] for mail in found["messages"]]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["Far", "Snow", "Drift ice"]),
        ({"to": "anna@here.example"}, ["Far", "Drift ice"]),
        ({"to": "ANNA"}, ["Far", "Drift ice"]),
        ({"from": "snow@"}, ["Snow"]),
        ({"from": "winter"}, ["Snow"]),
        ({"subject": "ICE"}, ["Drift ice"]),
        ({"text": "sea"}, ["Snow", "Drift ice"]),
        ({"text": "0% of_the"}, ["Drift ice"]),
        ({"text": "0_ of"}, []),
        ({"text": "\u00e5ngstr\u00f6m"}, ["Snow"]),
        ({"q": "snow@"}, ["Snow"]),
        ({"q": "bert"}, ["Snow"]),
        ({"q": "far"}, ["Far"]),
        ({"q": "white"}, ["Snow"]),
        ({"q": "hite"}, []),
        ({"q": "sea -white"}, ["Drift ice"]),
        ({"q": '"the sea" from:winter'}, ["Snow"]),
        ({"q": "to:anna"}, ["Far", "Drift ice"]),
        ({"q": "to:anna", "region": "eu-west-1"}, ["Far"]),
        ({"q": "is:unread dkim:pass spf:pass via:yes !from:far@inspect.example"}, ["Snow", "Drift ice"]),
        ({"q": "dkim:fail"}, []),
        ({"q": "is:read"}, []),
        ({"q": "http://x"}, []),
        ({"region": "eu-west-1"}, ["Far"]),
        ({"region": "us-east-1"}, []),
        ({"account": "123456789012"}, ["Snow", "Drift ice"]),
        ({"message_id": "no-such"}, []),
        ({"to": "anna", "region": "ap-northeast-1"}, ["Drift ice"]),
        ({"to": "anna", "subject": "snow"}, []),
        (
            {"to": "", "subject": "", "q": "", "region": "", "account": "", "message_id": ""},
            ["Far", "Snow", "Drift ice"],
        ),
        ({"text": "'; DROP TABLE captured; --"}, []),
    ],
)
def test_filters_alone_and_together(three, wanted, expected):
    assert subjects(three, **wanted) == expected


def test_the_filters_agree_in_list_wait_and_delete(three):
    mail = three.mails["Snow"]
    everything = {
        "to": "bert",
        "from": "winter",
        "subject": "snow",
        "text": "white",
        "q": "snow",
        "region": three.region,
        "account": three.account,
        "message_id": mail["message_id"],
    }
    assert subjects(three, **everything) == ["Snow"]
    assert three.api("GET", "messages/wait?timeout=0&" + urlencode(everything))["id"] == mail["id"]
    for name in everything:
        wrong = everything | {name: "zzz"}
        assert subjects(three, **wrong) == [], name
        assert three.raw_api("GET", "messages/wait?timeout=0&" + urlencode(wrong))[0] == 404, name
        assert three.api("DELETE", "messages?" + urlencode(wrong)) == {"deleted": 0}, name
    assert three.api("DELETE", "messages?" + urlencode(everything)) == {"deleted": 1}
    assert subjects(three) == ["Far", "Drift ice"]
    assert three.api("DELETE", "messages") == {"deleted": 2}
    assert subjects(three) == []


@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        ("is:green", "is: knows unread and read."),
        ("snow before:yesterday", "before: needs a date as 2026-01-31 or a time as 2026-01-31T09:30."),
        ("from:", "from: needs a value right after the colon."),
        ("***", "This search holds no letter, digit or symbol to look for."),
    ],
)
def test_a_search_that_cannot_be_meant_is_answered_with_a_sentence_and_deletes_nothing(three, q, sentence):
    asked = urlencode({"q": q})
    for method, path in (
        ("GET", "messages"),
        ("GET", "messages/wait"),
        ("DELETE", "messages"),
        ("POST", "messages/read"),
    ):
        status, answer = three.raw_api(method, f"{path}?{asked}")
        assert (status, answer) == (400, {"error": {"code": "BadRequest", "message": sentence}})
    assert len(subjects(three)) == 3


def test_mails_are_unread_until_somebody_marks_them(three):
    snow, ice = three.mails["Snow"]["id"], three.mails["Drift ice"]["id"]
    assert three.api("GET", f"messages/{snow}")["unread"]
    assert subjects(three, q="is:unread") == ["Far", "Snow", "Drift ice"]
    assert three.api("POST", "messages/read", {"ids": [snow, ice, "999999"]}) == {"changed": 2}
    assert three.api("POST", "messages/read", {"ids": [snow]}) == {"changed": 0}
    assert not three.api("GET", f"messages/{snow}")["unread"]
    assert subjects(three, q="is:unread") == ["Far"]
    assert three.api("POST", "messages/read?q=sea+white", {"unread": True}) == {"changed": 1}
    assert subjects(three, q="is:unread") == ["Far", "Snow"]
    assert three.api("POST", "messages/read?account=111122223333") == {"changed": 1}
    assert subjects(three, q="is:read") == ["Far", "Drift ice"]
    assert three.api("POST", "messages/read") == {"changed": 1}
    assert subjects(three, q="is:unread") == []
    assert three.api("DELETE", "messages?q=is:read+-far") == {"deleted": 2}
    assert subjects(three) == ["Far"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages/read?form=snow", None),
        ("messages/read?q=snow", {"ids": ["1"]}),
        ("messages/read", {"ids": "1"}),
        ("messages/read", {"ids": None}),
        ("messages/read", {"ids": [1]}),
        ("messages/read", {"ids": ["-1"]}),
        ("messages/read", {"ids": ["1" * 19]}),
        ("messages/read", {"unread": "yes"}),
        ("messages/read", {"id": ["1"]}),
        ("messages/read", []),
    ],
)
def test_a_mistaken_mark_marks_nothing(three, path, body):
    status, answer = three.raw_api("POST", path, body)
    assert (status, answer["error"]["code"]) == (400, "BadRequest")
    assert len(subjects(three, q="is:unread")) == 3


def test_a_mistyped_filter_deletes_nothing(three):
    status, answer = three.raw_api("DELETE", "messages?form=snow")
    assert (status, answer["error"]["code"]) == (400, "BadRequest")
    assert len(subjects(three)) == 3


def test_one_message_is_deleted_by_its_id(three):
    gone = three.mails["Snow"]["id"]
    assert three.api("DELETE", f"messages/{gone}") == {"deleted": 1}
    assert three.raw_api("DELETE", f"messages/{gone}")[0] == 404
    assert three.raw_api("GET", f"messages/{gone}")[0] == 404
    assert subjects(three) == ["Far", "Drift ice"]


def test_pages_follow_each_other_by_cursor_and_new_mail_does_not_shift_them(ready):
    for number in range(5):
        ready.wait(message_id=ready.send(SENDER, "page@here.example", subject=f"page {number}"))
    wanted = f"messages?account={ready.account}&to=page@here.example&limit=2"
    first = ready.api("GET", wanted)
    assert [mail["subject"] for mail in first["messages"]] == ["page 4", "page 3"]
    ready.wait(message_id=ready.send(SENDER, "page@here.example", subject="page 5"))
    second = ready.api("GET", f"{wanted}&cursor={first['next']}")
    assert [mail["subject"] for mail in second["messages"]] == ["page 2", "page 1"]
    third = ready.api("GET", f"{wanted}&cursor={second['next']}")
    assert [mail["subject"] for mail in third["messages"]] == ["page 0"]
    assert third["next"] is None
    assert [page["total"] for page in (first, second, third)] == [5, 6, 6]


def test_a_full_last_page_has_no_next(ready):
    for number in range(2):
        ready.wait(message_id=ready.send(SENDER, "full@here.example", subject=f"full {number}"))
    assert ready.api("GET", f"messages?account={ready.account}&to=full@&limit=2")["next"] is None


def test_wait_answers_at_once_with_what_is_there(ready):
    message_id = ready.send(SENDER, "now@here.example")
    ready.settled(message_id)
    sent = ready.wait(message_id=message_id)
    before = time.monotonic()
    found = ready.api("GET", f"messages/wait?to=now@here.example&account={ready.account}&timeout=50")
    assert time.monotonic() - before < 40
    assert found == ready.api("GET", f"messages/{sent['id']}")


def test_wait_answers_when_the_mail_comes_and_many_may_wait(ready):
    answers = []
    waiting = [
        threading.Thread(target=lambda: answers.append(ready.wait(to="later@here.example", timeout=20)))
        for _ in range(12)
    ]
    for one in waiting:
        one.start()
    assert answers == []
    message_id = ready.send(SENDER, "later@here.example")
    for one in waiting:
        one.join(20)
    assert [mail["message_id"] for mail in answers] == [message_id] * 12


def test_wait_says_404_in_json_when_time_is_up(lab):
    before = time.monotonic()
    status, answer = lab.raw_api("GET", "messages/wait?to=nobody@never.example&timeout=0.3")
    assert 0.3 <= time.monotonic() - before < 5
    assert status == 404
    assert answer == {"error": {"code": "NotFound", "message": "No such mail came within 0.3 s."}}


def test_wait_with_after_passes_over_what_was_there(ready):
    old = ready.wait(message_id=ready.send(SENDER, "again@here.example"))
    query = f"messages/wait?to=again@here.example&account={ready.account}&after={old['id']}"
    assert ready.raw_api("GET", f"{query}&timeout=0")[0] == 404
    message_id = ready.send(SENDER, "again@here.example")
    new = ready.api("GET", f"{query}&timeout=20")
    assert new["message_id"] == message_id
    assert int(new["id"]) > int(old["id"])


def test_more_than_can_wait_are_told_so_and_the_others_go_on(fresh):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    statuses = []

    def wait():
        statuses.append(lab.raw_api("GET", "messages/wait?to=crowd@here.example&timeout=20")[0])

    waiting = [threading.Thread(target=wait) for _ in range(17)]
    for one in waiting:
        one.start()
    lab.until(lambda: statuses, within=10)
    assert statuses == [429]
    assert lab.api("GET", "health")["status"] == "ok"
    lab.ses.verify_domain_identity(Domain=DOMAIN)
    lab.send(SENDER, "crowd@here.example")
    for one in waiting:
        one.join(20)
    assert sorted(statuses) == [200] * 16 + [429]
    assert lab.raw_api("GET", "messages/wait?to=nobody@&timeout=0")[0] == 404


def test_a_message_has_the_members_of_the_contract(ready):
    message_id = ready.sesv2.send_email(
        FromEmailAddress=f"Sender <{SENDER}>",
        Destination={"ToAddresses": ["A <a@here.example>"], "CcAddresses": ["c@here.example"]},
        ReplyToAddresses=["reply@inspect.example"],
        Content={
            "Simple": {
                "Subject": {"Data": "Drift \u6d41\u6c37"},
                "Body": {"Text": {"Data": "text \u6d41"}, "Html": {"Data": "<p>html</p>"}},
            }
        },
    )["MessageId"]
    mail = ready.wait(message_id=message_id, to="a@here.example")
    raw = ready.get(f"/_ses/api/messages/{mail['id']}/raw")
    assert {
        "id",
        "message_id",
        "account",
        "region",
        "received_at",
        "envelope",
        "from",
        "to",
        "cc",
        "reply_to",
        "subject",
        "text",
        "html",
        "headers",
        "attachments",
        "attachments_count",
        "unread",
        "size",
        "authentication",
        "display",
    } <= mail.keys()
    assert mail["message_id"] == message_id
    assert (mail["account"], mail["region"]) == (ready.account, ready.region)
    assert mail["envelope"].keys() == {"mail_from", "rcpt_to", "client_ip"}
    assert (mail["from"], mail["to"], mail["cc"]) == (f"Sender <{SENDER}>", ["A <a@here.example>"], ["c@here.example"])
    assert mail["reply_to"] == ["reply@inspect.example"]
    assert (mail["subject"], mail["text"].strip(), mail["html"].strip()) == (
        "Drift \u6d41\u6c37",
        "text \u6d41",
        "<p>html</p>",
    )
    assert mail["size"] == len(raw)
    assert (mail["attachments"], mail["attachments_count"], mail["unread"]) == ([], 0, True)
    names = [name for name, value in mail["headers"]]
    assert names[0] == "Return-Path"
    assert names.count("DKIM-Signature") == 2
    assert ["Subject", "Drift \u6d41\u6c37"] in mail["headers"]
    authentication = mail["authentication"]
    assert authentication.keys() == {"spf", "dkim", "dmarc", "header"}
    assert authentication["spf"].keys() == {"result", "domain", "client_ip"}
    assert [one.keys() for one in authentication["dkim"]] == [
        {"result", "domain", "selector", "identity", "reason"}
    ] * 2
    assert authentication["dmarc"].keys() == {"result", "policy", "aligned_by"}
    assert authentication["header"].split()[0] == "mx.google.com;"
    assert mail["display"] == {
        "mailed_by": "ap-northeast-1.amazonses.com",
        "signed_by": DOMAIN,
        "via": None,
    }
    line = next(
        one for one in ready.api("GET", f"messages?message_id={message_id}")["messages"] if one["id"] == mail["id"]
    )
    assert line == {name: mail[name] for name in line}
    assert not {"text", "html", "headers", "attachments"} & line.keys()


def test_a_strangers_mail_belongs_to_nobody(lab, post):
    mail = post(lab, "From: x@away.example\r\nSubject: \u6d41\u6c37\r\n\r\nhi\r\n".encode(), to="nobody1@here.example")
    assert (mail["message_id"], mail["account"], mail["region"]) == (None, None, None)
    assert mail["subject"] == "\u6d41\u6c37"
    assert mail["envelope"] == {
        "mail_from": "stranger@away.example",
        "rcpt_to": ["nobody1@here.example"],
        "client_ip": "127.0.0.1",
    }
