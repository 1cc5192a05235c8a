"""``requests``, ``events``, ``reset``, ``clock``: what was asked, what was told, back to the start, what time it is."""

from __future__ import annotations

import re
from datetime import datetime

import click
from click.core import ParameterSource

from emulator.cli.client import Api, filters, json_option, with_account, with_url
from emulator.cli.options import Command
from emulator.cli.terminal import print_json, print_table, safe

_DURATION = re.compile(r"(?P<sign>[+-]?)(?P<parts>(?:\d+(?:\.\d+)?[wdhms])+)|(?P<seconds>[+-]?\d+(?:\.\d+)?)", re.ASCII)
_PART = re.compile(r"([\d.]+)([wdhms])", re.ASCII)
_SECONDS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


@click.command()
@click.option("--refused", "which", flag_value="refused", help="Only what was refused.")
@click.option("--accepted", "which", flag_value="accepted", help="Only what was accepted.")
@click.option("--limit", type=click.IntRange(1, 2000), default=50, show_default=True, help="How many at most.")
@json_option
@filters
def requests(url: str, account: str | None, region: str | None, as_json: bool, which: str | None, limit: int) -> None:
    """List the SES calls, newest first: accepted, or refused and why."""
    accepted = None if which is None else "true" if which == "accepted" else "false"
    query = {"account": account, "region": region, "accepted": accepted, "limit": limit}
    found = Api(url).call("GET", "requests", query=query)
    if as_json:
        print_json(found)
        return
    print_table(
        ("TIME", "REGION", "DOOR", "OPERATION", "", "CODE", "WHY", "WHAT TO DO"),
        [
            (
                one["at"][:19].replace("T", " "),
                one["region"],
                one["door"],
                one["operation"],
                "accepted" if one["accepted"] else "refused",
                one["code"] or "",
                one["message"] or "",
                one["hint"] or "",
            )
            for one in found["requests"]
        ],
    )


@click.command()
@click.option("--message-id", help="Only of this mail: SES's MessageId.")
@click.option("--type", help="Only of this type: BOUNCE, DELIVERY, RECEIVED …")
@click.option("--limit", type=click.IntRange(1, 2000), default=50, show_default=True, help="How many at most.")
@json_option
@filters
def events(
    url: str,
    account: str | None,
    region: str | None,
    as_json: bool,
    message_id: str | None,
    type: str | None,
    limit: int,
) -> None:
    """List what was told of mails and to whom, newest first: taken, or lost and why."""
    query = {"account": account, "region": region, "message_id": message_id, "type": type, "limit": limit}
    found = Api(url).call("GET", "events", query=query)
    if as_json:
        print_json(found)
        return
    print_table(
        ("TIME", "REGION", "TYPE", "MESSAGE ID", "BY", "TO", "ASKED BY", "", "WHY"),
        [
            (
                one["at"][:19].replace("T", " "),
                one["region"],
                one["type"],
                one["message_id"],
                one["channel"],
                one["target"],
                one["of"],
                "lost" if one["failure"] else "taken",
                one["failure"] or "",
            )
            for one in found["events"]
        ],
    )


@click.command()
@json_option
@with_account
def reset(url: str, account: str | None, as_json: bool) -> None:
    """Back to the state after the start, with its seeds: of everything, or of one --account."""
    answer = Api(url).call("POST", "reset", query={"account": account})
    if as_json:
        print_json(answer)
    else:
        click.echo(f"account {safe(account)} is reset" if account else "everything is reset")


@click.group(invoke_without_command=True)
@json_option
@with_url
@click.pass_context
def clock(context: click.Context, url: str, as_json: bool) -> None:
    """Show or move the emulator's clock, which is one for all accounts."""
    context.obj = (url, as_json)
    if context.invoked_subcommand is None:
        _clock(context)


def _also_here(command: Command) -> Command:
    """The options of ``clock`` after the word that says what to do with it, where everybody writes them."""
    return json_option(with_url(command))


@clock.command("show")
@_also_here
@click.pass_context
def clock_show(context: click.Context, /, **_: object) -> None:
    """Show the emulator's time."""
    _clock(context)


@clock.command("advance", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("duration")
@_also_here
@click.pass_context
def clock_advance(context: click.Context, /, duration: str, **_: object) -> None:
    """Move the clock by DURATION: 24h, 1d12h, 90s, -1h, or seconds."""
    _clock(context, {"advance_seconds": _seconds(duration)})


@clock.command("set")
@click.argument("time")
@_also_here
@click.pass_context
def clock_set(context: click.Context, /, time: str, **_: object) -> None:
    """Set the clock to TIME, in ISO 8601: 2030-01-31T12:00:00Z."""
    try:
        datetime.fromisoformat(time)
    except ValueError as problem:
        raise click.BadParameter(f"{safe(time)!r} is no time in ISO 8601, as 2030-01-31T12:00:00Z.") from problem
    _clock(context, {"now": time})


@clock.command("reset")
@_also_here
@click.pass_context
def clock_reset(context: click.Context, /, **_: object) -> None:
    """Put the clock back to real time."""
    _clock(context, {"reset": True})


def _clock(context: click.Context, body: dict[str, object] | None = None) -> None:
    url, as_json = context.obj
    if context.get_parameter_source("url") is ParameterSource.COMMANDLINE:
        url = context.params["url"]
    as_json = as_json or context.params["as_json"]
    answer = Api(url).call("GET" if body is None else "POST", "clock", body=body)
    if as_json:
        print_json(answer)
    else:
        click.echo(safe(answer["now"]))


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{safe(text)!r} is no duration, as 24h, 1d12h, 90s or -1h.")
    if found["seconds"] is not None:
        return float(found["seconds"])
    total = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(found["parts"]))
    return -total if found["sign"] == "-" else total
