"""Pages and the inspection API are for the person at this machine: what a foreign web page sends is refused.

Two ways in are closed: a page of another site that sends requests here (told by Sec-Fetch-Site and Origin), and a
foreign name that was made to resolve to this machine (told by Host). Programs that are no browsers send neither
header and may use any name, as services in docker-compose do.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Request


def refuse_cross_site(request: Request, own_hosts: frozenset[str]) -> None:
    """Raises 403. ``own_hosts``: host names besides the loopback ones by which this emulator is known."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is None and origin is None:
        return
    if site in ("cross-site", "same-site"):
        navigation = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if not navigation:
            raise Forbidden("Cross-site requests are refused.")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Forbidden("Requests from another origin are refused.")
    if not _is_own(urlsplit(f"//{request.host}").hostname or "", own_hosts):
        raise Forbidden(f"This emulator is not known as {request.host}.")


def _is_own(host: str, own_hosts: frozenset[str]) -> bool:
    if host in own_hosts or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
