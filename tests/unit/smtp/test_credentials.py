import base64

import pytest

from emulator.smtp.credentials import REGIONS, legacy_password, password, region_of

# Known answers: the unit tests of terraform-provider-aws, which made them with AWS's published script.
KNOWN = [
    ("eu-central-1", "some+secret+key", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"),
    ("eu-central-1", "another+secret+key", "BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh"),
    ("us-west-1", "some+secret+key", "BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj"),
    ("us-west-1", "another+secret+key", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"),
]


@pytest.mark.parametrize(("region", "secret", "known"), KNOWN)
def test_the_password_is_the_one_that_aws_derives(region, secret, known):
    assert password(secret, region) == known


@pytest.mark.parametrize(
    ("secret", "known"),
    [
        ("some+secret+key", "AnkqhOiWEcszZZzTMCQbOY1sPGoLFgMH9zhp4eNgSjo4"),
        ("another+secret+key", "Akwqr0Giwi8FsQFgW3DXWCC2DiiQ/jZjqLDWK8TeTBgL"),
    ],
)
def test_the_legacy_password_knows_no_region(secret, known):
    assert legacy_password(secret) == known


@pytest.mark.parametrize("region", REGIONS)
def test_the_password_tells_its_region(region):
    assert region_of("test", password("test", region)) == region


def test_a_region_that_is_not_asked_for_is_not_found():
    assert region_of("test", password("test", "eu-west-1"), ["us-east-1", "eu-west-2"]) is None


def test_the_legacy_form_stands_for_the_default_region():
    assert region_of("test", legacy_password("test"), REGIONS, "ap-northeast-1") == "ap-northeast-1"


@pytest.mark.parametrize("given", ["", "test", password("other", "us-east-1"), "pässword", "\udcff", "A" * 10000])
def test_anything_else_opens_nothing(given):
    assert region_of("test", given) is None


def test_a_password_has_44_characters_and_its_version_in_front():
    decoded = base64.b64decode(password("test", "us-east-1"))
    assert len(password("test", "us-east-1")) == 44
    assert decoded[0] == 4
    assert len(decoded) == 33
    assert base64.b64decode(legacy_password("test"))[0] == 2
