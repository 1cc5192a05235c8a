"""From a template and data to the content of a mail, with SES's own placeholders left for SES.

Parsed templates are remembered by their text, so that a campaign parses once; very long ones are not, which bounds what
is remembered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NoReturn

from emulator import handlebars
from emulator.documents.templates import Parts
from emulator.values import SimpleContent, Text

MOST_BYTES = 500 * 1024
_REMEMBERED = 128
_LONGEST_REMEMBERED = 64 * 1024
# Not the caller's to fill in: list management and tracking put theirs there when the mail is rendered already.
_OF_SES = {"amazonSESUnsubscribeUrl": "{{amazonSESUnsubscribeUrl}}", "ses:openTracker": "{{ses:openTracker}}"}


class BadPart(Exception):
    """A part is no Handlebars. ``part``: subject, text or html."""

    def __init__(self, part: str, problem: str) -> None:
        super().__init__(problem)
        self.part = part


def check(parts: Parts) -> None:
    """Raises BadPart for the first part that cannot be parsed."""
    for name, source in named(parts):
        try:
            _parsed(source)
        except handlebars.SyntaxProblem as problem:
            raise BadPart(name, str(problem)) from problem


def only_substitutes(parts: Parts) -> bool:
    """Whether inline content may be like that. Raises BadPart."""
    check(parts)
    return all(handlebars.only_substitutes(_parsed(source)) for _, source in named(parts))


def render(parts: Parts, data: Mapping[str, object]) -> SimpleContent:
    """The content of one mail. A template without a subject gives an empty one.

    Raises ``handlebars.Problem`` when an attribute is missing, or rendering fails in another way.
    """
    given = {**_OF_SES, **data}
    rendered = {name: Text(handlebars.render(_parsed(source), given)) for name, source in named(parts)}
    return SimpleContent(rendered.get("subject", Text("")), rendered.get("text"), rendered.get("html"))


def data_of(source: str | None) -> dict[str, object]:
    """The JSON object that a caller gave, empty where he gave none. Raises ValueError for anything else, numbers that
    JSON does not have (NaN) and line ends within strings included."""
    if not source or not source.strip():
        return {}
    try:
        data = json.loads(source, parse_constant=_no_number)
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def named(parts: Parts) -> list[tuple[str, str]]:
    """The parts that are there, by name: subject, text, html."""
    every = (("subject", parts.subject), ("text", parts.text), ("html", parts.html))
    return [(name, source) for name, source in every if source]


def size(parts: Parts) -> int:
    """In bytes of UTF-8."""
    return sum(len(source.encode("utf-8", "replace")) for _, source in named(parts))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parsed(source: str) -> handlebars.Template:
    return handlebars.parse(source) if len(source) > _LONGEST_REMEMBERED else _remembered(source)


@lru_cache(_REMEMBERED)
def _remembered(source: str) -> handlebars.Template:
    return handlebars.parse(source)
