"""The AWS door's two ways, straight from the environ and through Flask: every request is answered, and alike."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import pytest

from emulator.aws.wire import Answer
from emulator.errors import Fault
from emulator.http.app import create_app
from emulator.http.plain_calls import PlainCalls

FORM = "application/x-www-form-urlencoded"
QUOTA = b"Action=GetSendQuota&Version=2010-12-01"


def signed(account: str, service: str = "ses") -> str:
    scope = f"{account}/20260101/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def asked(lab, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes, bytes]:
    """Status, head and body of one request on a connection of its own, sent as it stands."""
    target = urlsplit(lab.endpoint)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {target.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((target.hostname, target.port), 20) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, rest = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), head, rest


def test_a_form_with_its_length_is_answered_with_its_length(lab):
    headers = {"Authorization": signed(lab.account), "Content-Type": FORM, "Content-Length": str(len(QUOTA))}
    status, head, body = asked(lab, "POST", "/", headers, QUOTA)
    assert status == 200
    assert b"<Max24HourSend>" in body
    assert f"\r\nContent-Length: {len(body)}\r\n".encode() in head


def test_a_form_in_chunks_is_read_whole(lab):
    headers = {"Authorization": signed(lab.account), "Content-Type": FORM, "Transfer-Encoding": "chunked"}
    pieces = (QUOTA[:7], QUOTA[7:30], QUOTA[30:], b"")
    body = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    status, _, answer = asked(lab, "POST", "/", headers, body)
    assert status == 200
    assert b"<Max24HourSend>" in answer


def test_a_query_string_is_read(lab):
    status, _, answer = asked(lab, "GET", f"/?{QUOTA.decode()}", {"Authorization": signed(lab.account)})
    assert status == 200
    assert b"<Max24HourSend>" in answer


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "1 2", "9" * 5000, "99999999999"])
def test_a_length_that_is_none_is_the_caller_s_mistake(lab, length):
    headers = {"Authorization": signed(lab.account), "Content-Type": FORM, "Content-Length": length}
    status, _, _ = asked(lab, "POST", "/", headers, QUOTA)
    assert 400 <= status < 500


@pytest.mark.parametrize("path", ["/", "/v2/email/account"])
def test_head_gets_no_body(lab, path):
    status, _, body = asked(lab, "HEAD", path, {"Authorization": signed(lab.account)})
    assert status < 500
    assert body == b""


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "TRACE", "PROPFIND", "X" * 300])
def test_any_other_method_is_refused_and_no_fault_of_ours(lab, method):
    status, _, _ = asked(lab, method, "/", {"Authorization": signed(lab.account)})
    assert 400 <= status < 500


def test_a_browser_at_the_door_is_shown_the_way(lab):
    status, head, _ = asked(lab, "GET", "/", {"Accept": "text/html"})
    assert status == 302
    assert b"\r\nLocation: /_ses/" in head


def test_our_own_pages_are_ours_however_signed(lab):
    status, _, _ = asked(lab, "GET", "/_ses/api/health", {"Authorization": signed(lab.account)})
    assert status == 200


# --- both ways of one application ----------------------------------------------------------------


class Door:
    """Answers everything with what it was asked."""

    subscriptions = None
    tracking = None

    def answer(self, request: Any) -> Answer:
        why = request.credential.message if isinstance(request.credential, Fault) else request.credential.service
        said = f"{request.method} {request.raw_path} {request.query_string} {request.source_ip} {why}"
        headers = (("Content-Type", "text/plain"), ("x-amzn-RequestId", "r"))
        return Answer(418, headers, said.encode() + b" " + request.body)


class Neighbours:
    def serve(self, environ: Any, start_response: Any, body: bytes, service: str, account: str) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{service} of {account}: ".encode() + body]


@pytest.mark.parametrize("service", ["ses", "sqs", None])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/", "/v2/email/identities/a%2Fb%20c?x=1&y=%20", "/v2/email/", "/v2/other", "/somewhere//else?z"]
)
def test_the_straight_way_answers_as_the_way_through_flask(path, method, service):
    door = Door()
    # Stand-ins: what is asked of them here is only to answer.
    flask = create_app(door, Neighbours(), None, frozenset)  # type: ignore[arg-type]
    app = PlainCalls(door, flask)  # type: ignore[arg-type]
    plain = [answered(app, path, method, service, straight) for straight in (True, False)]
    assert plain[0] == plain[1]


def answered(app: Any, path: str, method: str, service: str | None, straight: bool) -> tuple[str, Any, bytes]:
    """``straight``: the server ends the body itself, which the straight way needs."""
    body = b"Action=X&Y=%00" if method in ("POST", "PUT") else b""
    bare, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": bare.replace("%2F", "/").replace("%20", " "),
        "REQUEST_URI": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": FORM,
        "REMOTE_ADDR": "192.0.2.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    if service is not None:
        environ["HTTP_AUTHORIZATION"] = signed("test", service)
    if straight:
        environ["wsgi.input_terminated"] = True
    told: list[Any] = []
    answer = b"".join(app(environ, lambda status, headers, exc_info=None: told.append((status, sorted(headers)))))
    return told[0][0].split()[0], told[0][1], answer
