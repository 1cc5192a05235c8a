"""Paths that existing suites use with other emulators: moto's reset, LocalStack's list of sent mail and health."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from emulator.http.api import error
from emulator.http.guard import refuse_cross_site
from emulator.http.inspection import Inspection
from emulator.http.shapes import Json, instant
from emulator.receiver.reading import read
from emulator.store.ports import MessageFilter
from emulator.values import Captured
from emulator.version import VERSION

_PAGE = 200


def compatibility_paths(inspection: Inspection) -> Blueprint:
    """``POST /moto-api/reset``, ``GET|DELETE /_aws/ses``, ``GET /_localstack/health``."""
    paths = Blueprint("compatibility", __name__)

    @paths.before_request
    def same_origin() -> None:
        refuse_cross_site(request, frozenset())

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
        """Sent mails, oldest first, one entry a MessageId; ``id`` and ``email`` (source) filter, as at LocalStack."""
        wanted = MessageFilter(message_id=request.args.get("id") or None)
        email = request.args.get("email")
        entries: dict[str, Json] = {}
        for mail in _sent(inspection, wanted):
            entry = _entry(mail)
            if email is None or email == entry["Source"]:
                entries.setdefault(entry["Id"], entry)
        return jsonify(messages=list(reversed(entries.values())))

    @paths.delete("/_aws/ses")
    def forget() -> tuple[Response, int]:
        message_id = request.args.get("id") or None
        with inspection.store.write() as writer:
            deleted = writer.delete_captured(MessageFilter(message_id=message_id))
        if message_id is not None and not deleted:
            return error(404, "NotFound", f"There is no message {message_id}.")
        return Response(status=204), 204

    return paths


def _sent(inspection: Inspection, wanted: MessageFilter) -> list[Captured]:
    """All captured mails that SES sent, newest first, read page by page."""
    found: list[Captured] = []
    before = None
    while True:
        with inspection.store.read() as reader:
            page = reader.search(MessageFilter(message_id=wanted.message_id, before=before), _PAGE)
            found += [mail for one in page if one.message_id and (mail := reader.captured(one.id)) is not None]
        if len(page) < _PAGE:
            return found
        before = page[-1].id


def _entry(mail: Captured) -> Json:
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
