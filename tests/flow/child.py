"""An emulator that can be killed, and what is asked of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from urllib.request import urlopen

import boto3
from botocore.config import Config


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
