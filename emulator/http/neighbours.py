"""Every other AWS service on the same port: moto, loaded on the first such call and not before.

After a call that may have changed Route 53 its records are read again, through boto3 as anyone would, and become
the world's: that is how records made in the article's way verify an identity.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

_READING = ("GET", "HEAD", "OPTIONS")


class Neighbours:
    """A WSGI application. ``route53_changed`` is called with the account after each change there and returns when
    the world knows the new records."""

    def __init__(self, route53_changed: Callable[[str], None]) -> None:
        self._route53_changed = route53_changed
        self._app: WSGIApplication | None = None
        self._lock = Lock()

    @property
    def loaded(self) -> bool:
        return self._app is not None

    def serve(
        self, environ: WSGIEnvironment, start_response: StartResponse, body: bytes, service: str, account: str
    ) -> Iterable[bytes]:
        """Answers as ``service``; ``body`` has been read from the environ already."""
        app = self._load()
        passed: dict[str, Any] = dict(environ)
        passed["wsgi.input"] = io.BytesIO(body)
        passed["CONTENT_LENGTH"] = str(len(body))
        passed["HTTP_X_MOTO_ACCOUNT_ID"] = account
        passed.pop("HTTP_TRANSFER_ENCODING", None)
        answer = list(app(passed, start_response))
        if service == "route53" and environ["REQUEST_METHOD"] not in _READING:
            self._route53_changed(account)
        return answer

    def reset(self) -> None:
        """Empties all of moto's services, when it was loaded at all."""
        if self._app is None:
            return
        from moto.core.models import moto_api_backend  # type: ignore[attr-defined]

        moto_api_backend.reset()

    def _load(self) -> WSGIApplication:
        with self._lock:
            if self._app is None:
                from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

                log.info("loading the neighbours (moto)")
                self._app = DomainDispatcherApplication(create_backend_app)
            return self._app
