"""Mail to contact lists: who gets it, and the way out of a list that works."""

from __future__ import annotations

import email
import email.policy
import re
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

SENDER = "sender@lists.example"
TOPICS = [
    {"TopicName": "daily", "DisplayName": "Daily", "DefaultSubscriptionStatus": "OPT_IN"},
    {"TopicName": "offers", "DisplayName": "Offers", "DefaultSubscriptionStatus": "OPT_OUT"},
]


@pytest.fixture
def news(lab):
    lab.production()
    lab.verify("lists.example")
    lab.sesv2.create_contact_list(ContactListName="news", Topics=TOPICS)
    return lab


def send(lab, *to, topic="daily", html="<p>x</p>", name="news", headers=()):
    options = {"ContactListName": name} | ({"TopicName": topic} if topic else {})
    return lab.sesv2.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": list(to)},
        Content={
            "Simple": {
                "Subject": {"Data": "s"},
                "Body": {"Html": {"Data": html}, "Text": {"Data": "bye: {{amazonSESUnsubscribeUrl}}"}},
                "Headers": list(headers),
            }
        },
        ListManagementOptions=options,
    )["MessageId"]


def fates(lab, message_id):
    return {state.recipient: state.outcome.value for state in lab.settled(message_id)}


def mail(lab, message_id):
    id = lab.wait(message_id=message_id)["id"]
    return email.message_from_bytes(lab.get(f"/_ses/api/messages/{id}/raw"), policy=email.policy.default)


def link(message):
    """The path of the message's https or http way out."""
    url = re.match(r"<(https?://[^>]+)>, <mailto:[^>]+>\Z", re.sub(r"\s+", " ", message["List-Unsubscribe"])).group(1)
    return urlsplit(url).path


def contact(lab, address):
    return lab.sesv2.get_contact(ContactListName="news", EmailAddress=address)


def test_an_unknown_recipient_becomes_a_contact_with_the_defaults_of_the_topics(news):
    assert fates(news, send(news, "new@reader.example")) == {"new@reader.example": "DELIVERED"}
    found = contact(news, "new@reader.example")
    assert (found["TopicPreferences"], found["UnsubscribeAll"]) == ([], False)
    assert fates(news, send(news, "other@reader.example", topic="offers")) == {"other@reader.example": "UNSUBSCRIBED"}
    assert contact(news, "other@reader.example")["UnsubscribeAll"] is False


def test_who_opted_out_gets_nothing_and_the_others_do(news):
    create = news.sesv2.create_contact
    create(ContactListName="news", EmailAddress="gone@reader.example", UnsubscribeAll=True)
    said = [{"TopicName": "daily", "SubscriptionStatus": "OPT_OUT"}]
    create(ContactListName="news", EmailAddress="no-daily@reader.example", TopicPreferences=said)
    everybody = ("gone@reader.example", "no-daily@reader.example", "in@reader.example")
    message_id = send(news, *everybody)
    assert fates(news, message_id) == dict(zip(everybody, ("UNSUBSCRIBED", "UNSUBSCRIBED", "DELIVERED"), strict=True))
    assert news.api("GET", f"messages?message_id={message_id}")["total"] == 1
    assert mail(news, message_id)["List-Unsubscribe"] is None
    to_all = fates(news, send(news, "gone@reader.example", "no-daily@reader.example", topic=None))
    assert to_all == {"gone@reader.example": "UNSUBSCRIBED", "no-daily@reader.example": "DELIVERED"}
    assert news.ses.get_send_quota()["SentLast24Hours"] == 5.0


def test_list_and_topic_must_exist_and_nothing_is_sent_or_charged_otherwise(news):
    for options, status, text in (
        ({"name": "ghost"}, 404, "List with name: ghost doesn't exist."),
        ({"topic": "ghost"}, 400, "List: news doesn't contain Topic: ghost"),
    ):
        with pytest.raises(ClientError) as problem:
            send(news, "new@reader.example", **options)
        answer = problem.value.response
        assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]) == (status, text)
    assert news.ses.get_send_quota()["SentLast24Hours"] == 0.0
    assert news.sesv2.list_contacts(ContactListName="news")["Contacts"] == []


