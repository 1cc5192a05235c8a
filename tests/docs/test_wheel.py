"""What is installed from the wheel, in an environment that has nothing else, is the whole emulator."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _pip(*arguments: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"pip could not: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def empty_folder() -> Iterator[Path]:
    """Not pytest's, which keeps what three runs left: an environment is 200 MB."""
    with tempfile.TemporaryDirectory(prefix="ses-emulator-wheel-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def wheel(empty_folder: Path) -> Path:
    """Built from a copy, so that nothing which an earlier build left in the tree gets in."""
    source = empty_folder / "source"
    shutil.copytree(ROOT / "emulator", source / "emulator", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    _pip("wheel", "--no-deps", "--wheel-dir", str(empty_folder), ".", cwd=source)
    (built,) = empty_folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(empty_folder: Path, wheel: Path) -> Path:
    """The interpreter of an environment into which the wheel was installed, with what it says it needs."""
    # Neither an installer nor compiled modules are what is looked at here, and both take seconds.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(empty_folder / "venv")], check=True, timeout=110)
    python = empty_folder / "venv" / "bin" / "python"
    _pip("--python", str(python), "install", "--no-compile", str(wheel), cwd=empty_folder)
    return python


def test_all_that_is_not_code_is_in_it(wheel):
    in_tree = {
        str(one.relative_to(ROOT))
        for one in (ROOT / "emulator").rglob("*")
        if one.is_file() and one.suffix != ".py" and one.parent.name != "__pycache__"
    }
    assert any("templates" in name for name in in_tree)
    assert any("static" in name for name in in_tree)
    assert "emulator/seed/schema.json" in in_tree
    assert in_tree - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_every_module_is_in_it(wheel):
    in_tree = {str(one.relative_to(ROOT)) for one in (ROOT / "emulator").rglob("*.py")}
    assert in_tree - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_readmes_example_works_where_only_the_wheel_is(reader, blocks_of, python):
    reading = reader(python)
    reading.start()
    for block in blocks_of(ROOT / "README.md"):
        wrong = reading.follow(block)
        assert not wrong, f"README.md:{block.line}\n{wrong}"


def test_pages_and_seeds_work_where_only_the_wheel_is(reader, blocks_of, python, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ python -c 'import emulator; print(emulator.__file__)'\n…/venv/lib/…/emulator/__init__.py\n"
        "$ ses-emulator seed example > seed.yaml && ses-emulator seed check seed.yaml\n…identities…\n"
        '$ ses-emulator seed schema | python -c "import json, sys; json.load(sys.stdin)"\n'
        "$ ses-emulator start --demo --seed seed.yaml\n```\n"
        "```python\nimport re\nfrom urllib.request import urlopen\n\nBASE = 'http://localhost:4579'\n"
        "html = urlopen(f'{BASE}/_ses/').read().decode()\nassert 'abashiri.domain' in html\n"
        'for name in re.findall(r\'(?:href|src)="(/_ses/[^"]*[.](?:css|js|svg)[^"]*)"\', html):\n'
        "    print(name.rpartition('.')[2][:3], len(urlopen(BASE + name).read()) > 100)\n```\n"
        "```text output\n…css True…\n```\n"
    )
    reading = reader(python)
    for block in blocks_of(page):
        wrong = reading.follow(block)
        assert not wrong, f"line {block.line}\n{wrong}"
