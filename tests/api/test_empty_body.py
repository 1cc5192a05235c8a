"""Composed content needs Text or Html (API SendEmail), at both APIs."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

SENDER = "sender@empty.example"


def refused(call, **params):
    with pytest.raises(ClientError) as problem:
        call(**params)
    answer = problem.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_a_body_without_text_and_html_is_refused(lab):
    lab.verify(SENDER)
    message = {"Subject": {"Data": "s"}, "Body": {}}
    assert refused(
        lab.sesv2.send_email,
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [SENDER]},
        Content={"Simple": message},
    ) == (400, "BadRequestException")
    v1 = refused(lab.ses.send_email, Source=SENDER, Destination={"ToAddresses": [SENDER]}, Message=message)
    assert v1[0] == 400
