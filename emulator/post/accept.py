"""Where a submission becomes an accepted message, or does not: one transaction from facts to outbox.

What it promises: when ``accept`` returns a MessageId, the finished mail stands in the store with one queued
delivery per recipient, and quota and rate have been charged. When it raises, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator import ids
from emulator.clock import Clock, monotonic
from emulator.errors import Fault
from emulator.mail import compose, envelope, raw, sign, stamp
from emulator.policy import quota
from emulator.policy.addresses import parse
from emulator.policy.headers import tags_of
from emulator.policy.identity import covers
from emulator.policy.screen import Facts, Passed, Ruling, names_to_load, screen
from emulator.policy.simulator import is_simulator
from emulator.post.keyring import Keyring
from emulator.settings import Settings
from emulator.store.ports import Store, Writer
from emulator.values import (
    Account,
    Envelope,
    Identity,
    IdentityKind,
    Letter,
    OutboundMessage,
    RawContent,
    SimpleContent,
    Status,
    Submission,
    Tag,
    Verification,
)

_DAY = 86400.0


class Acceptance:
    """``wake`` is called after each accepted message, so that delivery need not wait for its next look."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, keyring: Keyring, wake: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._keyring = keyring
        self._wake = wake
        self._last = 0.0

    def last(self) -> float:
        """When somebody last handed in a message, on the monotonic clock."""
        return self._last

    def accept(self, submission: Submission, note: Callable[[Ruling], None]) -> str:
        """Returns the MessageId. Raises ``Fault`` with SES's words; ``note`` hears what each rule said."""
        self._last = monotonic()
        content = submission.content
        given = raw.parse(content.data) if isinstance(content, RawContent) else None
        letter = raw.letter(submission, given)
        names = names_to_load(submission, letter)
        with self._store.write() as writer:
            account = writer.account_for_update(submission.scope)
            now = self._clock.now()
            identities = {identity.name: identity for identity in writer.identities(submission.scope, names)}
            if self._settings.auto_verify:
                identities |= _verify_all(writer, submission, letter, identities, now)
            facts = self._facts(writer, account, identities, now)
            passed = screen(submission, letter, facts, note)
            message = self._make(submission, given or _composed(submission, now), letter, passed, now)
            writer.add_outbound(message, passed.account.sent_total)
            writer.save_account(passed.account)
        self._wake()
        return message.message_id

    def _facts(self, writer: Writer, account: Account, identities: dict[str, Identity], now: float) -> Facts:
        limits = quota.limits(account, self._settings.max_24_hour_send, self._settings.max_send_rate)
        unlimited = limits.max_24_hour_send < 0
        return Facts(
            account=account,
            quota=limits,
            sent_last_24_hours=0 if unlimited else account.sent_total - writer.sent_before(account.scope, now - _DAY),
            identities=identities,
            now=now,
        )

    def _make(
        self, submission: Submission, message: raw.Message, letter: Letter, passed: Passed, now: float
    ) -> OutboundMessage:
        """Stamp, sign, envelope."""
        scope = submission.scope
        tags = tags_of(submission, letter)
        message_id = ids.message_id(scope.region, now)
        outgoing = envelope.outgoing(scope.region)
        stamped = stamp.stamp(
            message,
            message_id=message_id,
            region=scope.region,
            now=now,
            outgoing_ip=outgoing.ip,
            account_hash=self._keyring.account_hash(scope),
            feedback_tags=_feedback_tags(tags),
        )
        signers = [self._keyring.identity(passed.dkim)] if passed.dkim is not None else []
        if self._settings.amazonses_signature:
            signers.append(self._keyring.amazonses(scope.region))
        signed = sign.sign(stamped, signers, now)
        return OutboundMessage(
            message_id=message_id,
            scope=scope,
            accepted_at=now,
            door=submission.door,
            operation=submission.operation,
            caller=submission.caller,
            source=submission.source or (letter.from_[0] if letter.from_ else ""),
            feedback_to=_feedback_to(submission, letter),
            envelope=Envelope(
                envelope.mail_from(message_id, scope.region, passed.mail_from_domain),
                passed.recipients,
                outgoing.ip,
                outgoing.host,
            ),
            data=signed.to_bytes(),
            counted=passed.counted,
            tags=tags,
        )


def _composed(submission: Submission, now: float) -> raw.Message:
    content = submission.content
    assert isinstance(content, SimpleContent)
    return raw.parse(
        compose.compose(
            content,
            from_=submission.source or "",
            to=submission.to,
            cc=submission.cc,
            reply_to=submission.reply_to,
            now=now,
            boundaries=ids.boundary_numbers,
        )
    )


def _feedback_to(submission: Submission, letter: Letter) -> str:
    """Where bounces go: SendEmail ReturnPath, else Source; raw Source, else Return-Path, else From (3.4)."""
    if isinstance(submission.content, SimpleContent):
        return submission.return_path or submission.source or ""
    candidates = (submission.source, submission.return_path, letter.return_path, *letter.from_)
    return next((candidate for candidate in candidates if candidate), "")


def _feedback_tags(tags: tuple[Tag, ...]) -> tuple[str, str]:
    """The two leading fields of Feedback-ID (3.2)."""
    values = {tag.name: tag.value for tag in tags}
    return values.get("ses:feedback-id-a", ""), values.get("ses:feedback-id-b", "")


def _verify_all(
    writer: Writer, submission: Submission, letter: Letter, known: dict[str, Identity], now: float
) -> dict[str, Identity]:
    """``--auto-verify``: whoever takes part and is covered by no verified identity gets an address identity that
    is. Addresses that do not parse are left to the screen, which knows the words."""
    made: dict[str, Identity] = {}
    for string in (*letter.senders, *letter.recipients):
        try:
            address = parse(string).addr_spec
        except Fault:
            continue
        if is_simulator(address) or covers(address, known | made) is not None:
            continue
        identity = known.get(address) or Identity(submission.scope, address, IdentityKind.EMAIL_ADDRESS, now)
        verification = Verification(Status.SUCCESS, started_at=now, last_checked_at=now, last_success_at=now)
        made[address] = Identity(
            scope=identity.scope,
            name=identity.name,
            kind=identity.kind,
            created_at=identity.created_at,
            verification=verification,
            dkim=identity.dkim,
            mail_from=identity.mail_from,
        )
        writer.save_identity(made[address])
    return made
