"""The inbox at ``/_ses/``: the list of captured mails, its search, and what can be done to many mails at once.

One opened mail is ``opened.py``. Pages read the store by the same functions as the API; whatever changes something is
a POST, after which the browser is sent back to the list (303), so that everything works without scripts. What only an
open page needs is loaded when the first one is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.http import asked
from emulator.http.api import error
from emulator.http.frame import Pages, address, kept_query
from emulator.http.inspection import Inspection, prepare_search
from emulator.store.ports import MessageFilter, Reader
from emulator.store.search import SearchError

if TYPE_CHECKING:
    from emulator.http.listing import Listing

LIST = "/_ses/"


def inbox_pages(pages: Pages, inspection: Inspection) -> Blueprint:
    """The blueprint, to be registered by the app."""
    from emulator.http import opened

    inbox = pages.blueprint("inbox")
    opened.add_to(inbox, pages, inspection)

    @inbox.get("/_ses")
    def without_slash() -> WerkzeugResponse:
        return redirect(LIST)

    @inbox.get("/_ses/<path:anything>")
    def no_such_page(anything: str) -> tuple[Response, int]:
        """A page for whoever wants one; else the API's answer."""
        if "text/html" in request.headers.get("Accept", "") and not anything.startswith("api/"):
            raise NotFound(f"There is no page /_ses/{anything:.200}.")
        return error(404, "NotFound", f"There is no {request.method} /_ses/{anything:.200}.")

    @inbox.get(LIST)
    def front() -> Response:
        """``q`` searches, ``cursor`` shows what is older than that id, ``newer`` the page before it."""
        listing = _listing(inspection, asked.whole_or_none("cursor", least=1), asked.whole_or_none("newer"))
        return pages.render(
            "inbox/list.html",
            section="inbox",
            view=listing,
            now=inspection.clock.now(),
            endpoint=request.host_url.rstrip("/"),
        )

    @inbox.get("/_ses/rows")
    def new_rows() -> Response:
        """The rows that came after the id ``after``, for a page that is open; the whole first page, to be put in place
        of the one shown, when there are too many of them or ``after`` is not given."""
        from emulator.http.listing import PAGE

        after = asked.whole_or_none("after")
        listing = _listing(inspection, None, None)
        newer = tuple(row for row in listing.rows if after is not None and row.id > after)
        whole = after is None or len(newer) == PAGE
        shown = replace(listing, rows=listing.rows if whole else newer)
        response = pages.render("inbox/new_rows.html", section="inbox", view=shown, page=listing)
        if whole:
            response.headers["HX-Reswap"] = "innerHTML"
        return response

    @inbox.post("/_ses/messages/read")
    def read_all() -> WerkzeugResponse:
        """Marks all that the search shows as read."""
        prepare_search(inspection, _wanted())
        with _meant(), inspection.store.write() as writer:
            writer.mark_read(_wanted())
        return _back_to_list()

    @inbox.post("/_ses/messages/delete")
    def delete_shown() -> WerkzeugResponse:
        """All that the search shows; everything without one."""
        asked.nothing_but("q", "account", "region")
        prepare_search(inspection, _wanted())
        with _meant(), inspection.store.write() as writer:
            writer.delete_captured(_wanted())
        return _back_to_list()

    return inbox


def _back_to_list() -> WerkzeugResponse:
    """To the list as it was searched."""
    return redirect(address(kept_query(), LIST, q=asked.text("q")), code=303)


def _listing(inspection: Inspection, cursor: int | None, newer: int | None) -> Listing:
    from emulator.http.listing import Listing

    prepare_search(inspection, _wanted())
    with inspection.store.read() as reader:
        try:
            return _page(reader, inspection.clock.now(), _wanted(), cursor, newer)
        except SearchError as problem:
            total = reader.count(MessageFilter())
            unread = reader.count(replace(_wanted(), q=None, unread=True))
            return Listing(_wanted().q or "", (), "", "", False, 0, total, unread, str(problem))


def _page(reader: Reader, now: float, wanted: MessageFilter, cursor: int | None, newer: int | None) -> Listing:
    from emulator.http.listing import PAGE, Listing, rows

    before = False
    if newer is not None:
        lines = reader.lines(replace(wanted, after=newer), PAGE + 1, oldest=True)
        before = len(lines) > PAGE
        lines = lines[1:]
    if not before:
        # The page before the second is the first, whatever has joined it meanwhile.
        older_than = None if newer is not None else cursor
        lines = reader.lines(replace(wanted, before=older_than), PAGE + 1)
    shown = rows(lines[:PAGE], now)
    first = not before and (newer is not None or cursor is None)
    return Listing(
        q=wanted.q or "",
        rows=shown,
        newer="" if first else str(shown[0].id if shown else (cursor or 1) - 1),
        older=str(shown[-1].id) if shown and (before or len(lines) > PAGE) else "",
        first=first,
        matching=reader.count(wanted),
        total=reader.count(MessageFilter()),
        unread=reader.count(replace(wanted, q=None, unread=True)),
    )


def _wanted() -> MessageFilter:
    """The search and the account that the address names."""
    return MessageFilter(
        q=asked.text("q") or None, account=asked.text("account") or None, region=asked.text("region") or None
    )


@contextmanager
def _meant() -> Iterator[None]:
    """Refuses a search that cannot be meant with its sentence."""
    try:
        yield
    except SearchError as problem:
        raise BadRequest(str(problem)) from problem
