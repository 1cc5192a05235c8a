"""The article's signed mail before judges that are not ours: Debian's Mail::DKIM (Perl) checks the signatures and dig
looks up what they rest on, both through our DNS port and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DOMAIN = "abashiri.domain"
MAIL_FROM = f"mail.{DOMAIN}"
READER = "reader@gmail.example"
VERIFIER = Path(__file__).with_name("verify_dkim.pl")
AMAZONSES_SELECTOR = "zh4gjftm6etwoq6afzugpky45synznly"


def need(there: bool, what: str) -> None:
    if not there:
        if os.environ.get("CI"):
            pytest.fail(what)
        pytest.skip(what)


@pytest.fixture(scope="module")
def perl() -> str:
    found = shutil.which("perl")
    has_module = (
        found is not None
        and not subprocess.run(
            [found, "-MMail::DKIM::Verifier", "-MNet::DNS", "-e1"], capture_output=True, timeout=60, check=False
        ).returncode
    )
    need(has_module, "perl's Mail::DKIM is not installed: apt-get install libmail-dkim-perl")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def dig() -> str:
    found = shutil.which("dig")
    need(found is not None, "dig is not installed: apt-get install bind9-dnsutils")
    assert found is not None
    return found


@pytest.fixture
def article(fresh):
    """The article's domain with DKIM on and its MAIL FROM set, everything published."""
    lab = fresh()
    lab.verify(DOMAIN, READER)
    lab.ses.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain=MAIL_FROM)
    lab.api("POST", f"identities/{DOMAIN}/publish?region={lab.region}&records=all")
    lab.token = lab.sesv2.get_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"][0]
    return lab


def mail_of(lab) -> bytes:
    """The bytes of the article's mail as the receiver stored them."""
    mail = lab.wait(message_id=lab.send(f"mail@{DOMAIN}", READER))
    return lab.get(f"/_ses/api/messages/{mail['id']}/raw")


def dns_port(lab) -> str:
    return lab.addresses.dns.rpartition(":")[2]


def judged(perl: str, lab, mail: bytes) -> list[tuple[str, str, str]]:
    """``(domain, selector, result)`` of each signature, top to bottom, as Mail::DKIM sees them."""
    done = subprocess.run([perl, str(VERIFIER), dns_port(lab)], input=mail, capture_output=True, timeout=60, check=True)
    assert done.stderr == b""
    lines = done.stdout.decode().splitlines()
    return [(domain, selector, result) for domain, selector, result in (line.split("\t") for line in lines)]


def test_mail_dkim_verifies_both_signatures(perl, article):
    assert judged(perl, article, mail_of(article)) == [
        (DOMAIN, article.token, "pass"),
        ("amazonses.com", AMAZONSES_SELECTOR, "pass"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"\r\n\r\ntest-body", b"\r\n\r\ntest-bodY", "body has been altered"),
        (b"Subject: test-subject", b"Subject: test-subjecT", "message has been altered"),
        (b"Message-ID: <01", b"Message-ID: <02", "message has been altered"),
    ],
)
def test_one_changed_byte_fails_both_signatures(perl, article, old, new, reason):
    mail = mail_of(article)
    assert mail.count(old) == 1
    results = [result for _, _, result in judged(perl, article, mail.replace(old, new))]
    assert len(results) == 2
    assert all(result.startswith("fail") and reason in result for result in results), results


def test_what_is_not_signed_may_change(perl, article):
    """X-SES-Outgoing is added after signing, Feedback-ID is signed by amazonses.com alone."""
    mail = mail_of(article)
    passed = [
        result for _, _, result in judged(perl, article, mail.replace(b"X-SES-Outgoing: 2", b"X-SES-Outgoing: 3"))
    ]
    assert passed == ["pass", "pass"]
    changed = judged(perl, article, mail.replace(b"\r\nFeedback-ID: ::1.", b"\r\nFeedback-ID: x::1."))
    assert [result.partition(" ")[0] for _, _, result in changed] == ["pass", "fail"]


def test_without_its_record_the_own_signature_is_worthless(perl, article):
    mail = mail_of(article)
    article.api("DELETE", f"dns/records?name={article.token}._domainkey.{DOMAIN}")
    own, amazonses = judged(perl, article, mail)
    assert own[2].startswith("invalid")
    assert amazonses[2] == "pass"


def test_a_raw_mail_of_8_bit_and_binary_bytes_is_verified_too(perl, article):
    body = b"\xff\x00 8 bits \r\n\r\n.dots\r\n \t \r\n\r\n\r\n"
    data = f"From: =?utf-8?q?=E5?= <mail@{DOMAIN}>\r\nTO:  {READER} \r\nX-Own: a\r\n\tb\r\nSubject:\r\n folded\r\n\r\n"
    sent = article.ses.send_raw_email(RawMessage={"Data": data.encode() + body})["MessageId"]
    mail = article.wait(message_id=sent)
    raw = article.get(f"/_ses/api/messages/{mail['id']}/raw")
    assert raw.endswith(body)
    assert [result for _, _, result in judged(perl, article, raw)] == ["pass", "pass"]


def asked(dig: str, lab, name: str, kind: str, *options: str) -> list[str]:
    """The lines of ``dig +short``."""
    done = subprocess.run(
        [dig, "@127.0.0.1", "-p", dns_port(lab), "+short", "+tries=2", "+time=5", *options, name, kind],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_dig_sees_key_spf_and_mx(dig, article, transport):
    target, *key = asked(dig, article, f"{article.token}._domainkey.{DOMAIN}", "TXT", transport)
    assert target == f"{article.token}.dkim.amazonses.com."
    assert re.search(r"p=[A-Za-z0-9+/]{380,}={0,2}$", "".join(key).replace('" "', "").strip('"'))
    own = "".join(asked(dig, article, f"{AMAZONSES_SELECTOR}._domainkey.amazonses.com", "TXT", transport))
    assert "p=MIGf" in own
    assert asked(dig, article, MAIL_FROM, "TXT", transport) == ['"v=spf1 include:amazonses.com ~all"']
    assert asked(dig, article, MAIL_FROM, "MX", transport) == ["10 feedback-smtp.ap-northeast-1.amazonses.com."]
    assert asked(dig, article, "ap-northeast-1.amazonses.com", "TXT", transport) == [
        '"v=spf1 include:amazonses.com -all"'
    ]
    assert asked(dig, article, f"nothing.{DOMAIN}", "TXT", transport) == []
