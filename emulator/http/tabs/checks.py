"""The Checks tab: what people look for in a mail before they send it to many. Nothing is fetched.

Sources: RFC 2369 and RFC 8058 (List-Unsubscribe), RFC 5322 3.6 (fields), Google's and Yahoo's sender guidelines of
2024 (one-click unsubscribe), Gmail's limit of 102 kB of HTML, beyond which it shows "[Message clipped]".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from emulator.http import wording
from emulator.http.tabs.links import Found, Link
from emulator.http.tabs.signatures import signatures
from emulator.http.wording import Mark
from emulator.receiver.reading import Reading
from emulator.values import Captured

_CLIPPED_AT: Final = 102 * 1024
_SUBJECT_CUT: Final = 70
_ONE_CLICK: Final = "List-Unsubscribe=One-Click"
_ADDRESSES: Final = re.compile(r"<([^<>]{1,2000})>")
_SHOWN_HOST: Final = re.compile(r"\s*(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#:]\S*)?\s*", re.IGNORECASE)
_GOOD, _BAD, _DOUBT, _FACT = Mark("pass", "OK"), Mark("fail", "WRONG"), Mark("warn", "LOOK"), Mark("info", "NOTE")


@dataclass(frozen=True, slots=True)
class Check:
    about: str
    mark: Mark
    sentence: str


@dataclass(frozen=True, slots=True)
class CheckedLink:
    """``mark`` None: nothing to say about it."""

    text: str
    target: str
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Checked:
    """``to_look_at`` counts what is wrong or doubtful."""

    checks: tuple[Check, ...]
    links: tuple[CheckedLink, ...]
    without_alt: tuple[str, ...]
    remote: tuple[str, ...]
    to_look_at: int


def checks(mail: Captured, reading: Reading, found: Found) -> Checked:
    """``found`` is what the HTML points to."""
    made = (*_content(reading, found), *_fields(mail, reading), *_unsubscribe(mail, reading), *_links(found))
    return Checked(
        checks=made,
        links=tuple(CheckedLink(one.text, one.target, _link_mark(one)) for one in found.links),
        without_alt=tuple(image.source for image in found.images if image.alt is None),
        remote=found.remote,
        to_look_at=sum(one.mark in (_BAD, _DOUBT) for one in made),
    )


def _content(reading: Reading, found: Found) -> Iterator[Check]:
    if reading.html is not None and not (reading.text or "").strip():
        yield Check(
            "Text part", _DOUBT, "There is HTML but no text: some readers and most filters want multipart/alternative."
        )
    elif reading.text is None and reading.html is None:
        yield Check("Text part", _DOUBT, "The mail has neither text nor HTML.")
    elif not (reading.text or "").strip():
        yield Check("Text part", _DOUBT, "The text is empty, and there is no HTML.")
    else:
        yield Check("Text part", _GOOD, "A plain text is there.")
    if reading.html is None:
        return
    length = len(reading.html.encode("utf-8", "replace"))
    limit = f"Gmail clips at {wording.size(_CLIPPED_AT)}"
    if length > _CLIPPED_AT:
        yield Check("HTML size", _BAD, f"The HTML is {wording.size(length)}; {limit} and hides the rest.")
    else:
        yield Check("HTML size", _GOOD, f"The HTML is {wording.size(length)}; {limit}.")
    missing = sum(image.alt is None for image in found.images)
    if missing:
        count = wording.counted(missing, "image has", "images have")
        yield Check("Images", _DOUBT, f"{count} no alt attribute; readers with images off see nothing there.")
    elif found.images:
        yield Check("Images", _GOOD, f"{wording.counted(len(found.images), 'image')}, each with an alt attribute.")
    if found.remote:
        count = wording.counted(len(found.remote), "address is", "addresses are")
        yield Check("Remote content", _FACT, f"{count} loaded from outside when the reader allows it.")
    if found.scripts or found.forms:
        parts = [wording.counted(found.scripts, "script")] if found.scripts else []
        parts += [wording.counted(found.forms, "form")] if found.forms else []
        yield Check(
            "Active content", _BAD, f"{' and '.join(parts)}: mail programs take them out, and filters mark such mail."
        )


def _fields(mail: Captured, reading: Reading) -> Iterator[Check]:
    subject = mail.subject
    if not subject.strip():
        yield Check("Subject", _DOUBT, "There is no subject.")
    elif len(subject) > _SUBJECT_CUT:
        yield Check("Subject", _DOUBT, f"{len(subject)} characters; lists show about {_SUBJECT_CUT}, phones 40.")
    else:
        yield Check("Subject", _GOOD, f"{wording.counted(len(subject), 'character')}.")
    names = [name.lower() for name, _ in reading.headers]
    for name in ("From", "Date", "Message-ID"):
        count = names.count(name.lower())
        if count != 1:
            text = f"There is no {name} field." if not count else f"There are {count} {name} fields; one is allowed."
            yield Check(name, _BAD, text)
    if "to" not in names and "cc" not in names:
        yield Check("To", _DOUBT, "Neither To nor Cc: the reader does not see to whom it was sent.")
    yield Check("Size", _FACT, f"{wording.size(mail.size)} as received, with the receiver's own fields.")


def _unsubscribe(mail: Captured, reading: Reading) -> Iterator[Check]:
    about = "List-Unsubscribe"
    fields = [value for name, value in reading.headers if name.lower() == "list-unsubscribe"]
    posts = [value for name, value in reading.headers if name.lower() == "list-unsubscribe-post"]
    if not fields:
        text = "No List-Unsubscribe: right for a receipt or a password mail; Gmail and Yahoo demand it of bulk mail."
        yield Check(
            about, _BAD if posts else _FACT, "List-Unsubscribe-Post stands without List-Unsubscribe." if posts else text
        )
        return
    if len(fields) > 1:
        yield Check(about, _BAD, f"{len(fields)} fields; RFC 2369 allows one.")
    addresses = [one.strip() for one in _ADDRESSES.findall(fields[0])]
    https = [one for one in addresses if one.lower().startswith("https://")]
    if not addresses:
        yield Check(about, _BAD, "No address between < and > (RFC 2369).")
        return
    if not https:
        yield Check(about, _DOUBT, f"{', '.join(addresses[:5])}: one-click needs an https address (RFC 8058 3.1).")
        return
    yield Check(about, _GOOD, f"An https address is there: {https[0][:200]}.")
    if not posts:
        yield Check("One-click", _DOUBT, f"List-Unsubscribe-Post: {_ONE_CLICK} is missing (RFC 8058 3.1).")
        return
    if posts != [_ONE_CLICK]:
        yield Check(
            "One-click", _BAD, f"List-Unsubscribe-Post must be exactly {_ONE_CLICK}, once; it is {posts[0][:200]}."
        )
        return
    yield _covered(mail)


def _covered(mail: Captured) -> Check:
    passed = {(one.domain, one.selector, one.tag_b) for one in mail.verdict.dkim if one.result == "pass"}
    wanted = {"list-unsubscribe", "list-unsubscribe-post"}
    valid = [one for one in signatures(mail.raw) if (one.domain, one.selector, one.tag_b) in passed]
    covering = [one.domain for one in valid if wanted <= set(one.covered)]
    if covering:
        return Check(
            "One-click", _GOOD, f"Both fields are covered by the valid DKIM signature of {covering[0]} (RFC 8058 4)."
        )
    if not valid:
        return Check(
            "One-click", _BAD, "No valid DKIM signature covers the fields, so nobody offers one-click (RFC 8058 4)."
        )
    missing = sorted(wanted - set(valid[0].covered))
    return Check(
        "One-click",
        _BAD,
        f"The valid signature of {valid[0].domain} does not cover {' and '.join(missing)} (RFC 8058 4).",
    )


def _links(found: Found) -> Iterator[Check]:
    if not found.links:
        return
    marked = [mark for one in found.links if (mark := _link_mark(one)) is not None]
    worst = _BAD if any(mark.look == "fail" for mark in marked) else _DOUBT if marked else _GOOD
    text = f"{len(marked)} of {wording.counted(len(found.links), 'link')} to look at, listed below." if marked else ""
    yield Check("Links", worst, text or f"{wording.counted(len(found.links), 'link')}, none to object to.")


def _link_mark(link: Link) -> Mark | None:
    target = link.target
    try:
        parts = urlsplit(target)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    except ValueError:
        return Mark("fail", "no address")
    if scheme in ("javascript", "data", "vbscript", "file"):
        return Mark("fail", f"{scheme}: is refused")
    if scheme in ("mailto", "tel", "sms", "cid"):
        return None
    if not scheme:
        return (
            None
            if target.startswith("#") and len(target) > 1
            else Mark("warn", "leads nowhere" if not host else "no scheme")
        )
    shown = _SHOWN_HOST.fullmatch(link.text[:300])
    if shown and scheme in ("http", "https") and not _same_site(shown.group(1).lower(), host):
        return Mark("fail", "shows another host")
    return Mark("warn", "plain http") if scheme == "http" else None


def _same_site(shown: str, host: str) -> bool:
    return shown == host or host.endswith("." + shown) or shown.endswith("." + host)
