"""docs/seeds.md and docs/command-line.md tell the truth: their seeds are seeds, their commands run, their tables are
complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from emulator.cli import main
from emulator.seed.files import read_seeds

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (ROOT / "docs" / "seeds.md").read_text()
COMMANDS = (ROOT / "docs" / "command-line.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", [one for one in blocks(SEEDS, "yaml") if "services:" not in one])
def test_each_seed_of_the_page_is_one(fresh, tmp_path, text):
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    named = {one if isinstance(one, str) else one["name"] for one in yaml.safe_load(text)["identities"]}
    assert {one["name"] for one in fresh(seeds=(file,)).api("GET", "seed")["identities"]} == named


def test_the_inline_key_of_ones_own_is_right(tmp_path):
    assert "`dkim: {selector: …, private_key: …}`, or `private_key_file`" in SEEDS
    key = ROOT / "fixtures" / "mail" / "key-1024.pem"
    (tmp_path / "a.yaml").write_text(
        f"identities: [{{name: a.example, dkim: {{selector: mine, private_key_file: {key}}}}}]\n"
    )
    assert len(read_seeds([tmp_path]).identities) == 1


@pytest.mark.parametrize("page", [SEEDS, COMMANDS], ids=["seeds", "command-line"])
def test_the_commands_of_the_page_run_and_print_what_it_shows(fresh, tmp_path, page):
    """Each without ``||`` in it succeeds."""
    lab = fresh(max_send_rate=-1)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "ses-emulator"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m emulator "$@"\n')
    command.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "SES_EMULATOR_URL": lab.endpoint,
        "LC_ALL": "C.UTF-8",
    }
    ran = 0
    for block in blocks(page, "console"):
        for line, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            done = subprocess.run(
                ["/bin/sh", "-c", line],
                capture_output=True,
                text=True,
                timeout=60,
                cwd=tmp_path,
                env=environment,
                check=False,
            )
            assert done.returncode == 0, (line, done.stderr)
            if shown:
                assert done.stdout == shown, line
            ran += 1
    assert ran >= 4


def test_every_command_stands_in_the_table():
    said = COMMANDS.partition("| command | does |")[2].partition("\n\n")[0]
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            for below in command.list_commands(context):
                assert f"`{name} {below}" in said or (name, below) == ("clock", "show"), (name, below)
        elif name != "start":
            assert f"`{name}" in said, name


def test_every_option_of_send_and_the_filters_stand_in_the_table():
    context = click.Context(main)
    for name, below in (("send", None), ("inbox", "list")):
        command = main.get_command(context, name)
        if isinstance(command, click.Group):
            command = command.get_command(context, below or "")
        assert command is not None
        row = next(
            line for line in COMMANDS.splitlines() if line.startswith(f"| `{name}{f' {below}' if below else ''}")
        )
        common = {"--json", "--url", "--account", "--region", "--secret"}
        options = {option for parameter in command.params for option in parameter.opts} - common
        assert {option for option in options if option not in row} == set(), row
