"""What docs/pytest.md shows is run, and what it names is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pytest.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_example_passes_alone_and_with_workers(suite):
    tests = sum(block.count("def test_") for block in PYTHON)
    assert tests >= 7
    # The first run writes the golden mail that the second one compares with.
    for option in ("--update-golden", "-n2"):
        assert f"{tests} passed" in suite.passes("\n\n".join(PYTHON), option, own=True)


def test_every_member_of_the_tables_is_there(ses, inbox):
    ses.verify("doc.example", "anna@doc.example")
    ses.client("ses").send_email(
        Source="x@doc.example",
        Destination={"ToAddresses": ["anna@doc.example"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )
    mail = inbox.wait_for()
    for title, of in (("`ses`", ses), ("`inbox`", inbox), ("The mail", mail)):
        section = PAGE.partition(f"### {title}\n")[2].partition("\n##")[0]
        rows = re.findall(r"^\| (`.*?) \| ", section, re.MULTILINE)
        names = [name for row in rows for name in re.findall(r"`(\w+)", row)]
        assert len(names) >= 3
        assert [name for name in names if not hasattr(of, name)] == [], title


def test_the_options_of_the_table_are_those_of_the_plugin(suite):
    helped = subprocess.run(
        suite.command("--help"), cwd=suite.folder, env=suite.env, capture_output=True, text=True, check=True
    ).stdout
    section = PAGE.partition("## Options\n")[2].partition("\n## ")[0]
    for name in re.findall(r"^\| (?:ini )?`([\w-]+)", section, re.MULTILINE):
        assert re.search(rf"^  {re.escape(name)}\b", helped, re.MULTILINE), name
    for name in re.findall(r"^  ((?:ses_|--ses-|--update-golden)[\w-]*)", helped, re.MULTILINE):
        assert f"`{name}" in section, name
