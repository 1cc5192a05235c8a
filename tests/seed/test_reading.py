"""What seeds may say: the example and the fixtures, folders, zone files, and the form that is published for them."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from emulator.seed.document import Document
from emulator.seed.files import read_seeds
from emulator.seed.problems import Problems
from emulator.seed.shape import check, schema_text
from emulator.seed.zonefile import parse_zone
from emulator.values import DkimOrigin, OnMxFailure, Record, Scope, Status

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "fixtures" / "seed" / "folder"
EXAMPLE = ROOT / "emulator" / "seed" / "example.yaml"
TOKYO = "ap-northeast-1"


def test_the_example_is_a_seed():
    seed = read_seeds([EXAMPLE])
    found = {name: one for (_, name), (_, one) in seed.identities.items()}
    assert {name: one.status for name, one in found.items()} == {
        "you@example.com": Status.SUCCESS,
        "waiting@example.com": Status.PENDING,
        "example.com": Status.SUCCESS,
    }
    assert found["example.com"].mail_from.domain == "mail.example.com"
    assert found["example.com"].mail_from.on_mx_failure is OnMxFailure.REJECT_MESSAGE
    assert seed.accounts[Scope("123456789012", "eu-west-1")][1].production is True
    assert [record for _, record in seed.records if record.type == "A"] == [
        Record("www.example.net", "A", "192.0.2.80", 300, "seed")
    ]


def test_a_folder_is_its_yaml_and_zone_files():
    seed = read_seeds([FOLDER])
    assert {name for _, name in seed.identities} == {
        *("shop.example", "reader@inbox.example", "waiting@inbox.example"),
        *("brought.example", "old.example", "far.example"),
    }
    brought = seed.identities[Scope("111122223333", TOKYO), "brought.example"][1]
    assert brought.dkim.origin is DkimOrigin.BYODKIM
    assert brought.dkim.private_key == (ROOT / "fixtures" / "mail" / "key-2048.pem").read_text()
    assert seed.identities[Scope("111122223333", "us-east-1"), "far.example"][1].publish == ()
    # Relative names of a zone file end in the name of the file.
    assert Record("_dmarc.partner.example", "TXT", "v=DMARC1; p=reject;", 3600, "seed") in [
        record for _, record in seed.records
    ]


def test_a_zone_file_is_read_as_a_name_server_reads_it():
    problems = Problems()
    text = (FOLDER / "partner.example.zone").read_text()
    found = parse_zone("partner.example.zone", text, "partner.example", problems)
    assert problems.found == []
    assert [(place.rpartition(":")[2], one.name, one.ttl, one.type, one.value) for place, one in found] == [
        (
            *("5", "partner.example", 3600, "SOA"),
            "ns1.partner.example hostmaster.partner.example 2026010101 7200 900 1209600 300",
        ),
        ("6", "partner.example", 3600, "NS", "ns1.partner.example"),
        ("7", "ns1.partner.example", 3600, "A", "192.0.2.53"),
        ("8", "partner.example", 600, "MX", "10 mx1.partner.example"),
        ("9", "mx1.partner.example", 3600, "A", "192.0.2.25"),
        ("10", "mx1.partner.example", 3600, "AAAA", "2001:db8::25"),
        ("11", "_dmarc.partner.example", 3600, "TXT", "v=DMARC1; p=reject;"),
        ("12", "www.partner.example", 3600, "CNAME", "partner.example"),
    ]


def test_a_zone_file_cannot_read_other_files():
    problems = Problems()
    assert parse_zone("a.zone", "$INCLUDE /etc/hostname\n", "a.example", problems) == []
    assert problems.found == ["a.zone:1: not a zone file: zone file directive '$INCLUDE' is not allowed"]


def test_lines_of_mistakes_in_zone_files():
    for text, line in (
        ("a A 192.0.2.1\nb A nonsense\nc A 192.0.2.1\n", 2),
        ('\n\na TXT "open\n', 3),
        ("a A 192.0.2.1 more\n", 1),
        ("a CH A 192.0.2.1\n", 1),
        ("a A 192.0.2.1\nb NULL \\# 0", 2),
    ):
        problems = Problems()
        parse_zone("z", text, "a.example", problems)
        assert [problem.split(": ")[0] for problem in problems.found] == [f"z:{line}"], text


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_zone_or_told_to_be_none(text):
    problems = Problems()
    found = parse_zone("z", text, "a.example", problems)
    assert all(isinstance(one, Record) for _, one in found)


def _names() -> list[str]:
    """Every key and every word that the schema knows, so that what is generated comes near to it."""
    schema = json.loads(schema_text())
    names: set[str] = set()

    def walk(part):
        if isinstance(part, dict):
            names.update(part.get("properties", {}))
            names.update(word for word in part.get("enum", ()) if isinstance(word, str))
            for below in part.values():
                walk(below)
        elif isinstance(part, list):
            for below in part:
                walk(below)

    walk(schema)
    return sorted(names)


NAMES = _names()
VALIDATOR = Draft202012Validator(json.loads(schema_text()))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([1, 2, 512, 1024, 2048, 300, -1, 2**31, 123456789012]),
    st.sampled_from([*NAMES, "", "example.com", "us-east-1", "123456789012", "us-east-1\n", "a" * 400]),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(st.sampled_from(NAMES), below, max_size=5)),
    max_leaves=12,
)
IDENTITY = st.fixed_dictionaries(
    {"name": st.sampled_from(["example.com", "a@example.com", 5])},
    optional={
        "account": SCALARS,
        "verified": SCALARS,
        "status": SCALARS,
        "dkim": VALUES | st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=3),
        "mail_from": VALUES,
        "publish": VALUES,
    },
)
DOCUMENTS = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {},
        optional={
            "version": SCALARS,
            "account": SCALARS,
            "region": SCALARS,
            "identities": st.lists(IDENTITY | SCALARS, max_size=3),
            "accounts": st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4), max_size=2),
            "dns": VALUES,
        },
    ),
)


@given(DOCUMENTS)
@example({"version": True})
@example({"identities": [{"name": "a", "dkim": {"private_key_file": "x"}}]})
@example({"identities": [{"name": "a", "dkim": {"tokens": ["a", "b", "c", "d"]}}]})
@settings(max_examples=300, deadline=None)
def test_the_published_schema_says_the_same_as_the_reader(document):
    problems = Problems()
    check(Document("a.yaml", Path(), document), problems)
    assert (problems.found == []) == VALIDATOR.is_valid(document), problems.found


def test_the_schema_is_a_schema_and_knows_the_seeds():
    schema = json.loads(schema_text())
    Draft202012Validator.check_schema(schema)
    for file in (EXAMPLE, *sorted(FOLDER.glob("*.y*ml"))):
        Draft202012Validator(schema).validate(yaml.safe_load(file.read_text()))
