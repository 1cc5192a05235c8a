"""Options of the command line: each is also ``SES_EMULATOR_<OPTION>``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def option(flag: str, *name: str, **how: Any) -> Callable[[Command], Command]:
    """As ``click.option``, with its environment variable."""
    return click.option(flag, *name, envvar=variable(flag), **how)


def port(flag: str, default: int, what: str) -> Callable[[Command], Command]:
    """Where something listens."""
    return option(
        flag, type=click.IntRange(0, 65535), default=default, show_default=True, help=f"{what}; 0 takes a free one."
    )


def variable(flag: str) -> str:
    """The environment variable of an option."""
    return f"SES_EMULATOR_{flag.strip('-').replace('-', '_').upper()}"
