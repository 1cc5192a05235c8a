"""Sending paused by the account's owner (reference sending.md 1.4; the text is undocumented)."""

from __future__ import annotations

from emulator import errors
from emulator.values import Account


def require_sending_enabled(account: Account) -> None:
    """Raises ``account_sending_paused`` after UpdateAccountSendingEnabled or PutAccountSendingAttributes said so."""
    if not account.sending_enabled:
        raise errors.account_sending_paused()
