"""Every other AWS service on the same port: moto, loaded on the first such call and not before.

After a call that may have changed Route 53 its records are read again, through boto3 as anyone would, and become
the world's: that is how records made in the article's way verify an identity.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

# Signing names of what an application that sends mail has beside SES. moto knows more; a name that is not here is more
# likely a mistake than a wish, and SES says so. CloudFormation is left out: it would bring 150 MB of packages.
SERVICES = frozenset(
    {
        "acm",
        "dynamodb",
        "ecr",
        "ecs",
        "events",
        "firehose",
        "iam",
        "kinesis",
        "kms",
        "lambda",
        "logs",
        "monitoring",
        "route53",
        "s3",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
        "sts",
    }
)

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
        if service == "sns":
            self._post_aside()
        passed: dict[str, Any] = dict(environ)
        passed["wsgi.input"] = io.BytesIO(body)
        passed["CONTENT_LENGTH"] = str(len(body))
        passed["HTTP_X_MOTO_ACCOUNT_ID"] = account
        # The path as it came, where moto looks for it: decoded, an S3 key ended at its "?", and "%2F" was a "/".
        passed["RAW_URI"] = environ.get("REQUEST_URI", "")
        passed.pop("HTTP_TRANSFER_ENCODING", None)
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            told.append((status, headers))
            return lambda _: None

        try:
            answer = list(app(passed, start))
            status, headers = told[-1]
        except Exception:
            log.exception("%s failed", service)
            answer, status, headers = [], "500 Internal Server Error", []
        if status.startswith("5"):
            # moto fails so on input that it does not expect. Nothing on this port answers 5xx to bad input, and an SDK
            # would only try again.
            log.warning("%s answered %s", service, status)
            kind, body = _failure(service, status, environ.get("CONTENT_TYPE", ""))
            start_response("400 Bad Request", [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [body]
        if service == "route53" and environ["REQUEST_METHOD"] not in _READING:
            self._route53_changed(account)
        start_response(status, headers)
        return answer

    def reset(self) -> None:
        """Empties all of moto's services, when it was loaded at all, by moto's own HTTP call for it."""
        if self._app is None:
            return
        from werkzeug.test import create_environ, run_wsgi_app

        _, status, _ = run_wsgi_app(self._app, create_environ("/moto-api/reset", method="POST"))
        if not status.startswith("2"):
            log.warning("moto's reset answered %s", status)

    def _load(self) -> WSGIApplication:
        with self._lock:
            if self._app is None:
                from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

                log.info("loading the neighbours (moto)")
                self._app = DomainDispatcherApplication(create_backend_app)
            return self._app

    def _post_aside(self) -> None:
        """moto's SNS posts to subscribers by way of ``Subscribers``: there is no setting for it."""
        from emulator.http.subscribers import Subscribers

        models: Any = import_module("moto.sns.models")
        with self._lock:
            if not isinstance(models.requests, Subscribers):
                models.requests = Subscribers()


def _failure(service: str, status: str, asked_in: str) -> tuple[str, bytes]:
    """Content type and body. Where the call was a form (SNS, IAM, STS) an SDK reads XML, and tells its user of nothing
    but bad XML when it gets a text; of the other protocols' answers it shows a text as it is."""
    text = f"moto's {service} failed on this request ({status}); see the log."
    if not asked_in.startswith("application/x-www-form-urlencoded"):
        return "text/plain", text.encode()
    from html import escape

    error = f"<Error><Type>Sender</Type><Code>NeighbourFailed</Code><Message>{escape(text)}</Message></Error>"
    return "text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
