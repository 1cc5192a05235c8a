"""The daily quota and the sending rate, both in recipients. Source: reference sending.md 1.3.

The documents and a blog disagree on a message with more recipients than are left. Decided as the reference suggests:
the day is strict (a message that *would exceed* it is refused whole, the guide), the rate is a bucket that may go into
debt (a message passes whole when one token is there, the following ones wait until the debt is paid, the blog).

Simulator recipients are not counted against the day but against the rate. The bucket is counted in whole millionths
of a token and whole microseconds, so no rounding ever adds a message: refills are rounded down.
"""

from __future__ import annotations

import dataclasses

from emulator import errors
from emulator.values import Account, SendQuota

SANDBOX = SendQuota(max_24_hour_send=200.0, max_send_rate=1.0)
PRODUCTION = SendQuota(max_24_hour_send=50_000.0, max_send_rate=14.0)

_TOKEN = 1_000_000
_SECOND = 1_000_000
_CLOCK_TURNED_BACK = 10 * _SECOND
"""A step back by more than this is somebody turning the clock; less is callers that read it before they queued."""


def limits(account: Account, override_24h: float | None = None, override_rate: float | None = None) -> SendQuota:
    """SES's own for the sandbox or production, unless started with others; -1 is unlimited."""
    own = PRODUCTION if account.production else SANDBOX
    return SendQuota(
        max_24_hour_send=own.max_24_hour_send if override_24h is None else override_24h,
        max_send_rate=own.max_send_rate if override_rate is None else override_rate,
    )


def daily(quota: SendQuota, sent_last_24_hours: int, counted: int) -> None:
    """Raises ``daily_message_quota_exceeded`` when ``counted`` more recipients would exceed the day. A message to
    the simulator alone counts nothing and passes."""
    limit = quota.max_24_hour_send
    if limit >= 0 and counted > 0 and sent_last_24_hours + counted > limit:
        raise errors.daily_message_quota_exceeded(limit)


def rate(account: Account, quota: SendQuota, recipients: int, counted: int, now: float) -> Account:
    """The account after a message to ``recipients`` of whom ``counted`` count for the day.

    Raises ``maximum_sending_rate_exceeded`` when less than one token is in the bucket. The bucket holds the rate (at
    least one token), is full at first, and is full again after the clock was turned back by more than 10 seconds.
    """
    sent_total = account.sent_total + counted
    if quota.max_send_rate < 0:
        return dataclasses.replace(account, sent_total=sent_total)
    level = _level(account, quota.max_send_rate, now)
    if level < _TOKEN or quota.max_send_rate == 0:
        raise errors.maximum_sending_rate_exceeded(quota.max_send_rate)
    return dataclasses.replace(
        account, sent_total=sent_total, bucket_level=(level - recipients * _TOKEN) / _TOKEN, bucket_at=now
    )


def available(account: Account, quota: SendQuota, now: float) -> float:
    """Tokens in the bucket at ``now``, for people to read; negative while in debt."""
    return _level(account, quota.max_send_rate, now) / _TOKEN


def _level(account: Account, per_second: float, now: float) -> int:
    capacity = max(int(per_second * _TOKEN), _TOKEN)
    if account.bucket_at is None:
        return capacity
    elapsed = round(now * _SECOND) - round(account.bucket_at * _SECOND)
    if elapsed < -_CLOCK_TURNED_BACK:
        return capacity
    refilled = int(max(elapsed, 0) * per_second)
    return min(capacity, round(account.bucket_level * _TOKEN) + refilled)
