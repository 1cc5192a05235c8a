"""Pages of lists by name, for lists whose limits and words of SES are not known: 100 a page, up to 1000."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import invalid_next_token, invalid_parameter
from emulator.ses.call import Call, Desk, Params, Result

_PAGE = 100
_MOST = 1000


def asked(desk: Desk, call: Call, params: Params, kind: str) -> tuple[int, str | None]:
    """How many, and after which name (None: from the first)."""
    size, token = params.get("PageSize", _PAGE), params.get("NextToken")
    if not 1 <= size <= _MOST:
        raise invalid_parameter(f"The page size must be between 1 and {_MOST}")
    if token is None:
        return size, None
    after = desk.tokens.read(kind, call.scope, token)
    if after is None:
        raise invalid_next_token(token)
    return size, after


def told(
    desk: Desk, call: Call, kind: str, member: str, told: Sequence[object], names: Sequence[str], size: int
) -> Result:
    """``names`` are those of everything found: one more than fits when there is another page."""
    result: Result = {member: list(told)}
    if len(names) > size:
        result["NextToken"] = desk.tokens.issue(kind, call.scope, names[size - 1])
    return result
