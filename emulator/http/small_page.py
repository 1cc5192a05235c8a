"""The pages that recipients see where SES has its own: a heading and what to know, without the frame of the others."""

from __future__ import annotations

from flask import Response

_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'"


def small_page(title: str, body: str, status: int = 200) -> Response:
    """``title`` and ``body`` are HTML: what others wrote is escaped already. The page's address may hold a secret:
    browsers tell it to nobody."""
    html = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{body}</html>"
    response = Response(html, status=status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
