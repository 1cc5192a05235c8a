"""Posting to HTTP subscribers: who fails is told at once, and who is slow keeps nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Event, Thread

import pytest
import requests

from emulator.clock import monotonic
from emulator.http import subscribers
from emulator.http.subscribers import Subscribers

# Everything that is not kept waiting takes milliseconds.
SOON = 10.0


@contextmanager
def subscriber(may_answer: Event) -> Iterator[tuple[str, Queue]]:
    bodies: Queue = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.put(self.rfile.read(int(self.headers["Content-Length"])))
            assert may_answer.wait(SOON)
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", bodies
        finally:
            may_answer.set()
            server.shutdown()
            thread.join()


def test_who_answers_is_waited_for_whatever_the_status(monkeypatch):
    monkeypatch.setattr(subscribers, "_PATIENCE", SOON)
    at_once = Event()
    at_once.set()
    with subscriber(at_once) as (url, bodies):
        Subscribers().post(url, data=b"one")
        assert bodies.get_nowait() == b"one"


def test_who_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(subscribers, "_PATIENCE", SOON)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(requests.ConnectionError):
            Subscribers().post(f"http://127.0.0.1:{bound.getsockname()[1]}/", data=b"one")


def test_who_is_slow_keeps_nobody_waiting_and_gets_all_in_their_order(monkeypatch):
    posts, answer = Subscribers(), Event()
    with subscriber(answer) as (url, bodies):
        monkeypatch.setattr(subscribers, "_PATIENCE", 0.01)
        posts.post(url, data=b"1")
        # From here on a wait would be seen.
        monkeypatch.setattr(subscribers, "_PATIENCE", 10 * SOON)
        began = monotonic()
        for number in range(2, 5):
            posts.post(url, data=b"%d" % number)
        assert monotonic() - began < SOON
        answer.set()
        assert [bodies.get(timeout=SOON) for _ in range(4)] == [b"1", b"2", b"3", b"4"]


def test_one_url_does_not_wait_for_another(monkeypatch):
    monkeypatch.setattr(subscribers, "_PATIENCE", 0.01)
    posts, never, at_once = Subscribers(), Event(), Event()
    at_once.set()
    with subscriber(never) as (slow, _), subscriber(at_once) as (quick, bodies):
        posts.post(slow, data=b"slow")
        posts.post(quick, data=b"quick")
        assert bodies.get(timeout=SOON) == b"quick"


def test_a_line_that_is_full_takes_no_more(monkeypatch, caplog):
    monkeypatch.setattr(subscribers, "_PATIENCE", 0.01)
    monkeypatch.setattr(subscribers, "_MOST_WAITING", 2)
    posts, answer = Subscribers(), Event()
    with subscriber(answer) as (url, bodies):
        for number in range(3):
            posts.post(url, data=b"%d" % number)
        answer.set()
        assert [bodies.get(timeout=SOON) for _ in range(2)] == [b"0", b"1"]
    assert bodies.empty()
    assert f"HTTP subscriber {url}: 2 messages wait for it; one more is lost" in caplog.text
