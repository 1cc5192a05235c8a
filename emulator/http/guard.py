"""Pages and the inspection API are for the person at this machine: what a foreign web page sends is refused.

Two ways in are closed: a page of another site that sends requests here (told by Sec-Fetch-Site and Origin), and a
foreign name that was made to resolve to this machine (told by Host). The second way carries neither header where the
page only reads: browsers send Sec-Fetch-* to trustworthy addresses alone (Fetch Metadata, 2.1) and Origin not with a
same-origin GET. So whoever names itself a browser, or a language, is held to the names below; a page cannot keep its
browser from sending Accept-Language. Other programs may use any name.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Request

# No stranger can have a site under these: they are not delegated in the public DNS (RFC 6761, RFC 6762; ICANN for
# .internal). host.docker.internal and a cluster's service names end so.
_PRIVATE = (".localhost", ".local", ".internal")


def refuse_cross_site(request: Request, own_hosts: frozenset[str]) -> None:
    """Raises 403. ``own_hosts``: public host names by which this emulator is known."""
    headers = request.headers
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site in ("cross-site", "same-site"):
        navigation = request.method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"
        if not navigation:
            raise Forbidden("Cross-site requests are refused.")
    if origin is not None and _place(origin) != request.host.lower():
        raise Forbidden("Requests from another origin are refused.")
    browser = (
        site is not None
        or origin is not None
        or "Accept-Language" in headers
        or headers.get("User-Agent", "").startswith("Mozilla/")
    )
    if browser and not _is_own(_name(request.host), own_hosts):
        raise Forbidden(f"This emulator is not known as {request.host:.260}; --public-url names it.")


def _place(origin: str) -> str | None:
    """Host and port of an origin; None for "null" and for what is none."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _name(host: str) -> str:
    """The name in a Host header, without port and without the brackets of an IPv6 address."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_own(name: str, own_hosts: frozenset[str]) -> bool:
    """An address, a name without a dot (a service in docker-compose) or a private one, or one we were told."""
    if not name:
        return False
    if "." not in name or name.endswith(_PRIVATE) or name in own_hosts:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
