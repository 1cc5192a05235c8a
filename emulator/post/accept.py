"""Where a submission becomes an accepted message, or does not: one transaction from facts to outbox.

What it promises: when ``accept`` returns a MessageId, the finished mail stands in the store with one queued
delivery per recipient, and quota and rate have been charged. When it raises, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from emulator import ids
from emulator.clock import Clock, monotonic
from emulator.errors import Fault
from emulator.instants import date_value
from emulator.mail import envelope, raw
from emulator.policy import list_management, quota, virus
from emulator.policy.addresses import parse
from emulator.policy.event_publishing import headers_wanted
from emulator.policy.headers import configuration_set_of
from emulator.policy.identity import covers
from emulator.policy.identity_arns import arn_for, arn_of, arns_of
from emulator.policy.list_management import OPTED_OUT
from emulator.policy.screen import PASSED, REFUSED, Facts, Passed, Ruling, names_to_load, screen
from emulator.policy.simulator import is_simulator
from emulator.policy.tracking import tracked
from emulator.post import circumstances
from emulator.post.draft import Draft, Drafts
from emulator.post.events import Audience, queue_accepted, queue_ended
from emulator.post.fault_orders import FaultOrders
from emulator.post.happenings import CopyEnded, Happenings, IdentityChanged
from emulator.post.keyring import Keyring
from emulator.post.list_management import Subscriptions
from emulator.post.together import Together
from emulator.post.tracking import Tracking
from emulator.settings import Settings
from emulator.store.ports import Store, Writer
from emulator.values import (
    Envelope,
    Identity,
    IdentityArns,
    IdentityKind,
    Letter,
    ListManagement,
    OutboundMessage,
    Outcome,
    RawContent,
    Scope,
    SimpleContent,
    Status,
    Submission,
    TemplateUse,
    Verification,
)

_DAY = 86400.0
_MOST_TOGETHER = 64


@dataclass(slots=True)
class _Case:
    """One submission on its way through the transaction, and what became of it."""

    message_id: str
    submission: Submission
    given: raw.Message | None
    letter: Letter
    names: tuple[str, ...]
    draft: Draft | None
    note: Callable[[Ruling], None]
    set_asked: str | None
    arns: IdentityArns | None
    list_management: ListManagement | None
    problem: Exception | None = None
    made: tuple[IdentityChanged, ...] = ()
    ended: tuple[CopyEnded, ...] = ()
    told: bool = False


class Acceptance:
    """``wake`` is called after each accepted message, so that delivery need not wait for its next look; ``told`` when
    events of it wait to be published.

    Submissions that come at the same time share a transaction: each is judged by itself and in turn, with what those
    before it were charged, and all that were accepted are committed before any of them is answered.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        keyring: Keyring,
        wake: Callable[[], None],
        happenings: Happenings,
        faults: FaultOrders,
        base_url: Callable[[], str],
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self.subscriptions = Subscriptions(store, clock, keyring.secret, base_url, told)
        self._store = store
        self._clock = clock
        self._settings = settings
        self.tracking = Tracking(store, clock, keyring.secret, base_url, told)
        self._drafts = Drafts(keyring, settings.amazonses_signature, self.tracking.mark)
        self._wake = wake
        self._happenings = happenings
        self._faults = faults
        self._told = told
        self._together = Together(self._accept_all, _MOST_TOGETHER)
        self._last = 0.0

    def last(self) -> float:
        """When somebody last handed in a message, on the monotonic clock."""
        return self._last

    def accept(self, submission: Submission, note: Callable[[Ruling], None]) -> str:
        """Returns the MessageId. Raises ``Fault`` with SES's words, and ``ConnectionDropped`` where that was ordered;
        ``note`` hears what each rule said."""
        self._last = monotonic()
        content = submission.content
        given = raw.parse(content.data) if isinstance(content, RawContent) else None
        letter = raw.letter(submission, given)
        self._faults.before_send(submission.operation, submission.scope.account, letter.recipients)
        options = list_management.asked(submission, letter)
        now = self._clock.now()
        message_id = ids.message_id(submission.scope.region, now)
        if options is not None:
            submission, given = self.subscriptions.prepared(submission, given, letter, options, message_id)
        set_asked = configuration_set_of(submission, letter)
        draft = self._drafts.likely(submission, given, letter, message_id, set_asked, now)
        case = _Case(
            message_id,
            submission,
            given,
            letter,
            names_to_load(submission, letter),
            draft,
            note,
            set_asked,
            arns_of(submission, letter),
            options,
        )
        self._together.do(case)
        if case.problem is not None:
            raise case.problem
        assert case.draft is not None
        self._drafts.remember(submission, letter, set_asked, case.draft)
        self._wake()
        return message_id

    def _accept_all(self, cases: Sequence[_Case]) -> None:
        """One transaction. Accounts in one order everywhere, so that two processes never wait for each other."""
        with self._store.write() as writer:
            for scope in sorted({case.submission.scope for case in cases}, key=lambda one: (one.account, one.region)):
                self._accept_of(writer, scope, [case for case in cases if case.submission.scope == scope])
        for case in cases:
            for change in case.made:
                self._happenings.publish(change)
            for copy in case.ended:
                self._happenings.publish(copy)
        if any(case.told for case in cases):
            self._told()

    def _accept_of(self, writer: Writer, scope: Scope, cases: Sequence[_Case]) -> None:
        before = account = writer.account_for_update(scope)
        now = self._clock.now()
        names = dict.fromkeys(name for case in cases for name in case.names)
        identities = {identity.name: identity for identity in writer.identities(scope, names)}
        limits = quota.limits(account, self._settings.max_24_hour_send, self._settings.max_send_rate)
        # An unlimited day needs no count of what was sent.
        sent_before = account.sent_total if limits.max_24_hour_send < 0 else writer.sent_before(scope, now - _DAY)
        sets = circumstances.configuration_sets(writer, scope, {case.set_asked for case in cases}, identities)
        policies = any(identity.has_policies for identity in identities.values())
        for case in cases:
            made = _verified(case, identities, now) if self._settings.auto_verify else {}
            facts = Facts(account, limits, account.sent_total - sent_before, identities | made, now, sets)
            if policies or case.arns is not None:
                known = {name: identities[name] for name in case.names if name in identities}
                facts = replace(facts, authorities=circumstances.authorities(writer, scope, case.arns, known))
            try:
                passed = screen(case.submission, case.letter, facts, case.note)
                of = tracked(passed.configuration_set, case.submission.tracking)
                outgoing = circumstances.outgoing(writer, scope, passed.configuration_set, now)
                draft = case.draft
                if draft is None or not draft.is_as(passed.dkim, outgoing, of):
                    draft = self._drafts.make(
                        case.submission, case.given, case.letter, case.message_id, passed.dkim, now, outgoing, of
                    )
                    case.draft = draft
                message = _outbound(case.submission, case.letter, passed, draft, now)
                opted_out = self._opted_out(writer, case, message, now)
            except Exception as problem:
                # Nothing was written for it: it fails alone.
                case.problem = problem
                continue
            for identity in made.values():
                writer.save_identity(identity)
            if made:
                case.made = tuple(
                    IdentityChanged("changed" if name in identities else "created", one) for name, one in made.items()
                )
            identities |= made
            account = passed.account
            writer.add_outbound(message, account.sent_total)
            audience = Audience(passed.configuration_set, passed.identity, message.feedback_to)
            if draft.infected:
                case.note(Ruling("virus", REFUSED, f"accepted, but never delivered: {virus.REASON}"))
            case.ended, case.told = _followed(
                writer, message, audience, case.submission.template, opted_out, draft.infected
            )
        if account is not before:
            writer.save_account(account)

    def _opted_out(self, writer: Writer, case: _Case, message: OutboundMessage, now: float) -> tuple[str, ...]:
        """The recipients that left the mail's list or topic, told as a ruling."""
        options = case.list_management
        if options is None:
            return ()
        try:
            left = self.subscriptions.opted_out(writer, message.scope, options, message.recipients, now)
        except Fault as fault:
            case.note(Ruling("contact list", REFUSED, str(fault.message)))
            raise
        of = options.contact_list + (f", topic {options.topic}" if options.topic is not None else "")
        case.note(Ruling("contact list", PASSED, f"{of}: {len(left)} of {len(message.recipients)} opted out"))
        return left


