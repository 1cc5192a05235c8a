"""The README tells the truth: what it says of options, paths and commands is compared with the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from emulator.ses.dispatch import operations
from emulator.values import Door

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title!r}"
    return found[1]


def _help(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "emulator", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_every_option_of_start_stands_in_the_table_and_no_other() -> None:
    written = set(re.findall(r"^\| `(--[a-z0-9-]+)", _section("Options"), re.MULTILINE))
    # A line of the help begins with its option: what stands further right is prose.
    offered = set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", _help("start"), re.MULTILINE)) - {"--help"}
    assert written == offered


def test_every_command_is_named() -> None:
    listed = _help().partition("Commands:")[2]
    commands = re.findall(r"^  (\w[\w-]*)", listed, re.MULTILINE)
    assert "start" in commands
    assert [name for name in commands if f"ses-emulator {name}" not in README] == []


def test_the_makefile_has_the_targets_that_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", README))
    assert {"run", "test"} <= named
    assert named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_links_to_files_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_comparison_counts_the_operations_that_are_served() -> None:
    row = re.search(r"^\| operations answered, v1 \+ v2 \| (\d+) \+ (\d+) \|", _section("Beside others"), re.MULTILINE)
    assert row, "the comparison has no row of operations"
    assert (int(row[1]), int(row[2])) == (len(operations(Door.V1)), len(operations(Door.V2)))
