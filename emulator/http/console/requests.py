"""``/_ses/requests``: every SES call, newest first; of a refused one the rule that refused, its fact and what to do.

Calls of all accounts and regions, unless asked for one: a call that went elsewhere is what people look for. A script
fetches the table again when the stream tells of a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, Response
from werkzeug.exceptions import BadRequest

from emulator.http import asked
from emulator.http.console.shared import CALLER, Console, moment, page_number, scope
from emulator.policy.screen import REFUSED, Ruling
from emulator.post.journal import Entry
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from emulator.values import Scope

PATH = "/_ses/requests"
_ROWS = 50
_KEPT = 2000
_RESULTS = {"": None, "accepted": True, "refused": False}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filters ask for; ``text`` as it was typed, found in any case."""

    accepted: bool | None
    operation: str
    text: str
    here: bool

    def meets(self, entry: Entry) -> bool:
        """Whether a call is one of those wanted, account and region aside."""
        if self.accepted not in (None, entry.accepted) or self.operation not in ("", entry.operation):
            return False
        wanted = self.text.lower()
        return not wanted or any(wanted in text.lower() for text in _texts(entry))


@dataclass(frozen=True, slots=True)
class Row:
    """A call as the table shows it. ``refusing`` is the rule that refused, None where none of SES's rules did."""

    entry: Entry
    at: str
    by: str
    refusing: Ruling | None
    elsewhere: bool


def add_to(pages: Blueprint, console: Console) -> None:
    """Adds the page to the blueprint."""

    @pages.get(PATH)
    def requests() -> Response:
        here, wanted, page = scope(), _wanted(), page_number()
        entries = console.inspection.journal.recent(
            _KEPT,
            account=here.account if wanted.here else None,
            region=here.region if wanted.here else None,
        )
        first = (page - 1) * _ROWS
        found = list(islice(filter(wanted.meets, entries), first, first + _ROWS + 1))
        return console.pages.render(
            "console/requests.html",
            section="requests",
            rows=[_row(entry, here) for entry in found[:_ROWS]],
            operations=sorted({entry.operation for entry in entries if entry.operation}),
            wanted=wanted,
            query=_query(wanted),
            page=page,
            more=len(found) > _ROWS,
            here=here,
        )


def _wanted() -> Wanted:
    result = asked.text("result") or ""
    if result not in _RESULTS:
        raise BadRequest("result must be accepted or refused.")
    return Wanted(
        accepted=_RESULTS[result],
        operation=asked.text("operation") or "",
        text=(asked.text("q") or "").strip(),
        here=asked.text("scope") == "here",
    )


def _query(wanted: Wanted) -> dict[str, str]:
    """The filters as they stand in an address."""
    result = next(name for name, accepted in _RESULTS.items() if accepted is wanted.accepted)
    scope_name = "here" if wanted.here else ""
    return {"result": result, "operation": wanted.operation, "q": wanted.text, "scope": scope_name}


def _texts(entry: Entry) -> Iterator[str]:
    """Everything of a call that a text may be found in."""
    yield from (entry.operation, entry.code, entry.message, entry.hint, entry.message_id, entry.request_id)
    yield from (entry.caller, entry.source_ip, entry.scope.account, entry.scope.region)
    for ruling in entry.rulings:
        yield from (ruling.rule, ruling.fact)


def _row(entry: Entry, here: Scope) -> Row:
    return Row(
        entry=entry,
        at=moment(entry.at),
        by="this console" if entry.caller == CALLER else entry.caller or "not known",
        refusing=_refusing(entry.rulings) if not entry.accepted else None,
        elsewhere=entry.scope not in (here, Scope(DEFAULT_ACCOUNT, DEFAULT_REGION)),
    )


def _refusing(rulings: Iterable[Ruling]) -> Ruling | None:
    return next((one for one in rulings if one.verdict == REFUSED), None)
