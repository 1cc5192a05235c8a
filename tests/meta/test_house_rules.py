"""The rules of the house that a reader relies on and no linter checks."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EMULATOR = sorted((ROOT / "emulator").rglob("*.py"))
EVERYTHING = EMULATOR + sorted((ROOT / "tests").rglob("*.py"))

MOST_LINES = 400
# Loaded only when somebody asks for what needs them: each costs start-up time and memory at rest.
NOT_AT_START = (
    "moto",
    "boto3",
    "botocore.client",
    "botocore.session",
    "flask",
    "jinja2",
    "apispec",
    "emulator.mail.tracking",
    "emulator.post.receipt",
    "yaml",
    "psycopg",
    "hypothesis",
    "pytest",
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_walk_sees_the_code() -> None:
    assert "emulator/values.py" in map(_name, EMULATOR)
    assert _name(Path(__file__)) in map(_name, EVERYTHING)


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    lines = {_name(path): path.read_text(encoding="utf-8").count("\n") for path in EVERYTHING}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def _without_docstring(path: Path) -> Iterator[str]:
    """A function of a single statement may speak for itself: errors.py is a list of them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body and not ast.get_docstring(tree):
        yield f"{_name(path)}:1 the module"
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if len(node.body) > 1 and not ast.get_docstring(node):
            yield f"{_name(path)}:{node.lineno} {node.name}()"


def test_modules_and_their_public_functions_say_what_they_promise() -> None:
    assert [gap for path in EMULATOR for gap in _without_docstring(path)] == []


def test_imports_go_one_way() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


_STARTED = """
import sys
from emulator.runtime import Emulator
from emulator.settings import Settings
emulator = Emulator(Settings(port=0, smtp_port=0, smtps_port=0, sink_port=0, dns_port=0))
emulator.start()
emulator.stop()
print(*sys.modules, sep="\\n")
"""


@pytest.mark.parametrize("program", ["import emulator.cli, sys; print(*sys.modules, sep='\\n')", _STARTED])
def test_a_start_loads_nothing_heavy(program: str) -> None:
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "emulator" in loaded
    assert [name for name in loaded if any(name == h or name.startswith(h + ".") for h in NOT_AT_START)] == []
