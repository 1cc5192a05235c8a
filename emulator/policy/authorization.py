"""Whether policies of identities let a caller send.

Source: Developer Guide, "Using sending authorization with Amazon SES" and "Amazon SES policy anatomy"; IAM User Guide,
"Policy evaluation logic". An identity of another account may be used when one of its policies allows the caller that
and none denies it. One's own identities need no permission, but what their policies deny is denied to their owner too.

A caller with an account number for its access key is the root of that account; another access key stands for the IAM
user of that name, since this emulator makes no users (decided).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.aws.sigv4 import is_account
from emulator.errors import identity_policies as errors
from emulator.policy.conditions import holds, like
from emulator.policy.identity import candidates
from emulator.policy.identity_arns import arn_of
from emulator.policy.policy_document import ANYONE, Statement
from emulator.values import Door, Identity, RawContent, Scope, Submission


@dataclass(frozen=True, slots=True)
class Authority:
    """An identity that a mail rests on, and its policies. ``identities``: it, and the domains above an address, by
    name; empty when there is no such identity."""

    scope: Scope
    name: str
    identities: Mapping[str, Identity]
    statements: tuple[Statement, ...]

    @property
    def arn(self) -> str:
        return arn_of(self.scope, self.name)

    def covers(self, addr_spec: str) -> bool:
        """Whether it is verified and the address is its own, or at its domain or below."""
        identity = self.identities.get(self.name)
        return identity is not None and identity.verified and self.name in candidates(addr_spec)


@dataclass(frozen=True, slots=True)
class Mail:
    """What conditions may ask of a mail. Addresses are bare; ``display_name`` None where there is none."""

    from_address: str
    display_name: str | None
    feedback_address: str
    recipients: tuple[str, ...]
    now: float


def caller_arn(account: str, access_key: str) -> str:
    """The principal that policies speak of; see above."""
    if is_account(access_key):
        return f"arn:aws:iam::{account}:root"
    return f"arn:aws:iam::{account}:user/{access_key}"


def action_of(submission: Submission) -> str:
    """v2's sends need the permissions of v1's: raw content that of SendRawEmail (observed), templates, alone and in
    bulk, those of their operations (inferred)."""
    if isinstance(submission.content, RawContent):
        return "ses:SendRawEmail"
    if submission.operation == "SendBulkEmail":
        return "ses:SendBulkTemplatedEmail"
    if submission.template is not None and submission.operation == "SendEmail":
        return "ses:SendTemplatedEmail"
    return f"ses:{submission.operation}"


def require_allowed(submission: Submission, mail: Mail, authority: Authority) -> None:
    """``authority`` is another account's. Raises ``not_authorized``."""
    allowed, denied = _judged(submission, mail, authority)
    if denied:
        raise _refusal(submission, authority, "A policy of the identity denies it.")
    if not allowed:
        hint = f"Account {authority.scope.account} has to allow it with PutIdentityPolicy on {authority.name}."
        raise _refusal(submission, authority, hint)


def require_not_denied(submission: Submission, mail: Mail, authority: Authority) -> None:
    """``authority`` is the caller's own. Raises ``not_authorized``."""
    if _judged(submission, mail, authority)[1]:
        raise _refusal(submission, authority, "A policy of the identity denies it, to its owner too.")


def require_same_region(submission: Submission, authority: Authority) -> None:
    """Identities are used in their own region (DG:sending-authorization-delegate-sender-tasks-email)."""
    if authority.scope.region != submission.scope.region:
        raise _refusal(submission, authority, f"The call was made in {submission.scope.region}.")


def _refusal(submission: Submission, authority: Authority, hint: str) -> Exception:
    caller = caller_arn(submission.scope.account, submission.caller)
    return errors.not_authorized(caller, action_of(submission), authority.arn, hint)


def _judged(submission: Submission, mail: Mail, authority: Authority) -> tuple[bool, bool]:
    """Whether some statement allows it, and whether some denies it."""
    caller = caller_arn(submission.scope.account, submission.caller)
    action = action_of(submission).lower()
    context = _context(submission, mail, caller)
    applying = [
        statement.allows
        for statement in authority.statements
        if _is_principal(statement.principals, submission.scope.account, caller) is not statement.except_principals
        and _any_like(action, statement.actions) is not statement.except_actions
        and _any_like(authority.arn, statement.resources) is not statement.except_resources
        and _all_hold(statement, context)
    ]
    return True in applying, False in applying


def _is_principal(principals: Iterable[str], account: str, caller: str) -> bool:
    everyone_of = (ANYONE, account, f"arn:aws:iam::{account}:root")
    return any(principal in everyone_of or principal == caller for principal in principals)


def _any_like(text: str, patterns: Sequence[str]) -> bool:
    return any(like(text, pattern) for pattern in patterns)


def _all_hold(statement: Statement, context: Mapping[str, tuple[str, ...]]) -> bool:
    return all(
        holds(one.quantifier, one.operator, one.if_exists, one.values, context.get(one.key))
        for one in statement.conditions
    )


def _context(submission: Submission, mail: Mail, caller: str) -> dict[str, tuple[str, ...]]:
    """By key in lower case. SES's endpoints speak TLS only, so the transport is taken to be secure."""
    found = {
        "ses:recipients": mail.recipients,
        "ses:fromaddress": (mail.from_address,),
        "ses:feedbackaddress": (mail.feedback_address,),
        "ses:apiversion": ("2" if submission.door is Door.V2 else "1",),
        "aws:currenttime": (datetime.fromtimestamp(mail.now, UTC).isoformat(),),
        "aws:epochtime": (str(int(mail.now)),),
        "aws:sourceip": (submission.source_ip,),
        "aws:securetransport": ("true",),
        "aws:principalarn": (caller,),
        "aws:principalaccount": (submission.scope.account,),
    }
    if mail.display_name is not None:
        found["ses:fromdisplayname"] = (mail.display_name,)
    return found
