"""What returned from its transaction is there after kill -9."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from emulator.store.sql.engine import open_store
from emulator.values import Outcome

HELPER = Path(__file__).with_name("other_process.py")


def test_nothing_that_was_committed_is_lost_by_a_kill(url, scope):
    told = 0
    for _ in range(3):
        # A new process first repeats the numbers of those before it, which add nothing.
        goal = told + 150
        with subprocess.Popen([sys.executable, HELPER, url, "crash"], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                told = max(told, int(line))
                if told >= goal:
                    break
            process.kill()
            # From the same reader: communicate() would not see the lines that it has read ahead.
            rest = process.stdout.read()
        told = max([told, *(int(line) for line in rest.split("\n")[:-1] if line)])
        assert told >= goal

        with closing(open_store(url)) as store, store.read() as reader:
            account = reader.account(scope)
            assert account is not None
            # The transaction in flight may or may not have made it; the books agree either way.
            assert account.sent_total in (told, told + 1)
            assert reader.undelivered() == account.sent_total
            assert reader.sent_before(scope, 2000.0) == account.sent_total
            for number in range(1, told + 1):
                message = reader.outbound(f"m{number}-0")
                assert message is not None
                assert len(message.data) == 2000
                assert [one.outcome for one in reader.deliveries(message.message_id)] == [Outcome.QUEUED]
