"""swaks hands mail to SES's SMTP door and to the recipient's mail server."""

from __future__ import annotations

import base64
import re

import pytest

DATA = """Date: Tue, 24 Nov 2026 12:00:00 +0000
From: The Shop <hello@shop.example>
To: anna@reader.example, bert@reader.example
Cc: carla@reader.example
Reply-To: help@shop.example
Subject: {subject}
X-Order: 4711
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}"""


@pytest.mark.parametrize("door", ["STARTTLS", "TLS"])
def test_what_was_sent_arrives(shop, swaks, tmp_path, door):
    mail = shop.mail.but(html="", attachments=())
    subject = " ".join(f"=?utf-8?b?{base64.b64encode(part.encode()).decode()}?=" for part in _parts(mail.subject))
    (tmp_path / "mail").write_text(DATA.format(subject=subject, text=mail.text), encoding="utf-8")
    port, tls = (shop.smtp["port"], "--tls") if door == "STARTTLS" else (shop.smtp["tls_port"], "--tlsc")
    dialogue = swaks(
        *("--server", shop.smtp["host"], "--port", str(port), tls),
        *("--auth", "LOGIN", "--auth-user", shop.smtp["user"], "--auth-password", shop.smtp["password"]),
        *("--from", "hello@shop.example", "--to", ",".join(mail.everybody), "--data", f"@{tmp_path / 'mail'}"),
    )
    message_id = re.search(r"250 Ok (\S+)", dialogue)
    assert message_id, dialogue
    shop.arrived(mail, message_id[1])


def test_the_recipients_server_takes_mail_from_anybody(shop, swaks):
    host, _, port = shop.lab.addresses.sink.rpartition(":")
    swaks(
        *("--server", host, "--port", port, "--from", "x@stranger.example", "--to", f"{shop.lab.account}@away.example"),
        *("--header", "Subject: by swaks", "--body", "hello"),
    )
    found = shop.lab.api("GET", f"messages/wait?to={shop.lab.account}@away.example&timeout=30")
    assert (found["subject"], found["text"].strip()) == ("by swaks", "hello")
    assert found["account"] != shop.lab.account


def _parts(text: str) -> list[str]:
    return [text[at : at + 12] for at in range(0, len(text), 12)]
