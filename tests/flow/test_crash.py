"""kill -9 in the middle of sending, with --data: what was returned is delivered once, nothing twice."""

from __future__ import annotations

import signal
import threading

import pytest
from botocore.exceptions import BotoCoreError

from tests.flow.child import all_there, captured_ids

SENDER = "sender@crash.example"


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
