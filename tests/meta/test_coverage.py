"""docs/coverage.md is what the code and the tests are, and every operation that is served has a test through boto3."""

from __future__ import annotations

from collections import Counter

import pytest

from emulator.ses.dispatch import operations
from emulator.values import Door
from tests.meta import coverage
from tests.meta.calls import Served, called, exercised

SEND = {
    "send_email": {Door.V1: "SendEmail", Door.V2: "SendEmail"},
    "list_templates": {Door.V1: "ListTemplates"},
    "get_tenant": {Door.V2: "GetTenant"},
}


@pytest.fixture(scope="module")
def by_file() -> dict[Served, Counter[str]]:
    return exercised(coverage.ROOT / "tests", coverage.methods())


@pytest.fixture(scope="module")
def rows(by_file: dict[Served, Counter[str]]) -> list[coverage.Row]:
    return coverage.rows(by_file)


def test_the_page_is_made_anew(rows: list[coverage.Row]) -> None:
    """With botocore models that have other operations, those that the page has too are compared."""
    written = coverage.PAGE.read_text(encoding="utf-8")
    parts = dict(zip(coverage.SERVICES, written.split("\n## ")[1:], strict=True))
    names = {door: [line.split(" | ")[0].removeprefix("| ") for line in _table(part)] for door, part in parts.items()}
    if {door: [row.name for row in rows if row.door is door] for door in names} == names:
        assert coverage.page(rows) == written, "write it again: make coverage"
    for row in rows:
        assert str(row) in _table(parts[row.door]) or row.name not in names[row.door], "write it again: make coverage"
        assert row.name in names[row.door] or row.does == coverage.REFUSED


def _table(part: str) -> list[str]:
    return [line for line in part.splitlines() if line.startswith("| ")][2:]


def test_every_operation_that_is_served_is_tested(rows: list[coverage.Row]) -> None:
    assert [f"{row.door.value} {row.name}" for row in rows if row.does != coverage.REFUSED and not row.tests] == []


def test_every_operation_that_is_served_says_by_what_source(rows: list[coverage.Row]) -> None:
    assert [f"{row.door.value} {row.name}" for row in rows if row.does != coverage.REFUSED and not row.source] == []


def test_the_areas_are_those_that_serve_and_each_operation_is_in_one() -> None:
    for door in coverage.SERVICES:
        names = [name for area in coverage.areas() for name in coverage.table(area, door)]
        assert sorted(names) == sorted(operations(door))


def test_what_only_stores_is_an_operation_of_its_area_and_says_why() -> None:
    stores = {area.__name__: getattr(area, "STORES", {}) for area in coverage.areas()}
    assert any(stores.values())
    for area in coverage.areas():
        assert set(stores[area.__name__]) <= {*area.V1, *area.V2}
        assert all(stores[area.__name__].values())


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("lab.ses.send_email()\n    assert 1", [(Door.V1, "SendEmail")]),
        ("assert lab.client('sesv2', 'eu-west-1').send_email()", [(Door.V2, "SendEmail")]),
        ("mine = lab.sesv2\n    assert mine.send_email()", [(Door.V2, "SendEmail")]),
        ("with pytest.raises(ClientError):\n        lab.ses.send_email()", [(Door.V1, "SendEmail")]),
        ("assert refused(lab.sesv2.get_tenant)", [(Door.V2, "GetTenant")]),
        ("assert list(lab.ses.get_paginator('list_templates').paginate())", [(Door.V1, "ListTemplates")]),
        ("assert sent(lab)", [(Door.V2, "SendEmail")]),
        ("checked(lab)", [(Door.V2, "GetTenant")]),
        # Nothing is asserted, or only before; or nobody can tell of which API the client is; or there is no such one.
        ("lab.ses.send_email()", []),
        ("assert 1\n    lab.ses.send_email()", []),
        ("assert client.send_email()", []),
        ("assert lab.sesv2.list_templates()", []),
    ],
)
def test_a_call_is_found_where_something_is_asserted_then(body: str, found: list[Served]) -> None:
    source = f"""
@pytest.fixture
def ready(lab):
    assert lab.ses.list_templates()

def sent(lab):
    return lab.sesv2.send_email()

def checked(lab):
    assert lab.sesv2.get_tenant()

def test_it(lab, ready):
    {body}
"""
    assert [served for _, served in called(source, SEND)] == found
