"""The account through boto3: quota, production access, pausing, regions; the hint and the request log."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

from tests.api.refusals import refused

SENDER = "sender@letters.example"
DETAILS = {
    "MailType": "TRANSACTIONAL",
    "WebsiteURL": "https://letters.example",
    "ContactLanguage": "JA",
    "UseCaseDescription": "receipts",
    "AdditionalContactEmailAddresses": ["ops@letters.example"],
}


# --- quota and account ----------------------------------------------------------------------------


def test_the_send_quota_is_three_doubles_and_the_sandboxs(lab):
    quota = lab.ses.get_send_quota()
    del quota["ResponseMetadata"]
    assert quota == {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0}
    assert {type(value) for value in quota.values()} == {float}


def test_recipients_are_counted_and_not_mails(lab):
    lab.verify(SENDER)
    lab.send(SENDER, SENDER, "sender+a@letters.example", "success@simulator.amazonses.com")
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 2.0
    assert lab.sesv2.get_account()["SendQuota"]["SentLast24Hours"] == 2.0


def test_the_account_has_v2s_shape(lab):
    account = lab.sesv2.get_account()
    del account["ResponseMetadata"]
    assert account == {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": False,
        "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
        "SendingEnabled": True,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }


def test_account_details_grant_production_access_at_once(lab):
    lab.sesv2.put_account_details(**DETAILS)
    account = lab.sesv2.get_account()
    assert account["ProductionAccessEnabled"] is True
    assert account["SendQuota"] == {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0}
    review = account["Details"].pop("ReviewDetails")
    assert account["Details"] == DETAILS
    assert review["Status"] == "GRANTED"
    assert re.fullmatch(r"\d+", review["CaseId"])
    lab.sesv2.put_account_details(**DETAILS | {"ProductionAccessEnabled": False})
    assert lab.sesv2.get_account()["ProductionAccessEnabled"] is False


def test_account_details_are_checked_by_the_model(lab):
    status, code, message = refused(lab.sesv2.put_account_details, MailType="SPAM", WebsiteURL="https://x.example")
    assert (status, code) == (400, "BadRequestException")
    assert "Member must satisfy enum value set: [MARKETING, TRANSACTIONAL]" in message
    assert refused(lab.sesv2.put_account_details, MailType="MARKETING")[:2] == (400, "BadRequestException")
    assert "Details" not in lab.sesv2.get_account()


def test_a_held_review_stays_pending_and_a_second_one_conflicts(fresh):
    lab = fresh(hold_production_review=True)
    lab.sesv2.put_account_details(**DETAILS)
    account = lab.sesv2.get_account()
    assert account["ProductionAccessEnabled"] is False
    assert account["Details"]["ReviewDetails"]["Status"] == "PENDING"
    assert account["SendQuota"]["Max24HourSend"] == 200.0
    assert refused(lab.sesv2.put_account_details, **DETAILS)[:2] == (409, "ConflictException")


def test_an_account_can_start_in_production(fresh):
    lab = fresh(production=True)
    assert lab.sesv2.get_account()["ProductionAccessEnabled"] is True
    assert lab.ses.get_send_quota()["Max24HourSend"] == 50000.0


def test_unlimited_is_written_minus_one(fresh):
    quota = fresh(max_24_hour_send=-1.0, max_send_rate=-1.0).ses.get_send_quota()
    assert (quota["Max24HourSend"], quota["MaxSendRate"]) == (-1.0, -1.0)


def test_each_region_is_an_account_of_its_own(lab):
    lab.production()
    lab.sesv2.put_account_sending_attributes(SendingEnabled=False)
    lab.verify(SENDER, region="eu-west-1")
    elsewhere = lab.client("ses", "eu-west-1")
    message_id = elsewhere.send_email(
        Source=SENDER,
        Destination={"ToAddresses": [SENDER]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )["MessageId"]
    assert message_id.startswith("0102")
    assert elsewhere.get_send_quota()["Max24HourSend"] == 200.0
    assert elsewhere.get_send_quota()["SentLast24Hours"] == 1.0
    assert elsewhere.get_account_sending_enabled()["Enabled"] is True
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 0.0
    lab.ses.update_account_sending_enabled(Enabled=True)
    assert refused(
        lab.ses.send_email,
        Source=SENDER,
        Destination={"ToAddresses": [SENDER]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )[2].endswith("in region AP-NORTHEAST-1: " + SENDER)


# --- the hint and the log -------------------------------------------------------------------------


def hint_of(call, *args, **params) -> str:
    with pytest.raises(ClientError) as problem:
        call(*args, **params)
    return problem.value.response["ResponseMetadata"]["HTTPHeaders"]["x-ses-emulator-hint"]


def test_a_refusal_says_what_to_do_and_an_answer_does_not(fresh):
    lab = fresh(max_24_hour_send=1.0)
    hint = hint_of(lab.send, "x@stranger.example", SENDER)
    assert "verify-email-identity" in hint
    assert "--auto-verify" in hint
    lab.verify(SENDER)
    lab.stand_still()
    lab.send(SENDER, "success@simulator.amazonses.com")
    assert "--max-send-rate -1" in hint_of(lab.send, SENDER, SENDER)
    lab.advance(1)
    lab.send(SENDER, SENDER)
    assert "--max-24-hour-send -1" in hint_of(lab.send, SENDER, SENDER)
    answer = lab.ses.get_send_quota()["ResponseMetadata"]["HTTPHeaders"]
    assert "x-ses-emulator-hint" not in answer


def test_a_pending_identity_is_told_from_an_unknown_one(lab):
    lab.ses.verify_email_identity(EmailAddress="me@pending.example")
    hint = hint_of(lab.send, "me@pending.example", "me@pending.example")
    assert "PENDING" in hint
    path = re.search(r"/_ses/api/(identities/\S+/verify\?\S+?);", hint)[1]
    lab.api("POST", path)
    lab.send("me@pending.example", "me@pending.example")


def test_a_callers_text_cannot_break_the_hint_out_of_its_header(lab):
    hint = hint_of(lab.send, 'x"\r\nX-Injected: yes\r\n\r\n名前 <x@stranger.example>', SENDER)
    assert hint.isascii()
    assert hint.isprintable()


def test_the_request_log_holds_each_rules_verdict_and_fact(lab):
    lab.verify(SENDER)
    message_id = lab.send(SENDER, SENDER)
    with pytest.raises(ClientError) as problem:
        lab.send(SENDER, "to@stranger.example")
    refusal, accepted = lab.api("GET", f"requests?account={lab.account}&limit=2")["requests"]
    assert accepted["operation"] == refusal["operation"] == "SendEmail"
    assert (accepted["accepted"], accepted["status"], accepted["message_id"]) == (True, 200, message_id)
    assert (accepted["region"], accepted["account"], accepted["door"]) == (lab.region, lab.account, "v1")
    rules = [one["rule"] for one in accepted["rules"]]
    assert rules.index("address syntax") < rules.index("verification") < rules.index("daily quota")
    assert {one["verdict"] for one in accepted["rules"]} == {"passed"}
    assert all(one["fact"] for one in accepted["rules"])

    assert (refusal["accepted"], refusal["status"], refusal["code"]) == (False, 400, "MessageRejected")
    assert refusal["message"] == problem.value.response["Error"]["Message"]
    assert refusal["hint"] == problem.value.response["ResponseMetadata"]["HTTPHeaders"]["x-ses-emulator-hint"]
    assert refusal["request_id"] == problem.value.response["ResponseMetadata"]["RequestId"]
    assert (refusal["rules"][-1]["rule"], refusal["rules"][-1]["verdict"]) == ("verification", "refused")
    assert {one["verdict"] for one in refusal["rules"][:-1]} == {"passed"}
    assert refusal["number"] > accepted["number"]


def test_the_request_log_is_filtered_and_bounded(lab):
    lab.ses.get_send_quota()
    refused(lab.ses.send_email, Source="x")
    lab.client("ses", "eu-west-1").get_send_quota()

    def operations(query: str) -> list[str]:
        found = lab.api("GET", f"requests?account={lab.account}&{query}")["requests"]
        return [one["operation"] for one in found]

    assert operations("") == ["GetSendQuota", "SendEmail", "GetSendQuota"]
    assert operations("region=eu-west-1") == ["GetSendQuota"]
    assert operations("accepted=false") == ["SendEmail"]
    assert operations("accepted=true&limit=1") == ["GetSendQuota"]
    assert lab.raw_api("GET", "requests?limit=0")[0] == 400
    assert lab.raw_api("GET", "requests?accepted=perhaps")[0] == 400
