"""Django's two backends for SES send through the emulator, and what they sent arrives whole."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("way", ["django-ses", "django-ses, v2", "django-anymail"])
def test_what_was_sent_arrives(shop, django, way):
    shop.arrived(shop.mail, django(way, shop.mail)["message_id"])


@pytest.mark.parametrize(
    ("way", "error"),
    [("django-ses", "MessageRejected"), ("django-ses, v2", "MessageRejected"), ("django-anymail", "AnymailAPIError")],
)
def test_a_refusal_reaches_the_application(shop, django, way, error):
    answer = django(way, shop.mail.but(from_="nobody@stranger.example"))
    assert answer["error"] == error
    assert "failed the check in region AP-NORTHEAST-1: nobody@stranger.example" in answer["message"]
