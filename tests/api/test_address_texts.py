"""The texts with which v1 SendEmail refuses an address, and which addresses it reads. Source: reference 2.2."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

SENDER = "sender@letters.example"
TO = "to@reader.example"


def params(**changes: Any) -> dict[str, Any]:
    return {
        "Source": SENDER,
        "Destination": {"ToAddresses": [TO]},
        "Message": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    } | changes


def refused(lab, **changes: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as problem:
        lab.ses.send_email(**params(**changes))
    answer = problem.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"].get("Message")


# --- addresses ------------------------------------------------------------------------------------

LONG = "x" * 320 + "@reader.example"
TEXTS = [
    ("foo", "Missing final '@domain'"),
    ("foo@", "Missing domain"),
    ("@reader.example", "Missing local name"),
    ("Karen, Chan <k@reader.example>", "Illegal address"),
    ("a@reader.example, b@reader.example", "Illegal address"),
    ("a b@reader.example", "Local address contains control or whitespace"),
    ("ä@reader.example", "Local address contains control or whitespace"),
    ("a]b@reader.example", "Local address contains illegal character"),
    ("a@b c.com", "Domain contains control or whitespace"),
    ("a@reader.example\n", "Domain contains control or whitespace"),
    ("a@reader`.example", "Domain contains illegal character"),
    ("a@reader_.example", "Domain contains illegal character"),
    ("a@b..c", "Domain contains dot-dot"),
    ("a@b.", "Domain ends with dot"),
    ("a@.b", "Domain starts with dot"),
    ("a..b@c.example", "Local address contains dot-dot"),
    (".a@c.example", "Local address starts with dot"),
    ("a.@c.example", "Local address ends with dot"),
    ("<a@c.example> <b@c.example>", "Extra route-addr"),
    (
        '<"re:ceiver"@c.example>',
        "Address contains illegal characters in user name: '<\"re:ceiver\"@c.example>'.",
    ),
    (LONG, f"Address length is more than 320 characters long: '{LONG}'."),
]


@pytest.mark.parametrize(("address", "text"), TEXTS)
def test_a_bad_address_is_refused_in_javamails_words(lab, address, text):
    assert refused(lab, Destination={"ToAddresses": [address]}) == (400, "InvalidParameterValue", text)


@pytest.mark.parametrize(
    "changes",
    [
        {"Source": "foo@"},
        {"Destination": {"ToAddresses": [TO, "foo@"]}},
        {"Destination": {"CcAddresses": ["foo@"]}},
        {"Destination": {"BccAddresses": ["foo@"]}},
        {"ReturnPath": "foo@"},
        {"ReplyToAddresses": [TO, "foo@"]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_address_parameter_is_read(lab, changes):
    assert refused(lab, **changes) == (400, "InvalidParameterValue", "Missing domain")


def test_addresses_are_read_before_identities_are_checked(lab):
    assert refused(lab, Source="nobody@knows.example", Destination={"ToAddresses": ["foo@"]})[2] == "Missing domain"
