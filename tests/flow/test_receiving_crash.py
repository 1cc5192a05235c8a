"""kill -9 in the middle of receiving, with --data: every mail that was taken is bounced once by its receipt rule."""

from __future__ import annotations

import json
import signal
import smtplib
import threading
from collections import Counter
from urllib.request import Request, urlopen

import pytest

from emulator.store.sql.engine import open_store, sqlite_url
from tests.flow.child import Child, captured_ids

DOMAIN = "closed.example"
ENOUGH = 60


def receive(child: Child) -> None:
    """The domain is the account's, SES is its MX, and all its mail is bounced."""
    ses = child.client("ses")
    ses.verify_domain_dkim(Domain=DOMAIN)
    record = {"name": DOMAIN, "type": "MX", "value": "10 inbound-smtp.us-east-1.amazonaws.com"}
    body = json.dumps({"records": [record]}).encode()
    with urlopen(Request(f"{child.endpoint}/_ses/api/dns/records", body, method="PUT"), timeout=30):
        pass
    ses.create_receipt_rule_set(RuleSetName="s")
    bounce = {"SmtpReplyCode": "550", "Message": "closed", "Sender": f"postmaster@{DOMAIN}"}
    rule = {"Name": "r", "Enabled": True, "Actions": [{"BounceAction": bounce}]}
    ses.create_receipt_rule(RuleSetName="s", Rule=rule)
    ses.set_active_receipt_rule_set(RuleSetName="s")


def bounced(child: Child) -> Counter[str]:
    """How many bounces each sender has got."""
    found: Counter[str] = Counter()
    for (_, recipient), count in captured_ids(child).items():
        if recipient.endswith("@sender.example"):
            found[recipient] += count
    return found


@pytest.mark.timeout(180)
def test_every_mail_that_was_taken_is_bounced_once_through_kill_9(tmp_path, start, lab, monkeypatch):
    # What the dead process had in hand is free at once, so that nobody has to wait for the end of its lease.
    (tmp_path / "sitecustomize.py").write_text("from emulator.post import receiving as r; r._LEASE = 0.1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child = start(tmp_path / "data", "--auto-verify")
    receive(child)
    taken: list[str] = []
    enough = threading.Event()

    def push(name: str) -> None:
        host, _, port = child.addresses["sink"].rpartition(":")
        number = 0
        try:
            with smtplib.SMTP(host, int(port), timeout=20) as client:
                # However late the kill comes, it comes in the middle.
                while len(taken) < 10_000:
                    number += 1
                    sender = f"{name}{number}@sender.example"
                    client.sendmail(sender, f"you@{DOMAIN}", "Subject: s\r\n\r\nt\r\n")
                    taken.append(sender)
                    if len(taken) >= ENOUGH:
                        enough.set()
        except (smtplib.SMTPException, OSError):
            return

    threads = [threading.Thread(target=push, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    child.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    again = start(tmp_path / "data", "--auto-verify")
    lab.until(lambda: set(taken) <= set(bounced(again)), within=90)
    store = open_store(sqlite_url(tmp_path / "data"))

    def all_is_done() -> bool:
        with store.read() as reader:
            return reader.waiting_inbound() == reader.undelivered() == 0

    try:
        lab.until(all_is_done, within=60)
    finally:
        store.close()
    # One that was taken when the kill came may have had no answer any more.
    found = bounced(again)
    assert set(found.values()) == {1}
    assert len(found) <= len(taken) + len(threads)
    assert again.end(signal.SIGTERM) == 0
