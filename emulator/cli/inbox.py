"""``inbox``: the captured mail, listed, shown, followed, saved, waited for."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO

import click

from emulator.cli.client import Api, NotFound, TimeIsUp, Unreachable, filters, json_option, with_url
from emulator.cli.options import SECONDS, Command
from emulator.cli.terminal import print_json, print_table, safe, styled, verdict
from emulator.clock import monotonic

# The API lets a caller wait for longer, but something between may not.
_ONE_WAIT = 60.0
_HEADER = ("ID", "RECEIVED", "FROM", "TO", "SUBJECT", "SPF", "DKIM", "DMARC", "VIA")


@click.group()
def inbox() -> None:
    """Read the captured mail."""


def _filters(command: Command) -> Command:
    for flag, name, what in (
        ("-q", "q", "In the language of the inbox: from:ann has:attachment spf:pass …"),
        ("--text", "text", "In subject or body."),
        ("--subject", "subject", "In the subject."),
        ("--from", "from_", "In the sender."),
        ("--to", "to", "In a recipient."),
    ):
        command = click.option(flag, name, help=what)(command)
    return command


@inbox.command("list")
@_filters
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many at most.")
@json_option
@filters
def list_(url: str, account: str | None, region: str | None, as_json: bool, limit: int, **wanted: str | None) -> None:
    """List mails, newest first; of all accounts and regions unless --account or --region is given."""
    api = Api(url, account, region)
    found = api.call("GET", "messages", query={"account": account, "region": region, "limit": limit, **wanted})
    if as_json:
        print_json(found)
        return
    print_table(_HEADER, [_row(mail) for mail in found["messages"]])
    more = found["total"] - len(found["messages"])
    if more > 0:
        click.echo(f"{more} more; --limit shows up to 500, filters narrow it down.", err=True)


@inbox.command()
@click.argument("id")
@click.option(
    "--part",
    type=click.Choice(["all", "text", "html", "headers", "raw"]),
    default="all",
    show_default=True,
    help="What of it.",
)
@json_option
@with_url
def show(url: str, as_json: bool, id: str, part: str) -> None:
    """Show one mail and what the receiver made of it."""
    api = Api(url)
    if part == "raw" and not as_json:
        click.echo(safe(api.download("messages", id, "raw").decode("utf-8", "replace"), lines=True), nl=False)
        return
    mail = api.call("GET", "messages", id)
    if as_json:
        print_json(mail if part in ("all", "raw") else mail[part])
    elif part == "headers":
        click.echo("\n".join(f"{safe(name)}: {safe(value)}" for name, value in mail["headers"]))
    elif part in ("text", "html"):
        _print_body(mail[part])
    else:
        _print_mail(mail)


@inbox.command()
@click.argument("id")
@click.argument("file", type=click.File("wb", lazy=True))
@with_url
def save(url: str, id: str, file: BinaryIO) -> None:
    """Save one mail as the receiver stored it, as .eml; FILE - is standard output."""
    raw = Api(url).download("messages", id, "raw")
    if file.name == "-" and sys.stdout.isatty():
        raise click.UsageError("A mail may hold what a terminal obeys: name a file, or see `inbox show --part raw`.")
    try:
        file.write(raw)
    except OSError as problem:
        raise click.FileError(file.name, problem.strerror or str(problem)) from problem


@inbox.command()
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many mails.")
@json_option
@filters
def follow(url: str, account: str | None, region: str | None, as_json: bool, count: int | None) -> None:
    """Print each mail as it comes, until Ctrl-C; with --json one object a line."""
    api = Api(url, account, region)
    try:
        for name, mail in api.events({"events": "message", "account": account, "region": region}):
            if name != "message":
                continue
            if as_json:
                print_json(mail)
            elif sys.stdout.isatty():
                _print_line(mail)
            else:
                print_table(_HEADER, [_row(mail)])
            sys.stdout.flush()
            if count is not None:
                count -= 1
                if count == 0:
                    return
    except KeyboardInterrupt:
        return
    raise Unreachable(url, "it has stopped")


@inbox.command()
@_filters
@click.option("--timeout", type=SECONDS, default=30.0, show_default=True, help="Seconds to wait.")
@click.option("--after", type=click.IntRange(min=0), help="Only mails newer than this id.")
@json_option
@filters
def wait(
    url: str,
    account: str | None,
    region: str | None,
    as_json: bool,
    timeout: float,
    after: int | None,
    **wanted: str | None,
) -> None:
    """Wait for a mail and show it; exit code 4 when none comes. One that is there already counts."""
    api = Api(url, account, region)
    deadline = monotonic() + timeout
    while True:
        left = max(0.0, deadline - monotonic())
        now = min(left, _ONE_WAIT)
        try:
            mail = api.call(
                *("GET", "messages", "wait"),
                query={"account": account, "region": region, "timeout": f"{now:.3f}", "after": after, **wanted},
                timeout=now + 30.0,
            )
        except NotFound as problem:
            if left > _ONE_WAIT:
                continue
            raise TimeIsUp(f"no such mail came within {timeout:g} s") from problem
        break
    if as_json:
        print_json(mail)
    else:
        _print_mail(mail)


def _row(mail: dict[str, Any]) -> tuple[str, ...]:
    seen = mail["authentication"]
    return (
        mail["id"],
        mail["received_at"][:19].replace("T", " "),
        mail["from"] or mail["envelope"]["mail_from"],
        ", ".join(mail["to"] or mail["envelope"]["rcpt_to"]),
        mail["subject"],
        seen["spf"]["result"],
        ",".join(dict.fromkeys(one["result"] for one in seen["dkim"])) or "none",
        seen["dmarc"]["result"],
        mail["display"]["via"] or "",
    )


def _print_line(mail: dict[str, Any]) -> None:
    id, at, from_, to, subject, *_ = (safe(cell) for cell in _row(mail))
    click.echo(f"{styled(id, bold=True)}  {at[11:]}  {from_} → {to}  {styled(subject, bold=True)}")


def _print_mail(mail: dict[str, Any]) -> None:
    seen, shown = mail["authentication"], mail["display"]
    dkim = ", ".join(f"{verdict(one['result'])} ({safe(one['domain'])})" for one in seen["dkim"]) or "none"
    lines = [
        ("Id", safe(mail["id"])),
        ("Message id", safe(mail["message_id"] or "none, a stranger's mail")),
        ("Received", safe(mail["received_at"])),
        ("From", safe(mail["from"])),
        ("To", safe(", ".join(mail["to"]))),
        *((("Cc", safe(", ".join(mail["cc"]))),) if mail["cc"] else ()),
        ("Subject", styled(safe(mail["subject"]), bold=True)),
        ("Envelope", safe(f"{mail['envelope']['mail_from'] or '<>'} → {', '.join(mail['envelope']['rcpt_to'])}")),
        ("Mailed by", safe(shown["mailed_by"] or "-")),
        ("Signed by", safe(shown["signed_by"] or "-")),
        ("Via", safe(shown["via"] or "not shown")),
        ("SPF", f"{verdict(seen['spf']['result'])} ({safe(seen['spf']['domain'])})"),
        ("DKIM", dkim),
        ("DMARC", verdict(seen["dmarc"]["result"])),
        *(
            ("Attachment", safe(f"{one['n']}: {_named(one)}{one['content_type']}, {one['size']} bytes"))
            for one in mail["attachments"]
        ),
    ]
    for name, value in lines:
        click.echo(f"{styled(f'{name:<11}', fg='cyan')} {value}")
    click.echo()
    _print_body(mail["text"] or mail["html"])


def _named(attachment: dict[str, Any]) -> str:
    """A part of a delivery status notification has no file name."""
    return f"{attachment['file_name']}, " if attachment["file_name"] else ""


def _print_body(body: str | None) -> None:
    click.echo(safe(body or "", lines=True).rstrip("\n"))
