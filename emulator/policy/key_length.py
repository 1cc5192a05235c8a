"""Which length Easy DKIM's key may be given in the place of the one it has.

Source: reference sending.md 4.3 (DG:send-email-authentication-dkim-easy): not the length that it has, and no second
change within 24 hours, unless that is the first to 1024 bits. SES calls such an input invalid and says why; its words
are not known, those here are decided.
"""

from __future__ import annotations

from emulator import errors
from emulator.values import Dkim

_DAY = 86400.0
_SOURCE = "Source: the developer guide, Easy DKIM, restrictions on changing the signing key length."


def require_change(dkim: Dkim, bits: int, now: float) -> None:
    """``dkim`` is Easy DKIM's. A key that was made later than the search for the records began came with a change. In
    24 hours with one change to 2048 bits there can be no earlier one to 1024: the way back is always the first."""
    if bits == dkim.key_bits:
        raise errors.invalid_parameter(f"The signing key length is already RSA_{bits}_BIT.", _SOURCE)
    if bits == 1024 or dkim.key_made_at is None or dkim.started_at is None:
        return
    if dkim.key_made_at > dkim.started_at and now - dkim.key_made_at < _DAY:
        raise errors.invalid_parameter("The signing key length can be changed once in 24 hours.", _SOURCE)
