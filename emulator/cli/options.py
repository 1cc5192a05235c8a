"""Options of the command line: each is also ``SES_EMULATOR_<OPTION>``."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import Any, TypeVar

import click


class _Seconds(click.FloatRange):
    """0 or more, without end too; of Python's numbers nan is none."""

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if isnan(number):
            self.fail(f"{value!r} is no number.", param, ctx)
        return number


SECONDS = _Seconds()

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
