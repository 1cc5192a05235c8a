"""The WSGI server in a thread of its own. Waitress: chosen by measurement, see docs/performance.md."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import create_server
from waitress.task import WSGITask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Enough that up to 16 clients may wait for mail while others call; every busy thread more costs speed.
THREADS = 24
_BACKLOG = 512
# A 40 MB message in base64 inside JSON, and room for the rest of the request.
_MAX_BODY = 64 * 1024 * 1024
_GRACE = 2.0


# In the WSGI environ: a function that tells whether the client has closed its end of the connection. Waitress itself
# looks at the connection again only after the answer, or when a write fails.
CLIENT_GONE = "emulator.client_gone"


# Waitress has no types: its classes are Any to the checker, here and below.
class _Task(WSGITask):  # type: ignore[misc]
    """Sends head and body of an ordinary answer in one piece. Waitress sends each by itself: a second system call and
    a second packet, and at each another thread takes the interpreter."""

    wrote_header: bool

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[CLIENT_GONE] = self._client_gone
        return environ

    def _client_gone(self) -> bool:
        connection = self.channel.socket
        if connection is None:
            return True
        try:
            # Looks without taking: the server's own thread reads what comes.
            return bool(connection.recv(1, socket.MSG_PEEK) == b"")
        except BlockingIOError:
            return False
        except OSError:
            return True

    def write(self, data: bytes) -> None:
        if self.wrote_header or not self.complete or not data or not self.has_body or self.content_length != len(data):
            super().write(data)
            return
        head = self.build_response_header()
        self.wrote_header = True
        self.content_bytes_written = len(data)
        self.channel.write_soon(head + data)


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Answers 400 where waitress only hangs up: to a Content-Length of more digits than Python converts."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as problem:
            raise ParsingError("The header cannot be read.") from problem


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task
    parser_class = _Parser

    def send_continue(self) -> None:
        """Not for a request that is whole already, as boto3's for an empty object of S3 is: having said it, waitress
        would wait for a body that does not come."""
        if self.request.completed:
            self.request.expect_continue = False
        else:
            super().send_continue()


class HangingUp:
    """WSGI middleware: where the application raises one of ``causes`` the client's connection is closed without an
    answer."""

    def __init__(self, app: WSGIApplication, *causes: type[Exception]) -> None:
        self._app = app
        self._causes = causes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        except self._causes as cause:
            # What waitress raises itself when a client has gone: it closes and says nothing.
            raise ClientDisconnected from cause


class HttpServer:
    """Listens from the moment it is made (OSError when the port is taken); answers from ``start`` on."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        # Waitress warns whenever a request waits for a thread: that is what a queue is for.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except OSError as problem:
            why = (problem.strerror or str(problem)).partition(" (while")[0]
            raise OSError(f"The HTTP server cannot have {host}:{port}: {why}") from problem
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open: dict[int, Any] = {}
        self._server: Any = create_server(
            app,
            map=self._open,
            sockets=[self._socket],
            threads=THREADS,
            max_request_body_size=_MAX_BODY,
            ident="ses-emulator",
            clear_untrusted_proxy_headers=False,
            channel_timeout=60,
            connection_limit=1000,
            backlog=_BACKLOG,
        )
        self._server.channel_class = _Channel
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Lets running requests finish for a moment, then closes the listener and every connection."""
        self._server.task_dispatcher.shutdown(timeout=_GRACE)
        # In the server's own thread: it ends when nothing is open any more.
        # An OSError says that it has ended already, and its trigger with it.
        with suppress(OSError):
            self._server.trigger.pull_trigger(partial(wasyncore.close_all, self._open))
        self._thread.join(_GRACE)
