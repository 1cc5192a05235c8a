"""The command line: options become ``Settings``, nothing else happens here."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from emulator.settings import DEFAULT_SECRET, Settings
from emulator.version import VERSION

if TYPE_CHECKING:
    from emulator.runtime import Addresses

_PREFIX = "SES_EMULATOR"
Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="ses-emulator")
def main() -> None:
    """A local Amazon SES that tells the truth."""


def _pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        access_key, colon, secret = value.partition(":")
        if not colon or not access_key or not secret:
            raise click.BadParameter(f"{value!r} is not ID:SECRET", context, parameter)
        pairs.append((access_key, secret))
    return tuple(pairs)


def _port(flag: str, default: int, what: str) -> Callable[[Command], Command]:
    return click.option(
        flag,
        type=click.IntRange(0, 65535),
        default=default,
        show_default=True,
        envvar=f"{_PREFIX}_{flag.strip('-').replace('-', '_').upper()}",
        help=f"{what}; 0 takes a free one.",
    )


def _option(flag: str, *name: str, **how: Any) -> Callable[[Command], Command]:
    variable = flag.strip("-").replace("-", "_").upper()
    return click.option(flag, *name, envvar=f"{_PREFIX}_{variable}", **how)


@main.command()
@_option("--host", default="127.0.0.1", show_default=True, help="Address that all listeners bind to.")
@_port("--port", 4579, "HTTP: AWS API, inspection API, pages")
@_port("--smtp-port", 2587, "SES's SMTP door with STARTTLS")
@_port("--smtps-port", 2465, "SES's SMTP door in TLS")
@_port("--sink-port", 1025, "The recipient's MX, and a catcher of anybody's mail")
@_port("--dns-port", 1053, "DNS over UDP and TCP")
@_option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep the state in this folder (SQLite).")
@_option("--database", help="Keep the state in this database: postgresql+psycopg://…")
@_option("--auto-verify", is_flag=True, help="Whoever takes part counts as verified, and is registered as such.")
@_option("--production", is_flag=True, help="Start with production access: recipients need no verification.")
@_option("--hold-production-review", is_flag=True, help="Leave a request for production access pending.")
@_option("--max-24-hour-send", type=float, help="Recipients in 24 hours; -1 is unlimited. [200, in production 50000]")
@_option("--max-send-rate", type=float, help="Recipients a second; -1 is unlimited. [1, in production 14]")
@_option("--resolver", help="HOST:PORT of a DNS server that knows what our zone does not.")
@_option("--verify-signatures", is_flag=True, help="Refuse requests whose SigV4 signature is wrong.")
@_option(
    "--credential",
    "credentials",
    multiple=True,
    callback=_pairs,
    help=f"ID:SECRET of an access key; the secret of any other is {DEFAULT_SECRET!r}. Repeatable.",
)
@_option("--no-amazonses-signature", is_flag=True, help="Leave out amazonses.com's own DKIM signature.")
@_option("--public-url", help="How links in mails reach this emulator. [http://127.0.0.1:PORT]")
@_option("--demo", is_flag=True, help="Start with the article's four mails in the inbox.")
@_option("--json", "as_json", is_flag=True, help="Print one JSON line with all addresses once everything is up.")
@_option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True)
def start(as_json: bool, log_level: str, no_amazonses_signature: bool, **given: object) -> None:
    """Start the emulator and serve until interrupted. Every option is also SES_EMULATOR_<OPTION>."""
    # What is loaded from here on stays: looking for garbage meanwhile would only make the start slower.
    gc.disable()
    # A first call may come while the rest is still loading: it should not wait for that.
    sys.setswitchinterval(0.0005)
    from emulator.runtime import Emulator
    from emulator.store.ports import StoreError

    logging.basicConfig(
        level=log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    # aiosmtpd writes three lines a connection there, and our own deliveries are connections too.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    # The options above are named and typed as the members of Settings; click hands them over as objects.
    settings = Settings(amazonses_signature=not no_amazonses_signature, **given)  # type: ignore[arg-type]
    if settings.data is not None and settings.database is not None:
        raise click.UsageError("--data and --database both say where the state is kept; give one.")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    emulator = Emulator(settings)
    try:
        emulator.start()
    except (OSError, ValueError, StoreError) as problem:
        emulator.stop()
        raise click.ClickException(str(problem)) from problem
    _settle_interpreter()
    try:
        if settings.demo:
            from emulator.demo import replay

            replay(emulator.addresses.endpoint)
        _announce(emulator.addresses, as_json)
        stop.wait()
    finally:
        emulator.stop()


def _settle_interpreter() -> None:
    """This process is the emulator's alone: what was made at the start stays, so the collector need not look at it
    again and again; and threads that hand over by themselves at every lock, query and socket need not be interrupted
    every 5 ms as well. Both measured: docs/performance.md."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 100)
    sys.setswitchinterval(0.05)


def _announce(addresses: Addresses, as_json: bool) -> None:
    if as_json:
        click.echo(addresses.as_json())
    else:
        click.echo(addresses.banner())
    sys.stdout.flush()


@main.command()
@_option("--url", default="http://127.0.0.1:4579", show_default=True, help="The running emulator.")
@_option("--timeout", type=float, default=10.0, show_default=True, help="Seconds to wait for it.")
def ready(url: str, timeout: float) -> None:
    """Exit 0 once the running emulator answers: the container's health check."""
    from urllib.error import URLError
    from urllib.request import urlopen

    from emulator.clock import monotonic

    deadline = monotonic() + timeout
    pause = threading.Event()
    while True:
        try:
            with urlopen(f"{url.rstrip('/')}/_ses/api/health", timeout=max(0.2, deadline - monotonic())) as answer:
                if answer.status == 200:
                    click.echo("ready")
                    return
        except (URLError, OSError, ValueError) as problem:
            reason = problem
        else:
            reason = OSError("no health there")
        if monotonic() >= deadline:
            raise click.ClickException(f"{url} is not ready: {reason}")
        pause.wait(0.1)


@main.command()
@_option("--url", default="http://127.0.0.1:4579", show_default=True, help="The running emulator.")
def demo(url: str) -> None:
    """Replay the article against a running emulator and print its four-case table from the captured mail."""
    from emulator.demo import DemoFailed, replay

    try:
        click.echo(replay(url.rstrip("/")).table())
    except DemoFailed as problem:
        raise click.ClickException(str(problem)) from problem
