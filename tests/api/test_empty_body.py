"""Composed content needs Text or Html (API SendEmail), at both APIs. SES's text and its code at v1 are not known."""

from __future__ import annotations

from tests.api.refusals import refused

SENDER = "sender@empty.example"


def test_a_body_without_text_and_html_is_refused(lab):
    lab.verify(SENDER)
    to, message = {"ToAddresses": [SENDER]}, {"Subject": {"Data": "s"}, "Body": {}}
    v1 = refused(lab.ses.send_email, Source=SENDER, Destination=to, Message=message)
    v2 = refused(lab.sesv2.send_email, FromEmailAddress=SENDER, Destination=to, Content={"Simple": message})
    assert v1[0] == 400
    assert v2[:2] == (400, "BadRequestException")
