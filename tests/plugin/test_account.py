"""The fixture ``ses``: each test has an account of its own, and its code is led there."""

from __future__ import annotations

import re
import smtplib
import urllib.request

import boto3
import pytest

from emulator.testing.api import EmulatorError

SEND = """
def send(client, to="a@test.example"):
    return client.send_email(
        FromEmailAddress="x@test.example", Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "test-subject"}, "Body": {"Text": {"Data": "test-body"}}}})
"""


def test_clients_that_the_code_makes_by_itself_are_this_test_s_account_in_test_after_test(suite):
    suite.passes(
        f"""
import boto3, pytest
{SEND}
seen = []

@pytest.mark.parametrize("number", [1, 2, 3])
def test_it(ses, inbox, number):
    assert inbox.all() == [] and ses.requests() == []
    assert boto3.client("ses").list_identities()["Identities"] == []
    ses.verify("test.example")
    send(boto3.client("sesv2"))
    assert inbox.wait_for().rcpt_to == ("a@test.example",)
    assert {{call.caller for call in ses.requests()}} == {{ses.account}}
    assert ses.account not in seen
    seen.append(ses.account)
"""
    )


def test_the_environment_and_boto3_are_afterwards_as_they_were(suite):
    suite.env["AWS_CONFIG_FILE"] = str(suite.write("config", "[profile mine]\nregion = eu-west-2\n"))
    suite.env.update(AWS_PROFILE="mine", AWS_ACCESS_KEY_ID="before", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
    suite.passes(
        """
import os, boto3
boto3.setup_default_session(region_name="eu-west-3")
before, session = dict(os.environ), boto3.DEFAULT_SESSION

def same():
    return {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} == {
        k: v for k, v in before.items() if k != "PYTEST_CURRENT_TEST"}

def test_with(ses):
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_ENDPOINT_URL_SES"] == os.environ["AWS_ENDPOINT_URL_SESV2"] == ses.endpoint
    assert os.environ["AWS_ACCESS_KEY_ID"] == ses.access_key
    assert boto3.client("sesv2").meta.region_name == "us-east-1"
    assert boto3.client("sesv2").meta.endpoint_url == ses.endpoint

def test_after():
    assert same() and boto3.DEFAULT_SESSION is session

def test_undoing_other_patches_leaves_it(ses, monkeypatch):
    monkeypatch.setenv("OTHER", "1")
    monkeypatch.undo()
    assert os.environ["AWS_ACCESS_KEY_ID"] == ses.access_key
"""
    )


def test_a_configuration_that_ignores_endpoints_or_a_proxy_leads_nothing_to_aws(suite):
    suite.env["AWS_CONFIG_FILE"] = str(suite.write("config", "[default]\nignore_configured_endpoint_urls = true\n"))
    suite.env.update(HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="other.example")
    suite.passes(
        """
import boto3, os
def test_it(ses):
    assert boto3.client("sesv2").meta.endpoint_url == ses.endpoint
    assert boto3.client("sesv2").get_account()["SendQuota"]["MaxSendRate"] == 1
    assert os.environ["NO_PROXY"] == "other.example,127.0.0.1"
"""
    )


def test_it_works_beside_moto_for_other_services(suite):
    suite.passes(
        f"""
import boto3
from moto import mock_aws
{SEND}
@mock_aws(config={{"core": {{"mock_credentials": False}}}})
def test_decorated(ses, inbox):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["bucket"]
    ses.verify("test.example")
    send(boto3.client("sesv2"))
    assert inbox.wait_for(to="a@test.example").signed_by == "test.example"

def test_clients_from_before_and_inside(ses, inbox):
    ses.verify("test.example")
    early = boto3.client("sesv2")
    with mock_aws():
        boto3.client("sqs").create_queue(QueueName="queue")
        send(early)
        inbox.wait_for()
        ses.client("ses").get_send_quota()
    assert [call.caller for call in ses.requests()] == [ses.account] * 2
"""
    )


def test_a_test_whose_mail_went_to_moto_s_key_is_told_how_to_keep_its_own(suite):
    printed = suite.fails(
        f"""
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
{SEND}
@mock_aws
def test_it(ses, inbox):
    ses.verify("test.example")
    try:
        send(boto3.client("sesv2"))
    except ClientError:
        pass
    inbox.wait_for(timeout=0.1)
"""
    )
    assert "Nothing called SES with this test's access key." in printed
    # Other tests of this run may have called with keys of theirs.
    assert re.search(r"calls with the access key [^.]*\bFOOBARKEY\b", printed), printed
    assert '"mock_credentials": False' in printed


def test_it_is_given_to_unittest_s_tests_by_ini_and_by_marker(suite):
    suite.write("pytest.ini", "[pytest]\nusefixtures = ses\nses_region = eu-west-1\n")
    suite.passes(
        """
import os, unittest, boto3
class Test(unittest.TestCase):
    def test_it(self):
        assert len(os.environ["AWS_ACCESS_KEY_ID"]) == 12
        assert boto3.client("ses").meta.region_name == "eu-west-1"
"""
    )


def test_fixtures_of_wider_scope_have_accounts_of_their_own(suite):
    suite.passes(
        """
import pytest
@pytest.fixture(scope="module")
def shop(ses_emulator):
    account = ses_emulator.new_account(region="eu-west-1")
    account.verify("shop.example")
    return account

def test_one(shop, ses):
    assert shop.account != ses.account
    assert shop.client("ses").list_identities()["Identities"] == ["shop.example"]
    assert ses.client("ses", region="eu-west-1").list_identities()["Identities"] == []

def test_two(shop):
    assert shop.client("ses") is shop.client("ses")
    with pytest.raises(ValueError, match="a test's own inbox"):
        shop.production() or shop.client("ses").send_email(
            Source="a@shop.example", Destination={"ToAddresses": ["b@b.example"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}})
        shop.inbox.wait_for().matches_golden("it")
"""
    )


# --- what ses does, in our own suite -------------------------------------------------------------


def test_verified_identities_got_no_mail_and_are_of_one_region(ses, inbox):
    ses.verify("a@verified.example", "verified.example")
    ses.verify("b@verified.example", region="eu-west-1")
    names = ["a@verified.example", "verified.example"]
    found = ses.client("ses").get_identity_verification_attributes(Identities=names)["VerificationAttributes"]
    assert {name: one["VerificationStatus"] for name, one in found.items()} == dict.fromkeys(names, "Success")
    assert ses.client("ses", "eu-west-1").list_identities()["Identities"] == ["b@verified.example"]
    inbox.expect_none(within=0.3)


@pytest.mark.parametrize("name", ["no domain", "a@b@c.example", "local", "a b@c.example", ""])
def test_what_can_be_no_identity_is_an_error(ses, name):
    with pytest.raises(EmulatorError):
        ses.verify(name)


def test_production_is_of_one_region(ses):
    ses.production()
    assert ses.client("sesv2").get_account()["ProductionAccessEnabled"] is True
    assert ses.client("sesv2").get_account()["SendQuota"]["MaxSendRate"] == 14
    assert ses.client("sesv2", region="eu-west-1").get_account()["ProductionAccessEnabled"] is False


@pytest.mark.ses_emulator("--verify-signatures")
def test_all_of_it_is_signed_as_aws_wants_it(ses):
    ses.production()
    assert ses.client("sesv2").get_account()["ProductionAccessEnabled"] is True


@pytest.mark.parametrize("secure", ["starttls", "tls"])
def test_mail_by_smtp_is_of_this_account(ses, inbox, secure):
    ses.verify("a@smtp.example", "smtp.example")
    door = ses.smtp
    if secure == "tls":
        connection = smtplib.SMTP_SSL(door.host, door.tls_port, context=door.context)
    else:
        connection = smtplib.SMTP(door.host, door.port)
        connection.starttls(context=door.context)
    with connection:
        connection.login(door.user, door.password)
        connection.sendmail("x@smtp.example", ["a@smtp.example"], "From: x@smtp.example\r\nSubject: by smtp\r\n\r\nhi")
    assert inbox.wait_for(to="a@smtp.example").subject == "by smtp"
    assert [(call.door, call.accepted) for call in ses.requests()] == [("smtp", True)]


def test_route_53_of_the_account_is_on_the_same_port(ses):
    ses.client("ses").verify_domain_dkim(Domain="dns.example")
    zone = ses.client("route53").create_hosted_zone(Name="dns.example", CallerReference="1")
    assert zone["HostedZone"]["Name"] == "dns.example."


def test_other_clients_may_have_options(ses):
    from botocore.config import Config

    client = ses.client("ses", config=Config(retries={"total_max_attempts": 1}))
    assert client.meta.config.retries["total_max_attempts"] == 1
    assert client is not ses.client("ses")


def test_the_address_is_that_of_an_emulator(ses):
    with urllib.request.urlopen(f"{ses.endpoint}/_ses/api/health") as answer:
        assert answer.status == 200
    assert boto3.client("ses").meta.endpoint_url == ses.endpoint
