"""What all pages under ``/_ses/`` share: the frame around them, their policy, their files, and how an error looks.

A page is a template of ``pages/templates`` that extends ``base.html``. It gets finished texts and holds no logic, no
inline script and no inline style; everything is escaped. Its policy lets a browser run and load only what this module
serves. Referrer-Policy is ``same-origin``: with ``no-referrer`` a browser sends ``Origin: null`` with our own forms
(Fetch, "append a request Origin header"), which the guard must refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from emulator.http import asked, wording
from emulator.http.guard import refuse_cross_site
from emulator.http.inspection import Inspection
from emulator.post.regions import display_names
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from emulator.values import Scope
from emulator.version import VERSION

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FOLDER: Final = Path(__file__).parent / "pages"
_CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_MOST_SCOPES: Final = 50


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    label: str
    path: str


SECTIONS: Final = (
    Section("inbox", "Inbox", "/_ses/"),
    Section("account", "Account", "/_ses/account"),
    Section("identities", "Identities", "/_ses/identities"),
    Section("requests", "Requests", "/_ses/requests"),
    Section("dns", "DNS", "/_ses/dns"),
    Section("clock", "Clock", "/_ses/clock"),
    Section("api", "API", "/_ses/docs"),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What ``base.html`` knows as ``frame``. ``account`` and ``region`` are what the address names, "" when it names
    none; then ``scope_label`` says what the page shows instead. ``known`` are accounts that have been used."""

    section: str
    path: str
    account: str
    region: str
    scope_label: str
    known: tuple[Scope, ...]
    regions: tuple[tuple[str, str], ...]
    default: Scope
    version: str


class Pages:
    """Made once by the app; every set of pages takes its blueprint and its ``render`` from here."""

    def __init__(self, inspection: Inspection, own_hosts: Callable[[], frozenset[str]]) -> None:
        self._inspection = inspection
        self._own_hosts = own_hosts

    def blueprint(self, name: str) -> Blueprint:
        """A blueprint for pages: foreign sites refused, headers set, errors shown as a page of ``name``'s section."""
        pages = Blueprint(name, __name__)

        @pages.before_request
        def same_origin() -> None:
            refuse_cross_site(request, self._own_hosts())

        @pages.after_request
        def strict(response: Response) -> Response:
            response.headers.setdefault("Content-Security-Policy", POLICY)
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("Referrer-Policy", "same-origin")
            # Links in a framed mail open without an opener, whatever their rel says (tabs/html.py).
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
            response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        @pages.errorhandler(HTTPException)
        def problem(what: HTTPException) -> Response:
            return self.render(
                "error.html",
                section=name,
                status=what.code or 400,
                title=what.name,
                sentence=what.description or what.name,
            )

        return pages

    def static(self) -> Blueprint:
        """``/_ses/static/<name>``: style, scripts. Cached for good under the address that bears their hash."""
        files = self.blueprint("static")

        @files.get("/_ses/static/<name>")
        def static_file(name: str) -> Response:
            found = self._files.get(name)
            if found is None:
                raise NotFound(f"There is no file {name:.80}.")
            content, digest = found
            response = Response(content, content_type=_CONTENT_TYPES[Path(name).suffix])
            response.set_etag(digest)
            fresh = request.args.get("v") == digest
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
            response.make_conditional(request)
            return response

        return files

    def render(self, template: str, *, section: str, status: int = 200, **view: object) -> Response:
        """The page. ``section`` is marked in the navigation; ``view`` are the template's names. A template also
        knows ``frame``, ``to(path, **query)`` (an address that keeps region and account) and ``static(name)``."""
        frame = self._frame(section)
        query = {name: value for name, value in (("region", frame.region), ("account", frame.account)) if value}
        text = self._environment.get_template(template).render(
            frame=frame, sections=SECTIONS, to=partial(address, query), static=self._static_address, **view
        )
        return Response(text, status=status, content_type="text/html; charset=utf-8")

    def _frame(self, section: str) -> Frame:
        account, region = _given("account"), _given("region")
        with self._inspection.store.read() as reader:
            known = nearest(reader.scopes(), account or DEFAULT_ACCOUNT)[:_MOST_SCOPES]
        if section != "inbox" or (account and region):
            label = f"{account or DEFAULT_ACCOUNT} · {region or DEFAULT_REGION}"
        else:
            label = f"{account or 'All accounts'} · {region or 'all regions'}" if account or region else "All accounts"
        return Frame(
            section=section,
            path=request.path,
            account=account,
            region=region,
            scope_label=label,
            known=known,
            regions=display_names(),
            default=Scope(DEFAULT_ACCOUNT, DEFAULT_REGION),
            version=VERSION,
        )

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.filters["unturned"] = wording.unturned
        return environment

    @cached_property
    def _files(self) -> dict[str, tuple[bytes, str]]:
        """Every static file: its bytes, and what tells this version of it from others."""
        contents = {path.name: path.read_bytes() for path in (_FOLDER / "static").iterdir()}
        return {
            name: (content, hashlib.sha256(content).hexdigest()[:16])
            for name, content in contents.items()
            if Path(name).suffix in _CONTENT_TYPES
        }

    def _static_address(self, name: str) -> str:
        return f"/_ses/static/{name}?v={self._files[name][1]}"


def address(kept: dict[str, str], path: str, **query: object) -> str:
    """``path`` with the query values that are neither None nor "", after those of ``kept`` (which they replace)."""
    values = {**kept, **query}
    given = [(name, str(value)) for name, value in values.items() if value is not None and value != ""]
    return f"{path}?{urlencode(given)}" if given else path


def kept_query() -> dict[str, str]:
    """Region and account as the address names them, for redirects: ``address(kept_query(), "/_ses/account")``."""
    return {name: value for name in ("region", "account") if (value := _given(name))}


def _given(name: str) -> str:
    """A name in the address; "" for what no page can mean, as the error page has a frame too."""
    try:
        return asked.text(name) or ""
    except BadRequest:
        return ""


def nearest(scopes: Iterable[Scope], account: str) -> tuple[Scope, ...]:
    """Those of this account first: of many the first are shown."""
    return tuple(sorted(scopes, key=lambda one: one.account != account))
