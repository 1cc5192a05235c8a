"""``start``: options become ``Settings``, and the emulator runs until it is told to stop."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.options import LIMIT, option, port, web_address
from emulator.settings import DEFAULT_SECRET, Settings

if TYPE_CHECKING:
    from emulator.listening import Addresses

# malloc.h of glibc.
_M_ARENA_MAX = -8


def _pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        access_key, colon, secret = value.partition(":")
        if not colon or not access_key or not secret:
            raise click.BadParameter(f"{value!r} is not ID:SECRET", context, parameter)
        pairs.append((access_key, secret))
    return tuple(pairs)


@click.command()
@option("--host", default="127.0.0.1", show_default=True, help="Address that all listeners bind to.")
@port("--port", 4579, "HTTP: AWS API, inspection API, pages")
@port("--smtp-port", 2587, "SES's SMTP door with STARTTLS")
@port("--smtps-port", 2465, "SES's SMTP door in TLS")
@port("--sink-port", 1025, "The recipient's MX, and a catcher of anybody's mail")
@port("--dns-port", 1053, "DNS over UDP and TCP")
@option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep the state in this folder (SQLite).")
@option("--database", help="Keep the state in this database: postgresql+psycopg://…")
@option(
    "--seed",
    "seeds",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Begin with what this file, or folder of files, says: accounts, identities, DNS. Repeatable.",
)
@option("--auto-verify", is_flag=True, help="Whoever takes part counts as verified, and is registered as such.")
@option("--production", is_flag=True, help="Start with production access: recipients need no verification.")
@option("--hold-production-review", is_flag=True, help="Leave a request for production access pending.")
@option("--max-24-hour-send", type=LIMIT, help="Recipients in 24 hours; -1 is unlimited. [200, in production 50000]")
@option("--max-send-rate", type=LIMIT, help="Recipients a second; -1 is unlimited. [1, in production 14]")
@option("--resolver", help="HOST:PORT of a DNS server that knows what our zone does not.")
@option("--verify-signatures", is_flag=True, help="Refuse requests whose SigV4 signature is wrong.")
@option(
    "--credential",
    "credentials",
    multiple=True,
    callback=_pairs,
    help=f"ID:SECRET of an access key; the secret of any other is {DEFAULT_SECRET!r}. Repeatable.",
)
@option("--no-amazonses-signature", is_flag=True, help="Leave out amazonses.com's own DKIM signature.")
@option("--public-url", callback=web_address, help="How links in mails reach this emulator. [http://127.0.0.1:PORT]")
@option("--demo", is_flag=True, help="Start with the article's four mails in the inbox.")
@option(
    "--fault",
    "faults",
    multiple=True,
    help="KIND or KIND:key=value,… of a fault to happen, as 500:operation=Send*,times=1. Repeatable.",
)
@option("--fault-seed", type=click.IntRange(min=0), default=0, show_default=True, help="Repeats what faults do.")
@option("--stop-with-stdin", is_flag=True, help="Stop when standard input ends: whoever started this has gone.")
@option("--json", "as_json", is_flag=True, help="Print one JSON line with all addresses once everything is up.")
@option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True)
def start(as_json: bool, log_level: str, no_amazonses_signature: bool, stop_with_stdin: bool, **given: object) -> None:
    """Start the emulator and serve until interrupted. Every option is also SES_EMULATOR_<OPTION>."""
    # What is loaded from here on stays: looking for garbage meanwhile would only make the start slower.
    gc.disable()
    # A first call may come while the rest is still loading: it should not wait for that.
    sys.setswitchinterval(0.0005)
    _share_arenas()
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
    if stop_with_stdin:
        threading.Thread(target=_stop_at_end_of_input, args=(stop,), name="stdin", daemon=True).start()
    emulator = Emulator(settings)
    try:
        emulator.start()
    except (OSError, ValueError, StoreError) as problem:
        emulator.stop()
        raise _reason(problem) from problem
    _settle_interpreter()
    try:
        if settings.demo:
            _replay(emulator.addresses.endpoint)
        _announce(emulator.addresses, settings, as_json)
        stop.wait()
    finally:
        emulator.stop()


def _replay(endpoint: str) -> None:
    from emulator.demo import DemoFailed, replay

    try:
        replay(endpoint)
    except DemoFailed as problem:
        raise click.ClickException(f"--demo: {problem}") from problem


def _stop_at_end_of_input(stop: threading.Event) -> None:
    """Reads past ``sys.stdin``, whose lock a thread that still waits would hold when the interpreter ends."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass  # closed from the start: there is nobody to wait for
    stop.set()


def _share_arenas() -> None:
    """glibc gives up to eight threads a core a heap of their own, where what is free is free for nobody else. Two for
    all are 11 MiB less after 30 000 mails (docs/performance.md). Other C libraries have nothing to set."""
    if sys.platform == "linux":
        import ctypes

        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            library.mallopt(_M_ARENA_MAX, 2)


def _settle_interpreter() -> None:
    """This process is the emulator's alone: what was made at the start stays, so the collector need not look at it
    again and again; and threads that hand over by themselves at every lock, query and socket need not be interrupted
    every 5 ms as well. Both measured: docs/performance.md."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 100)
    sys.setswitchinterval(0.05)


class _WrongUse(click.ClickException):
    exit_code = click.UsageError.exit_code


def _reason(problem: Exception) -> click.ClickException:
    """Why it does not start; seeds are what was given on the command line, so a mistake in them is one of usage."""
    from emulator.seed.problems import SeedError

    if isinstance(problem, SeedError):
        return _WrongUse(f"the seeds cannot be used:\n{problem}")
    # A setting that makes no sense; OSError and StoreError are of the machine.
    return _WrongUse(str(problem)) if isinstance(problem, ValueError) else click.ClickException(str(problem))


def _announce(addresses: Addresses, settings: Settings, as_json: bool) -> None:
    if as_json:
        click.echo(addresses.as_json())
    else:
        from emulator.cli.banner import banner

        click.echo(banner(addresses, settings))
    sys.stdout.flush()
