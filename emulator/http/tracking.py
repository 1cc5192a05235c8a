"""Where the pixel and the links of a tracked mail lead: an image of one pixel, or on to the target.

Only addresses that were written into a mail are answered so. What is asked for with HEAD, or by a browser that says it
loads ahead of its user (Sec-Purpose), is answered and not counted (decided; whether SES counts it is not known).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from werkzeug.datastructures import Headers

from emulator.http.small_page import small_page
from emulator.post.tracking import Trace, Tracking

# Transparent, 43 bytes, as SES's.
PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


class _Onward(Response):
    """A redirect to exactly the address that a mail's author wrote: Werkzeug would write it anew, and fails at hosts
    that are no names."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.target
        return headers

    target: str = ""


def tracking_pages(tracking: Tracking) -> Blueprint:
    """The four paths that SES has for it."""
    pages = Blueprint("tracking", __name__)

    @pages.get("/I0/<path:anything>")
    @pages.get("/CI0/<path:anything>")
    @pages.get("/L0/<path:anything>")
    @pages.get("/CL0/<path:anything>")
    def follow(anything: str) -> Response:
        trace = tracking.read(_asked_for())
        if trace is None:
            return _nowhere()
        purpose = request.headers.get("Sec-Purpose") or request.headers.get("Purpose") or ""
        if request.method != "HEAD" and "prefetch" not in purpose.lower():
            tracking.seen(trace, request.headers.get("User-Agent", ""), request.remote_addr or "")
        return _answer(trace)

    return pages


def _asked_for() -> str:
    """The path as it was asked for: what was percent-encoded there still is."""
    asked = str(request.environ.get("REQUEST_URI") or request.path)
    # Proxies are asked for whole addresses.
    path = asked if asked.startswith("/") else urlsplit(asked).path
    return path.partition("?")[0]


def _answer(trace: Trace) -> Response:
    if trace.target is None:
        answer = Response(PIXEL, content_type="image/gif")
        answer.headers["X-Content-Type-Options"] = "nosniff"
    else:
        answer = _Onward(status=302, content_type="text/plain")
        answer.target = trace.target
    answer.headers["Cache-Control"] = "no-cache, no-store, must-revalidate"
    return answer


def _nowhere() -> Response:
    return small_page(
        "This link leads nowhere",
        "<p>It was changed on its way, or belongs to another emulator. In a mail of Amazon SES it would lead to a host "
        "under awstrack.me, or to the redirect domain of the configuration set.</p>",
        404,
    )
