"""Pages of lists: where one begins, and the token of the next. Lists whose limits and words of SES are not known have
100 entries a page, up to 1000."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import Fault, invalid_next_token, invalid_parameter
from emulator.ses.call import Call, Desk, Params, Result

_PAGE = 100
_MOST = 1000


def asked(desk: Desk, call: Call, params: Params, kind: str) -> tuple[int, str | None]:
    """How many, and after which name (None: from the first)."""
    size, token = params.get("PageSize", _PAGE), params.get("NextToken")
    if not 1 <= size <= _MOST:
        raise invalid_parameter(f"The page size must be between 1 and {_MOST}")
    return size, begin(desk, call, kind, token, invalid_next_token(token or ""))


def begin(desk: Desk, call: Call, kind: str, token: str | None, refusal: Fault) -> str | None:
    """What the page comes after; None: the first page. Raises ``refusal`` for a token that is none of this list's."""
    if token is None:
        return None
    after = desk.tokens.read(kind, call.scope, token)
    if after is None:
        raise refusal
    return after


def told(
    desk: Desk, call: Call, kind: str, member: str, entries: Sequence[object], names: Sequence[str], size: int
) -> Result:
    """``names`` are those of everything found: one more than fits when there is another page. Of ``entries`` there may
    be as many."""
    result: Result = {member: list(entries[:size])}
    if len(names) > size:
        result["NextToken"] = desk.tokens.issue(kind, call.scope, names[size - 1])
    return result
