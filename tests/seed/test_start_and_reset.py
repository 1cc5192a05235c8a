"""An emulator that is started with seeds begins in their state, and comes back to it; a kept state goes before them."""

from __future__ import annotations

import smtplib
import threading
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from emulator.cli.seeds import as_yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "fixtures" / "seed" / "folder"
TOKYO = "ap-northeast-1"
DEFAULT = "123456789012"
SHOP = "111122223333"


def of(lab, account, region=TOKYO):
    """Another account of the same emulator."""
    return type(lab)(lab.emulator, account, region)


def identity(lab, name):
    return lab.sesv2.get_email_identity(EmailIdentity=name)


def exported(lab):
    return lab.api("GET", "seed")


def test_seeded_identities_are_what_the_seed_says(fresh):
    lab = fresh(seeds=(FOLDER,))
    shop = identity(lab, "shop.example")
    assert shop["VerifiedForSendingStatus"] is True
    assert shop["DkimAttributes"]["Status"] == "SUCCESS"
    assert shop["DkimAttributes"]["CurrentSigningKeyLength"] == "RSA_1024_BIT"
    assert shop["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"
    assert identity(lab, "waiting@inbox.example")["VerifiedForSendingStatus"] is False
    other = of(lab, SHOP)
    brought = identity(other, "brought.example")["DkimAttributes"]
    assert (brought["SigningAttributesOrigin"], brought["Tokens"], brought["Status"]) == (
        "EXTERNAL",
        ["mykey"],
        "SUCCESS",
    )
    old = other.ses.get_identity_verification_attributes(Identities=["old.example"])["VerificationAttributes"]
    assert old["old.example"]["VerificationStatus"] == "Success"
    assert len(old["old.example"]["VerificationToken"]) == 44
    assert other.sesv2.list_email_identities()["EmailIdentities"] != []
    assert identity(of(lab, SHOP, "us-east-1"), "far.example")["VerificationStatus"] == "PENDING"


def test_seeded_accounts_are_what_the_seed_says(fresh):
    lab = fresh(seeds=(FOLDER,))
    assert of(lab, SHOP).sesv2.get_account()["ProductionAccessEnabled"] is True
    assert lab.sesv2.get_account()["ProductionAccessEnabled"] is False
    paused = of(lab, "444455556666", "eu-west-1").sesv2.get_account()
    assert (paused["SendingEnabled"], paused["ProductionAccessEnabled"]) == (False, False)


def test_mail_of_a_seeded_domain_is_signed_and_verifies(fresh):
    lab = fresh(seeds=(FOLDER,))
    mail = lab.wait(message_id=lab.send("hello@shop.example", "reader@inbox.example"))
    assert mail["display"] == {"mailed_by": "mail.shop.example", "signed_by": "shop.example", "via": None}
    assert mail["authentication"]["spf"]["result"] == "pass"
    assert [one["result"] for one in mail["authentication"]["dkim"]] == ["pass", "pass"]
    brought = of(lab, SHOP)
    mail = brought.wait(message_id=brought.send("hello@brought.example", "anyone@else.example"))
    assert mail["authentication"]["dkim"][0]["result"] == "pass"
    assert mail["display"]["signed_by"] == "brought.example"


def test_a_seeded_zone_is_in_the_dns_that_the_receiver_asks(fresh):
    lab = fresh(seeds=(FOLDER,))
    host, _, port = lab.addresses.sink.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.sendmail("x@partner.example", ["me@here.example"], b"From: x@partner.example\r\nSubject: s\r\n\r\nb\r\n")
    mail = lab.api("GET", "messages/wait?timeout=20&to=me@here.example")
    assert mail["authentication"]["dmarc"]["policy"] == "reject"


def test_seeds_send_no_mail(fresh):
    lab = fresh(seeds=(FOLDER,))
    lab.wait(message_id=lab.send("hello@shop.example", "reader@inbox.example"))
    assert lab.api("GET", "messages")["total"] == 1


def test_a_seeded_address_that_waits_gets_its_link_when_it_is_asked_for_again(fresh):
    lab = fresh(seeds=(FOLDER,))
    lab.ses.verify_email_identity(EmailAddress="waiting@inbox.example")
    text = lab.wait(to="waiting@inbox.example")["text"]
    link = next(word for word in text.split() if "Operation=ConfirmVerification" in word)
    lab.get("/_ses/" + link.partition("/_ses/")[2])
    assert identity(lab, "waiting@inbox.example")["VerifiedForSendingStatus"] is True


def test_a_reset_comes_back_to_the_seeds_with_the_same_keys(fresh):
    lab = fresh(seeds=(FOLDER,))
    before = exported(lab)
    lab.sesv2.delete_email_identity(EmailIdentity="shop.example")
    lab.ses.verify_domain_identity(Domain="new.example")
    lab.production()
    of(lab, SHOP).ses.update_account_sending_enabled(Enabled=False)
    lab.api("DELETE", "dns/records?name=www.partner.example")
    lab.api("PUT", "dns/records", {"name": "more.example", "type": "A", "value": "192.0.2.9"})
    lab.advance(86400)
    assert exported(lab) != before
    lab.api("POST", "reset")
    assert exported(lab) == before
    mail = lab.wait(message_id=lab.send("hello@shop.example", "reader@inbox.example"))
    assert mail["display"]["signed_by"] == "shop.example"


def test_a_reset_of_one_account_brings_back_its_part_alone(fresh):
    lab = fresh(seeds=(FOLDER,))
    before = exported(lab)
    other = of(lab, SHOP)
    other.sesv2.delete_email_identity(EmailIdentity="brought.example")
    other.ses.update_account_sending_enabled(Enabled=False)
    lab.sesv2.delete_email_identity(EmailIdentity="reader@inbox.example")
    lab.api("DELETE", "dns/records?name=www.partner.example")
    lab.api("POST", f"reset?account={SHOP}")
    after = exported(lab)
    assert [one for one in after["identities"] if one["account"] == SHOP] == [
        one for one in before["identities"] if one["account"] == SHOP
    ]
    assert [one for one in after["accounts"] if one["account"] == SHOP] == [
        one for one in before["accounts"] if one["account"] == SHOP
    ]
    assert "reader@inbox.example" not in {one["name"] for one in after["identities"]}
    assert "www.partner.example" not in {one["name"] for one in after["dns"]["records"]}


def test_nobody_sees_the_emptiness_between_forgetting_and_seeding(fresh):
    """The identity is there at every moment of many resets."""
    lab = fresh(seeds=(FOLDER,))
    missing, over = [], threading.Event()

    def look():
        where = urlencode({"account": DEFAULT, "region": TOKYO})
        while not over.is_set():
            status, answer = lab.raw_api("GET", f"identities/{quote('reader@inbox.example')}?{where}")
            if status != 200:
                missing.append(answer)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(10):
            lab.api("POST", "reset")
    finally:
        over.set()
        thread.join(30)
    assert missing == []


def test_a_kept_state_goes_before_its_seeds_and_what_is_missing_is_made(fresh, tmp_path):
    data, file = tmp_path / "data", tmp_path / "seed.yaml"
    file.write_text(
        "identities:\n  - name: kept.example\n    dkim: {bits: 1024}\n  - gone@kept.example\n"
        "accounts:\n  - production: true\n"
        "dns: {records: [{name: txt.example, type: TXT, value: seeded}]}\n"
    )
    lab = fresh(seeds=(file,), data=data)
    lab.region = "us-east-1"
    tokens = identity(lab, "kept.example")["DkimAttributes"]["Tokens"]
    lab.sesv2.put_email_identity_dkim_attributes(EmailIdentity="kept.example", SigningEnabled=False)
    lab.sesv2.delete_email_identity(EmailIdentity="gone@kept.example")
    lab.ses.update_account_sending_enabled(Enabled=False)
    lab.emulator.stop()

    again = fresh(seeds=(file,), data=data)
    again.region = "us-east-1"
    dkim = identity(again, "kept.example")["DkimAttributes"]
    assert (dkim["Tokens"], dkim["SigningEnabled"]) == (tokens, False)
    assert again.ses.get_account_sending_enabled()["Enabled"] is False
    assert identity(again, "gone@kept.example")["VerifiedForSendingStatus"] is True
    assert len(again.api("GET", "dns/records?name=txt.example")["records"]) == 1
    again.api("POST", "reset")
    assert again.ses.get_account_sending_enabled()["Enabled"] is True
    assert identity(again, "kept.example")["DkimAttributes"]["SigningEnabled"] is True


def test_a_record_that_a_kept_state_does_not_allow_is_left_out_aloud(fresh, tmp_path, caplog):
    data, file = tmp_path / "data", tmp_path / "seed.yaml"
    lab = fresh(data=data)
    lab.api("PUT", "dns/records", {"name": "a.example", "type": "CNAME", "value": "b.example"})
    lab.emulator.stop()
    file.write_text("dns: {records: [{name: a.example, type: A, value: 192.0.2.1}]}\n")
    again = fresh(seeds=(file,), data=data)
    assert [one["type"] for one in again.api("GET", "dns/records?name=a.example")["records"]] == ["CNAME"]
    assert "a seed's record is left out: a.example is a CNAME" in caplog.text


def test_an_emulator_started_from_an_export_answers_alike(fresh, tmp_path):
    first = fresh(seeds=(FOLDER,))
    first.verify("late.example")
    file = tmp_path / "export.yaml"
    file.write_text(as_yaml(exported(first)))
    second = fresh(seeds=(file,))
    assert exported(second) == exported(first)
    for lab in (first, second):
        mail = lab.wait(message_id=lab.send("hello@late.example", "reader@inbox.example"))
        assert mail["display"]["signed_by"] == "late.example"


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "---\n...\n"])
def test_an_empty_seed_is_the_plain_start(fresh, tmp_path, text):
    file = tmp_path / "empty.yaml"
    file.write_text(text)
    assert exported(fresh(seeds=(file,))) == {"version": 1, "accounts": [], "identities": [], "dns": {"records": []}}


def test_an_empty_folder_is_the_plain_start(fresh, tmp_path):
    assert exported(fresh(seeds=(tmp_path,)))["identities"] == []
