"""Options of the command line: each is also ``SES_EMULATOR_<OPTION>``."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isnan
from typing import Any, TypeVar
from urllib.parse import urlsplit

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


class _Limit(click.FloatRange):
    """Recipients: 0 or more, and -1 for no limit."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not (isfinite(number) and (number >= 0 or number == -1)):
            self.fail(f"{value!r} is neither a number from 0 on nor -1, which is unlimited.", param, ctx)
        return number


LIMIT = _Limit()

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


def web_address(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A callback: an http or https URL without a final slash, made of a host and port too; None stays."""
    if value is None:
        return None
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, a bracket that is not closed
        right = False
    if not right or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise click.BadParameter(f"{value!r} is no address like http://127.0.0.1:4579", context, parameter)
    return url.rstrip("/")
