"""What becomes of an identity when DNS is looked at and time passes: a pure state machine.

Three things of an identity have a state of their own, each moved by the same steps (reference sending.md 4.3, 5.1,
6.1): PENDING becomes SUCCESS when the records are there and FAILED after 72 hours; SUCCESS becomes TEMPORARY_FAILURE
when they are gone, SUCCESS again when they are back, and FAILED after 72 hours (DKIM: 5 days). FAILED stays until it
is asked for again. An address has no records: only its link verifies it, and PENDING fails after 24 hours.

A domain is verified by its ``_amazonses`` TXT or by its DKIM, and stays so while either is there. When DKIM of a
failed domain succeeds the domain is verified again (decided: its CNAMEs are proof enough).

DNS that did not answer (``DNS_SERVER_ERROR``) is no proof of a loss: SUCCESS stays; a wait that has begun goes on. The
bounds belong to failure: exactly 72 hours after the start is FAILED, unless the records are there at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.policy.mail_from import expected_mx
from emulator.values import Dkim, DnsAnswer, Identity, IdentityKind, MailFrom, Status, Verification

HOUR = 3600.0
EMAIL_LINK_SECONDS = 24 * HOUR
SEARCH_SECONDS = 72 * HOUR
GRACE_SECONDS = 72 * HOUR
DKIM_GRACE_SECONDS = 120 * HOUR

HOST_NOT_FOUND = "HOST_NOT_FOUND"
TYPE_NOT_FOUND = "TYPE_NOT_FOUND"
INVALID_VALUE = "INVALID_VALUE"
DNS_SERVER_ERROR = "DNS_SERVER_ERROR"
"""v2 VerificationInfo ErrorType: NXDOMAIN, NODATA, other values than wanted, SERVFAIL or no answer."""

_PREFIX = "amazonses:"


@dataclass(frozen=True, slots=True)
class DnsFacts:
    """What was found for one identity. ``dkim_records_found``: all three CNAMEs lead to the key, or BYODKIM's TXT is
    the key. ``mx_values`` are the MAIL FROM domain's. An ``…_error`` names why a check did not succeed, None when it
    did or was not made."""

    txt_token_found: bool = False
    dkim_records_found: bool = False
    mx_values: tuple[str, ...] = ()
    txt_error: str | None = None
    dkim_error: str | None = None
    mx_error: str | None = None


def token_matches(values: tuple[str, ...], token: str) -> bool:
    """Whether the TXT values of ``_amazonses.d`` or of ``d`` itself hold the token; the prefix ``amazonses:`` may
    stand before it (reference 6.1)."""
    return bool(token) and any(value.strip().removeprefix(_PREFIX) == token for value in values)


def mx_holds(values: tuple[str, ...], region: str) -> bool:
    """Exactly one MX, and the right one; several make the setup fail."""
    return len(values) == 1 and values[0].strip().rstrip(".").lower().split() == expected_mx(region).split()


def error_of(answer: DnsAnswer, holds: bool) -> str | None:
    """The ErrorType of one check; None when the answer holds what was wanted."""
    if holds:
        return None
    if answer.status == "NXDOMAIN":
        return HOST_NOT_FOUND
    if answer.status != "NOERROR":
        return DNS_SERVER_ERROR
    return INVALID_VALUE if answer.values else TYPE_NOT_FOUND


def settle(identity: Identity, found: DnsFacts, now: float) -> Identity:
    """The identity at ``now``. The times of checking change with every call; ``changed`` tells whether more did."""
    mail_from = _mail_from(identity, found, now)
    if identity.kind is IdentityKind.EMAIL_ADDRESS:
        return replace(identity, verification=_link(identity.verification, now), mail_from=mail_from)
    dkim = _dkim(identity.dkim, found, now)
    verification = _domain(identity.verification, dkim, found, now)
    return replace(identity, verification=verification, dkim=dkim, mail_from=mail_from)


def changed(before: Identity, after: Identity) -> bool:
    """Whether anything but the times of checking differs."""
    times = (before.verification.last_checked_at, before.verification.last_success_at)
    verification = replace(after.verification, last_checked_at=times[0], last_success_at=times[1])
    return replace(after, verification=verification) != before


def _next(
    status: Status, holds: bool | None, started_at: float, lost_at: float | None, now: float, grace: float
) -> tuple[Status, float | None]:
    """The state and since when the records are lost. ``holds`` None: DNS did not say."""
    if status is Status.FAILED:
        return status, lost_at
    if holds:
        return Status.SUCCESS, None
    if status is Status.SUCCESS:
        return (status, None) if holds is None else (Status.TEMPORARY_FAILURE, now)
    if status is Status.TEMPORARY_FAILURE:
        since = now if lost_at is None else lost_at
        return (Status.FAILED if now - since >= grace else status), since
    return (Status.FAILED if now - started_at >= SEARCH_SECONDS else Status.PENDING), None


def _link(verification: Verification, now: float) -> Verification:
    expired = verification.status is Status.PENDING and now - verification.started_at >= EMAIL_LINK_SECONDS
    return replace(verification, status=Status.FAILED) if expired else verification


def _dkim(dkim: Dkim, found: DnsFacts, now: float) -> Dkim:
    """A domain that never asked for DKIM has no tokens and stays as it is."""
    if not dkim.tokens:
        return dkim
    holds = _known(found.dkim_records_found, found.dkim_error)
    started_at = now if dkim.started_at is None else dkim.started_at
    status, lost_at = _next(dkim.status, holds, started_at, dkim.lost_at, now, DKIM_GRACE_SECONDS)
    return replace(dkim, status=status, started_at=started_at, lost_at=lost_at)


def _domain(verification: Verification, dkim: Dkim, found: DnsFacts, now: float) -> Verification:
    by_dkim = dkim.status is Status.SUCCESS and found.dkim_records_found
    by_token = bool(verification.token) and found.txt_token_found
    holds: bool | None = by_dkim or by_token
    errors = _errors(verification, dkim, found)
    if not holds and DNS_SERVER_ERROR in errors:
        holds = None
    before = verification.status
    if before is Status.FAILED and by_dkim:
        before = Status.PENDING
    status, lost_at = _next(before, holds, verification.started_at, verification.lost_at, now, GRACE_SECONDS)
    succeeded = bool(holds) and status is Status.SUCCESS
    return replace(
        verification,
        status=status,
        lost_at=lost_at,
        last_checked_at=now,
        last_success_at=now if succeeded else verification.last_success_at,
        error_type=None if succeeded else next(iter(errors), verification.error_type),
    )


def _errors(verification: Verification, dkim: Dkim, found: DnsFacts) -> list[str]:
    """Why the checks that were due did not succeed, the DKIM check first."""
    due = ((bool(dkim.tokens), found.dkim_error), (bool(verification.token), found.txt_error))
    return [error for is_due, error in due if is_due and error is not None]


def _mail_from(identity: Identity, found: DnsFacts, now: float) -> MailFrom:
    mail_from = identity.mail_from
    if mail_from.domain is None:
        return mail_from
    holds = _known(mx_holds(found.mx_values, identity.scope.region), found.mx_error)
    started_at = now if mail_from.started_at is None else mail_from.started_at
    before = mail_from.status or Status.PENDING
    status, lost_at = _next(before, holds, started_at, mail_from.lost_at, now, GRACE_SECONDS)
    return replace(mail_from, status=status, started_at=started_at, lost_at=lost_at)


def _known(holds: bool, error: str | None) -> bool | None:
    return None if not holds and error == DNS_SERVER_ERROR else holds
