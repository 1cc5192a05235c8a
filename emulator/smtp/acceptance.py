"""What SES's SMTP door does with a message: accepts it, and writes the call into the request log."""

from __future__ import annotations

import logging

from emulator import ids
from emulator.clock import Clock
from emulator.errors import Fault
from emulator.policy.screen import Ruling
from emulator.post.accept import Acceptance
from emulator.post.fault_orders import FaultOrders
from emulator.post.journal import Journal
from emulator.values import Submission

log = logging.getLogger(__name__)


class SmtpAcceptance:
    """What the SMTP door calls: accepts, and writes the call into the request log."""

    def __init__(self, acceptance: Acceptance, faults: FaultOrders, journal: Journal, clock: Clock) -> None:
        self._acceptance = acceptance
        self._faults = faults
        self._journal = journal
        self._clock = clock

    def accept(self, submission: Submission) -> str:
        rulings: list[Ruling] = []
        message_id, fault = "", None
        try:
            self._faults.before_call(submission.operation, submission.scope.account)
            message_id = self._acceptance.accept(submission, rulings.append)
            return message_id
        except Fault as problem:
            fault = problem
            log.info("smtp refused: %s (%s)", problem.reply(), problem.hint)
            raise
        finally:
            self._journal.note(
                at=self._clock.now(),
                request_id=ids.request_id(),
                scope=submission.scope,
                door=submission.door,
                operation=submission.operation,
                caller=submission.caller,
                source_ip=submission.source_ip,
                accepted=bool(message_id),
                status=int(fault.smtp[:3]) if fault else 250 if message_id else 451,
                code=fault.smtp if fault else "",
                message=(fault.message or "") if fault else "",
                hint=fault.hint if fault else "",
                message_id=message_id,
                rulings=rulings,
            )
