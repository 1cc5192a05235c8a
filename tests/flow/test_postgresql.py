"""The whole emulator on PostgreSQL: the article, exact quotas in two processes, and text that no database holds."""

from __future__ import annotations

import http.client
import json
import logging
import re
import signal
import smtplib
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import quote, urlencode

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

DOMAIN = "abashiri.domain"
MAIL_FROM = f"mail.{DOMAIN}"
READER = "reader@gmail.example"
SENDER = "sender@limits.example"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=123456789012/20261124/us-east-1/ses/aws4_request, SignedHeaders=host, "
    "Signature=" + "0" * 64
)


def test_the_articles_first_case(fresh, postgresql):
    lab = fresh(database=postgresql())
    lab.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    tokens = lab.sesv2.get_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"]
    lab.ses.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain=MAIL_FROM)
    records = [(f"{token}._domainkey.{DOMAIN}", "CNAME", f"{token}.dkim.amazonses.com") for token in tokens]
    records.append((MAIL_FROM, "MX", "10 feedback-smtp.ap-northeast-1.amazonses.com"))
    records.append((MAIL_FROM, "TXT", "v=spf1 include:amazonses.com ~all"))
    lab.api("PUT", "dns/records", {"records": [{"name": n, "type": k, "value": v} for n, k, v in records]})
    lab.ses.verify_email_identity(EmailAddress=READER)
    link = re.search(r"http://\S+Operation=ConfirmVerification\S+", lab.wait(to=READER)["text"]).group()
    lab.get(link.removeprefix(lab.endpoint))
    message_id = lab.send(f"mail@{DOMAIN}", READER)
    mail = lab.wait(message_id=message_id)
    assert mail["display"] == {"mailed_by": MAIL_FROM, "signed_by": DOMAIN, "via": None}
    assert mail["envelope"]["mail_from"] == f"{message_id}@{MAIL_FROM}"
    assert [(one["domain"], one["result"]) for one in mail["authentication"]["dkim"]] == [
        (DOMAIN, "pass"),
        ("amazonses.com", "pass"),
    ]
    with pytest.raises(lab.ses.exceptions.MessageRejected):
        lab.send("mail@elsewhere.domain", READER)


@pytest.fixture
def second():
    """``second(url)`` starts another process on the database and gives its endpoint."""
    running: list[subprocess.Popen[str]] = []

    def start(url: str) -> str:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "emulator", "start", "--json", "--database", url, "--max-send-rate", "-1"),
                *("--port", "0", "--smtp-port", "0", "--smtps-port", "0", "--sink-port", "0", "--dns-port", "0"),
                *("--log-level", "error"),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return json.loads(process.stdout.readline())["endpoint"]

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            process.kill()
            process.stdout.close()


