"""The Journey tab: what happened to a message from the call to the verdict, each step with the facts it left behind.

A step is told from what is known: the request log (the last calls only), the outbox's row, the mail's own bytes, the
deliveries, the verdict, the log of what was told. What is no longer known is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emulator.http import wording
from emulator.http.tabs.heading import field
from emulator.http.tabs.signatures import signatures
from emulator.http.tabs.told import Telling, Told
from emulator.http.wording import Mark, When
from emulator.policy.screen import PASSED, Ruling
from emulator.post.journal import Entry
from emulator.post.own_mail import SES
from emulator.receiver.reading import Reading
from emulator.store.ports import DeliveryState
from emulator.values import Captured, OutboundMessage, Outcome

_MOST_RECIPIENTS: Final = 50
_DOORS: Final = {"v1": "SES API v1", "v2": "SES API v2", "smtp": "SES SMTP"}
_OUTCOMES: Final = {
    Outcome.QUEUED: "",
    Outcome.DELIVERED: "pass",
    Outcome.BOUNCED: "fail",
    Outcome.COMPLAINED: "warn",
    Outcome.AUTO_REPLIED: "info",
    Outcome.SUPPRESSED: "fail",
    Outcome.SUPPRESSED_COMPLAINT: "fail",
    Outcome.UNSUBSCRIBED: "warn",
    Outcome.RENDERING_FAILED: "fail",
    Outcome.REJECTED: "fail",
}


@dataclass(frozen=True, slots=True)
class Ruled:
    rule: str
    passed: bool
    fact: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said over SMTP for one recipient."""

    recipient: str
    dialogue: str


