"""The words of refusals that no other file of tests has data for: identities, sending, limits, certificates, pools, the
protocol. Each is said once, through boto3, from the fixtures, with its source.

A case is a request that changes nothing and what SES answers. ``{a*256}`` stands for 256 letters; ``account`` names who
asks when it is not the furnished account: ``sandbox``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.api.refusals import refused

FIXTURES = Path(__file__).parents[2] / "fixtures" / "aws"
AREAS = ("account", "certificates", "dedicated_ips", "identities", "limits", "sending")
CASES = [(area, case) for area in AREAS for case in json.loads((FIXTURES / f"{area}.json").read_text("utf-8"))]
QUOTA = json.loads((FIXTURES / "quota.json").read_text("utf-8"))
PROTOCOL = json.loads((FIXTURES / "protocol.json").read_text("utf-8"))
REPEATED = re.compile(r"\{(.+?)\*(\d+)\}")


def filled(value, lab):
    """The value with what stands for something put in its place, in every text of it."""
    if isinstance(value, dict):
        return {name: filled(one, lab) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, lab) for one in value]
    if not isinstance(value, str):
        return value
    arn = f"arn:aws:ses:{lab.region}:{lab.account}"
    for name, text in (("{arn}", arn), ("{account}", lab.account), ("{region}", lab.region)):
        value = value.replace(name, text)
    return REPEATED.sub(lambda found: found[1] * int(found[2]), value)


@pytest.fixture(scope="module")
def accounts(another):
    """By name. The furnished one is full where a limit is told, and in production."""
    lab, sandbox = another(), another()
    for one in (lab, sandbox):
        one.verify("own.example")
    lab.production()
    lab.verify("sender@one.example", "tied.example")
    ses, v2 = lab.ses, lab.sesv2
    v2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    v2.create_configuration_set(ConfigurationSetName="paused", SendingOptions={"SendingEnabled": False})
    v2.create_email_template(TemplateName="there", TemplateContent={"Subject": "s", "Text": "t"})
    v2.create_dedicated_ip_pool(PoolName="there")
    v2.create_contact_list(ContactListName="news")
    certificate = f"arn:aws:acm:{lab.region}:{lab.account}:certificate/ghost"
    v2.associate_email_identity_certificate(
        EmailIdentity="own.example", FromAddress="bob@own.example", CertificateArn=certificate
    )
    v2.create_tenant(TenantName="acme")
    v2.create_tenant_resource_association(TenantName="acme", ResourceArn=filled("{arn}:identity/tied.example", lab))
    ses.create_receipt_rule_set(RuleSetName="full")
    for number in range(200):
        ses.create_receipt_rule(RuleSetName="full", Rule={"Name": f"r{number}"})
    for number in range(100):
        address = {"Policy": "Block", "Cidr": "10.0.0.1"}
        ses.create_receipt_filter(Filter={"Name": f"f{number}", "IpFilter": address})
    ses.create_receipt_rule_set(RuleSetName="there")
    return {"": lab, "sandbox": sandbox}


@pytest.mark.parametrize(("area", "case"), CASES, ids=lambda value: value if isinstance(value, str) else None)
def test_the_texts_of_refusals_are_ses_own(accounts, area, case):
    lab = accounts[case.get("account", "")]
    told = refused(getattr(lab.client(case["service"]), case["operation"]), **filled(case["request"], lab))
    assert told == (case["status"], case["code"], filled(case["text"], lab))


def test_no_text_stands_twice_and_each_has_its_source():
    seen = set()
    for path in FIXTURES.glob("*.json"):
        for case in json.loads(path.read_text("utf-8")):
            assert case["mark"] in {"O", "D", "F", "I"}, (path.name, case)
            assert case["source"], (path.name, case)
            about = {name: value for name, value in case.items() if name not in ("mark", "source", "status")}
            key = json.dumps([case.get("service", "sesv2"), about], sort_keys=True)
            assert key not in seen, (path.name, case)
            seen.add(key)
        assert any(
            path.name in test.read_text("utf-8") or path.stem in AREAS for test in Path(__file__).parent.glob("*.py")
        ), path


def test_rate_and_quota_have_their_words_at_both_versions(fresh):
    lab = fresh(max_24_hour_send=2.0)
    lab.verify("a@own.example", "to@reader.example")
    lab.stand_still()
    to, words = {"ToAddresses": ["to@reader.example"]}, {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    send = {
        "ses": lambda: refused(lab.ses.send_email, Source="a@own.example", Destination=to, Message=words),
        "sesv2": lambda: refused(
            lab.sesv2.send_email, FromEmailAddress="a@own.example", Destination=to, Content={"Simple": words}
        ),
    }
    for text in ("Maximum sending rate exceeded.", "Daily message quota exceeded."):
        cases = [case for case in QUOTA if case["text"] == text]
        assert {case["service"] for case in cases} == set(send)
        lab.send("a@own.example", "to@reader.example")
        if text.startswith("Daily"):
            lab.advance(1)
        for case in cases:
            assert send[case["service"]]() == (case["status"], case["code"], text)
        lab.advance(1)


@pytest.mark.parametrize("case", PROTOCOL, ids=lambda case: f"{case['text'][:40]} {case['body'][:40]}")
def test_what_cannot_be_read_is_refused_in_the_words_of_the_protocol(lab, ask, case):
    signed = f"AWS4-HMAC-SHA256 Credential={lab.account}/20260101/{lab.region}/ses/aws4_request, "
    kind = "application/json" if case["path"] != "/" else "application/x-www-form-urlencoded"
    headers = {"Authorization": f"{signed}SignedHeaders=host, Signature=0", "Content-Type": kind}
    answer = ask(lab, case["method"], case["path"], case["body"].encode() or None, headers)
    assert answer.status == 400
    if case["path"] == "/":
        assert f"<Code>{case['code']}</Code>" in answer.body.decode()
        assert f"<Message>{case['text']}</Message>" in answer.body.decode()
    else:
        assert answer.headers["x-amzn-errortype"].partition(":")[0] == case["code"]
        assert answer.json["message"] == case["text"]
