"""The page behind a List-Unsubscribe link: opening it changes nothing, its button and a mail program's one-click do
(RFC 8058: such a POST comes without cookies and from anywhere; the link itself is the proof)."""

from __future__ import annotations

from html import escape

from flask import Blueprint, Response, request

from emulator.http.small_page import small_page
from emulator.post.list_management import PATH, Subscription, Subscriptions


def unsubscribe_pages(subscriptions: Subscriptions) -> Blueprint:
    """GET shows, POST unsubscribes: from the topic of the mail, or with ``all`` from everything."""
    pages = Blueprint("unsubscribe", __name__)

    @pages.get(f"{PATH}<token>")
    def show(token: str) -> Response:
        about = subscriptions.read(token)
        return _gone() if about is None else small_page("Unsubscribe", _form(about))

    @pages.post(f"{PATH}<token>")
    def leave(token: str) -> Response:
        about = subscriptions.read(token)
        everything = request.form.get("from") == "all"
        if about is None or not subscriptions.unsubscribe(about, everything):
            return _gone()
        where = f"the topic {about.topic}" if about.topic is not None and not everything else f"the list {about.list}"
        return small_page(
            "You are unsubscribed", f"<p>{escape(about.address)} gets no more mail of {escape(where)}.</p>"
        )

    return pages


def _form(about: Subscription) -> str:
    all_of_it = f"<button name=from value=all>Unsubscribe from all of {escape(about.list)}</button>"
    one = (
        "" if about.topic is None else f"<button name=from value=topic>Unsubscribe from {escape(about.topic)}</button>"
    )
    return f"<p>{escape(about.address)}</p><form method=post>{one} {all_of_it}</form>"


def _gone() -> Response:
    return small_page(
        "This link leads nowhere", "<p>It was changed on its way, or the list or contact is gone.</p>", 404
    )
