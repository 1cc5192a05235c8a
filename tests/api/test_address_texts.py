"""The texts with which v1 SendEmail refuses an address, and which addresses it reads. Source: reference 2.2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api import refusals
from tests.api.v1_mail import TO, params


def refused(lab, **changes: Any) -> tuple[int, str, str | None]:
    return refusals.refused(lab.ses.send_email, **params(**changes))


# --- addresses ------------------------------------------------------------------------------------

FIXTURE = Path(__file__).parents[2] / "fixtures" / "aws" / "addresses.json"
# ``{x*320}`` stands for 320 letters.
TEXTS = [
    tuple(case[name].replace("{x*320}", "x" * 320) for name in ("address", "text"))
    for case in json.loads(FIXTURE.read_text("utf-8"))
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
