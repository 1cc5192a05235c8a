"""docs/architecture.md shows the layers that import-linter holds, not those that once were."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_layers_of_the_page_are_those_of_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (held,) = [one["layers"] for one in contracts if one["type"] == "layers"]
    section = (ROOT / "docs" / "architecture.md").read_text().partition("## Layers")[2]
    (shown,) = re.findall(r"```\n(.*?)\n```", section.partition("\n## ")[0], re.DOTALL)
    assert shown.splitlines() == [layer.replace("emulator.", "") for layer in held]


def test_every_module_that_the_page_names_is_there():
    named = set(re.findall(r"\b(?:[a-z_]+/)+[a-z_0-9]+\.py\b", (ROOT / "docs" / "architecture.md").read_text()))
    assert len(named) > 10
    assert {name for name in named if not (ROOT / "emulator" / name).exists() and not (ROOT / name).exists()} == set()


def test_every_room_has_its_line_in_the_page():
    rooms = {path.parent.name + "/" for path in (ROOT / "emulator").glob("*/__init__.py")}
    page = (ROOT / "docs" / "architecture.md").read_text()
    assert {room for room in rooms if not re.search(rf"^\| `{room}`", page, re.MULTILINE)} == set()
