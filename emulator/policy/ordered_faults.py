"""Faults that a user orders, so that code meets them before production does: throttling, broken answers, dropped
connections, MX servers that refuse or hesitate. Pure: which rule a call or a delivery falls under.

Written on the command line as ``KIND`` or ``KIND:key=value,key=value``:

    throttle:operation=SendEmail,probability=0.2
    500:times=1            slow:seconds=2,operation=Send*
    4xx:recipient=*@slow.example,times=2
    greylist:recipient=*@picky.example

Nothing happens unless it was ordered: without rules the emulator never answers 5xx.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase


class FaultKind(StrEnum):
    """THROTTLE, ERROR_500, ERROR_503, SLOW and DROP happen to calls of SES; MX_4XX, MX_5XX and GREYLIST to deliveries,
    at the recipient's MX."""

    THROTTLE = "throttle"
    ERROR_500 = "500"
    ERROR_503 = "503"
    SLOW = "slow"
    DROP = "drop"
    MX_4XX = "4xx"
    MX_5XX = "5xx"
    GREYLIST = "greylist"


MX_KINDS = frozenset({FaultKind.MX_4XX, FaultKind.MX_5XX, FaultKind.GREYLIST})
_LONGEST = 300.0
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class FaultRule:
    """``operation`` (as ``SendEmail``, ``Send*``; at the SMTP door ``SendRawEmail``) and ``recipient`` are patterns of
    fnmatch; None matches all, and only calls that send have recipients. ``account`` is compared whole. ``probability``
    of each chance to happen; ``times`` is how often at most, None without end. ``seconds``: how slow, or how long
    greylisting lasts (real time). ``reply`` replaces the MX's words, as ``452 4.2.2 mailbox full``."""

    kind: FaultKind
    operation: str | None = None
    recipient: str | None = None
    account: str | None = None
    probability: float = 1.0
    times: int | None = None
    seconds: float = 1.0
    reply: str | None = None

    def hits_call(self, operation: str, account: str) -> bool:
        """Whether it may happen to this call before it is looked at any closer."""
        if self.kind in MX_KINDS or self.recipient is not None:
            return False
        return self._of(account) and (self.operation is None or fnmatchcase(operation, self.operation))

    def hits_send(self, operation: str, account: str, recipients: Iterable[str]) -> bool:
        """Whether it may happen to this send because of whom it goes to."""
        if self.kind in MX_KINDS or self.recipient is None:
            return False
        wanted = self._of(account) and (self.operation is None or fnmatchcase(operation, self.operation))
        return wanted and any(self._to(recipient) for recipient in recipients)

    def hits_delivery(self, recipient: str) -> bool:
        return self.kind in MX_KINDS and self._to(recipient)

    def _of(self, account: str) -> bool:
        return self.account is None or self.account == account

    def _to(self, recipient: str) -> bool:
        return self.recipient is None or fnmatchcase(recipient.lower(), self.recipient.lower())


def rules_of(texts: Iterable[str]) -> list[FaultRule]:
    """Each as ``rule_from_text`` reads it; ``ValueError`` names the option and the text that it cannot."""
    rules = []
    for text in texts:
        try:
            rules.append(rule_from_text(text))
        except ValueError as problem:
            raise ValueError(f"--fault {text!r}: {problem}") from problem
    return rules


def rule_from_text(text: str) -> FaultRule:
    """As on the command line. ValueError with a sentence that says what was expected."""
    kind, _, rest = text.partition(":")
    given: dict[str, object] = {"kind": kind.strip()}
    for pair in rest.split(",") if rest.strip() else ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"{pair.strip()!r} is not key=value")
        given[name.strip()] = _number_or_text(name.strip(), value.strip())
    return rule_from(given)


def rule_from(given: Mapping[str, object]) -> FaultRule:
    """Of a JSON object with the members of ``FaultRule``. ValueError with a sentence."""
    known = {field.name for field in fields(FaultRule)}
    for name in given:
        if name not in known:
            raise ValueError(f"there is no {name!r}; a fault has {', '.join(sorted(known))}")
    values = {name: value for name, value in given.items() if value is not None}
    try:
        kind = FaultKind(str(values.pop("kind", "")))
    except ValueError:
        raise ValueError(f"kind must be one of {', '.join(kind.value for kind in FaultKind)}") from None
    for name in ("operation", "recipient", "account", "reply"):
        text = values.get(name, "x")
        if not isinstance(text, str) or not text or len(text) > _LONGEST_TEXT or not text.isprintable():
            raise ValueError(f"{name} must be a text of 1 to {_LONGEST_TEXT} characters")
    rule = FaultRule(kind, **values)  # type: ignore[arg-type]  # texts are checked above, numbers below
    if not _is_number(rule.probability) or not 0 < rule.probability <= 1:
        raise ValueError("probability must be a number above 0 and at most 1")
    if not _is_number(rule.seconds) or not 0 <= rule.seconds <= _LONGEST:
        raise ValueError(f"seconds must be a number from 0 to {_LONGEST:g}")
    if rule.times is not None and (not isinstance(rule.times, int) or isinstance(rule.times, bool) or rule.times < 1):
        raise ValueError("times must be a whole number of at least 1")
    if kind in MX_KINDS and (rule.operation is not None or rule.account is not None):
        raise ValueError(f"{kind.value} happens at the recipient's MX, which knows no operation and no account")
    if rule.reply is not None and not _is_reply(kind, rule.reply):
        raise ValueError("reply is for 4xx, 5xx and greylist: a line of the kind's hundred, as 452 4.2.2 full")
    return rule


def reply_of(rule: FaultRule, recipient: str) -> str:
    """What the MX says to RCPT TO."""
    if rule.reply is not None:
        return rule.reply
    match rule.kind:
        case FaultKind.GREYLIST:
            return "450 4.2.0 Greylisted, please try again later"
        case FaultKind.MX_5XX:
            return f"550 5.1.1 <{recipient}> user unknown"
        case _:
            return "451 4.3.0 Temporary failure, please try again later"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_reply(kind: FaultKind, reply: str) -> bool:
    hundred = "5" if kind is FaultKind.MX_5XX else "4"
    return kind in MX_KINDS and reply[:1] == hundred and reply[:3].isdigit() and reply[3:4] == " " and reply.isascii()


def _number_or_text(name: str, value: str) -> object:
    """What JSON would have brought: numbers where a number is meant."""
    if name == "times":
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
    if name in ("probability", "seconds"):
        try:
            return float(value)
        except ValueError:
            return value
    return value
