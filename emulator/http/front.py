"""``/_ses/``: the last mails at a glance, for whoever opens the emulator in a browser.

One page without a script. What a mail says of itself is written by strangers: all of it is escaped, and the page's
policy lets a browser load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from flask import Blueprint, Response, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.http import shapes
from emulator.http.guard import refuse_cross_site
from emulator.http.inspection import Inspection
from emulator.store.ports import MessageFilter
from emulator.values import Captured

_SHOWN: Final = 50
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#222}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ddd;"
    "overflow-wrap:anywhere}"
)
_PAGE: Final = Markup(
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>ses-emulator</title><style>{style}</style></head>"
    "<body><h1>Captured mail</h1><p>{count}</p>{table}</body></html>\n"
)
_TABLE: Final = Markup(
    "<table><thead><tr><th>Received<th>From<th>To<th>Subject<th>mailed-by<th>signed-by<th>via<th></tr></thead>"
    "<tbody>{rows}</tbody></table>"
)
_ROW: Final = Markup(
    "<tr><td>{at}<td>{sender}<td>{recipient}<td>{subject}<td>{mailed_by}<td>{signed_by}<td>{via}"
    '<td><a href="/_ses/api/messages/{id}">JSON</a> <a href="/_ses/api/messages/{id}/raw">raw</a></tr>'
)


def front_page(inspection: Inspection, own_hosts: Callable[[], frozenset[str]]) -> Blueprint:
    """The blueprint, to be registered by the app."""
    pages = Blueprint("front", __name__)
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    @pages.before_request
    def same_origin() -> None:
        refuse_cross_site(request, own_hosts())

    @pages.get("/_ses")
    def without_slash() -> WerkzeugResponse:
        return redirect("/_ses/")

    @pages.get("/_ses/")
    def front() -> Response:
        with inspection.store.read() as reader:
            mails = reader.search(MessageFilter(), _SHOWN)
            total = reader.count(MessageFilter())
        response = Response(_page(mails, total), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return pages


def _page(mails: Sequence[Captured], total: int) -> str:
    rows = Markup("\n").join(_row(mail) for mail in mails)
    count = f"The last {len(mails)} of {total}, newest first." if mails else "None yet."
    return _PAGE.format(style=Markup(_STYLE), count=count, table=_TABLE.format(rows=rows) if mails else "")


def _row(mail: Captured) -> Markup:
    shown = mail.verdict.display
    return _ROW.format(
        at=shapes.instant(mail.received_at),
        sender=mail.from_ or mail.envelope.mail_from,
        recipient=", ".join(mail.envelope.rcpt_to),
        subject=mail.subject,
        mailed_by=shown.mailed_by or "",
        signed_by=shown.signed_by or "",
        via=shown.via or "",
        id=mail.id,
    )
