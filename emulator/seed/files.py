"""Which files ``--seed`` names, and all of them read as one seed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emulator.seed.checks import check_together
from emulator.seed.document import Where, load
from emulator.seed.model import Seed
from emulator.seed.problems import Problems, SeedError
from emulator.seed.read import read_document
from emulator.seed.shape import check
from emulator.seed.zonefile import parse_zone

_SEEDS = (".yaml", ".yml", ".zone")
_TOP: Where = ()


def read_seeds(paths: Iterable[Path]) -> Seed:
    """A folder stands for its ``*.yaml``, ``*.yml`` and ``*.zone`` files in the order of their names; a file that is
    named itself may be called anything, and is a zone when it ends in ``.zone``. Raises SeedError, with every mistake
    of all files."""
    seed, problems = Seed(), Problems()
    for path in paths:
        for file in _files(path, problems):
            text = read_text(file, str(file), problems)
            if text is None:
                continue
            if file.suffix == ".zone":
                seed.records += parse_zone(str(file), text, file.stem, problems)
            else:
                _read_yaml(file, text, seed, problems)
    problems.raise_any()
    check_together(seed, problems)
    problems.raise_any()
    return seed


def read_text(file: Path, place: str, problems: Problems) -> str | None:
    """A seed's text, UTF-8; None when it cannot be had, which is then a problem of ``place``."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        problems.add(place, f"there is no file {file}")
    except UnicodeDecodeError:
        problems.add(place, f"{file} is not UTF-8 text")
    except (OSError, ValueError) as problem:
        problems.add(place, f"{file} cannot be read: {problem}")
    return None


def _files(path: Path, problems: Problems) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        return sorted(file for file in path.iterdir() if file.suffix in _SEEDS and file.is_file())
    except OSError as problem:
        problems.add(str(path), f"it cannot be read: {problem}")
        return []


def _read_yaml(file: Path, text: str, seed: Seed, problems: Problems) -> None:
    try:
        document = load(str(file), file.parent, text)
    except SeedError as problem:
        problems.found += problem.problems
        return
    if document.content is None:
        document.content = {}
    before = len(problems.found)
    check(document, problems)
    # What has not the form cannot be read for its meaning.
    if len(problems.found) == before:
        read_document(document, seed, problems, read_text)
