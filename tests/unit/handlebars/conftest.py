"""handlebars.js itself, where node and the npm package are there: ``.ci/run`` puts them there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


class Oracle:
    """One node process that answers any number of questions."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def render(self, template: str, data: Any, *, strict: bool = False) -> str | None:
        """What handlebars.js gives, every value written out as ``String()`` has it; None where it refuses."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"template": template, "data": data, "strict": strict, "separate": True}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        output: str | None = json.loads(self._process.stdout.readline()).get("output")
        return output


@pytest.fixture(scope="session")
def oracle() -> Iterator[Oracle]:
    folder = Path(os.environ.get("HANDLEBARS_JS") or ROOT / ".oracle")
    node = shutil.which("node")
    if node is None or not (folder / "node_modules" / "handlebars").is_dir():
        reason = f"node, or handlebars 4 in {folder}: npm install --prefix {folder} handlebars@4"
        if os.environ.get("CI"):
            pytest.fail(f"missing: {reason}")
        pytest.skip(f"not there: {reason}")
    with subprocess.Popen(
        [node, HERE / "oracle.cjs", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield Oracle(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def table() -> list[dict[str, Any]]:
    """The cases, each with its data."""
    read = json.loads((ROOT / "fixtures" / "handlebars" / "cases.json").read_text(encoding="utf-8"))
    return [{"data": read["common"], **case} for case in read["cases"]]
