"""The command line. Each command stands in a module of its own, loaded when it is called: ``start`` is on the way to
the first answer and must not wait for what the others need."""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from emulator.version import VERSION

_MODULE_OF: Final = {
    "start": "start",
    "ready": "probes",
    "demo": "probes",
    "inbox": "inbox",
    "verify": "sending",
    "send": "sending",
    "requests": "world",
    "events": "world",
    "reset": "world",
    "clock": "world",
    "dns": "dns",
    "export": "seeds",
    "seed": "seeds",
}


class _Commands(click.Group):
    """Commands by name; the module of one is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULE_OF)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _MODULE_OF.get(cmd_name)
        if module is None:
            return None
        found = getattr(import_module(f"emulator.cli.{module}"), cmd_name)
        assert isinstance(found, click.Command)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """In one line what the system refuses, as a full disk; click ends by itself where a pipe's reader has gone."""
        try:
            return super().invoke(ctx)
        except OSError as problem:
            if problem.errno == errno.EPIPE:
                raise
            raise click.ClickException(str(problem)) from problem


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="ses-emulator")
def main() -> None:
    """A local Amazon SES that tells the truth."""
    _prepare_streams()


def _prepare_streams() -> None:
    """Mail holds letters that the encoding of a terminal or pipe may not have: they are shown by number. Whoever closed
    a stream wants nothing of it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  it lasts as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
