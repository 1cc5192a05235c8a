"""Bad input by the thousand at the HTTP port and at the SMTP door: no 5xx, no traceback, no hang, and the next good
send works. Seeded: a failure repeats."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import random
import socket
import ssl
from urllib.parse import quote, urlencode

import pytest

from emulator.smtp.credentials import password

SENDER = "sender@hostile.example"
SCOPE = "AWS4-HMAC-SHA256 Credential={}/20261124/us-east-1/{}/aws4_request, SignedHeaders=host, Signature={}"
WORDS = [
    "", "x", "null", "0", "-1", "1e999", "true", "[]", "{}", "\u0000", "é", "\r\n", "a" * 5000, "%", "%2F", "../..",
    "<script>", "'; DROP TABLE messages; --", "member.1", "\ud7ff", "😀", "a@b", "@", "a@b..c", "Infinity",
    "=?utf-8?q?x",
]  # fmt: skip
ACTIONS = [
    "SendEmail", "SendRawEmail", "VerifyEmailIdentity", "VerifyDomainIdentity", "ListIdentities", "GetSendQuota",
    "SetIdentityMailFromDomain", "SetIdentityDkimEnabled", "GetIdentityVerificationAttributes", "CreateTemplate",
    "SendTemplatedEmail", "Nothing", "",
]  # fmt: skip
KEYS = [
    "Source", "Destination.ToAddresses.member.1", "Destination.ToAddresses.member.-1", "Message.Subject.Data",
    "Message.Body.Text.Data", "Message.Body.Html.Charset", "RawMessage.Data", "RawMessage", "Identity", "EmailAddress",
    "Domain", "DkimEnabled", "MaxItems", "NextToken", "Identities.member.1", "Identities.member.99999999999", "Version",
    "Tags.member.1.Name", "MailFromDomain", "BehaviorOnMXFailure", "..", ".", "a.b.c.d.e.f.g",
]  # fmt: skip
PATHS = [
    "/v2/email/outbound-emails", "/v2/email/identities", "/v2/email/identities/%2F", "/v2/email/identities/a%40b",
    "/v2/email/account", "/v2/email/account/details", "/v2/email/account/sending", "/v2/email/nothing", "/v2/",
    "/v2/email/identities/x/dkim", "/v2/email/identities/x/mail-from", "/v2/email/identities/%00/dkim/signing",
    "/v2/email/identities/%zz", "/v2/email/templates", "//", "/%",
]  # fmt: skip
OURS = [
    "/_ses/api/messages", "/_ses/api/messages/wait?timeout=0", "/_ses/api/messages/99999999999999999999",
    "/_ses/api/messages/1/attachments/99", "/_ses/api/requests", "/_ses/api/clock", "/_ses/api/dns/records",
    "/_ses/api/dns/queries", "/_ses/api/identities/x/verify", "/_ses/api/identities/x/publish", "/_ses/api/nothing",
    "/_ses/verify", "/_aws/ses", "/_localstack/health", "/_ses/nothing",
]  # fmt: skip


def junk(chance: random.Random, depth: int = 0):
    kind = chance.randrange(9 if depth < 3 else 5)
    if kind < 5:
        return chance.choice([None, True, -(10**30), 1.5, *WORDS])
    if kind < 7:
        return [junk(chance, depth + 1) for _ in range(chance.randrange(4))]
    names = ["FromEmailAddress", "Content", "Simple", "Raw", "Data", "Destination", "ToAddresses", "Body", "Text", "x"]
    return {chance.choice(names): junk(chance, depth + 1) for _ in range(chance.randrange(5))}


def request(chance: random.Random) -> tuple[str, str, bytes, dict[str, str]]:
    """Method, path, body and headers of one bad request."""
    headers = {"Content-Type": chance.choice(["application/x-www-form-urlencoded", "application/json", "text/plain"])}
    if chance.random() < 0.95:
        service = chance.choices(["ses", "email", "", "ses/ses"], [20, 1, 1, 1])[0]
        headers["Authorization"] = SCOPE.format(chance.choice(["test", "", "000000000001"]), service, "0" * 64)
    elif chance.random() < 0.5:
        headers["Authorization"] = chance.choice(
            ["AWS4-HMAC-SHA256", "Basic abc", "AWS4-HMAC-SHA256 Credential=", "\x7f"]
        )
    kind = chance.randrange(10)
    method = chance.choice(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"])
    if kind < 5:
        fields = [(chance.choice(KEYS), chance.choice(WORDS)) for _ in range(chance.randrange(8))]
        fields.append(("Action", chance.choice(ACTIONS)))
        if chance.random() < 0.9:
            fields.append(("Version", "2010-12-01"))
        body = urlencode(fields, errors="replace").encode()
        if chance.random() < 0.2:
            body = body[: chance.randrange(len(body) + 1)] + bytes(chance.randrange(256) for _ in range(20))
        return chance.choice(["POST", "POST", method]), "/", body, headers
    if kind < 8:
        body = json.dumps(junk(chance)).encode()
        if chance.random() < 0.2:
            body = chance.choice([b"{", b"[" * 3000, b"\xff\xfe", b'{"a":1,"a":2}', b"NaN", body[:-1]])
        query = chance.choice(["", "?PageSize=x", "?NextToken=%zz", "?&&=&"])
        return method, chance.choice(PATHS) + query, body, headers
    if kind < 9:
        path = chance.choice(OURS)
        query = urlencode({chance.choice(["limit", "cursor", "to", "q", "after", "account"]): chance.choice(WORDS)})
        return method, path + ("&" if "?" in path else "?") + query, json.dumps(junk(chance)).encode(), headers
    return method, "/" + quote(chance.choice(WORDS)), bytes(chance.randrange(256) for _ in range(50)), headers


def test_10_000_bad_requests_are_refused_and_the_next_good_send_works(fresh, caplog):
    lab = fresh(max_send_rate=-1.0, auto_verify=True)
    chance = random.Random(20261124)
    connection = http.client.HTTPConnection(lab.endpoint.removeprefix("http://"), timeout=20)
    with caplog.at_level(logging.ERROR):
        for number in range(10_000):
            method, path, body, headers = request(chance)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except (http.client.HTTPException, ConnectionError):
                # A server may end a connection after a request that is no HTTP; it may not stay silent.
                connection.close()
                continue
            assert answer.status < 500, (number, method, path, body, headers)
    connection.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    lab.wait(message_id=lab.send(SENDER, SENDER))


def test_a_raw_mail_of_40_megabytes_is_answered(fresh):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    head = f"From: {SENDER}\r\nTo: {SENDER}\r\nSubject: big\r\n\r\n".encode()
    data = head + b"0123456789abcdef" * 64 * 1024 * 29  # 29 MiB: 39 MB in base64
    message_id = lab.sesv2.send_email(Content={"Raw": {"Data": data}})["MessageId"]
    mail = lab.wait(message_id=message_id)
    assert mail["size"] > len(data)
    assert {one["result"] for one in mail["authentication"]["dkim"]} == {"pass"}
    with pytest.raises(lab.sesv2.exceptions.BadRequestException, match="Message length is more than"):
        lab.sesv2.send_email(Content={"Raw": {"Data": data + b"x" * 2**21}})
    with pytest.raises(lab.ses.exceptions.ClientError, match="Message length is more than the allowed 10485760 bytes"):
        lab.ses.send_raw_email(RawMessage={"Data": data})


def dialogue(chance: random.Random, account: str) -> bytes:
    lines: list[bytes] = []
    good = [
        b"EHLO x", b"HELO x", b"NOOP", b"RSET", b"HELP", b"VRFY x", b"EXPN x", b"STARTTLS", b"DATA", b".", b"QUIT",
        b"MAIL FROM:<sender@hostile.example>", b"MAIL FROM:<>", b"MAIL FROM:<a@b> SIZE=99999999999", b"RCPT TO:<a@b>",
        b"RCPT TO:<sender@hostile.example>", b"AUTH PLAIN", b"AUTH LOGIN", b"AUTH PLAIN AGEAYg==", b"AUTH X", b"*",
        b"AUTH PLAIN =", b"BDAT 10", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2",
    ]  # fmt: skip
    for _ in range(chance.randrange(1, 12)):
        line = chance.choice(good)
        if chance.random() < 0.3:
            place = chance.randrange(len(line) + 1)
            line = line[:place] + bytes(chance.randrange(256) for _ in range(chance.randrange(8))) + line[place:]
        if chance.random() < 0.02:
            line = b"A" * 20_000
        lines.append(line + chance.choice([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"]))
    return b"".join(lines)


def talk(address: str, data: bytes) -> bytes:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        received = b""
        try:
            sock.recv(1000)
            sock.sendall(data)
            with contextlib.suppress(OSError):  # ENOTCONN: it has hung up already
                sock.shutdown(socket.SHUT_WR)
            while chunk := sock.recv(65536):
                received += chunk
        except ConnectionError:
            pass
        return received


def test_1_000_bad_smtp_dialogues_end_and_the_next_good_one_works(fresh, caplog):
    lab = fresh(max_send_rate=-1.0, auto_verify=True)
    chance = random.Random(20261124)
    with caplog.at_level(logging.ERROR):
        for _ in range(1000):
            door = chance.choice([lab.addresses.smtp, lab.addresses.smtp, lab.addresses.sink])
            answer = talk(door, dialogue(chance, lab.account))
            assert b"Traceback" not in answer
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []

    import smtplib

    host, _, port = lab.addresses.smtps.rpartition(":")
    with smtplib.SMTP_SSL(host, int(port), timeout=20, context=ssl._create_unverified_context()) as client:
        client.login("test", password("test", "us-east-1"))
        client.sendmail(SENDER, [SENDER], f"From: {SENDER}\r\nTo: {SENDER}\r\nSubject: good\r\n\r\nx\r\n")
    assert lab.api("GET", "messages/wait?subject=good&timeout=20")["subject"] == "good"
