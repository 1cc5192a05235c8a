"""Golden mails: what is compared, what is not, and how a difference is shown."""

from __future__ import annotations

import pytest

SEND = """
import pytest, os
from email.message import EmailMessage

@pytest.fixture
def send(ses):
    ses.verify("gold.example", "anna@gold.example")
    def one(text="Hello Anna", html="<p>Hello <b>Anna</b></p>", **fields):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "x@gold.example", "anna@gold.example", "Hello"
        for name, value in fields.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        message.add_attachment(b"bytes", maintype="image", subtype="png", filename="logo.png", cid=fields.get("cid"))
        ses.client("sesv2").send_email(Content={"Raw": {"Data": message.as_bytes()}})
    return one
"""
IT = """
def test_it(send, inbox, ses):
    send({arguments})
    assert inbox.wait_for().matches_golden("hello"{options})
"""


def test_a_missing_file_is_shown_written_on_demand_and_then_matches_in_every_run(suite):
    test = SEND + IT.format(arguments="", options="")
    golden = suite.folder / "golden" / "hello.txt"
    printed = suite.fails(test)
    assert f"There is no {golden}" in printed
    assert "Subject: Hello" in printed
    assert not golden.exists()
    suite.passes(test, "--update-golden")
    written = golden.read_text()
    suite.passes(test)
    suite.passes(test, "-n2")
    assert golden.read_text() == written
    assert "DKIM-Signature: <signature of gold.example>\n" in written
    assert "\n--- text ---\nHello Anna\n" in written
    assert "--- attachment logo.png ---\nimage/png, 5 bytes, sha256 " in written
    assert "boundary" not in written
    assert [path.name for path in golden.parent.iterdir()] == ["hello.txt"]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("text='Hello Bert'", "+Hello Bert"),
        ("html='<p>Hello</p>'", "-<p>Hello <b>Anna</b></p>"),
        ("X_Priority='1'", "+X-Priority: 1"),
        ("text='esc \\x1b[31m'", "+esc \\x1b[31m"),
    ],
)
def test_a_difference_is_shown_line_by_line(suite, arguments, shown):
    suite.passes(SEND + IT.format(arguments="", options=""), "--update-golden")
    printed = suite.fails(SEND + IT.format(arguments=arguments, options=""))
    assert "is not as its golden file says" in printed
    assert f"E       {shown}" in printed


def test_a_mail_that_lost_its_signature_differs(suite):
    suite.passes(SEND + IT.format(arguments="", options=""), "--update-golden")
    unsigned = """
@pytest.fixture(autouse=True)
def unsigned(ses, send):
    ses.client("sesv2").put_email_identity_dkim_attributes(EmailIdentity="gold.example", SigningEnabled=False)
    ses.client("ses").set_identity_dkim_enabled(Identity="anna@gold.example", DkimEnabled=False)
"""
    assert "-DKIM-Signature: <signature of gold.example>" in suite.fails(
        SEND + unsigned + IT.format(arguments="", options="")
    )


def test_ids_addresses_of_this_run_and_what_is_replaced_do_not_count(suite):
    test = """
import uuid, secrets
def test_it(send, inbox, ses):
    cid = f"<{secrets.token_hex(8)}@{secrets.token_hex(4)}>"
    send(text=f"Code {secrets.randbelow(10**6):06}, order {uuid.uuid4()}, {ses.endpoint}/x of {ses.account}",
         html=f"<img src='cid:{cid.strip('<>')}'>", cid=cid,
         Date=f"Mon, 02 Jan 2023 03:04:{secrets.randbelow(60):02} +0000")
    assert inbox.wait_for().matches_golden("hello", replace={r"Code \\d{6}": "Code <code>"})
"""
    suite.passes(SEND + test, "--update-golden")
    written = (suite.folder / "golden" / "hello.txt").read_text()
    assert "Code <code>, order <uuid>, <endpoint>/x of <account>" in written
    assert "<img src='cid:<cid-1>'>" in written
    assert "Date: <date>" in written
    suite.passes(SEND + test)


@pytest.mark.parametrize("name", ["../up", "", "a b", "/etc/x", "a/../b"])
def test_a_name_cannot_lead_elsewhere(suite, name):
    printed = suite.fails(SEND + IT.format(arguments="", options="").replace('"hello"', repr(name)), "--update-golden")
    assert "cannot name a golden file" in printed
    assert not (suite.folder / "golden").exists()