def _outbound(submission: Submission, letter: Letter, passed: Passed, draft: Draft, now: float) -> OutboundMessage:
    """The draft in its envelope."""
    region, outgoing, identity = submission.scope.region, draft.outgoing, passed.identity
    told = headers_wanted(passed.configuration_set, identity)
    return OutboundMessage(
        message_id=draft.message_id,
        scope=submission.scope,
        accepted_at=now,
        door=submission.door,
        operation=submission.operation,
        caller=submission.caller,
        source=submission.source or (letter.from_[0] if letter.from_ else ""),
        feedback_to=_feedback_to(submission, letter),
        envelope=Envelope(
            envelope.mail_from(draft.message_id, region, passed.mail_from_domain),
            passed.recipients,
            outgoing.ip,
            outgoing.host,
        ),
        data=draft.data,
        counted=passed.counted,
        tags=draft.tags,
        configuration_set=passed.configuration_set.name if passed.configuration_set is not None else None,
        source_arn=arn_of(identity.scope, identity.name) if identity is not None else None,
        tenant=submission.tenant,
        source_ip=submission.source_ip,
        headers=(*_trace(submission, passed.recipients, now), *draft.headers()) if told else (),
        destination=letter.recipients if told else (),
    )


def _trace(submission: Submission, recipients: tuple[str, ...], now: float) -> tuple[tuple[str, str], ...]:
    """The Received field of SES's SMTP door: the first of the headers in events, and in no mail (observed, reference
    sending.md; ``for`` with one recipient only)."""
    if not submission.trace:
        return ()
    to = f" for {recipients[0]}" if len(recipients) == 1 else ""
    return (("Received", f"{submission.trace}{to}; {date_value(now)} (UTC)"),)


