"""``ready`` and ``demo``: against a running emulator, from outside."""

from __future__ import annotations

import threading

import click

from emulator.cli.client import Api, Failed, with_url
from emulator.cli.options import SECONDS, option
from emulator.clock import monotonic


@click.command()
@option("--timeout", type=SECONDS, default=10.0, show_default=True, help="Seconds to wait for it.")
@with_url
def ready(url: str, timeout: float) -> None:
    """Exit 0 once the running emulator answers, 1 when it does not in time: the container's health check."""
    api = Api(url)
    deadline = monotonic() + timeout
    pause = threading.Event()
    while True:
        try:
            api.call("GET", "health", timeout=min(60.0, max(0.2, deadline - monotonic())))
        except Failed as problem:
            if monotonic() >= deadline:
                # Code 1, whatever it is: who asks for health asks whether or not.
                raise Failed(f"not ready: {problem.message}") from problem
        else:
            click.echo("ready")
            return
        pause.wait(0.1)


@click.command()
@with_url
def demo(url: str) -> None:
    """Replay the article against a running emulator and print its four-case table from the captured mail."""
    # Before boto3 is loaded: whether anybody is there.
    Api(url).call("GET", "health")
    from emulator.demo import DemoFailed, replay

    try:
        click.echo(replay(url).table())
    except DemoFailed as problem:
        raise Failed(str(problem)) from problem