@dataclass(frozen=True, slots=True)
class Step:
    """``facts`` are (label, value); ``at`` None where no time is known."""

    title: str
    sentence: str
    at: When | None = None
    marks: tuple[Mark, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    rulings: tuple[Ruled, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    tellings: tuple[Telling, ...] = ()


def journey(
    mail: Captured,
    reading: Reading,
    now: float,
    *,
    entry: Entry | None,
    outbound: OutboundMessage | None,
    deliveries: Sequence[DeliveryState],
    told: Told | None = None,
) -> tuple[Step, ...]:
    """``entry`` is the call in the request log, ``outbound`` the accepted message; None when not there any more.
    ``told`` is who was told of it, None where nothing is known of that."""
    steps = [_called(mail, now, entry, outbound)]
    if entry is not None and entry.rulings:
        steps.append(_ruled(entry.rulings))
    steps += [_composed(mail, reading, now, outbound), _signed(mail), _enveloped(mail)]
    steps += [_delivered(mail, now, deliveries), _judged(mail, now)]
    if told is not None:
        steps.append(Step("Told of it", told.sentence, marks=told.marks, tellings=told.tellings))
    return tuple(steps)


def _called(mail: Captured, now: float, entry: Entry | None, outbound: OutboundMessage | None) -> Step:
    if entry is not None:
        return Step(
            "Called",
            f"{entry.operation} came in by {_DOORS[entry.door.value]} and was answered {entry.status}.",
            wording.when(entry.at, now),
            (Mark("pass", "accepted"),),
            (
                ("Caller", entry.caller),
                ("Client address", entry.source_ip),
                ("Account", f"{entry.scope.account}, {entry.scope.region}"),
                ("Request id", entry.request_id),
                ("Message id", entry.message_id),
            ),
        )
    if outbound is not None and outbound.caller == SES:
        return Step(
            "Written by SES",
            "No call brought this mail: SES itself tells a sender by it what became of another.",
            wording.when(outbound.accepted_at, now),
            facts=(
                ("Kind", outbound.operation),
                ("Account", f"{outbound.scope.account}, {outbound.scope.region}"),
                ("Message id", outbound.message_id),
            ),
        )
    if outbound is not None:
        return Step(
            "Called",
            f"{outbound.operation} came in by {_DOORS[outbound.door.value]}. Its entry has left the request log.",
            wording.when(outbound.accepted_at, now),
            (Mark("pass", "accepted"),),
            (
                ("Caller", outbound.caller),
                ("Account", f"{outbound.scope.account}, {outbound.scope.region}"),
                ("Message id", outbound.message_id),
            ),
        )
    if mail.message_id:
        return Step(
            "Called", "Sent through SES; the call is no longer known here.", facts=(("Message id", mail.message_id),)
        )
    sentence = f"This mail did not come through SES: {mail.envelope.client_ip} brought it straight to the mail sink."
    return Step("Brought by a stranger", sentence)


def _ruled(rulings: Sequence[Ruling]) -> Step:
    ruled = tuple(Ruled(one.rule, one.verdict == PASSED, one.fact) for one in rulings)
    passed = sum(one.passed for one in ruled)
    return Step("Ruled", f"{passed} of {wording.counted(len(ruled), 'rule')} passed, in SES's order.", rulings=ruled)


def _composed(mail: Captured, reading: Reading, now: float, outbound: OutboundMessage | None) -> Step:
    facts = [
        ("Message-ID", field(reading, "Message-ID") or "(none)"),
        ("Date", field(reading, "Date") or "(none)"),
        ("Content-Type", field(reading, "Content-Type") or "text/plain (by default)"),
        ("Size", wording.size(len(outbound.data) if outbound else mail.size)),
    ]
    if outbound is not None and outbound.tags:
        facts.append(("Tags", ", ".join(f"{tag.name}={tag.value}" for tag in outbound.tags)))
    at = wording.when(outbound.accepted_at, now) if outbound else None
    return Step("Composed", "The message got its identity and its MIME form.", at, facts=tuple(facts))


def _signed(mail: Captured) -> Step:
    found = signatures(mail.raw)
    if not found:
        return Step("Signed", "It bears no DKIM signature.", marks=(Mark("warn", "unsigned"),))
    facts = tuple(
        (
            one.domain or "(no domain)",
            f"selector {one.selector}, {one.algorithm}, {one.signature_bits}-bit signature, key at {one.key_name}, "
            f"covers {', '.join(one.covered)}",
        )
        for one in found
    )
    return Step("Signed", f"{wording.counted(len(found), 'DKIM signature')}, in the order of the mail.", facts=facts)


def _enveloped(mail: Captured) -> Step:
    envelope = mail.envelope
    return Step(
        "Enveloped",
        "What SMTP says about it, which readers do not see.",
        facts=(
            ("MAIL FROM", f"<{envelope.mail_from}>"),
            ("RCPT TO", _first(envelope.rcpt_to)),
            ("Client", f"{envelope.client_ip}, HELO {envelope.helo}"),
        ),
    )


def _delivered(mail: Captured, now: float, deliveries: Sequence[DeliveryState]) -> Step:
    ours = {one.lower() for one in mail.envelope.rcpt_to}
    ordered = sorted(deliveries, key=lambda state: state.recipient.lower() not in ours)[:_MOST_RECIPIENTS]
    if not ordered:
        return Step("Delivered", "The mail sink took it.", wording.when(mail.received_at, now))
    facts = tuple((state.recipient, _outcome(state)) for state in ordered)
    last = ordered[0].updated_at
    return Step(
        "Delivered",
        f"{wording.counted(len(deliveries), 'copy', 'copies')}, one SMTP transaction each.",
        wording.when(last, now) if last is not None else None,
        tuple(Mark(_OUTCOMES[one], one.value.replace("_", " ")) for one in dict.fromkeys(s.outcome for s in ordered)),
        facts,
        spoken=tuple(Spoken(state.recipient, state.dialogue) for state in ordered if state.dialogue),
    )


def _outcome(state: DeliveryState) -> str:
    attempts = wording.counted(state.attempts, "attempt")
    reply = f": {state.reply}" if state.reply else ""
    return f"{state.outcome.value.lower().replace('_', ' ')} after {attempts}{reply}"


def _judged(mail: Captured, now: float) -> Step:
    verdict, shown = mail.verdict, mail.verdict.display
    marks = [wording.result_mark(verdict.spf.result, "SPF")]
    marks += [wording.result_mark(one.result, f"DKIM {one.domain}") for one in verdict.dkim] or [Mark("", "DKIM NONE")]
    marks.append(wording.result_mark(verdict.dmarc.result, "DMARC"))
    sentence = next((one.sentence for one in verdict.reasons if one.about == "via"), "The receiver judged it.")
    return Step(
        "Judged",
        sentence,
        wording.when(mail.received_at, now),
        tuple(marks),
        (
            ("mailed-by", shown.mailed_by or "not shown"),
            ("signed-by", shown.signed_by or "not shown"),
            ("via", shown.via or "not shown"),
        ),
    )


def _first(addresses: Sequence[str]) -> str:
    more = len(addresses) - _MOST_RECIPIENTS
    return ", ".join(f"<{one}>" for one in addresses[:_MOST_RECIPIENTS]) + (f" and {more} more" if more > 0 else "")
