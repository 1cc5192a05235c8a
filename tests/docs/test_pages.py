"""The documentation is true: every command and every Python example of it is run, and prints what the page shows."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

from emulator.ses.dispatch import operations
from emulator.values import Door

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ses-emulator-clients"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN = ("console", "python", "sh", "bash")

# These pages have tests of their own, which run them as what they are: a suite, seeds, commands.
ELSEWHERE = {
    "pytest.md": "tests/plugin/test_documentation.py",
    "seeds.md": "tests/seed/test_documentation.py",
    "command-line.md": "tests/seed/test_documentation.py",
}
# All that is shown and not run, with the reason that the page's source gives.
NOT_RUN = {
    "README.md": ["it is what runs this example", "needs Docker"],
    "docs/ci.md": ["needs Docker", "needs Docker"],
}


# What pages call and this distribution does not bring. Continuous integration has all of it.
TOOLS = ("curl", "dig", "node", "swaks")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _missing(found: list[Any]) -> list[str]:
    called = "\n".join(command for block in found if not block.no_run for command, _ in block.commands)
    missing = [tool for tool in TOOLS if re.search(rf"(?<![\w/-]){tool} ", called) and not shutil.which(tool)]
    wanted = {one for block in found for one in block.option("needs").split(",") if one}
    folders = {"node": "node", "django": "python"}
    return missing + [
        f"{one} (tests/clients/install)" for one in wanted if not (CACHE / folders[one] / ".installed").exists()
    ]


def _runs(page: Path) -> bool:
    return page.name not in ELSEWHERE and any(f"```{language}" in page.read_text(encoding="utf-8") for language in RUN)


@pytest.mark.parametrize("page", [page for page in PAGES if _runs(page)], ids=_name)
def test_what_the_page_shows_is_what_happens(reader, blocks_of, page):
    found = blocks_of(page)
    if missing := _missing(found):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"not there: {', '.join(missing)}")
    reading = reader()
    reading.start()
    for block in found:
        wrong = reading.follow(block)
        assert not wrong, f"{_name(page)}:{block.line}\n{wrong}"


def test_pages_with_tests_of_their_own_have_them():
    for page, test in ELSEWHERE.items():
        assert page.removesuffix(".md") in (ROOT / test).read_text(encoding="utf-8")


def test_what_is_not_run_is_known(blocks_of):
    """A block joins this list only by an edit here, so their number cannot grow unseen."""
    found = {_name(page): [block.no_run for block in blocks_of(page) if block.no_run] for page in PAGES}
    assert {name: reasons for name, reasons in found.items() if reasons} == NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_what_is_shown_as_data_can_be_read(blocks_of, page):
    for block in blocks_of(page):
        if block.language in ("yaml", "yml"):
            assert list(yaml.safe_load_all(block.text))
        if block.language == "json":
            assert json.loads(block.text)


def test_every_page_is_in_the_index():
    assert _name(PAGES[1]) == "docs/README.md"
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[2:] if f"]({page.name})" not in index] == []


def test_all_operations_are_answered_as_the_readme_says():
    section = PAGES[0].read_text(encoding="utf-8").partition("## What it does not do yet\n")[2].partition("\n## ")[0]
    assert "All operations of both versions are answered" in " ".join(section.split())
    for door, service in ((Door.V1, "ses"), (Door.V2, "sesv2")):
        known = botocore.session.get_session().get_service_model(service).operation_names
        assert set(known) - set(operations(door)) == set()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("```console\n$ echo one\none\n$ echo two\n2\n```\n", "two"),
        ("```console\n$ false\n```\n", "exit status 1"),
        ("```python\nassert 1 == 2\n```\n", "AssertionError"),
        ("```python\nprint(3)\n```\n```text output\n4\n```\n", "printed:\n3"),
        ("```console\n$ curl -sf localhost:4579/_ses/api/nothing\n```\n", "exit status 22"),
        ("```sh\nexit_with() { return 7; }\nexit_with\n```\n", "exit status 7"),
    ],
)
def test_a_page_that_is_wrong_is_found_out(reader, blocks_of, tmp_path, text, wrong):
    page = tmp_path / "page.md"
    page.write_text(text)
    reading = reader()
    reading.start()
    told = [reading.follow(block) for block in blocks_of(page)]
    assert wrong in told[-1]
    assert not any(told[:-1])


def test_what_a_page_leaves_open_may_be_anything(reader, blocks_of, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ export NAME=x\n```\n```python\nimport os\nname = os.environ['NAME']\n```\n"
        "```python\nprint(name, 'one\\ntwo\\nthree 2026-11-24T10:00:00Z')\n```\n"
        "```text output\nx …\nthree 2001-01-01T00:00:00Z\n```\n"
        '```console\n$ curl -s localhost:4579/_ses/api/health\n{…"ok"…}\n```\n'
    )
    reading = reader()
    reading.start()
    assert [reading.follow(block) for block in blocks_of(page)] == [""] * 5
