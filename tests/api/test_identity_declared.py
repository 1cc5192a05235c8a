"""An identity that a test declares to be verified, without asking SES for it."""

from __future__ import annotations

from urllib.parse import quote

import pytest


def put(lab, name, **where):
    query = "&".join(f"{key}={value}" for key, value in {"account": lab.account, "region": lab.region, **where}.items())
    return lab.raw_api("PUT", f"identities/{quote(name, safe='@')}?{query}")


def test_a_declared_address_may_send_and_got_no_mail(lab):
    status, answer = put(lab, "anna@declared.example")
    assert (status, answer["kind"], answer["verification"]) == (200, "EMAIL_ADDRESS", "SUCCESS")
    lab.send("anna@declared.example", "anna@declared.example", subject="first")
    assert lab.wait(to="anna@declared.example")["subject"] == "first"
    assert lab.api("GET", f"messages?account={lab.account}")["total"] == 1


def test_mail_from_a_declared_domain_is_signed_by_it(lab):
    status, answer = put(lab, "Declared.Example")
    assert (status, answer["identity"], answer["dkim"]["status"]) == (200, "declared.example", "SUCCESS")
    put(lab, "bert@elsewhere.example")
    mail = lab.wait(message_id=lab.send("a@declared.example", "bert@elsewhere.example"))
    assert mail["display"]["signed_by"] == "declared.example"
    assert mail["display"]["via"] is None
    assert mail["authentication"]["dmarc"]["aligned_by"] == "dkim"


def test_declaring_again_changes_nothing(lab):
    first = put(lab, "again.example")
    assert put(lab, "again.example") == first


def test_what_was_asked_for_becomes_verified_and_keeps_its_dkim_tokens(lab):
    tokens = lab.ses.verify_domain_dkim(Domain="asked.example")["DkimTokens"]
    status, answer = put(lab, "asked.example")
    assert (status, answer["verification"], answer["dkim"]["tokens"]) == (200, "SUCCESS", tokens)


def test_it_is_of_that_account_and_region_alone(lab):
    put(lab, "only@here.example", region="eu-west-1")
    assert lab.client("ses", "eu-west-1").list_identities()["Identities"] == ["only@here.example"]
    assert lab.ses.list_identities()["Identities"] == []


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("no domain", {}),
        ("a@b@c", {}),
        ("localhost", {}),
        ("x" * 300 + ".example", {}),
        ("good.example", {"account": "12"}),
        ("good.example", {"region": "Mars"}),
        ("good.example", {"region": ""}),
    ],
)
def test_what_can_be_no_identity_is_refused_and_nothing_is_made(lab, name, where):
    status, answer = put(lab, name, **where)
    assert status == 400, answer
    assert answer["error"]["message"]
    assert lab.ses.list_identities()["Identities"] == []