def test_the_way_out_is_in_headers_text_and_html_twice_at_most_and_replaces_the_senders_own(news):
    html = "<a href='{{amazonSESUnsubscribeUrl}}'>1</a> {{amazonSESUnsubscribeUrl}} {{amazonSESUnsubscribeUrl}}"
    own = [{"Name": "List-Unsubscribe", "Value": "<https://mine.example/>"}]
    message = mail(news, send(news, "a@reader.example", html=html, headers=own))
    assert message.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    assert len(message.get_all("List-Unsubscribe")) == 1
    path = link(message)
    text, rich = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert text.count(f"{news.endpoint}{path}") == 1
    assert rich.count(f"{news.endpoint}{path}") == 2
    assert rich.count("{{amazonSESUnsubscribeUrl}}") == 1
    verdict = news.api("GET", f"messages/{news.wait(to='a@reader.example')['id']}")["authentication"]
    assert {one["result"] for one in verdict["dkim"]} == {"pass"}


def test_opening_the_link_changes_nothing_and_its_button_leaves_the_topic(news, ask):
    path = link(mail(news, send(news, "a@reader.example")))
    shown = ask(news, "GET", path)
    assert shown.status == 200
    assert b"a@reader.example" in shown.body
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert contact(news, "a@reader.example")["TopicPreferences"] == []
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(news, "POST", path, b"from=topic", form).status == 200
    assert contact(news, "a@reader.example")["TopicPreferences"] == [
        {"TopicName": "daily", "SubscriptionStatus": "OPT_OUT"}
    ]
    assert contact(news, "a@reader.example")["UnsubscribeAll"] is False
    assert fates(news, send(news, "a@reader.example")) == {"a@reader.example": "UNSUBSCRIBED"}
    assert ask(news, "POST", path, b"from=all", form).status == 200
    assert contact(news, "a@reader.example")["UnsubscribeAll"] is True


def test_one_click_of_a_mail_program_unsubscribes_from_anywhere(news, ask):
    path = link(mail(news, send(news, "a@reader.example", topic=None)))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": "https://mail.example",
        "Sec-Fetch-Site": "cross-site",
    }
    for _ in range(2):
        assert ask(news, "POST", path, b"List-Unsubscribe=One-Click", headers).status == 200
    assert contact(news, "a@reader.example")["UnsubscribeAll"] is True


def test_a_changed_link_or_one_whose_contact_is_gone_does_nothing(news, ask):
    path = link(mail(news, send(news, "a@reader.example")))
    head, _, token = path.rpartition("/")
    other = "B" if token[0] == "A" else "A"
    for bad in (token[:-2], other + token[1:], "%00", "%FF%FE", "x" * 3000, "a=b", "<script>"):
        for method in ("GET", "POST"):
            answer = ask(news, method, f"{head}/{bad}", b"" if method == "POST" else None)
            assert answer.status == 404
            assert b"<script>" not in answer.body
    assert contact(news, "a@reader.example")["TopicPreferences"] == []
    news.sesv2.delete_contact(ContactListName="news", EmailAddress="a@reader.example")
    assert ask(news, "POST", path, b"").status == 404


def test_the_header_of_a_raw_message_does_the_same_and_does_not_leave(news):
    raw = (
        f"From: {SENDER}\r\nTo: Reader <raw@Reader.example>\r\nSubject: s\r\n"
        "X-SES-LIST-MANAGEMENT-OPTIONS: news; topic=daily\r\nList-Unsubscribe: <https://mine.example/>\r\n"
        "Content-Type: text/plain\r\n\r\nbye {{amazonSESUnsubscribeUrl}}\r\n"
    )
    message = mail(news, news.ses.send_raw_email(RawMessage={"Data": raw.encode()})["MessageId"])
    assert "X-SES-LIST-MANAGEMENT-OPTIONS" not in message
    assert f"{news.endpoint}{link(message)}" in message.get_content()
    news.sesv2.update_contact(ContactListName="news", EmailAddress="raw@reader.example", UnsubscribeAll=True)
    message_id = news.ses.send_raw_email(RawMessage={"Data": raw.encode()})["MessageId"]
    assert set(fates(news, message_id).values()) == {"UNSUBSCRIBED"}
    with pytest.raises(ClientError) as problem:
        news.ses.send_raw_email(RawMessage={"Data": raw.replace("news;", "ghost;").encode()})
    assert problem.value.response["Error"]["Message"] == "List with name: ghost doesn't exist."
