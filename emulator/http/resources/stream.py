"""``/stream``: what happens, as it happens, in server-sent events (HTML Living Standard, 9.2).

Each event has an id; whoever comes back with the last one (``Last-Event-ID``, which browsers send by themselves)
misses nothing that the ring of ``post/happenings.py`` still holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, TooManyRequests

from emulator.clock import monotonic
from emulator.http import shapes
from emulator.http.described import Content, Described, Text
from emulator.http.inspection import Inspection, take_place
from emulator.http.json_types import (
    IdentityEvent,
    MessageSummary,
    Missed,
    OutcomeJson,
    RequestEntry,
    Reset,
)
from emulator.http.server import CLIENT_GONE
from emulator.post.happenings import CopyEnded, IdentityChanged, Listener, MailCaptured, Taken, WasReset
from emulator.post.identities import needed
from emulator.post.journal import Entry
from emulator.store.ports import MessageFilter, Store

EVENTS = ("message", "identity", "request", "outcome")
_HEARTBEAT = 15.0
ACCOUNT = Text("account", "only of this account; mail from strangers is of none")
REGION = Text("region", "only of this region")
NAMES = Text("events", f"which, with commas between: {', '.join(EVENTS)}; all of them unless given")
AFTER = Text("after", "an event's id: what came after it comes first, as with Last-Event-ID, which goes before it")
# A listener that is told of each event at once takes the interpreter from those who make them.
_GATHERING = 0.05
_RETRY_MS = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; None filters neither account nor region."""

    events: frozenset[str]
    account: str | None = None
    region: str | None = None

    def is_of(self, account: str, region: str) -> bool:
        return self.account in (None, account) and self.region in (None, region)


def add_to(api: Blueprint, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""

    @api.get("/stream")
    @Described(
        Content("text/event-stream", "server-sent events; the data of each is JSON"),
        parameters=(NAMES, ACCOUNT, REGION, AFTER),
        headers=(("Last-Event-ID", "the id of the last event heard, as browsers send it when they come back"),),
        errors=(400, 429),
        also=(MessageSummary, IdentityEvent, RequestEntry, OutcomeJson, Missed, Reset),
    )
    def stream() -> Response:
        """Hear what happens, as it happens.

        `message`: a mail was captured (MessageSummary). `identity`: one was created, has changed or was deleted
        (IdentityEvent). `request`: an SES call was accepted or refused (RequestEntry). `outcome`: a recipient's copy
        ended (Outcome). Always: `reset` (Reset), and `missed` (Missed) to a client that fell too far behind or comes
        back too late; it reads the lists again.
        """
        wanted = Wanted(_events(), ACCOUNT.read() or None, REGION.read() or None)
        after = request.headers.get("Last-Event-ID") or AFTER.read() or None
        if not take_place(inspection):
            raise TooManyRequests("Too many clients listen or wait for mail at once; close one, or read /messages.")
        listener = inspection.happenings.listen(
            after, gone=request.environ.get(CLIENT_GONE, _never), left=inspection.arrivals.leave_place
        )
        chunks = frames(listener, lambda taken: events(taken, wanted, inspection.store))
        response = Response(chunks, content_type="text/event-stream; charset=utf-8")
        # Called also where the answer is never begun (HEAD, a client that has gone), when a generator would not end.
        response.call_on_close(listener.leave)
        return response


def frames(
    listener: Listener, told: Callable[[Taken], Iterable[bytes]], heartbeat: float = _HEARTBEAT
) -> Iterator[bytes]:
    """The stream's bytes, each chunk to be sent at once, until the listener has left or the emulator stops. Where
    nothing is told for ``heartbeat`` seconds a comment comes, and whoever has gone is found out."""
    taken = listener.take(0.0)
    if taken is None:
        return
    # An id without data is no event: it only moves the place from which the client would come back.
    yield b"retry: %d\n\n" % _RETRY_MS + b"".join(told(taken)) + b"id: %s\n\n" % taken.here.encode()
    written = monotonic()
    while (taken := listener.take(max(0.0, written + heartbeat - monotonic()))) is not None:
        chunk = b"".join(told(taken))
        if chunk:
            yield chunk
            written = monotonic()
        elif monotonic() - written >= heartbeat:
            if listener.gone():
                return
            yield b":\nid: %s\n\n" % taken.here.encode()
            written = monotonic()
        listener.pause(_GATHERING)


def events(taken: Taken, wanted: Wanted, store: Store) -> Iterator[bytes]:
    """Those that are wanted; ``missed`` and ``reset`` always are."""
    if taken.missed != 0:
        yield _event("missed", {"count": taken.missed}, "")
    mails = _mails(taken, wanted, store)
    for id, happening in taken.happenings:
        match happening:
            case MailCaptured(number) if number in mails:
                yield _event("message", mails[number], id)
            case IdentityChanged(change, one) if "identity" in wanted.events:
                if wanted.is_of(one.scope.account, one.scope.region):
                    shown: IdentityEvent = {**shapes.identity(one, needed(one)), "change": change}
                    yield _event("identity", shown, id)
            case Entry() as entry if "request" in wanted.events:
                if wanted.is_of(entry.scope.account, entry.scope.region):
                    yield _event("request", shapes.request_entry(entry), id)
            case CopyEnded() as copy if "outcome" in wanted.events:
                if wanted.is_of(copy.scope.account, copy.scope.region):
                    yield _event("outcome", shapes.outcome(copy), id)
            case WasReset(account) if account is None or wanted.account in (None, account):
                yield _event("reset", {"account": account}, id)


def _mails(taken: Taken, wanted: Wanted, store: Store) -> Mapping[int, MessageSummary]:
    """The summaries of what was captured and is still there, by id, read from the store at once."""
    ids = [one.id for _, one in taken.happenings if isinstance(one, MailCaptured)]
    if not ids or "message" not in wanted.events:
        return {}
    around = MessageFilter(account=wanted.account, region=wanted.region, after=min(ids) - 1, before=max(ids) + 1)
    with store.read() as reader:
        return {mail.id: shapes.message_summary(mail) for mail in reader.search(around, max(ids) - min(ids) + 1)}


def _event(name: str, data: object, id: str) -> bytes:
    head = f"id: {id}\n" if id else ""
    # ASCII, line ends escaped: nothing in a mail can end the line.
    return f"{head}event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode("ascii")


def _never() -> bool:
    """Of a server that cannot tell; there a client that has gone is found out by writing."""
    return False


def _events() -> frozenset[str]:
    given = NAMES.read()
    names = EVENTS if given is None else tuple(given.split(","))
    for name in names:
        if name not in EVENTS:
            raise BadRequest(f"There is no event {name:.60}; there are {', '.join(EVENTS)}.")
    return frozenset(names)
