"""The article replayed line by line with the real aws CLI: what it prints, on which stream, with which exit status.

Its sandbox takes one mail a second, so the emulator's clock is moved between sends.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOMAIN = "abashiri.domain"
MAIL_FROM = f"mail.{DOMAIN}"
EMAIL = "reader@gmail.example"
AWS = Path(sys.executable).with_name("aws")
MESSAGE_ID = r"0106[0-9a-f]{12}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000"


@pytest.fixture
def article(fresh):
    if not AWS.exists():
        reason = f"the aws CLI is not installed ({AWS}): pip install '.[test]' brings it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return fresh()


def run(lab, *words: str) -> subprocess.CompletedProcess[str]:
    """``aws words…`` as the author typed it, told by its environment alone that SES is here."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": lab.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "ap-northeast-1",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run([str(AWS), *words], env=env, capture_output=True, text=True, timeout=60, check=False)


def aws(lab, *words: str) -> str:
    """The standard output of a command that succeeds, without the last line end."""
    done = run(lab, *words)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.removesuffix("\n")


def refusal(lab, *words: str) -> str:
    """The standard error of a command that SES refuses."""
    done = run(lab, *words)
    assert done.returncode not in (0, None)
    assert done.stdout == ""
    # Newer releases of the CLI than the author's write their own name first.
    return done.stderr.strip("\n").removeprefix("aws: [ERROR]: ")


def status(lab, identity: str) -> str:
    return aws(
        lab, "ses", "get-identity-verification-attributes", "--identities", identity,
        "--query", "VerificationAttributes.*.VerificationStatus", "--output", "text",
    )  # fmt: skip


def send(source: str, to: str) -> tuple[str, ...]:
    return ("ses", "send-email", "--from", source, "--to", to, "--subject", "test-subject", "--text", "test-body")


def publish(lab, records: list[tuple[str, str, str]]) -> None:
    """What the author did by hand in Route 53."""
    zone = json.loads(aws(lab, "route53", "create-hosted-zone", "--name", DOMAIN, "--caller-reference", "article"))
    changes: list[dict[str, Any]] = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {"Name": name, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]},
        }
        for name, kind, value in records
    ]
    answer = json.loads(
        aws(
            lab, "route53", "change-resource-record-sets", "--hosted-zone-id", zone["HostedZone"]["Id"],
            "--change-batch", json.dumps({"Changes": changes}),
        )
    )  # fmt: skip
    assert answer["ChangeInfo"]["Status"] == "INSYNC"


def test_the_article_replayed_with_the_aws_cli(article):
    lab = article

    # The domain: created with DKIM, pending until Route 53 has its CNAMEs.
    created = json.loads(aws(lab, "sesv2", "create-email-identity", "--email-identity", DOMAIN))
    assert (created["IdentityType"], created["VerifiedForSendingStatus"]) == ("DOMAIN", False)
    aws(
        lab, "sesv2", "put-email-identity-mail-from-attributes", "--email-identity", DOMAIN,
        "--mail-from-domain", MAIL_FROM,
    )  # fmt: skip
    assert status(lab, DOMAIN) == "Pending"
    tokens = created["DkimAttributes"]["Tokens"]
    publish(
        lab,
        [(f"{token}._domainkey.{DOMAIN}", "CNAME", f"{token}.dkim.amazonses.com") for token in tokens]
        + [
            (MAIL_FROM, "MX", "10 feedback-smtp.ap-northeast-1.amazonses.com"),
            (MAIL_FROM, "TXT", '"v=spf1 include:amazonses.com ~all"'),
        ],
    )
    assert status(lab, DOMAIN) == "Success"

    # The sandbox, in the article's own spacing.
    assert aws(lab, "ses", "get-send-quota") == (
        '{\n    "Max24HourSend": 200.0,\n    "MaxSendRate": 1.0,\n    "SentLast24Hours": 0.0\n}'
    )

    # The reader's address: Pending, the mail, its link, Success.
    assert aws(lab, "ses", "verify-email-identity", "--email-address", EMAIL) == ""
    assert status(lab, EMAIL) == "Pending"
    mail = lab.wait(to=EMAIL)
    assert mail["subject"] == "Amazon Web Services – Email Address Verification Request in region Asia Pacific (Tokyo)"
    link = re.search(r"http://\S+Operation=ConfirmVerification\S+", mail["text"])[0]
    lab.get(link.removeprefix(lab.endpoint))
    assert status(lab, EMAIL) == "Success"

    # The first mail, shown as the author's Gmail showed it.
    answer = aws(lab, *send(f"mail@{DOMAIN}", EMAIL))
    message_id = re.fullmatch(rf'\{{\n    "MessageId": "({MESSAGE_ID})"\n\}}', answer)[1]
    assert len(message_id) == 60
    mail = lab.wait(message_id=message_id)
    assert mail["display"] == {"mailed_by": MAIL_FROM, "signed_by": DOMAIN, "via": None}
    assert (mail["subject"], mail["text"]) == ("test-subject", "test-body\r\n")

    # A subdomain of the verified domain may send.
    lab.advance(1)
    answer = aws(lab, *send(f"test@{MAIL_FROM}", EMAIL))
    subdomain = json.loads(answer)["MessageId"]
    assert re.fullmatch(MESSAGE_ID, subdomain)
    assert lab.wait(message_id=subdomain)["from"] == f"test@{MAIL_FROM}"

    # An unverified sender, an unverified recipient.
    lab.advance(1)
    said = "An error occurred (MessageRejected) when calling the SendEmail operation: Email address is not verified. "
    said += "The following identities failed the check in region AP-NORTHEAST-1: "
    assert refusal(lab, *send("test@abashiri.hokkaido.jp", EMAIL)) == said + "test@abashiri.hokkaido.jp"
    assert refusal(lab, *send(f"test@{MAIL_FROM}", "hoge@domain")) == said + "hoge@domain"

    # The other three of its four cases.
    for dkim, custom, mailed_by, signed_by, via in (
        (False, True, MAIL_FROM, "amazonses.com", None),
        (False, False, "ap-northeast-1.amazonses.com", "amazonses.com", "amazonses.com"),
        (True, False, "ap-northeast-1.amazonses.com", DOMAIN, None),
    ):
        aws(
            lab, "ses", "set-identity-dkim-enabled", "--identity", DOMAIN,
            "--dkim-enabled" if dkim else "--no-dkim-enabled",
        )  # fmt: skip
        if not custom:
            aws(lab, "ses", "set-identity-mail-from-domain", "--identity", DOMAIN)
        lab.advance(1)
        mail = lab.wait(message_id=json.loads(aws(lab, *send(f"mail@{DOMAIN}", EMAIL)))["MessageId"])
        assert mail["display"] == {"mailed_by": mailed_by, "signed_by": signed_by, "via": via}

    assert json.loads(aws(lab, "ses", "get-send-quota"))["SentLast24Hours"] == 5.0


_PINPOINT = json.dumps(
    {
        "Enabled": True,
        "MatchingEventTypes": ["SEND"],
        "PinpointDestination": {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:123456789012:apps/a1"},
    }
)


def test_what_is_not_emulated_is_an_error_of_the_cli_that_names_it(article):
    aws(article, "sesv2", "create-configuration-set", "--configuration-set-name", "s")
    named = ("--configuration-set-name", "s", "--event-destination-name", "d", "--event-destination", _PINPOINT)
    told = refusal(article, "sesv2", "create-configuration-set-event-destination", *named)
    assert "UnsupportedOperation" in told
    assert "PinpointDestination" in told
