"""One mail opened at ``/_ses/messages/<id>``: its tabs, the frame with its HTML, its images, and its buttons.

Opening marks it as read. What the tabs show is decided in ``tabs/``; here it is fetched and put into the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.http import asked
from emulator.http.captured import captured, id_of, no_message
from emulator.http.frame import Pages, address, kept_query
from emulator.http.inspection import Inspection, prepare_search
from emulator.receiver.organizational import OrganizationalDomains
from emulator.store.ports import DeliveryState, MessageFilter, Neighbours
from emulator.store.search import SearchError
from emulator.values import Captured, OutboundMessage

if TYPE_CHECKING:
    from emulator.http.tabs.journey import Step
    from emulator.http.tabs.told import Told
    from emulator.receiver.reading import Reading

_PAGE: Final = "/_ses/messages/<number>"
_LIST: Final = "/_ses/"
_LOOKED_BACK: Final = 2000


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str


TABS: Final = (
    Tab("html", "HTML"),
    Tab("text", "Text"),
    Tab("source", "Source"),
    Tab("headers", "Headers"),
    Tab("mime", "MIME"),
    Tab("attachments", "Attachments"),
    Tab("why", "Why"),
    Tab("journey", "Journey"),
    Tab("checks", "Checks"),
)


def add_to(inbox: Blueprint, pages: Pages, inspection: Inspection) -> None:
    """Adds the paths to the blueprint."""
    organizational = OrganizationalDomains()

    @inbox.get(_PAGE)
    def mail_page(number: str) -> Response:
        """``tab`` is one of ``TABS``; ``q``, ``account`` and ``region`` are the list's, so that the next mail is its
        next."""
        from emulator.http.tabs.heading import heading
        from emulator.receiver.reading import read

        mail = captured(inspection.store, number)
        if mail.unread and request.method == "GET":
            with inspection.store.write() as writer:
                writer.mark_read([mail.id])
        reading = read(mail.raw)
        tab = _tab(reading)
        return pages.render(
            "inbox/mail.html",
            section="inbox",
            mail=heading(mail, reading, inspection.clock.now()),
            tab=tab,
            kept_tab=_kept_tab(),
            tabs=TABS,
            attachments=len(reading.attachments),
            has_html=reading.html is not None,
            has_text=reading.text is not None,
            view=_view(tab, mail, reading),
            next_to=_neighbours(inspection, mail.id),
            q=_text("q"),
        )

    def _view(tab: str, mail: Captured, reading: Reading) -> object:
        from emulator.http.tabs import checks, heading, html, links, original, parts, why
        from emulator.receiver.structure import structure

        match tab:
            case "html":
                return html.preview(
                    reading.html,
                    links.found_in(reading.html),
                    width=_text("width"),
                    dark=_on("dark"),
                    remote=_on("remote"),
                )
            case "text":
                return None if reading.text is None else links.plain(reading.text)
            case "source":
                return original.original(mail, reading)
            case "headers":
                return heading.fields(reading)
            case "mime":
                return structure(mail.raw)
            case "attachments":
                return parts.enclosed(reading.attachments)
            case "why":
                return why.why(mail, organizational)
            case "journey":
                return _journey(inspection, mail, reading)
            case _:
                return checks.checks(mail, reading, links.found_in(reading.html))

    @inbox.get(f"{_PAGE}/html")
    def html_frame(number: str) -> Response:
        """The mail's own HTML, for the frame only; ``remote=1`` lets it load images, ``dark=1`` darkens."""
        from emulator.http.tabs import html
        from emulator.receiver.reading import read

        reading = read(captured(inspection.store, number).raw)
        if reading.html is None:
            raise NotFound("This mail has no HTML.")
        document = html.framed(reading.html, reading.attachments, dark=_on("dark"))
        response = Response(document.encode("utf-8", "replace"), content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = html.policy(_on("remote"))
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @inbox.get(f"{_PAGE}/parts/<place>")
    def image(number: str, place: str) -> Response:
        """An enclosed raster image, for the preview; nothing else is served as what it says it is."""
        from emulator.http.tabs.parts import is_image
        from emulator.receiver.reading import read

        parts = read(captured(inspection.store, number).raw).attachments
        part = next((one for one in parts if str(one.number) == place and is_image(one)), None)
        if part is None:
            raise NotFound(f"Message {number} has no image {place:.40}.")
        response = Response(part.content, content_type=part.content_type)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
        return response

    @inbox.post(f"{_PAGE}/delete")
    def delete(number: str) -> WerkzeugResponse:
        with inspection.store.write() as writer:
            if not writer.delete_captured_id(id_of(number)):
                raise no_message(number)
        return _back_to_list()

    @inbox.post(f"{_PAGE}/unread")
    def unread(number: str) -> WerkzeugResponse:
        """As though it had not been opened."""
        mail = captured(inspection.store, number)
        with inspection.store.write() as writer:
            writer.mark_read([mail.id], unread=True)
        return _back_to_list()


def _journey(inspection: Inspection, mail: Captured, reading: Reading) -> tuple[Step, ...]:
    from emulator.http.tabs.journey import journey

    wanted = mail.message_id
    entries = inspection.journal.recent(_LOOKED_BACK) if wanted else []
    with inspection.store.read() as reader:
        outbound = reader.outbound(wanted) if wanted else None
        deliveries = reader.deliveries(wanted) if wanted else ()
    return journey(
        mail,
        reading,
        inspection.clock.now(),
        entry=next((entry for entry in entries if entry.message_id == wanted), None),
        outbound=outbound,
        deliveries=deliveries,
        told=_told(inspection, wanted, outbound, deliveries) if wanted else None,
    )


def _told(
    inspection: Inspection, message_id: str, outbound: OutboundMessage | None, deliveries: Sequence[DeliveryState]
) -> Told | None:
    """Who was told of the mail, or why nobody was; None where neither is known."""
    from emulator.http.tabs.told import told, untold
    from emulator.post.events import Audience, identity_of, used_set

    # The queue before the log: an event leaves the one after it has come into the other.
    with inspection.store.read() as reader:
        waiting = reader.unpublished() > 0
        used = used_set(reader, outbound.scope, outbound.configuration_set) if outbound is not None else None
        identity = identity_of(reader, outbound.source_arn) if outbound is not None else None
    published = inspection.published.recent(_LOOKED_BACK, message_id=message_id)
    if published:
        return told(published, inspection.clock.now())
    if outbound is None:
        return None
    return untold(outbound, Audience(used, identity, outbound.feedback_to), deliveries, waiting=waiting)


def _tab(reading: Reading) -> str:
    """The one asked for; else the mail as its reader would see it."""
    wanted = _text("tab")
    if wanted in {tab.name for tab in TABS}:
        return wanted
    return "html" if reading.html is not None else "text"


def _kept_tab() -> str:
    """What the next mail is opened with: the tab that was asked for, unless it is how a mail is opened anyway, for the
    next one may have no HTML."""
    wanted = _text("tab")
    return wanted if wanted in {tab.name for tab in TABS} - {"html"} else ""


def _neighbours(inspection: Inspection, id: int) -> Neighbours:
    """In the list that the address names; in the whole inbox where its search cannot be meant."""
    wanted = MessageFilter(q=_text("q") or None, account=_text("account") or None, region=_text("region") or None)
    prepare_search(inspection, wanted)
    with inspection.store.read() as reader:
        try:
            return reader.neighbours(wanted, id)
        except SearchError:
            return reader.neighbours(MessageFilter(), id)


def _back_to_list() -> WerkzeugResponse:
    return redirect(address(kept_query(), _LIST, q=_text("q")), code=303)


def _text(name: str) -> str:
    return asked.text(name) or ""


def _on(name: str) -> bool:
    return request.args.get(name) == "1"
