"""Every case of fixtures/handlebars/cases.json, which fill_table.py describes and fills in from handlebars.js."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.handlebars import Problem, parse, render


def _ours(case: dict[str, Any], *, strict: bool) -> str | None:
    try:
        return render(parse(case["template"]), case["data"], strict=strict)
    except Problem:
        return None


def _differences(cases: list[dict[str, Any]], *, strict: bool) -> dict[str, tuple[str | None, str | None]]:
    answers = {}
    for case in cases:
        mode, own = ("strict", "ses") if strict else ("lax", "lax_ses")
        expected = case[own] if own in case else case[mode]
        got = _ours(case, strict=strict)
        if got != expected:
            answers[case["name"]] = (expected, got)
    return answers


def test_the_table_is_worth_its_name(table: list[dict[str, Any]]) -> None:
    assert len(table) >= 150
    assert len({case["name"] for case in table}) == len(table)
    assert sum(case["strict"] is not None for case in table) >= 150


def test_templates_render_as_handlebars_does(table: list[dict[str, Any]]) -> None:
    assert _differences(table, strict=False) == {}


def test_templates_render_strictly_as_handlebars_does_but_for_what_is_ses_own(table: list[dict[str, Any]]) -> None:
    assert _differences(table, strict=True) == {}


def test_what_is_ses_own_differs_and_says_why(table: list[dict[str, Any]]) -> None:
    own = [case for case in table if "ses" in case]
    assert own
    assert [case["name"] for case in own if case["ses"] == case["strict"] or not case["why"]] == []


@pytest.mark.parametrize("strict", [False, True])
def test_the_table_is_still_what_handlebars_gives(table: list[dict[str, Any]], oracle: Any, strict: bool) -> None:
    given = {case["name"]: oracle.render(case["template"], case["data"], strict=strict) for case in table}
    assert given == {case["name"]: case["strict" if strict else "lax"] for case in table}
