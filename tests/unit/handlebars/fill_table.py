"""Fills in what the table of cases expects, from handlebars.js: ``python fill_table.py FOLDER``, where FOLDER holds
node_modules/handlebars.

A case has a name, a template, its ``data`` (without: the table's common data) and

- ``lax`` and ``strict``: what handlebars.js gives without and with its ``strict``, null for an error;
- ``adds``: its ``noEscape`` adds the numbers of this template, so the two are its answer without that;
- ``ses`` and ``why``, written by hand: SES differs from ``strict``. ``lax_ses`` likewise from ``lax``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TABLE = HERE.parents[2] / "fixtures" / "handlebars" / "cases.json"


def main(folder: str) -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    cases = table["cases"]
    asked = [
        {
            "template": case["template"],
            "data": case.get("data", table["common"]),
            "strict": strict,
            "separate": separate,
        }
        for case in cases
        for strict in (False, True)
        for separate in (False, True)
    ]
    answered = subprocess.run(
        ["node", HERE / "oracle.cjs", folder],
        input="".join(json.dumps(one) + "\n" for one in asked),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    outputs = [json.loads(line).get("output") for line in answered.stdout.splitlines()]
    for number, case in enumerate(cases):
        lax, lax_separate, strict, strict_separate = outputs[4 * number : 4 * number + 4]
        case.pop("adds", None)
        case.update(lax=lax_separate, strict=strict_separate)
        if (lax, strict) != (lax_separate, strict_separate):
            case["adds"] = True
    TABLE.write_text(_written(table), encoding="utf-8")


def _written(table: dict[str, Any]) -> str:
    """A case a line, so that a change shows what it changed."""
    rows = ",\n".join("    " + json.dumps(case, ensure_ascii=False) for case in table["cases"])
    common = json.dumps(table["common"], ensure_ascii=False)
    return f'{{\n  "source": {json.dumps(table["source"])},\n  "common": {common},\n  "cases": [\n{rows}\n  ]\n}}\n'


if __name__ == "__main__":
    main(sys.argv[1])
