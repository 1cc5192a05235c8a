"""The WSGI server in a thread of its own. Waitress: chosen by measurement, see docs/performance.md."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from waitress.server import create_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# 32 clients at once, and room for those who wait for mail.
THREADS = 48


class HttpServer:
    """Listens from the moment it is made; answers from ``start`` on."""

    def __init__(self, app: WSGIApplication, host: str, port: int, max_body: int) -> None:
        # Waitress warns whenever a request waits for a thread: that is what a queue is for.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server: Any = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            max_request_body_size=max_body,
            ident="ses-emulator",
            clear_untrusted_proxy_headers=False,
            channel_timeout=60,
            connection_limit=1000,
        )
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.effective_port)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Closes the listener, lets running requests finish for a moment, and ends the thread."""
        self._server.task_dispatcher.shutdown(timeout=2)
        self._server.close()
        self._thread.join(5)
