"""What a failed test's report tells of SES."""

from __future__ import annotations

SEND = """
import boto3
def send(to):
    try:
        boto3.client("ses").send_email(Source="x@report.example", Destination={"ToAddresses": [to]},
            Message={"Subject": {"Data": "test-subject"}, "Body": {"Text": {"Data": "test-body"}}})
    except Exception:
        pass
"""


def test_a_failed_test_s_report_ends_with_its_own_calls_and_why_they_were_refused(suite):
    printed = suite.fails(
        SEND
        + """
def test_other(ses):
    ses.verify("report.example")
    send("other@report.example")

def test_it(ses):
    ses.verify("report.example")
    send("anna@report.example")
    send("stranger@elsewhere.example")
    assert not "this fails"
"""
    )
    section = printed.partition("SES calls of this test")[2]
    assert "calls 2, refused 1" in section
    accepted, refused = (section.index(word) for word in ("accepted  v1 SendEmail", "REFUSED   v1 SendEmail"))
    assert accepted < refused
    assert "400 MessageRejected" in section
    assert "rule: verification:" in section
    assert "hint: stranger@elsewhere.example is not verified in us-east-1" in section
    assert "SES calls of this test" not in suite.passes(SEND + "def test_it(ses):\n    send('a@b.example')\n")


def test_a_fixture_that_fails_is_reported_so_too_and_workers_report_as_well(suite):
    test = SEND + "import pytest\n@pytest.fixture\ndef sent(ses):\n    send('a@b.example')\n    assert 0\n"
    test += "def test_it(sent):\n    pass\n"
    for options in ((), ("-n2",)):
        assert "REFUSED   v1 SendEmail" in suite.fails(test, *options).partition("SES calls of this test")[2]


def test_a_test_without_the_fixture_has_no_such_section(suite):
    assert "SES calls" not in suite.fails("def test_it():\n    assert 0\n")


def test_a_call_that_writes_to_the_terminal_is_shown_harmlessly(suite):
    printed = suite.fails(
        """
import boto3
def test_it(ses):
    ses.verify("report.example")
    try:
        boto3.client("ses").send_email(Source="x@report.example", Destination={"ToAddresses": ["a\\x1b[31m@b.example"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}})
    except Exception:
        pass
    assert 0
"""
    )
    section = printed.partition("SES calls of this test")[2]
    assert "REFUSED" in section
    assert "\x1b" not in section


def test_a_report_does_not_lead_through_the_plugin(suite):
    printed = suite.fails("def test_it(ses):\n    ses.verify('not a name')\n")
    assert "Invalid domain name not a name." in printed
    assert "emulator/testing/" not in printed
