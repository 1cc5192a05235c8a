"""``/_ses/dns``: the records of the world's zone with their origin, what Amazon itself publishes, a question to DNS,
and who asked what. Records are added and removed by the functions of the inspection API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.dns.amazonses import DOMAIN, selector
from emulator.dns.records import TYPES
from emulator.dns.responder import Asked
from emulator.http import asked
from emulator.http.console.shared import (
    Badge,
    Console,
    Refusal,
    back_to,
    filled_in,
    form,
    moment,
    page_number,
    refused,
    scope,
    word,
)
from emulator.http.resources import dns
from emulator.values import Record

PATH = "/_ses/dns"
_ROWS = 50
_QUERIES = 1000
_LONG = 64
_VIEWS = ("records", "queries")
_DONE = {"add": "The record was added.", "remove": "The record was removed."}
_BLANK = {"name": "", "type": "TXT", "value": "", "ttl": str(dns.TTL)}
_KINDS = {"": "All origins", "own": "All but SES's", "ses": "SES's"}
_ORIGINS = {
    "ses": "SES",
    "api": "added here or by the API",
    "publish": "published for an identity",
    "seed": "seed file",
}


_ESCAPES = {chr(code): f"\\{code:03d}" for code in (*range(32), 127)} | {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Row:
    """A record; ``value`` as the form that removes it sends it, ``beginning`` what is shown of a long one, "" of
    others. ``origin`` is in words; what SES and Route 53 keep is not ``removable`` here."""

    record: Record
    value: str
    beginning: str
    origin: str
    removable: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of DNS on the page, and its answer."""

    name: str
    type: str
    status: Badge
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query of the log."""

    at: str
    asked: Asked
    status: Badge


def add_to(pages: Blueprint, console: Console) -> None:
    """Adds the page to the blueprint."""

    @pages.get(PATH)
    def zone() -> Response:
        return _page(console)

    @pages.post(PATH)
    def change_zone() -> WerkzeugResponse:
        do = word("do")
        if do not in _DONE:
            raise BadRequest("There is no such button on this page.")
        scope()
        try:
            if do == "add":
                dns.put(console.inspection, [_record(_ttl())])
            else:
                record = _record(dns.TTL)
                dns.remove(console.inspection, record.name, record.type, record.value)
        except BadRequest as problem:
            return _page(console, refused(problem, do))
        return back_to(PATH, done=do, q=asked.text("q"), origin=asked.text("origin"))


def _record(ttl: int) -> Record:
    return dns.parsed(word("name"), word("type"), filled_in("value"), ttl)


def _ttl() -> int:
    text = word("ttl")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadRequest("The ttl of a DNS record is a whole number of seconds.")
    return int(text)


def _page(console: Console, refusal: Refusal | None = None) -> Response:
    here, page = scope(), page_number()
    wanted = (asked.text("q") or "").strip().lower().rstrip(".")
    view, kind = _one_of("view", _VIEWS) or "records", _one_of("origin", tuple(_KINDS))
    found: Sequence[Record | Asked]
    if view == "queries":
        found = [one for one in console.inspection.queries.recent(_QUERIES) if wanted in one.name]
    else:
        with console.inspection.store.read() as reader:
            found = [one for one in reader.records() if _is_wanted(one, wanted, kind)]
    first = (page - 1) * _ROWS
    shown = found[first : first + _ROWS]
    return console.pages.render(
        "console/dns.html",
        section="dns",
        status=refusal.status if refusal else 200,
        view=view,
        rows=[_row(one) for one in shown if isinstance(one, Record)],
        queries=[_query(one) for one in shown if isinstance(one, Asked)],
        total=len(found),
        question=_question(console),
        types=TYPES,
        q=wanted,
        origin=kind,
        origins=_KINDS,
        page=page,
        more=len(found) > first + _ROWS,
        region=here.region,
        amazons=_amazons(here.region),
        refusal=refusal,
        form=_BLANK | (form() if refusal and refusal.about == "add" else {}),
        done=_DONE.get(request.args.get("done", "")) if refusal is None else None,
    )


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    value = asked.text(name) or ""
    if value and value not in choices:
        raise BadRequest(f"{name} must be one of {', '.join(filter(None, choices))}.")
    return value


def _is_wanted(record: Record, text: str, kind: str) -> bool:
    if kind and (record.origin == "ses") != (kind == "ses"):
        return False
    return text in record.name or text in record.value.lower()


def _row(record: Record) -> Row:
    value = _quoted(record.value) if record.type == "TXT" else record.value
    beginning = record.value[:_LONG] if len(record.value) > _LONG else ""
    if record.origin.startswith("route53"):
        return Row(record, value, beginning, "Route 53, " + record.origin.partition(":")[2], False)
    return Row(record, value, beginning, _ORIGINS.get(record.origin, record.origin), record.origin != "ses")


def _quoted(text: str) -> str:
    """A TXT as zone files write it (RFC 1035 5.1), so that a form brings back every character: browsers change the
    ends of lines."""
    return '"' + "".join(_ESCAPES.get(letter, letter) for letter in text) + '"'


def _question(console: Console) -> Question | None:
    """What the address asks of DNS, asked as the receiver would: over the wire, upstream included."""
    name, kind = (asked.text("ask") or "").strip(), (asked.text("type") or "").strip().upper()
    if not name:
        return None
    if kind not in TYPES:
        raise BadRequest(f"type must be one of {', '.join(TYPES)}.")
    answer = console.inspection.resolver().query(name, kind)
    return Question(name, kind, _status(answer.status), answer.values)


def _amazons(region: str) -> tuple[tuple[str, str], ...]:
    """Names and types that Amazon answers for SES in a region."""
    return (
        (DOMAIN, "TXT"),
        (f"{region}.{DOMAIN}", "TXT"),
        (f"{region}.{DOMAIN}", "MX"),
        (f"{selector(region)}._domainkey.{DOMAIN}", "TXT"),
        (f"_dmarc.{DOMAIN}", "TXT"),
        (f"feedback-smtp.{region}.{DOMAIN}", "A"),
    )


def _query(one: Asked) -> QueryRow:
    return QueryRow(moment(one.at), one, _status(one.status))


def _status(status: str) -> Badge:
    return Badge(status, {"NOERROR": "pass", "NXDOMAIN": "warn"}.get(status, "fail"))
