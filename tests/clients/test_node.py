"""The JavaScript SDK and nodemailer send through the emulator, and what they sent arrives whole."""

from __future__ import annotations

import pytest

COMPOSED_BY_SES = ["v2 SendEmail, simple"]
COMPOSED_BY_NODEMAILER = [
    "v1 SendRawEmail",
    "v2 SendEmail, raw",
    "nodemailer by the API",
    "nodemailer by SMTP",
    "nodemailer by SMTP in TLS",
]


@pytest.mark.parametrize("way", COMPOSED_BY_SES + COMPOSED_BY_NODEMAILER)
def test_what_was_sent_arrives(shop, node, way):
    shop.arrived(shop.mail, node(way, shop.mail)["messageId"])


def test_what_v1_can_say_arrives(shop, node):
    """Its SendEmail knows neither headers nor attachments."""
    mail = shop.mail.but(headers=(), attachments=())
    shop.arrived(mail, node("v1 SendEmail", mail)["messageId"])


@pytest.mark.parametrize("way", ["v1 SendEmail", "v2 SendEmail, simple", "nodemailer by the API"])
def test_the_sdk_knows_the_refusal_by_name(shop, node, way):
    answer = node(way, shop.mail.but(from_="nobody@stranger.example"))
    assert answer["error"] == "MessageRejected"
    assert answer["status"] == 400
    assert answer["message"] == (
        "Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: "
        "nobody@stranger.example"
    )


def test_nodemailer_hears_the_refusal_by_smtp(shop, node):
    answer = node("nodemailer by SMTP", shop.mail.but(from_="nobody@stranger.example"))
    assert answer["status"] == 554
    assert "Email address is not verified" in answer["message"]
