"""What the concurrency and crash tests run beside themselves: ``other_process.py <url> <task> <arguments>``."""

from __future__ import annotations

import sys
from dataclasses import replace

from emulator.store.sql.engine import SqlStore, open_store
from emulator.values import Door, Envelope, OutboundMessage, Scope

SCOPE = Scope("123456789012", "ap-northeast-1")


def message(message_id: str, size: int = 2000) -> OutboundMessage:
    envelope = Envelope("s@x.org", ("to@example.org",), "23.251.234.1", "helo")
    return OutboundMessage(
        message_id, SCOPE, 1000.0, Door.V1, "SendEmail", "AKIA", "s@x.org", "s@x.org", envelope, b"x" * size, 1
    )


def send_up_to(store: SqlStore, limit: int, name: str) -> int:
    """Accepts mails until the account has sent ``limit``, as the quota does: look, then add. Returns how many."""
    sent = 0
    while True:
        with store.write() as writer:
            account = writer.account_for_update(SCOPE)
            if account.sent_total - writer.sent_before(SCOPE, 0.0) >= limit:
                return sent
            writer.add_outbound(message(f"{name}-{sent}"), account.sent_total + 1)
            writer.save_account(replace(account, sent_total=account.sent_total + 1))
        sent += 1


def claim_all(store: SqlStore, owner: str) -> list[str]:
    """Claims until nothing is left. Returns the message ids."""
    taken: list[str] = []
    while True:
        with store.write() as writer:
            batch = writer.claim(owner, 5000.0, 60.0, 7)
        if not batch:
            return taken
        taken += [one.message_id for one in batch]


def say(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def main(url: str, task: str, *arguments: str) -> None:
    store = open_store(url)
    if task == "send":
        say(send_up_to(store, int(arguments[0]), arguments[1]))
    elif task == "claim":
        say(",".join(claim_all(store, arguments[0])))
    elif task == "crash":
        # Says each id once its transaction has returned, until it is killed.
        number = 0
        while True:
            number += 1
            send_up_to(store, number, f"m{number}")
            say(number)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
