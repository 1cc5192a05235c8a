"""Paths that existing suites use with other emulators: moto's reset, LocalStack's list of sent mail and health."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException, NotFound

from emulator.clock import monotonic
from emulator.http import asked
from emulator.http.api import error
from emulator.http.guard import refuse_cross_site
from emulator.http.inspection import Inspection
from emulator.http.shapes import instant
from emulator.receiver.reading import read
from emulator.store.ports import MessageFilter
from emulator.values import Captured
from emulator.version import VERSION

_PAGE = 200
_UNDER_WAY = 5.0


def compatibility_paths(inspection: Inspection, own_hosts: Callable[[], frozenset[str]]) -> Blueprint:
    """``POST /moto-api/reset``, ``GET|DELETE /_aws/ses``, ``GET /_localstack/health``."""
    paths = Blueprint("compatibility", __name__)

    @paths.before_request
    def same_origin() -> None:
        refuse_cross_site(request, own_hosts())

    @paths.errorhandler(HTTPException)
    def refused(problem: HTTPException) -> tuple[Response, int]:
        return error(problem.code or 400, problem.name.replace(" ", ""), problem.description or problem.name)

    @paths.post("/moto-api/reset")
    def reset() -> Response:
        inspection.reset(None)
        return jsonify(status="ok")

    @paths.get("/_localstack/health")
    def health() -> Response:
        return jsonify(
            services={"ses": "running", "sesv2": "running", "route53": "available"},
            edition="ses-emulator",
            version=VERSION,
        )

    @paths.get("/_aws/ses")
    def sent() -> Response:
        """Sent mails, oldest first, one entry a MessageId; ``id`` and ``email`` (source) filter, as at LocalStack.
        There a mail is in the list when its sending answers, so mails under way are waited for."""
        wanted, email = asked.text("id") or None, asked.text("email")
        _let_arrive(inspection)
        entries: dict[str, dict[str, Any]] = {}
        for mail in _sent(inspection, wanted):
            if email is None or email in (mail.from_, _bare(mail.from_)):
                entries.setdefault(str(mail.message_id), _entry(mail))
        return jsonify(messages=list(reversed(entries.values())))

    @paths.delete("/_aws/ses")
    def forget() -> Response:
        asked.nothing_but("id")
        message_id = asked.text("id") or None
        _let_arrive(inspection)
        with inspection.store.write() as writer:
            deleted = writer.delete_captured(MessageFilter(message_id=message_id))
        if message_id is not None and not deleted:
            raise NotFound(f"There is no message {message_id}.")
        return Response(status=204)

    return paths


def _let_arrive(inspection: Inspection) -> None:
    """Waits, but not for ever, until no accepted mail is on its way."""
    deadline = monotonic() + _UNDER_WAY
    while (left := deadline - monotonic()) > 0:
        count = inspection.arrivals.count()
        with inspection.store.read() as reader:
            if not reader.undelivered():
                return
        inspection.arrivals.wait_beyond(count, left)


def _sent(inspection: Inspection, message_id: str | None) -> Iterator[Captured]:
    """All captured mails that SES sent, newest first, read page by page."""
    before = None
    while True:
        with inspection.store.read() as reader:
            page = reader.search(MessageFilter(message_id=message_id, before=before), _PAGE)
        for one in page:
            if one.message_id is None:
                continue
            with inspection.store.read() as reader:
                mail = reader.captured(one.id)
            if mail is not None:
                yield mail
        if len(page) < _PAGE:
            return
        before = page[-1].id


def _bare(author: str) -> str:
    """The address in ``Name <address>``."""
    return author.rpartition("<")[2].removesuffix(">")


def _entry(mail: Captured) -> dict[str, Any]:
    """LocalStack's shape, read from the captured bytes."""
    reading = read(mail.raw)
    return {
        "Id": mail.message_id,
        "Region": mail.scope.region if mail.scope else None,
        "Timestamp": instant(mail.received_at),
        "Source": mail.from_,
        "Destination": {"ToAddresses": list(mail.to), "CcAddresses": list(mail.cc)},
        "Subject": mail.subject,
        "Body": {"text_part": reading.text, "html_part": reading.html},
        "RawData": mail.raw.decode("utf-8", "replace"),
    }
