"""Which senders of a mail use another account's identity, and whether all identities' policies let them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from emulator.errors import identity_policies as errors
from emulator.policy import authorization, identity_arns
from emulator.policy.addresses import Mailbox
from emulator.policy.authorization import Authority, Mail
from emulator.policy.identity import covers
from emulator.policy.sandbox import Named
from emulator.values import Identity, IdentityArns, Letter, Submission


class Known(Protocol):
    """What is asked of ``screen.Facts``."""

    @property
    def identities(self) -> Mapping[str, Identity]: ...

    @property
    def authorities(self) -> Mapping[str, Authority]: ...

    @property
    def now(self) -> float: ...


def borrowed(
    submission: Submission,
    letter: Letter,
    arns: IdentityArns | None,
    senders: Sequence[Named],
    recipients: Iterable[Named],
    known: Known,
) -> dict[str, Authority]:
    """Other accounts' identities by the raw string of the sender that is to use them; whether each covers its sender
    is asked later, as of the caller's own. Raises where an ARN is none, and where a policy stands against the send."""
    arns = arns or IdentityArns()
    for parameter, arn in identity_arns.named(arns).items():
        if identity_arns.parse(arn) is None:
            raise errors.not_an_identity_arn(parameter, arn)
    mail = _mail(submission, letter, senders, recipients, known.now)
    for arn in dict.fromkeys(identity_arns.named(arns).values()):
        authority = _lender(arn, submission, known)
        if authority is not None:
            authorization.require_same_region(submission, authority)
            authorization.require_allowed(submission, mail, authority)
    lent: dict[str, Authority] = {}
    own: dict[str, Authority] = {}
    for raw, mailbox in senders:
        authority = _lender(identity_arns.arn_for(raw, submission, letter, arns), submission, known)
        if authority is not None:
            lent[raw] = authority
        elif (authority := _own(submission, mailbox, known)) is not None:
            own[authority.arn] = authority
    for authority in own.values():
        authorization.require_not_denied(submission, mail, authority)
    return lent


def _lender(arn: str | None, submission: Submission, known: Known) -> Authority | None:
    """None for an ARN of the caller's own: it allows nothing that its owner may not do anyway (API1 SourceArn)."""
    parsed = identity_arns.parse(arn) if arn is not None else None
    if parsed is None or parsed[0] == submission.scope:
        return None
    return known.authorities[identity_arns.arn_of(*parsed)]


def _own(submission: Submission, mailbox: Mailbox, known: Known) -> Authority | None:
    identity = covers(mailbox.addr_spec, known.identities)
    if identity is None:
        return None
    return known.authorities.get(identity_arns.arn_of(submission.scope, identity.name))


def _mail(
    submission: Submission, letter: Letter, senders: Sequence[Named], recipients: Iterable[Named], now: float
) -> Mail:
    """The return path is the one given, else the source: where bounces would go."""
    read = dict(senders)
    first = next((read[raw] for raw in (*letter.from_, submission.source or "") if raw in read), None)
    back = next((read[raw] for raw in (letter.return_path, submission.source) if raw in read), first)
    return Mail(
        from_address=first.addr_spec if first is not None else "",
        display_name=first.name if first is not None else None,
        feedback_address=back.addr_spec if back is not None else "",
        recipients=tuple(mailbox.addr_spec for _, mailbox in recipients),
        now=now,
    )
