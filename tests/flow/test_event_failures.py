"""Telling what becomes of a mail when something is away, slow, or killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest
from botocore.exceptions import BotoCoreError

from tests.flow.child import Child
from tests.flow.telling import a_place_of_its_own, all_told, at_simulator, came, noted, publishes, send, topic


@pytest.fixture
def told(fresh, account_numbers):
    return a_place_of_its_own(fresh, next(account_numbers))


def test_an_event_whose_topic_is_gone_is_lost_and_said_to_be(told):
    arn, _ = topic(told.client, told.account, told.region, "events")
    publishes(told.sesv2, "set", arn, ["SEND"])
    told.client("sns").delete_topic(TopicArn=arn)
    message_id = send(told, "you@here.example", ConfigurationSetName="set")
    all_told(told)
    assert noted(told, message_id) == [("SEND", "sns", arn, f"SNS topic {arn} does not exist")]


def test_a_subscriber_that_does_not_answer_keeps_no_event_back(told):
    arn, url = topic(told.client, told.account, told.region, "events")
    publishes(told.sesv2, "set", arn, ["SEND"])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = told.client("sns").create_topic(Name="slow")["TopicArn"]
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        told.client("sns").subscribe(TopicArn=slow, Protocol="http", Endpoint=endpoint)
        publishes(told.sesv2, "slow", slow, ["SEND"])
        kept = [send(told, "you@here.example", ConfigurationSetName="slow") for _ in range(30)]
        last = send(told, "you@here.example", ConfigurationSetName="set")
        # One that waited for all of these would take longer than the subscriber has, even once.
        told.until(lambda: noted(told, last), 14)
    assert json.loads(came(told.client, url)[-1])["mail"]["messageId"] == last
    assert {tuple(noted(told, one)) for one in kept} == {(("SEND", "sns", slow, None),)}


@contextmanager
def subscriber(at_tenth: Callable[[], object]) -> Iterator[tuple[str, set[str]]]:
    """An HTTP server of the test's, which outlives an emulator: its URL, and the MessageIds that it was told of.
    ``at_tenth`` is called before the tenth of them is answered."""
    told: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if of_mail := re.search(r'"messageId":"([^"]+)"', body["Message"]):
                told.add(of_mail[1])
                if len(told) == 10:
                    at_tenth()
                    return
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", told
        finally:
            server.shutdown()
            thread.join()


def numbers_of_bounces(child: Child) -> Counter[str]:
    """The subjects of the mails that are reported as bounced, from the reports."""
    found: Counter[str] = Counter()
    cursor = ""
    while True:
        page = child.api(f"messages?limit=500&to=me@told.example{cursor}")
        for one in page["messages"]:
            with urlopen(f"{child.endpoint}/_ses/api/messages/{one['id']}/raw", timeout=30) as answer:
                found.update(re.findall(r"^Subject: (number \d+)", answer.read().decode(), re.MULTILINE))
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


@pytest.mark.timeout(180)
def test_kill_9_loses_no_event_and_forwards_every_bounce_once(tmp_path, start, monkeypatch):
    """It comes while the tenth event is handed over. That one is told again: nobody knows whether it was taken."""
    # However slow this machine is, publishing waits for the subscriber: what SNS has in hand dies with it. And what
    # publishing had in hand is free at once, so that nobody has to wait for the end of its lease.
    changed = ("from emulator.http import subscribers as s", "from emulator.post import publishing as p")
    (tmp_path / "sitecustomize.py").write_text("; ".join([*changed, "s._PATIENCE = 60.0", "p._LEASE = 0.1"]))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child: Child = start(tmp_path, "--auto-verify", "--production")
    returned: dict[str, str] = {}
    with subscriber(lambda: os.kill(child.process.pid, signal.SIGKILL)) as (url, heard):
        sns = child.client("sns")
        arn = sns.create_topic(Name="events")["TopicArn"]
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=url)
        publishes(child.client("sesv2"), "set", arn, ["BOUNCE"])
        ses = child.client("ses")
        # Few enough for the log, however late the kill comes; it does not come before the tenth event is told.
        while len(returned) < 100:
            subject = f"number {len(returned)}"
            try:
                sent = ses.send_email(
                    Source="me@told.example",
                    Destination={"ToAddresses": [at_simulator("bounce")]},
                    Message={"Subject": {"Data": subject}, "Body": {"Text": {"Data": "t"}}},
                    ConfigurationSetName="set",
                )
            except BotoCoreError:
                break
            returned[sent["MessageId"]] = subject
        assert child.process.wait(60) == -signal.SIGKILL
    child.process.stdout.close()
    assert len(heard) == 10

    again: Child = start(tmp_path)
    pause = threading.Event()
    for _ in range(400):
        # Reading them all takes long, and one more than was returned may be among them.
        enough = again.api("messages?limit=1&to=me@told.example")["total"] >= len(returned)
        if enough and set(returned.values()) <= set(numbers_of_bounces(again)):
            break
        pause.wait(0.2)
    forwarded = numbers_of_bounces(again)
    assert set(returned.values()) <= set(forwarded)
    assert set(forwarded.values()) == {1}
    # Topics are moto's, which forgets them: who was to be told then is in the log, as lost.
    lost = {one["message_id"] for one in again.api("events?limit=2000&type=BOUNCE")["events"] if one["failure"]}
    assert set(returned) <= heard | lost
    assert heard & lost
    assert again.end(signal.SIGTERM) == 0
