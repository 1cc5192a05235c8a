"""The article's four mails and its conclusion, computed from the bytes that arrived. Source: reference 5.2, 5.3."""

from __future__ import annotations

import re

import pytest

DOMAIN = "abashiri.domain"
MAIL_FROM = "mail.abashiri.domain"
READER = "reader@gmail.example"
REGIONAL = "ap-northeast-1.amazonses.com"


@pytest.fixture
def article(fresh):
    """The domain with its DKIM, and the reader, verified as in the article: Route 53 records and a click."""
    lab = fresh(max_send_rate=-1.0)
    lab.sesv2.create_email_identity(EmailIdentity=DOMAIN)
    tokens = lab.sesv2.get_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"]
    route53 = lab.client("route53", "us-east-1")
    zone = route53.create_hosted_zone(Name=DOMAIN, CallerReference="1")["HostedZone"]["Id"]
    records = [(f"{token}._domainkey.{DOMAIN}", "CNAME", f"{token}.dkim.amazonses.com") for token in tokens]
    records.append((MAIL_FROM, "MX", "10 feedback-smtp.ap-northeast-1.amazonses.com"))
    records.append((MAIL_FROM, "TXT", '"v=spf1 include:amazonses.com ~all"'))
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": name,
                        "Type": kind,
                        "TTL": 300,
                        "ResourceRecords": [{"Value": value}],
                    },
                }
                for name, kind, value in records
            ]
        },
    )
    lab.ses.verify_email_identity(EmailAddress=READER)
    mail = lab.wait(to=READER)
    link = re.search(r"http://\S+Operation=ConfirmVerification\S+", mail["text"]).group()
    lab.get(link.removeprefix(lab.endpoint))
    lab.tokens = tokens
    return lab


def case(lab, dkim: bool, mail_from: bool):
    lab.ses.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=dkim)
    lab.ses.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain=MAIL_FROM if mail_from else "")
    lab.api("POST", f"identities/{DOMAIN}/publish?region=ap-northeast-1&records=mail_from")
    message_id = lab.send(f"mail@{DOMAIN}", READER)
    return message_id, lab.wait(message_id=message_id)


@pytest.mark.parametrize(
    ("dkim", "mail_from", "via", "mailed_by", "signed_by"),
    [
        (True, True, None, MAIL_FROM, DOMAIN),
        (False, True, None, MAIL_FROM, "amazonses.com"),
        (False, False, "amazonses.com", REGIONAL, "amazonses.com"),
        (True, False, None, REGIONAL, DOMAIN),
    ],
)
def test_what_gmail_shows_is_what_the_article_saw(article, dkim, mail_from, via, mailed_by, signed_by):
    message_id, mail = case(article, dkim, mail_from)
    assert mail["display"] == {"mailed_by": mailed_by, "signed_by": signed_by, "via": via}
    assert mail["envelope"]["mail_from"] == f"{message_id}@{mailed_by}"
    assert mail["envelope"]["rcpt_to"] == [READER]
    signers = [one["domain"] for one in mail["authentication"]["dkim"]]
    assert signers == ([DOMAIN] if dkim else []) + ["amazonses.com"]
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}
    assert mail["authentication"]["spf"]["result"] == "pass"
    assert mail["authentication"]["spf"]["domain"] == mailed_by
    assert {reason["about"] for reason in mail["explanation"]} == {"spf", "dkim", "dmarc", "via"}


def test_authentication_results_stand_as_in_the_article(article):
    message_id, mail = case(article, dkim=True, mail_from=True)
    sender = f"{message_id}@{MAIL_FROM}"
    ip = mail["envelope"]["client_ip"]
    raw = article.get(f"/_ses/api/messages/{mail['id']}/raw").decode()
    eight = r'(?:[\w+]{8}|"[\w+/]{8}")'  # a "/" stands in quotation marks (RFC 8601 2.2, RFC 2045 token)
    expected = (
        "Authentication-Results: mx.google.com;\r\n"
        rf"       dkim=pass header.i=@{DOMAIN} header.s={article.tokens[0]} header.b={eight};"
        "\r\n"
        rf"       dkim=pass header.i=@amazonses.com header.s=zh4gjftm6etwoq6afzugpky45synznly header.b={eight};"
        "\r\n"
        rf"       spf=pass \(google.com: domain of {sender} designates {ip} as permitted sender\) "
        rf"smtp.mailfrom={sender}"
        "\r\n"
    )
    assert re.search(expected, raw), raw
    assert f"Received-SPF: pass (google.com: domain of {sender} designates {ip} as permitted sender) " in raw
    assert raw.startswith(f"Return-Path: <{sender}>\r\n")


def test_message_id_has_the_articles_form(article):
    message_id, _ = case(article, dkim=True, mail_from=True)
    assert re.fullmatch(r"0106[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000", message_id)
    assert len(message_id) == 60


def test_a_subdomain_of_the_verified_domain_may_send(article):
    mail = article.wait(message_id=article.send(f"test@mail.{DOMAIN}", READER))
    assert mail["authentication"]["dkim"][0]["identity"] == f"@mail.{DOMAIN}"
    assert mail["display"]["signed_by"] == DOMAIN


@pytest.mark.parametrize(
    ("source", "to", "named"),
    [
        ("test@abashiri.hokkaido.jp", READER, "test@abashiri.hokkaido.jp"),
        (f"test@mail.{DOMAIN}", "hoge@domain", "hoge@domain"),
    ],
)
def test_refusals_read_exactly_as_in_the_article(article, source, to, named):
    with pytest.raises(article.ses.exceptions.MessageRejected) as refused:
        article.send(source, to)
    error = refused.value.response["Error"]
    assert error["Code"] == "MessageRejected"
    assert error["Message"] == (
        f"Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: {named}"
    )


def test_the_verdict_follows_dns(article):
    """Without the MAIL FROM domain's SPF record the same sending is no longer mailed-by it, and via appears."""
    article.api("DELETE", f"dns/records?name={MAIL_FROM}&type=TXT")
    article.ses.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=False)
    article.ses.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain=MAIL_FROM)
    article.advance(0)  # returns when DNS has been looked at
    message_id = article.send(f"mail@{DOMAIN}", READER)
    mail = article.wait(message_id=message_id)
    assert mail["authentication"]["spf"]["result"] == "none"
    assert mail["display"] == {"mailed_by": None, "signed_by": "amazonses.com", "via": "amazonses.com"}
    change = next(reason["change"] for reason in mail["explanation"] if reason["about"] == "spf")
    assert "v=spf1 include:amazonses.com ~all" in change
