"""The request log of one account, and how a report shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """What one of SES's rules said (``passed`` or ``refused``), and the fact it rested on."""

    rule: str
    verdict: str
    fact: str


@dataclass(frozen=True, slots=True)
class Call:
    """One SES call. ``door`` is ``v1``, ``v2`` or ``smtp``; ``at`` ISO 8601 in the emulator's time; ``code``,
    ``message`` and ``hint`` are the refusal's, "" when it was accepted; ``message_id`` is "" when nothing was sent."""

    at: str
    door: str
    operation: str
    region: str
    caller: str
    accepted: bool
    status: int
    code: str
    message: str
    hint: str
    message_id: str
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Call:
        """From an entry of ``GET /_ses/api/requests``."""
        return cls(
            at=entry["at"],
            door=entry["door"],
            operation=entry["operation"],
            region=entry["region"],
            caller=entry["caller"],
            accepted=entry["accepted"],
            status=entry["status"],
            code=entry["code"] or "",
            message=entry["message"] or "",
            hint=entry["hint"] or "",
            message_id=entry["message_id"] or "",
            rules=tuple(Rule(one["rule"], one["verdict"], one["fact"]) for one in entry["rules"]),
        )

    def lines(self) -> list[str]:
        """For people: what it was, and where it was refused, why and what to do."""
        outcome = "accepted" if self.accepted else "REFUSED "
        head = f"{self.at[11:23]}  {outcome}  {self.door} {self.operation}  {self.region}"
        if self.accepted:
            return [f"{head}  {self.message_id}".rstrip()]
        told = [f"{head}  {self.status} {self.code}".rstrip()]
        told += [f"    {self.message}"] if self.message else []
        told += [f"    rule: {one.rule}: {one.fact}" for one in self.rules if one.verdict == "refused"]
        told += [f"    hint: {self.hint}"] if self.hint else []
        return told


def table(calls: Sequence[Call]) -> str:
    """The last 50 of them, oldest first."""
    left_out = len(calls) - _SHOWN
    lines = [f"({left_out} earlier calls are left out)"] if left_out > 0 else []
    for call in calls[-_SHOWN:]:
        lines += call.lines()
    return printable("\n".join(lines))


def printable(text: str) -> str:
    """What strangers wrote must not steer a terminal: control characters but the line's end are shown by number."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else f"\\x{ord(letter):02x}" for letter in text)