def test_two_processes_on_one_database_never_pass_the_200th_recipient(fresh, postgresql, second):
    url = postgresql()
    lab = fresh(database=url, max_send_rate=-1.0)
    other = second(url)
    lab.verify(SENDER)

    def push(endpoint: str) -> list[str]:
        client = boto3.client(
            "ses",
            endpoint_url=endpoint,
            region_name=lab.region,
            aws_access_key_id=lab.account,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        outcomes = []
        for _ in range(8):
            try:
                answer = client.send_email(
                    Source=SENDER,
                    Destination={"ToAddresses": [SENDER]},
                    Message={"Subject": {"Data": "quota"}, "Body": {"Text": {"Data": "t"}}},
                )
            except ClientError as problem:
                outcomes.append(problem.response["Error"]["Message"])
            else:
                outcomes.append(answer["MessageId"])
        return outcomes

    with ThreadPoolExecutor(32) as pool:
        outcomes = [one for some in pool.map(push, [lab.endpoint, other] * 16) for one in some]
    refused = outcomes.count("Daily message quota exceeded.")
    accepted = [one for one in outcomes if one.endswith("-000000")]
    assert (len(accepted), refused) == (200, 56)
    assert len(set(accepted)) == 200
    assert lab.ses.get_send_quota()["SentLast24Hours"] == 200.0

    for message_id in accepted:
        lab.wait(message_id=message_id)
    found, cursor = Counter(), ""
    while True:
        page = lab.api("GET", f"messages?subject=quota&limit=150{cursor}")
        found.update(mail["message_id"] for mail in page["messages"])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == Counter(accepted)


NAMES = ["a\x00b.example", "\x00", "a\x00@b.example", "\ud800.example", "x\udfff@b.example", "\ufffd.example"]


def escaped(name: str) -> str:
    """Percent-encoded with lone surrogates as the bytes that a careless client sends for them."""
    return quote(name.encode("utf-8", "surrogatepass"), safe="")


def test_text_that_no_database_holds_is_refused_or_finds_nothing(fresh, postgresql, caplog):
    lab = fresh(database=postgresql(), max_send_rate=-1.0)
    lab.verify("good.example")
    place = lab.endpoint.removeprefix("http://")

    def ask(method: str, path: str, body: str | None = None, kind: str = "application/json") -> tuple[int, bytes]:
        headers = {"Content-Type": kind}
        if not path.startswith(("/_ses/", "/_aws/")):
            headers["Authorization"] = SIGNED
        with closing(http.client.HTTPConnection(place, timeout=20)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def v1(action: str, **fields: str) -> tuple[int, bytes]:
        body = "&".join([f"Action={action}", "Version=2010-12-01", *(f"{k}={escaped(v)}" for k, v in fields.items())])
        return ask("POST", "/", body, "application/x-www-form-urlencoded")

    def v2(method: str, path: str, **members: object) -> tuple[int, bytes]:
        return ask(method, f"/v2/email/{path}", json.dumps(members) if members else None)

    before = lab.api("GET", "dns/records")
    with caplog.at_level(logging.ERROR):
        for name in NAMES:
            calls = [
                v1("VerifyDomainIdentity", Domain=name),
                v1("VerifyEmailIdentity", EmailAddress=name),
                v1("VerifyDomainDkim", Domain=name),
                v1("SetIdentityMailFromDomain", Identity="good.example", MailFromDomain=f"{name}.good.example"),
                v1("SendEmail", **{
                    "Source": name,
                    "Destination.ToAddresses.member.1": name,
                    "Message.Subject.Data": name,
                    "Message.Body.Text.Data": name,
                }),
                v2("POST", "identities", EmailIdentity=name),
                v2("GET", f"identities/{escaped(name)}"),
                v2("DELETE", f"identities/{escaped(name)}"),
                v2("PUT", f"identities/{escaped(name)}/mail-from", MailFromDomain=name),
                v2("POST", "outbound-emails", FromEmailAddress=name, Content={"Raw": {"Data": "eA=="}}),
                ask("PUT", "/_ses/api/dns/records", json.dumps({"name": name, "type": "A", "value": "192.0.2.1"})),
                ask("PUT", "/_ses/api/dns/records", json.dumps({"name": "ok.example", "type": "CNAME", "value": name})),
                ask("GET", f"/_ses/api/identities/{escaped(name)}"),
                ask("POST", f"/_ses/api/identities/{escaped(name)}/verify"),
                ask("POST", f"/_ses/api/identities/{escaped(name)}/publish"),
                ask("POST", f"/_ses/api/reset?account={escaped(name)}"),
            ]  # fmt: skip
            assert [(place, status) for place, (status, _) in enumerate(calls) if not 400 <= status < 500] == [], name
            for method, nothing in (("GET", {"records": []}), ("DELETE", {"deleted": 0})):
                status, body = ask(method, f"/_ses/api/dns/records?name={escaped(name)}")
                assert status == 400 or json.loads(body) == nothing, (name, method)
            for action, field in (
                ("GetIdentityVerificationAttributes", "Identities.member.1"),
                ("GetIdentityDkimAttributes", "Identities.member.1"),
                ("DeleteIdentity", "Identity"),
            ):
                status, body = v1(action, **{field: name})
                assert status < 500, (name, action)
                assert b"<entry>" not in body, (name, action)
            for field in ("to", "from", "subject", "text", "q", "message_id", "region", "account"):
                for path in ("/_ses/api/messages?", "/_ses/api/messages/wait?timeout=0&"):
                    status, body = ask("GET", f"{path}{field}={escaped(name)}")
                    assert status in (400, 404) or json.loads(body)["messages"] == [], (name, field)
                assert ask("DELETE", f"/_ses/api/messages?{field}={escaped(name)}")[0] in (200, 400)
            for query in (f"id={escaped(name)}", f"email={escaped(name)}"):
                status, body = ask("GET", f"/_aws/ses?{query}")
                assert status == 400 or json.loads(body)["messages"] == []
    assert [record.getMessage() for record in caplog.records] == []
    assert lab.api("GET", "dns/records") == before
    assert lab.ses.list_identities()["Identities"] == ["good.example"]
    assert lab.client("ses", "us-east-1").list_identities()["Identities"] == []
    mail = lab.wait(message_id=lab.send("a@good.example", "b@good.example"))
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}


def test_a_mail_with_nul_and_broken_bytes_is_kept_as_it_came(fresh, postgresql):
    lab = fresh(database=postgresql(), max_send_rate=-1.0)
    lab.verify("good.example")
    body = b"Subject: nul \x00 and \xff\r\nFrom: a@good.example\r\nTo: b@good.example\r\n\r\n\x00\xed\xa0\x80\xff\r\n"
    host, _, port = lab.addresses.sink.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.sendmail("a@good.example", ["nul@here.example"], body)
    mail = lab.api("GET", "messages/wait?" + urlencode({"to": "nul@here.example", "timeout": 20}))
    assert mail["subject"] == "nul \ufffd and \ufffd"
    assert lab.get(f"/_ses/api/messages/{mail['id']}/raw").endswith(body)
