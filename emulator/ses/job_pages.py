"""Lists of jobs, newest first. Source: events-and-api.md 7, paging (limits and texts observed of ListExportJobs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from emulator.documents.document import Document
from emulator.errors import jobs as errors
from emulator.ses import paging
from emulator.ses.call import Call, Desk, Params, Result

D = TypeVar("D", bound=Document)
_MOST = 100


def newest(
    desk: Desk, call: Call, params: Params, cls: type[D], kind: str, matches: Callable[[D], bool]
) -> tuple[list[D], Result]:
    """The jobs of the page, and the member NextToken when there is another."""
    size, token = params.get("PageSize", _MOST), params.get("NextToken")
    if not 1 <= size <= _MOST:
        raise errors.page_size()
    before = None
    last = paging.begin(desk, call, kind, token, errors.token_not_read())
    if last is not None:
        created_at, _, name = last.partition(" ")
        before = (float(created_at), name)
    found: list[D] = []
    with desk.store.read() as reader:
        while len(found) <= size:
            page = reader.newest_documents(cls, call.scope, before=before, limit=_MOST)
            found += [job for job in page if matches(job)]
            if len(page) < _MOST:
                break
            before = (page[-1].created_at, page[-1].name)
    if len(found) <= size:
        return found, {}
    last_told = found[size - 1]
    return found[:size], {
        "NextToken": desk.tokens.issue(kind, call.scope, f"{last_told.created_at!r} {last_told.name}")
    }
