"""The world in the inspection API: clock, reset, requests, identities, health."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest

from emulator.clock import Clock
from emulator.http.resources.world import new_offset
from emulator.version import VERSION

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20261124/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=" + "0" * 64
# So exactly is a time shown.
MILLISECOND = 0.001


def where(lab, **more):
    return urlencode({"account": lab.account, "region": lab.region, **more})


def test_health(lab):
    assert lab.api("GET", "health") == {"status": "ok", "version": VERSION}


# --- clock ---------------------------------------------------------------------------------------


def seconds(answer):
    return datetime.fromisoformat(answer["now"]).timestamp()


def assert_ahead_by(seconds_ahead, lab, method, body=None):
    """What is answered is real time and so many seconds, whatever the call took."""
    before = time.time()
    shown = seconds(lab.api(method, "clock", body))
    assert before - MILLISECOND <= shown - seconds_ahead <= time.time() + MILLISECOND


def test_the_clock_advances_is_set_and_goes_back(fresh):
    lab = fresh()
    assert lab.api("GET", "clock")["now"].endswith("Z")
    assert_ahead_by(0, lab, "GET")
    assert_ahead_by(86400, lab, "POST", {"advance_seconds": 86400})
    assert_ahead_by(86399.5, lab, "POST", {"advance_seconds": -0.5})
    for text in ("2031-05-06T07:08:09Z", "2031-05-06T07:08:09", "2031-05-06T16:08:09+09:00"):
        before = time.time()
        moved = seconds(lab.api("POST", "clock", {"now": text}))
        after = time.time()
        assert 0 <= moved - datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp() <= after - before, text
        assert 0 <= seconds(lab.api("GET", "clock")) - moved <= time.time() - before + MILLISECOND
    assert_ahead_by(0, lab, "POST", {"reset": True})


def test_the_clock_is_advanced_by_what_was_asked_though_it_goes_on_meanwhile():
    each_look_a_second_later = itertools.count(1_000_000_000.0)
    clock = Clock(offset=5.0, system=lambda: next(each_look_a_second_later))
    assert new_offset(clock, {"advance_seconds": 60}) == 65.0


# --- reset ---------------------------------------------------------------------------------------


@pytest.fixture
def two(fresh):
    """Two accounts of one emulator, each with an identity, its records, a request and a mail; and a stranger's
    record. The clock is a day ahead."""
    lab = fresh(max_send_rate=-1.0)
    other = type(lab)(lab.emulator, "111122223333")
    for one, domain in ((lab, "mine.example"), (other, "other.example")):
        one.verify(domain)
        one.wait(message_id=one.send(f"a@{domain}", f"b@{domain}"))
    lab.api("PUT", "dns/records", {"name": "www.stranger.example", "type": "A", "value": "192.0.2.1"})
    lab.advance(86400)
    lab.other = other
    return lab


def what_there_is(lab):
    return {
        "identities": lab.ses.list_identities()["Identities"],
        "sent": lab.ses.get_send_quota()["SentLast24Hours"],
        "mails": lab.api("GET", f"messages?account={lab.account}")["total"],
        "dkim": len([one for one in lab.api("GET", "dns/records")["records"] if one["name"].endswith(lab.domain)]),
    }


@pytest.mark.parametrize("named_by", ["parameter", "body", "signature"])
def test_one_account_is_reset_and_the_other_keeps_everything(two, named_by):
    two.domain, two.other.domain = "mine.example", "other.example"
    kept = what_there_is(two.other)
    assert kept["mails"] == 1
    assert kept["dkim"] == 3
    match named_by:
        case "parameter":
            two.api("POST", f"reset?account={two.account}")
        case "body":
            two.api("POST", "reset", {"account": two.account})
        case "signature":
            two.api("POST", "reset", headers={"Authorization": SIGNED.format("test")})
    assert what_there_is(two) == {"identities": [], "sent": 0.0, "mails": 0, "dkim": 0}
    assert what_there_is(two.other) == kept
    requests = two.api("GET", "requests?limit=2000")["requests"]
    assert "SendEmail" not in [one["operation"] for one in requests if one["account"] == two.account]
    assert "SendEmail" in [one["operation"] for one in requests if one["account"] == two.other.account]
    assert two.lookup("www.stranger.example", "A") == ("NOERROR", ("192.0.2.1",))
    assert seconds(two.api("GET", "clock")) - time.time() > 86000


def test_a_signature_of_an_account_resets_that_account(two):
    two.api("POST", "reset", headers={"Authorization": SIGNED.format(two.other.account)})
    assert two.ses.list_identities()["Identities"] == ["mine.example"]
    assert two.other.ses.list_identities()["Identities"] == []


def test_an_accounts_hosted_zones_go_with_it_and_those_of_others_stay(two):
    for lab, name in ((two, "zone.mine.example"), (two.other, "zone.other.example")):
        route53 = lab.client("route53", "us-east-1")
        zone = route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
        records = [(f"{part}.{name}", "A", "192.0.2.1") for part in ("a", "b")] + [(f"sub.{name}", "NS", "ns.example")]
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {"Name": at, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]},
            }
            for at, kind, value in records
        ]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert two.lookup("a.zone.mine.example", "A")[0] == "NOERROR"
    two.api("POST", f"reset?account={two.account}")
    assert two.client("route53", "us-east-1").list_hosted_zones()["HostedZones"] == []
    assert two.lookup("a.zone.mine.example", "A")[0] == "NXDOMAIN"
    assert len(two.other.client("route53", "us-east-1").list_hosted_zones()["HostedZones"]) == 1
    assert two.lookup("a.zone.other.example", "A")[0] == "NOERROR"


@pytest.mark.parametrize("body", [None, {}])
def test_without_an_account_everything_is_as_after_the_start(two, body):
    two.domain, two.other.domain = "mine.example", "other.example"
    assert two.api("POST", "reset", body) == {"status": "ok"}
    assert two.api("GET", "messages")["total"] == 0
    assert two.api("GET", "requests")["requests"] == []
    assert two.api("GET", "dns/records")["records"] == []
    assert two.api("GET", "dns/queries")["queries"] == []
    assert_ahead_by(0, two, "GET")
    assert what_there_is(two) == what_there_is(two.other) == {"identities": [], "sent": 0.0, "mails": 0, "dkim": 0}
    assert two.lookup("www.stranger.example", "A")[0] == "NXDOMAIN"
    two.verify("mine.example")
    mail = two.wait(message_id=two.send("a@mine.example", "b@mine.example"))
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}


@pytest.mark.parametrize("query", ["", "?account=123456789012"])
def test_mail_that_is_on_its_way_does_not_arrive_after_a_reset(fresh, query):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    lab.ses.verify_domain_identity(Domain="reset.example")
    for _ in range(3):
        lab.send("a@reset.example", *[f"r{number}@reset.example" for number in range(25)])
    lab.api("POST", f"reset{query}")
    assert lab.raw_api("GET", "messages/wait?timeout=1")[0] == 404
    lab.ses.verify_domain_identity(Domain="reset.example")
    assert lab.wait(message_id=lab.send("a@reset.example", "after@reset.example"))
    assert lab.api("GET", "messages")["total"] == 1


# --- requests ------------------------------------------------------------------------------------


def test_requests_tell_what_was_accepted_or_refused_and_on_which_facts(lab):
    lab.verify("log.example")
    with pytest.raises(lab.ses.exceptions.MessageRejected):
        lab.send("a@log.example", "unverified@away.example")
    message_id = lab.send("a@log.example", "b@log.example")
    mine = lab.api("GET", f"requests?account={lab.account}")["requests"]
    accepted, refused = mine[0], mine[1]
    assert (accepted["operation"], accepted["accepted"], accepted["status"]) == ("SendEmail", True, 200)
    assert accepted["message_id"] == message_id
    assert (accepted["code"], accepted["message"], accepted["hint"]) == (None, None, None)
    assert (refused["operation"], refused["accepted"], refused["code"]) == ("SendEmail", False, "MessageRejected")
    assert "unverified@away.example" in refused["message"]
    assert refused["hint"]
    assert refused["message_id"] is None
    assert {rule["verdict"] for rule in accepted["rules"]} == {"passed"}
    assert all(rule["rule"] and rule["fact"] for rule in accepted["rules"])
    assert [rule["rule"] for rule in refused["rules"] if rule["verdict"] == "refused"] == ["verification"]
    assert (accepted["account"], accepted["region"], accepted["door"]) == (lab.account, lab.region, "v1")
    only = lab.api("GET", f"requests?account={lab.account}&accepted=false")["requests"]
    assert [one["number"] for one in only] == [refused["number"]]
    assert lab.api("GET", f"requests?account={lab.account}&accepted=true&limit=1")["requests"] == [accepted]
    assert lab.api("GET", f"requests?account={lab.account}&region=eu-west-1")["requests"] == []


# --- identities ----------------------------------------------------------------------------------


def test_an_address_is_verified_as_though_its_link_was_opened(lab):
    lab.ses.verify_email_identity(EmailAddress="Me@person.example")
    shown = lab.api("GET", f"identities/Me@person.example?{where(lab)}")
    assert (shown["identity"], shown["kind"], shown["verification"]) == (
        "Me@person.example",
        "EMAIL_ADDRESS",
        "PENDING",
    )
    assert lab.api("POST", f"identities/Me%40person.example/verify?{where(lab)}")["verification"] == "SUCCESS"
    assert lab.send("Me@person.example", "Me@person.example")
    status, answer = lab.raw_api("POST", f"identities/me@person.example/verify?{where(lab)}")
    assert (status, answer["error"]["code"]) == (404, "NotFound")


def test_the_default_scope_is_the_default_account_in_the_default_region(fresh):
    lab = fresh()
    lab.client("ses", "us-east-1").verify_email_identity(EmailAddress="me@person.example")
    assert lab.api("POST", "identities/me@person.example/verify")["region"] == "us-east-1"
    assert lab.raw_api("POST", "identities/me@person.example/verify?region=eu-west-1")[0] == 404
    assert lab.raw_api("POST", "identities/me@person.example/verify?account=111122223333")[0] == 404


def test_a_domain_shows_its_records_and_verifying_publishes_them(lab):
    lab.ses.verify_domain_dkim(Domain="Verify.example")
    shown = lab.api("GET", f"identities/VERIFY.example?{where(lab)}")
    assert (shown["identity"], shown["verification"], shown["dkim"]["status"]) == (
        "verify.example",
        "PENDING",
        "PENDING",
    )
    tokens = shown["dkim"]["tokens"]
    assert [one["value"] for one in shown["records"] if one["type"] == "CNAME"] == [
        f"{token}.dkim.amazonses.com" for token in tokens
    ]
    verified = lab.api("POST", f"identities/Verify.example/verify?{where(lab)}")
    assert (verified["verification"], verified["dkim"]["status"]) == ("SUCCESS", "SUCCESS")
    status, values = lab.lookup(f"{tokens[0]}._domainkey.verify.example", "TXT")
    assert status == "NOERROR"
    assert values[0].startswith("p=")


@pytest.mark.parametrize(
    ("what", "types"),
    [(None, {"CNAME"}), ("dkim", {"CNAME"}), ("mail_from", {"MX", "TXT"}), ("verification", {"TXT"})],
)
def test_publishing_puts_just_the_records_that_were_named(fresh, what, types):
    lab = fresh()
    lab.ses.verify_domain_identity(Domain="publish.example")
    lab.ses.verify_domain_dkim(Domain="publish.example")
    lab.ses.set_identity_mail_from_domain(Identity="publish.example", MailFromDomain="m.publish.example")
    query = where(lab, **({"records": what} if what else {}))
    lab.api("POST", f"identities/publish.example/publish?{query}")
    made = [one for one in lab.api("GET", "dns/records")["records"] if one["origin"] == "publish"]
    assert {one["type"] for one in made} == types
    assert all(one["name"].endswith("publish.example") for one in made)


def test_publishing_all_makes_everything_succeed_before_it_answers(lab):
    lab.ses.verify_domain_identity(Domain="all.example")
    lab.ses.verify_domain_dkim(Domain="all.example")
    lab.ses.set_identity_mail_from_domain(Identity="all.example", MailFromDomain="m.all.example")
    shown = lab.api("POST", f"identities/all.example/publish?{where(lab, records='all')}")
    assert (shown["verification"], shown["dkim"]["status"], shown["mail_from"]) == (
        "SUCCESS",
        "SUCCESS",
        {"domain": "m.all.example", "status": "SUCCESS"},
    )


def test_no_name_of_an_identity_breaks_its_paths(lab):
    for name in ("a\x00b.example", "\ud7ff.example", "a/b", "..", "x" * 3000, "%", "a@b@c", "'", "\u202e"):
        for method, rest in (("GET", ""), ("POST", "/verify"), ("POST", "/publish")):
            status, answer = lab.raw_api(method, f"identities/{quote(name, safe='')}{rest}?{where(lab)}")
            assert (status, answer["error"]["code"]) == (404, "NotFound"), name
