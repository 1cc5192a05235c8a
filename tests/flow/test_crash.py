"""kill -9 in the middle of sending, with --data: what was returned is delivered once, nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

SENDER = "sender@crash.example"


class Child:
    """The emulator as a process of its own."""

    def __init__(self, folder, *options: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "emulator", "start", "--json", "--data", str(folder)),
                *("--port", "0", "--smtp-port", "0", "--smtps-port", "0", "--sink-port", "0", "--dns-port", "0"),
                *("--max-send-rate", "-1", "--max-24-hour-send", "-1", "--log-level", "error"),
                *options,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addresses = json.loads(self.process.stdout.readline())
        self.endpoint = self.addresses["endpoint"]

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20),
        )

    def api(self, path: str):
        with urlopen(f"{self.endpoint}/_ses/api/{path}", timeout=30) as answer:
            return json.load(answer)

    def end(self, number: int) -> int:
        os.kill(self.process.pid, number)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


def captured_ids(child: Child) -> Counter:
    found: Counter = Counter()
    cursor = None
    while True:
        page = child.api("messages?limit=500" + (f"&cursor={cursor}" if cursor else ""))
        found.update((one["message_id"], *one["envelope"]["rcpt_to"]) for one in page["messages"])
        cursor = page["next"]
        if cursor is None:
            return found


def all_there(child: Child, wanted: set) -> bool:
    return wanted <= set(captured_ids(child))


@pytest.fixture
def start():
    """Starts children, and ends those that a failed test leaves behind."""
    children: list[Child] = []

    def one(folder, *options: str) -> Child:
        children.append(Child(folder, *options))
        return children[-1]

    yield one
    for child in children:
        if child.process.poll() is None:
            child.end(signal.SIGKILL)


@pytest.mark.timeout(180)
def test_every_returned_message_id_is_delivered_once_through_kill_9(tmp_path, start):
    child = start(tmp_path, "--auto-verify")
    returned: list[str] = []
    enough = threading.Event()
    over: list[str] = []

    def push() -> None:
        client = child.client("ses")
        # However late the kill comes, it comes in the middle.
        while len(returned) < 10_000:
            try:
                answer = client.send_email(
                    Source=SENDER,
                    Destination={"ToAddresses": [SENDER]},
                    Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t" * 2000}}},
                )
            except BotoCoreError as problem:
                over.append(type(problem).__name__)
                return
            returned.append(answer["MessageId"])
            if len(returned) >= 250:
                enough.set()

    threads = [threading.Thread(target=push) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    child.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert len(over) == 4
    assert len(returned) >= 250

    again = start(tmp_path)
    wanted = {(message_id, SENDER) for message_id in returned}
    arrival = threading.Event()
    for _ in range(200):
        if all_there(again, wanted):
            break
        arrival.wait(0.2)
    found = captured_ids(again)
    assert wanted <= set(found)
    assert set(found.values()) == {1}
    assert again.end(signal.SIGTERM) == 0
