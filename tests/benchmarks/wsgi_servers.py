"""Which WSGI server: the same Flask application behind each, the same driver, one run.

``python -m tests.benchmarks.wsgi_servers``. The application reads a form of 4 kB and answers with as much XML as a
SendEmail does. Besides speed it asks what the emulator needs: can the server run in a thread of a test's process, and
does it stop there cleanly (its thread ends, its port is free, no thread is left behind)?
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.metadata
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.benchmarks import driver, process

Start = Callable[[Any, int], Callable[[], None]]

FORM = b"Action=SendEmail&Message.Body.Text.Data=" + b"x" * 4096
POST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
    + str(len(FORM)).encode()
    + b"\r\n\r\n"
    + FORM
)
ANSWER = b"<SendEmailResponse>" + b"y" * 300 + b"</SendEmailResponse>"


def flask_application() -> Any:
    from flask import Flask, Response, request

    application = Flask("trivial")

    @application.post("/")
    def post() -> Response:
        return Response(ANSWER if len(request.get_data()) == len(FORM) else b"short", content_type="text/xml")

    return application


def bare_application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The same without Flask: what a server costs by itself."""
    data = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    body = ANSWER if len(data) == len(FORM) else b"short"
    start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
    return [body]


def _waitress(threads: int) -> Start:
    def start(application: Any, port: int) -> Callable[[], None]:
        from waitress import wasyncore
        from waitress.server import create_server

        sockets: dict[int, Any] = {}
        server = create_server(application, map=sockets, host="127.0.0.1", port=port, threads=threads)
        thread = threading.Thread(target=server.run)
        thread.start()

        def stop() -> None:
            server.task_dispatcher.shutdown()
            # The loop ends by itself once its map is empty, and only its own thread may empty it.
            server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
            thread.join(5)

        return stop

    return start


def _cheroot(application: Any, port: int) -> Callable[[], None]:
    from cheroot.wsgi import Server

    server = Server(("127.0.0.1", port), application, numthreads=8)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()

    def stop() -> None:
        server.stop()
        thread.join(5)

    return stop


def _werkzeug(application: Any, port: int) -> Callable[[], None]:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    return stop


EMBEDDED: dict[str, Start] = {
    "waitress-2": _waitress(2),
    "waitress-4": _waitress(4),
    "waitress-8": _waitress(8),
    "waitress-48": _waitress(48),
    "cheroot": _cheroot,
    "werkzeug": _werkzeug,
}


def serve(name: str, bare: bool, port: int) -> None:
    """In the measured process: run until SIGTERM, stop, then say on stdout what the stop left behind."""
    application = bare_application if bare else flask_application()
    if name == "granian":
        from granian import Granian
        from granian.constants import Interfaces

        target = "bare_application" if bare else "flask_application"
        Granian(
            f"tests.benchmarks.wsgi_servers:{target}",
            address="127.0.0.1",
            port=port,
            interface=Interfaces.WSGI,
            factory=not bare,
            blocking_threads=4,
            log_enabled=False,
        ).serve()
        return
    before = set(threading.enumerate())
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    stop = EMBEDDED[name](application, port)
    asked.wait()
    began = time.monotonic()
    stop()
    seconds = time.monotonic() - began
    left = [thread.name for thread in set(threading.enumerate()) - before]
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            again.bind(("127.0.0.1", port))
            port_free = True
        except OSError:
            port_free = False
    print(f"stopped in {seconds * 1000:.0f} ms, port {'free' if port_free else 'STILL TAKEN'}, threads left: {left}")
    sys.stdout.flush()
    os._exit(0 if not left and port_free else 1)


def measure(name: str, bare: bool, requests: int) -> str:
    port = process.free_port()
    command = [sys.executable, "-m", "tests.benchmarks.wsgi_servers", "--serve", name, "--port", str(port)]
    command += ["--bare"] if bare else []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        began = time.monotonic()
        with process.running(command, log) as server:
            cold = process.first_answer(server, port, POST, began)
            at_rest = process.memory(server.pid).pss
            driver.load(port, POST, requests // 5)
            measured = driver.load(port, POST, requests)
            after = process.memory(server.pid).pss
            idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
            server.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(15)
            ended = server.poll() is not None
            for connection in idle:
                with contextlib.suppress(OSError):
                    connection.close()
        said = log.read_text(errors="replace").strip().splitlines()
    if name == "granian":
        verdict = "no: it needs processes of its own"
    else:
        verdict = said[-1] if ended and said else "does not stop within 15 s while clients keep connections open"
    shown = f"{name}{' (no Flask)' if bare else ''}"
    return (
        f"{shown:<24}{measured.rate:>9.0f}{measured.percentile(50) * 1000:>8.2f}{measured.percentile(99) * 1000:>8.2f}"
        f"{cold:>8.2f}{at_rest:>8.1f}{after:>8.1f}  {verdict}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=20000)
    options.add_argument("--serve")
    options.add_argument("--port", type=int)
    options.add_argument("--bare", action="store_true")
    chosen = options.parse_args()
    if chosen.serve:
        serve(chosen.serve, chosen.bare, chosen.port)
        return
    print(f"{'server':<24}{'POST/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'cold s':>8}{'MiB':>8}{'after':>8}  in a thread")
    for name in (*EMBEDDED, "granian"):
        package = name.partition("-")[0]
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            print(f"{name:<24} skipped: not installed")
            continue
        for bare in (False, True):
            print(measure(name, bare, chosen.requests), flush=True)


if __name__ == "__main__":
    main()
