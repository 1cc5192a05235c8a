"""Clients of the services beside SES, as an application has them: boto3, through the emulator's own endpoint.

boto3 is loaded when the first client is made. Whoever asks a neighbour holds no transaction: the answer comes through
another thread of this process, which may want the store.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from emulator.values import Scope

_CONNECT_SECONDS = 5
_READ_SECONDS = 60


class Clients:
    """``clients(service, scope)`` is a boto3 client of that account and region. ``endpoint`` is where the services
    are, asked each time; ``secret_of`` gives the secret of an access key. Thread-safe."""

    def __init__(self, endpoint: Callable[[], str], secret_of: Callable[[str], str]) -> None:
        self._endpoint = endpoint
        self._secret_of = secret_of
        self._session: Any = None
        # Clients may be shared between threads; the session that makes them may not.
        self._lock = Lock()

    def __call__(self, service: str, scope: Scope) -> Any:
        from boto3.session import Session
        from botocore.config import Config

        with self._lock:
            if self._session is None:
                self._session = Session()
            return self._session.client(
                service,
                endpoint_url=self._endpoint(),
                region_name=scope.region,
                aws_access_key_id=scope.account,
                aws_secret_access_key=self._secret_of(scope.account),
                config=Config(
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=_READ_SECONDS,
                    retries={"total_max_attempts": 1},
                    # The endpoint is our own, whichever proxy the environment names for the world outside.
                    proxies={},
                    s3={"addressing_style": "path"},
                    # Presigned URLs too: which service and account is meant, nobody could tell from older ones.
                    signature_version="s3v4" if service == "s3" else None,
                ),
            )
