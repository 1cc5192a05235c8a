"""``ready`` and ``demo``: against a running emulator, from outside."""

from __future__ import annotations

import threading

import click

from emulator.cli.options import option


@click.command()
@option("--url", default="http://127.0.0.1:4579", show_default=True, help="The running emulator.")
@option("--timeout", type=float, default=10.0, show_default=True, help="Seconds to wait for it.")
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


@click.command()
@option("--url", default="http://127.0.0.1:4579", show_default=True, help="The running emulator.")
def demo(url: str) -> None:
    """Replay the article against a running emulator and print its four-case table from the captured mail."""
    from emulator.demo import DemoFailed, replay

    try:
        click.echo(replay(url.rstrip("/")).table())
    except DemoFailed as problem:
        raise click.ClickException(str(problem)) from problem
