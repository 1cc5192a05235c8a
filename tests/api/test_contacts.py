"""Contact lists, topics and contacts through boto3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.refusals import refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "contacts.json").read_text("utf-8"))
DAILY = {"TopicName": "daily", "DisplayName": "Daily news", "DefaultSubscriptionStatus": "OPT_IN"}
OFFERS = {
    "TopicName": "offers",
    "DisplayName": "Offers",
    "Description": "What is cheap",
    "DefaultSubscriptionStatus": "OPT_OUT",
}


def with_list(lab):
    lab.sesv2.create_contact_list(
        ContactListName="news", Topics=[DAILY, OFFERS], Description="For all", Tags=[{"Key": "k", "Value": "v"}]
    )
    create(lab, "in@reader.example")
    return lab


def create(lab, address, said=(), **more):
    preferences = [{"TopicName": topic, "SubscriptionStatus": status} for topic, status in dict(said).items()]
    lab.sesv2.create_contact(ContactListName="news", EmailAddress=address, TopicPreferences=preferences, **more)


def contact(lab, address):
    return lab.sesv2.get_contact(ContactListName="news", EmailAddress=address)


def listed(lab, **params):
    found = lab.sesv2.list_contacts(ContactListName="news", **params)["Contacts"]
    return [one["EmailAddress"].partition("@")[0] for one in found]


@pytest.fixture
def news(lab):
    return with_list(lab)


@pytest.fixture(scope="module")
def unchanged(another):
    """For refusals, which change nothing."""
    return with_list(another())


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['operation']} {case['text'][:50]}")
def test_the_texts_of_refusals_are_ses_own(unchanged, case):
    answer = refused(getattr(unchanged.sesv2, case["operation"]), **case["request"])
    assert answer == (case["status"], case["code"], case["text"])


def test_descriptions_and_the_number_of_topics_have_limits(unchanged):
    update = unchanged.sesv2.update_contact_list
    assert refused(update, ContactListName="news", Description="x" * 501)[2] == (
        "List description can contain up to 500 characters."
    )
    topics = [{**DAILY, "TopicName": f"t{number}"} for number in range(21)]
    assert refused(update, ContactListName="news", Topics=topics)[2] == (
        "Maximum of <20> topics allowed per ContactList"
    )
    assert unchanged.sesv2.get_contact_list(ContactListName="news")["Topics"] == [DAILY, OFFERS]


def test_a_list_is_created_read_replaced_and_deleted_with_its_contacts(news):
    made = news.sesv2.get_contact_list(ContactListName="news")
    assert (made["Topics"], made["Description"]) == ([DAILY, OFFERS], "For all")
    assert made["Tags"] == [{"Key": "k", "Value": "v"}]
    assert made["CreatedTimestamp"] == made["LastUpdatedTimestamp"]
    arn = f"arn:aws:ses:{news.region}:{news.account}:contact-list/news"
    assert news.sesv2.list_tags_for_resource(ResourceArn=arn)["Tags"] == made["Tags"]
    assert [one["ContactListName"] for one in news.sesv2.list_contact_lists()["ContactLists"]] == ["news"]
    news.sesv2.update_contact_list(ContactListName="news")
    changed = news.sesv2.get_contact_list(ContactListName="news")
    assert changed["Topics"] == []
    assert "Description" not in changed
    news.sesv2.delete_contact_list(ContactListName="news")
    assert news.sesv2.list_contact_lists()["ContactLists"] == []
    news.sesv2.create_contact_list(ContactListName="news")
    assert listed(news) == []
    assert news.sesv2.get_contact_list(ContactListName="news")["Tags"] == []


def test_each_region_and_account_has_its_own_list(news, another):
    elsewhere = news.client("sesv2", "eu-west-1")
    assert elsewhere.list_contact_lists()["ContactLists"] == []
    elsewhere.create_contact_list(ContactListName="other")
    assert another().sesv2.list_contact_lists()["ContactLists"] == []
    assert refused(news.sesv2.get_contact_list, ContactListName="other")[0] == 404


def test_a_contact_is_read_with_what_it_said_and_the_defaults(news):
    create(news, " Some.One@Reader.EXAMPLE", {"offers": "OPT_IN"}, AttributesData='{"name":"Some"}')
    found = contact(news, "Some.One@reader.example")
    assert found["EmailAddress"] == "Some.One@reader.example"
    assert found["ContactListName"] == "news"
    assert found["TopicPreferences"] == [{"TopicName": "offers", "SubscriptionStatus": "OPT_IN"}]
    assert found["TopicDefaultPreferences"] == [
        {"TopicName": "daily", "SubscriptionStatus": "OPT_IN"},
        {"TopicName": "offers", "SubscriptionStatus": "OPT_OUT"},
    ]
    assert found["UnsubscribeAll"] is False
    assert found["AttributesData"] == '{"name":"Some"}'


def test_an_update_merges_preferences_and_replaces_the_rest(news):
    create(news, "a@reader.example", {"daily": "OPT_OUT"}, AttributesData="{}", UnsubscribeAll=True)
    news.sesv2.update_contact(
        ContactListName="news",
        EmailAddress="a@reader.example",
        TopicPreferences=[{"TopicName": "offers", "SubscriptionStatus": "OPT_IN"}],
    )
    found = contact(news, "a@reader.example")
    said = {one["TopicName"]: one["SubscriptionStatus"] for one in found["TopicPreferences"]}
    assert said == {"daily": "OPT_OUT", "offers": "OPT_IN"}
    assert found["UnsubscribeAll"] is False
    assert "AttributesData" not in found
    news.sesv2.update_contact_list(ContactListName="news", Topics=[OFFERS])
    assert contact(news, "a@reader.example")["TopicPreferences"] == [
        {"TopicName": "offers", "SubscriptionStatus": "OPT_IN"}
    ]


def test_a_deleted_contact_is_gone(news):
    news.sesv2.delete_contact(ContactListName="news", EmailAddress="in@READER.example")
    assert refused(contact, lab=news, address="in@reader.example")[:2] == (404, "NotFoundException")
    create(news, "in@reader.example")


def test_contacts_are_filtered_by_status_and_topic(news):
    create(news, "gone@reader.example", UnsubscribeAll=True)
    create(news, "no-daily@reader.example", {"daily": "OPT_OUT"})
    create(news, "offers@reader.example", {"offers": "OPT_IN"})

    def by(status, topic=None, default=False):
        chosen = {"TopicFilter": {"TopicName": topic, "UseDefaultIfPreferenceUnavailable": default}} if topic else {}
        return listed(news, Filter={"FilteredStatus": status, **chosen})

    assert listed(news) == ["gone", "in", "no-daily", "offers"]
    assert by("OPT_OUT") == ["gone"]
    assert by("OPT_IN") == ["in", "no-daily", "offers"]
    assert by("OPT_IN", "daily") == []
    assert by("OPT_IN", "daily", True) == ["in", "offers"]
    assert by("OPT_OUT", "daily") == ["gone", "no-daily"]
    assert by("OPT_IN", "offers") == ["offers"]
    assert by("OPT_OUT", "offers", True) == ["gone", "in", "no-daily"]


def test_contacts_are_paged_and_a_token_holds_for_its_list(news):
    for number in range(4):
        create(news, f"r{number}@reader.example")
    first = news.sesv2.list_contacts(ContactListName="news", PageSize=3)
    assert [one["EmailAddress"] for one in first["Contacts"]] == [
        "in@reader.example",
        "r0@reader.example",
        "r1@reader.example",
    ]
    assert listed(news, PageSize=3, NextToken=first["NextToken"]) == ["r2", "r3"]
    assert "NextToken" not in news.sesv2.list_contacts(ContactListName="news", PageSize=5)
    bad = refused(news.sesv2.list_contact_lists, NextToken=first["NextToken"])
    assert bad[:2] == (400, "BadRequestException")
    assert refused(news.sesv2.list_contacts, ContactListName="news", NextToken="bm8=")[:2] == bad[:2]
    assert refused(news.sesv2.list_contacts, ContactListName="news", PageSize=0)[:2] == bad[:2]
