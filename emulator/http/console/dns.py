"""``/_ses/dns``: the records of the world's zone with their origin, what Amazon itself publishes, a question to DNS,
and who asked what. Records are added and removed by the functions of the inspection API."""

from __future__ import annotations

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
_ROWS = 100
_QUERIES = 1000
_QUERY_ROWS = 100
_DONE = {"add": "The record was added.", "remove": "The record was removed."}
_BLANK = {"name": "", "type": "TXT", "value": "", "ttl": str(dns.TTL)}
_ORIGINS = {
    "ses": "SES",
    "api": "added here or by the API",
    "publish": "published for an identity",
    "seed": "seed file",
}


_ESCAPES = {chr(code): f"\\{code:03d}" for code in (*range(32), 127)} | {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Row:
    """A record; ``value`` as the form that removes it sends it, ``origin`` in words. ``keeper`` names who would bring
    it back, "" where removing it here is final."""

    record: Record
    value: str
    origin: str
    keeper: str


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
        return back_to(PATH, done=do, q=asked.text("q"))


def _record(ttl: int) -> Record:
    return dns.parsed(word("name"), word("type"), filled_in("value"), ttl)


def _ttl() -> int:
    text = word("ttl")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadRequest("The ttl of a DNS record is a whole number of seconds.")
    return int(text)


def _page(console: Console, refusal: Refusal | None = None) -> Response:
    here = scope()
    wanted = (asked.text("q") or "").strip().lower().rstrip(".")
    page = page_number()
    with console.inspection.store.read() as reader:
        records = [one for one in reader.records() if wanted in one.name or wanted in one.value.lower()]
    queries = [one for one in console.inspection.queries.recent(_QUERIES) if wanted in one.name]
    first = (page - 1) * _ROWS
    return console.pages.render(
        "console/dns.html",
        section="dns",
        status=refusal.status if refusal else 200,
        rows=[_row(one) for one in records[first : first + _ROWS]],
        total=len(records),
        queries=[_query(one) for one in queries[:_QUERY_ROWS]],
        queries_total=len(queries),
        question=_question(console),
        types=TYPES,
        q=wanted,
        page=page,
        more=len(records) > first + _ROWS,
        region=here.region,
        amazons=_amazons(here.region),
        refusal=refusal,
        form=_BLANK | (form() if refusal and refusal.about == "add" else {}),
        done=_DONE.get(request.args.get("done", "")) if refusal is None else None,
    )


def _row(record: Record) -> Row:
    value = _quoted(record.value) if record.type == "TXT" else record.value
    if record.origin.startswith("route53"):
        return Row(record, value, "Route 53, " + record.origin.partition(":")[2], "Route 53")
    return Row(record, value, _ORIGINS.get(record.origin, record.origin), "SES" if record.origin == "ses" else "")


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