def _followed(
    writer: Writer,
    message: OutboundMessage,
    audience: Audience,
    template: TemplateUse | None,
    opted_out: Sequence[str],
    infected: bool,
) -> tuple[tuple[CopyEnded, ...], bool]:
    """What follows from accepting: copies that are never sent, because they cannot be rendered (reference sending.md
    8), contain a virus or were opted out of, and the events of it all; whether there are any."""
    if template is not None and template.failure is not None:
        recipients, outcome, reply = message.recipients, Outcome.RENDERING_FAILED, template.failure
        told = queue_ended(writer, message, audience, recipients, outcome, reply, template.name)
    else:
        told = queue_accepted(writer, message, audience)
        recipients, outcome, reply = tuple(opted_out), Outcome.UNSUBSCRIBED, OPTED_OUT
        if infected:
            recipients, outcome, reply = message.recipients, Outcome.REJECTED, virus.REASON
        told |= queue_ended(writer, message, audience, recipients, outcome, reply)
    for recipient in recipients:
        writer.settle(message.message_id, recipient, outcome, reply, message.accepted_at)
    return tuple(CopyEnded(message.scope, message.message_id, one, outcome, reply) for one in recipients), told


def _feedback_to(submission: Submission, letter: Letter) -> str:
    """Where bounces go: SendEmail ReturnPath (v2, also of raw mail: FeedbackForwardingEmailAddress), else Source; raw
    Source, else Return-Path, else From (3.4)."""
    if isinstance(submission.content, SimpleContent):
        return submission.return_path or submission.source or ""
    candidates = (submission.return_path, submission.source, letter.return_path, *letter.from_)
    return next((candidate for candidate in candidates if candidate), "")


def _verified(case: _Case, known: Mapping[str, Identity], now: float) -> dict[str, Identity]:
    """``--auto-verify``: whoever takes part and is covered by no verified identity gets an address identity that is.
    Addresses that do not parse are left to the screen, which knows the words; senders with the ARN of an identity,
    to that identity."""
    made: dict[str, Identity] = {}
    senders: Sequence[str] = case.letter.senders
    if case.arns is not None:
        senders = [one for one in senders if arn_for(one, case.submission, case.letter, case.arns) is None]
    for string in (*senders, *case.letter.recipients):
        try:
            address = parse(string).addr_spec
        except Fault:
            continue
        if is_simulator(address) or covers(address, {**known, **made}) is not None:
            continue
        identity = known.get(address) or Identity(case.submission.scope, address, IdentityKind.EMAIL_ADDRESS, now)
        verification = Verification(Status.SUCCESS, started_at=now, last_checked_at=now, last_success_at=now)
        made[address] = replace(identity, verification=verification)
    return made
