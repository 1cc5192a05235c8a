"""docs/coverage.md: every operation of the installed botocore models, what it does here, by what source, tested where.

    python -m tests.meta.coverage          writes the page (make coverage)

An operation is *refused* when no area of ``emulator/ses`` has it, *stores* when its area says so in ``STORES``, which
gives the reason, and *acts* otherwise. The source is what follows ``Source:`` in the docstring of its function, or else
of its area. Tests are found by ``tests/meta/calls.py``.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import botocore.session
from botocore import xform_name

import emulator.ses
from emulator.ses.dispatch import operations
from emulator.values import Door
from tests.meta.calls import exercised

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "coverage.md"
SERVICES = {Door.V1: "ses", Door.V2: "sesv2"}
ACTS, STORES, REFUSED = "acts", "stores", "refused"

_MOST_FILES = 3
_SOURCE = re.compile(r"\bSource: (.+?)(?:\.(?=\s|$)|:(?=\s)|\n\n|$)", re.DOTALL)
_API_PAGE = re.compile(r"^(?:API1/API2|API[12])(?: [A-Z][a-z]+[A-Z]\w*)?")
_REFERENCE = "https://docs.aws.amazon.com/ses/latest/"
_PAGES = {Door.V1: ("API1", "APIReference/API_"), Door.V2: ("API2", "APIReference-V2/API_")}
_HEAD = """\
# Every operation of SES

This page is made from the code and from botocore's models by `make coverage`; a test holds it against them.

| what it does | means |
| --- | --- |
| **acts** | what it changes has its effect, on mail or on what other operations do; what it tells is what there is |
| **stores** | checked, kept, told and deleted as at SES; nothing goes by it yet, for the reason that is given |
| **refused** | the call fails with `UnsupportedOperation` and the operation's name |

The source is the page of AWS's API reference and the parts of `sending.md` and `events-and-api.md`, our notes of what
the documentation says and of what was seen of SES. The texts that come from there are in `fixtures/aws`, with where
they were seen. Tests are those that call the operation through boto3 and then assert something; beside each file stands
how many it has.
"""


@dataclass(frozen=True)
class Row:
    """``stores`` is the reason why nothing goes by the operation, "" where something does. ``tests`` by file."""

    door: Door
    name: str
    does: str
    stores: str
    source: str
    tests: Mapping[str, int]

    def __str__(self) -> str:
        does = f"{self.does}: {self.stores}" if self.stores else self.does
        return f"| {self.name} | {does} | {self.source} | {_files(self.tests)} |"


def methods() -> dict[str, dict[Door, str]]:
    """boto3's methods for all operations of the installed models, at each door that has one."""
    found: dict[str, dict[Door, str]] = {}
    for door in SERVICES:
        for name in _names(door):
            found.setdefault(xform_name(name), {})[door] = name
    return found


def areas() -> Iterator[ModuleType]:
    """The modules of ``emulator/ses`` that serve operations."""
    for module in pkgutil.iter_modules(emulator.ses.__path__, "emulator.ses."):
        found = importlib.import_module(module.name)
        if hasattr(found, "V1"):
            yield found


def rows(tests: Mapping[tuple[Door, str], Counter[str]]) -> list[Row]:
    """Every operation of the installed models, v1 first, by name."""
    return [_row(door, name, tests.get((door, name), Counter())) for door in SERVICES for name in _names(door)]


def page(found: list[Row]) -> str:
    """The whole page."""
    parts = [_HEAD]
    for door, service in SERVICES.items():
        own = [row for row in found if row.door is door]
        count = Counter(row.does for row in own)
        counted = ", ".join(f"{count[does]} {does}" for does in (ACTS, STORES, REFUSED))
        parts.append(
            f"\n## {door.value} (`{service}`)\n\n{len(own)} operations: {counted}.\n\n"
            "| operation | what it does | source | tests |\n| --- | --- | --- | --- |\n"
        )
        parts += [f"{row}\n" for row in own]
    return "".join(parts)


def _names(door: Door) -> list[str]:
    return sorted(botocore.session.get_session().get_service_model(SERVICES[door]).operation_names)


def _row(door: Door, name: str, tests: Mapping[str, int]) -> Row:
    if name not in operations(door):
        return Row(door, name, REFUSED, "", "", tests)
    (area,) = (one for one in areas() if name in table(one, door))
    function = table(area, door)[name]
    reason = getattr(area, "STORES", {}).get(name, "")
    source = _source(door, name, inspect.getdoc(function), area.__doc__)
    return Row(door, name, STORES if reason else ACTS, reason, source, tests)


def table(area: ModuleType, door: Door) -> Mapping[str, object]:
    return area.V1 if door is Door.V1 else area.V2


def _source(door: Door, name: str, *docstrings: str | None) -> str:
    """The door's page of the operation, and what the first docstring that names more gives besides; "" without any."""
    found = [match[1] for match in map(_SOURCE.search, (text or "" for text in docstrings)) if match]
    if not found:
        return ""
    besides = next(filter(None, map(_besides, found)), "")
    api, path = _PAGES[door]
    link = f"[{api}]({_REFERENCE}{path}{name}.html)"
    return f"{link}, {besides}" if besides else link


def _besides(source: str) -> str:
    """Without the API's own page, which has the name of one operation behind it or of none."""
    text = _API_PAGE.sub("", " ".join(source.split()).replace("``", "`"))
    return text.lstrip(",; ").removeprefix("reference ")


def _files(tests: Mapping[str, int]) -> str:
    """The files with the most tests, and how many others there are."""
    most = sorted(tests.items(), key=lambda one: (-one[1], one[0]))
    shown = [f"{name.removesuffix('.py')} {count}" for name, count in most[:_MOST_FILES]]
    others = most[_MOST_FILES:]
    if others:
        shown.append(f"{sum(count for _, count in others)} in {len(others)} more")
    return ", ".join(shown)


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(rows(exercised(ROOT / "tests", methods()))), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
