"""A page of another site, open in the same browser, cannot change, read or frame anything here; nor can a foreign name
that was made to resolve to this machine.

The other site is a real one on this machine, so that only our own guard stands between: on ``localhost``, which is
cross-site to ``127.0.0.1``, and on another port of ``127.0.0.1``, which is same-site.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

REBOUND = "rebound.example"
# Each way a page has of sending a request; what it could read of the answer is what it returns.
TRY = """async ({ address, method, body, mode }) => {
    try {
        const answer = await fetch(address, { method, body, mode, credentials: "include" });
        return `${answer.type}: ${await answer.text()}`;
    } catch (problem) {
        return "refused";
    }
}"""
SUBMIT = """({ address, fields }) => new Promise((then) => {
    document.querySelector("iframe").onload = () => then(true);
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    form.target = "sink";
    for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement("input");
        [input.name, input.value] = [name, value];
        form.append(input);
    }
    document.body.append(form);
    form.submit();
})"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b'<!doctype html><link rel="icon" href="data:,"><title>other</title><iframe name="sink"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def other_site() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(10)


@pytest.fixture(params=["localhost", "127.0.0.1"])
def foreign(request, lab, bring, visit, other_site):
    """A window at the other site, and a mail with an identity that it is after."""
    origin = f"http://{request.param}:{other_site}"
    visitor = visit(lab, friends=(origin,))
    visitor.attacks = True
    lab.verify("kept.example")
    visitor.mail = bring(
        lab, b"From: a@away.example\r\nSubject: secret-subject\r\n\r\nsecret\r\n", to="kept@here.example"
    )
    visitor.page.goto(origin)
    return visitor


def _now(lab) -> datetime:
    return datetime.fromisoformat(lab.api("GET", "clock")["now"])


def test_another_site_changes_nothing(foreign):
    lab, page, mail = foreign.lab, foreign.page, foreign.mail
    place = f"?account={lab.account}&region={lab.region}"
    requests = [
        (f"/_ses/messages/{mail['id']}/delete", "POST", ""),
        ("/_ses/messages/delete", "POST", ""),
        (f"/_ses/identity{place}&name=kept.example", "POST", "do=delete"),
        (f"/_ses/account{place}", "POST", "do=production"),
        (f"/_ses/api/messages/{mail['id']}", "DELETE", None),
        ("/_ses/api/reset", "POST", ""),
        ("/_ses/api/clock", "POST", '{"advance_seconds": 86400}'),
        ("/moto-api/reset", "POST", ""),
    ]
    clock = _now(lab)
    for path, method, body in requests:
        for mode in ("cors", "no-cors"):
            sent = {"address": lab.endpoint + path, "method": method, "body": body, "mode": mode}
            if mode == "no-cors" and method == "DELETE":
                continue
            assert page.evaluate(TRY, sent) in ("refused", "opaque: ")
    for path, fields in (
        (f"/_ses/messages/{mail['id']}/delete", {}),
        (f"/_ses/account{place}", {"do": "production"}),
        (f"/_ses/identity{place}&name=kept.example", {"do": "delete"}),
    ):
        assert page.evaluate(SUBMIT, {"address": lab.endpoint + path, "fields": fields})
        assert ("POST", "document", lab.endpoint + path) in foreign.asked
    assert lab.api("GET", f"messages/{mail['id']}")["subject"] == "secret-subject"
    assert lab.sesv2.get_account()["ProductionAccessEnabled"] is False
    assert lab.ses.list_identities()["Identities"] == ["kept.example"]
    assert _now(lab) - clock < timedelta(hours=12)


def test_another_site_reads_nothing(foreign):
    lab, page, mail = foreign.lab, foreign.page, foreign.mail
    for path in (
        "/_ses/",
        f"/_ses/messages/{mail['id']}/html",
        "/_ses/api/messages",
        f"/_ses/api/messages/{mail['id']}/raw",
    ):
        for mode in ("cors", "no-cors"):
            sent = {"address": lab.endpoint + path, "method": "GET", "mode": mode}
            assert page.evaluate(TRY, sent) in ("refused", "opaque: ")
    stream = """(address) => new Promise((then) => {
        const stream = new EventSource(address);
        stream.onopen = () => then("open");
        stream.onerror = () => { stream.close(); then("refused"); };
    })"""
    assert page.evaluate(stream, lab.endpoint + "/_ses/api/stream") == "refused"


def test_another_site_frames_nothing(foreign):
    lab, page, mail = foreign.lab, foreign.page, foreign.mail
    framed = """(address) => new Promise((then) => {
        const frame = document.createElement("iframe");
        frame.onload = () => then(true);
        frame.src = address;
        document.body.append(frame);
    })"""
    for path in ("/_ses/", f"/_ses/messages/{mail['id']}", f"/_ses/messages/{mail['id']}/html", "/_ses/account"):
        assert page.evaluate(framed, lab.endpoint + path)
        # What a browser shows instead of a page that may not be framed is an error page of its own.
        shown = page.frames[-1]
        assert not shown.url.startswith(lab.endpoint), shown.url


def test_a_foreign_name_that_resolves_to_this_machine_is_refused(lab, bring, visit):
    port = urlsplit(lab.endpoint).port
    origin = f"http://{REBOUND}:{port}"
    visitor = visit(lab, friends=(origin,))
    visitor.attacks = True
    mail = bring(lab, b"From: a@away.example\r\nSubject: secret-subject\r\n\r\nsecret\r\n", to="rebound@here.example")
    answer = visitor.page.goto(f"{origin}/_ses/")
    assert answer.status == 403
    assert "secret" not in visitor.page.content()
    for path, method in (
        ("/_ses/api/messages", "GET"),
        (f"/_ses/messages/{mail['id']}/html", "GET"),
        (f"/_ses/messages/{mail['id']}/delete", "POST"),
        ("/_ses/api/reset", "POST"),
    ):
        sent = {"address": origin + path, "method": method, "mode": "same-origin"}
        status = visitor.page.evaluate(TRY, sent)
        assert "secret" not in status
        assert "is not known as" in status, status
    assert lab.raw_api("GET", f"messages/{mail['id']}")[0] == 200
