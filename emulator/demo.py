"""The article, replayed against a running emulator as its author did it: through boto3, Route 53 and the reader's
mailbox. Its four mails (DKIM on/off, custom MAIL FROM set/unset) stay in the inbox; the table is read from them.

A client like any other: it uses the HTTP port only. The clock is advanced between sends, since the sandbox takes one
mail a second, and put back at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

REGION = "ap-northeast-1"
DOMAIN = "abashiri.domain"
MAIL_FROM = f"mail.{DOMAIN}"
SENDER = f"mail@{DOMAIN}"
READER = "reader@gmail.example"
# DKIM enabled, MAIL FROM set: the order in which the article tries them.
CASES = ((True, True), (False, True), (False, False), (True, False))


class DemoFailed(Exception):
    """A step did not turn out as in the article; the message says which."""


@dataclass(frozen=True, slots=True)
class Case:
    """One of the four, and what the reader saw."""

    dkim: bool
    mail_from: bool
    via: str | None
    mailed_by: str | None
    signed_by: str | None
    id: str


@dataclass(frozen=True, slots=True)
class Replayed:
    cases: tuple[Case, ...]

    def table(self) -> str:
        """The article's conclusion, from the captured mails."""
        rows = [("DKIM", "Custom MAIL FROM", "via", "mailed-by", "signed-by", "message")]
        rows += [
            (
                "Enabled" if case.dkim else "Disabled",
                "set" if case.mail_from else "unset",
                f"via {case.via}" if case.via else "not shown",
                case.mailed_by or "-",
                case.signed_by or "-",
                case.id,
            )
            for case in self.cases
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )


def replay(endpoint: str) -> Replayed:
    """Sets up the domain, verifies the reader, sends the four mails. May be run again on the same emulator."""
    article = _Article(endpoint)
    try:
        article.set_up_domain()
        article.verify_reader()
        with article.moving_clock():
            cases = [article.send(dkim, mail_from) for dkim, mail_from in CASES]
    except (BotoCoreError, ClientError, OSError) as problem:
        raise DemoFailed(str(problem)) from problem
    return Replayed(tuple(cases))


class _Article:
    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._ses = _client("ses", endpoint)
        self._sesv2 = _client("sesv2", endpoint)
        self._route53 = _client("route53", endpoint)
        # No proxy, here and below: the emulator is near, and what the environment names is for the world outside.
        self._opener = build_opener(ProxyHandler({}))

    def set_up_domain(self) -> None:
        """Create identity with DKIM; the console adds the DKIM CNAMEs, the author the MAIL FROM records."""
        with suppress(self._sesv2.exceptions.AlreadyExistsException):
            self._sesv2.create_email_identity(EmailIdentity=DOMAIN)
        tokens = self._sesv2.get_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"]
        self._sesv2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=True)
        self._set_mail_from(True)
        records = [(f"{token}._domainkey.{DOMAIN}", "CNAME", f"{token}.dkim.amazonses.com") for token in tokens]
        records.append((MAIL_FROM, "MX", f"10 feedback-smtp.{REGION}.amazonses.com"))
        records.append((MAIL_FROM, "TXT", '"v=spf1 include:amazonses.com ~all"'))
        self._route53.change_resource_record_sets(
            HostedZoneId=self._hosted_zone(),
            ChangeBatch={
                "Changes": [
                    {
                        "Action": "UPSERT",
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
        status = self._ses.get_identity_verification_attributes(Identities=[DOMAIN])["VerificationAttributes"]
        if status[DOMAIN]["VerificationStatus"] != "Success":
            raise DemoFailed(f"{DOMAIN} is {status[DOMAIN]['VerificationStatus']}, not Success")

    def _reader_is_verified(self) -> bool:
        known = self._ses.get_identity_verification_attributes(Identities=[READER])["VerificationAttributes"]
        return bool(known.get(READER, {}).get("VerificationStatus") == "Success")

    def verify_reader(self) -> None:
        """The reader opens the link in the mail, and throws the mail away."""
        if self._reader_is_verified():
            return
        before = self._newest_id()
        self._ses.verify_email_identity(EmailAddress=READER)
        # With --auto-verify there is no link to wait for.
        if self._reader_is_verified():
            return
        mail = self._wait(to=READER, after=before)
        link = next((word for word in mail["text"].split() if "Operation=ConfirmVerification" in word), None)
        if link is None:
            raise DemoFailed("the verification mail has no link")
        # By the address we were given: the one in the mail is for the reader's browser.
        with self._opener.open(self._endpoint + "/_ses/" + link.partition("/_ses/")[2], timeout=30) as page:
            if page.status != 200:
                raise DemoFailed(f"the verification link answered {page.status}")
        self._call("DELETE", f"messages/{mail['id']}")

    def send(self, dkim: bool, mail_from: bool) -> Case:
        self._sesv2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=dkim)
        self._set_mail_from(mail_from)
        self._call("POST", "clock", {"advance_seconds": 1.0})
        answer = self._ses.send_email(
            Source=SENDER,
            Destination={"ToAddresses": [READER]},
            Message={"Subject": {"Data": "test-subject"}, "Body": {"Text": {"Data": "test-body"}}},
        )
        mail = self._wait(message_id=answer["MessageId"])
        shown = mail["display"]
        return Case(dkim, mail_from, shown["via"], shown["mailed_by"], shown["signed_by"], mail["id"])

    @contextmanager
    def moving_clock(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._call("POST", "clock", {"advance_seconds": -1.0 * len(CASES)})

    def _set_mail_from(self, wanted: bool) -> None:
        self._sesv2.put_email_identity_mail_from_attributes(
            EmailIdentity=DOMAIN, **({"MailFromDomain": MAIL_FROM} if wanted else {})
        )
        if wanted:
            # Set again, it is looked for again; the records are there.
            self._call("POST", f"identities/{quote(DOMAIN)}/publish?region={REGION}&records=mail_from")

    def _hosted_zone(self) -> str:
        for zone in self._route53.list_hosted_zones_by_name(DNSName=DOMAIN)["HostedZones"]:
            if zone["Name"].rstrip(".") == DOMAIN:
                return str(zone["Id"])
        return str(self._route53.create_hosted_zone(Name=DOMAIN, CallerReference=DOMAIN)["HostedZone"]["Id"])

    def _newest_id(self) -> int:
        messages = self._call("GET", "messages?limit=1")["messages"]
        return int(messages[0]["id"]) if messages else 0

    def _wait(self, **wanted: Any) -> dict[str, Any]:
        return self._call("GET", "messages/wait?" + urlencode({**wanted, "timeout": 30}))

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = json.dumps(body).encode("utf-8") if body is not None else None
        request = Request(f"{self._endpoint}/_ses/api/{path}", data=data, method=method)
        try:
            with self._opener.open(request, timeout=60) as answer:
                result: dict[str, Any] = json.load(answer)
        except HTTPError as problem:
            raise DemoFailed(f"{method} {path}: {_said(problem)}") from problem
        return result


def _said(problem: HTTPError) -> str:
    """The inspection API's sentence."""
    body = problem.read()
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace")


def _client(service: str, endpoint: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="demo",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
