"""Pages of lists: where one begins, and the token of the next. Lists whose limits and words of SES are not known have
100 entries a page, up to 1000."""

from __future__ import annotations

import json
from collections.abc import Sequence

from emulator.errors import Fault, invalid_next_token, invalid_parameter
from emulator.ses.call import Call, Desk, Params, Result

_PAGE = 100
_MOST = 1000


def asked(
    desk: Desk,
    call: Call,
    params: Params,
    kind: str,
    *,
    default: int = _PAGE,
    bad_size: Fault | None = None,
    bad_token: Fault | None = None,
    empty_is_none: bool = False,
) -> tuple[int, str | None]:
    """How many, and after which name (None: from the first). What SES says of a size or a token that will not do, if
    it is known."""
    size, token = params.get("PageSize", default), params.get("NextToken")
    if not 1 <= size <= _MOST:
        raise bad_size or invalid_parameter(f"The page size must be between 1 and {_MOST}")
    refusal = bad_token or invalid_next_token(token or "")
    return size, begin(desk, call, kind, token, refusal, empty_is_none=empty_is_none)


def begin(
    desk: Desk, call: Call, kind: str, token: str | None, refusal: Fault, *, empty_is_none: bool = False
) -> str | None:
    """What the page comes after; None: the first page. Raises ``refusal`` for a token that is none of this list's. To
    some lists an empty token is none at all, others refuse it (observed)."""
    if token is None or (empty_is_none and not token):
        return None
    after = desk.tokens.read(kind, call.scope, token)
    if after is None:
        raise refusal
    return after


def bound(kind: str, *selected: object) -> str:
    """The kind of a list whose tokens hold only for what the request selected, too (observed of some)."""
    return f"{kind} {json.dumps(selected, sort_keys=True)}" if any(selected) else kind


def told(
    desk: Desk, call: Call, kind: str, member: str, entries: Sequence[object], names: Sequence[str], size: int
) -> Result:
    """``names`` are those of everything found: one more than fits when there is another page. Of ``entries`` there may
    be as many."""
    result: Result = {member: list(entries[:size])}
    if len(names) > size:
        result["NextToken"] = desk.tokens.issue(kind, call.scope, names[size - 1])
    return result
