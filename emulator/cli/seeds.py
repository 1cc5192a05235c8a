"""``export`` and ``seed``: the state as a seed, the schema and an example of seeds, and whether some are right."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from emulator.cli.client import Api, json_option, with_url
from emulator.cli.terminal import print_json


@click.command()
@json_option
@with_url
def export(url: str, as_json: bool) -> None:
    """Print the present state as a seed: accounts, identities with their private keys, DNS records."""
    state = Api(url).call("GET", "seed")
    if as_json:
        print_json(state)
    else:
        click.echo("# Private keys are in here.\n" + as_yaml(state), nl=False)


@click.group()
def seed() -> None:
    """Help with seeds, the files that `start --seed` begins with."""


@seed.command("schema")
def seed_schema() -> None:
    """Print the JSON Schema of seeds, for editors."""
    from emulator.seed.shape import schema_text

    click.echo(schema_text(), nl=False)


@seed.command("example")
def seed_example() -> None:
    """Print a seed to begin with."""
    click.echo(files("emulator.seed").joinpath("example.yaml").read_text(encoding="utf-8"), nl=False)


@seed.command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
def seed_check(paths: tuple[Path, ...]) -> None:
    """Say what is wrong with seeds, without starting; exit code 2 when something is."""
    from emulator.seed.files import read_seeds
    from emulator.seed.problems import SeedError

    try:
        found = read_seeds(paths)
    except SeedError as problem:
        click.echo(str(problem), err=True)
        raise click.exceptions.Exit(2) from problem
    click.echo(f"{len(found.accounts)} accounts, {len(found.identities)} identities, {len(found.records)} DNS records")


def as_yaml(state: dict[str, Any]) -> str:
    """ASCII only; keys as they come, texts of several lines as such."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(state, Dumper=Dumper, sort_keys=False, allow_unicode=False, width=120)
