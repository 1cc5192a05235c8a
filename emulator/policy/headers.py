"""The header of a raw message: From is required, some fields may stand once only, no name may be empty; and what
X-SES-* fields ask for.

Source: reference sending.md 2.1 (the once-only list, DG:header-fields), 2.2 (texts, observed), 7.4. An empty header
section was accepted together with Source and Destinations (observed), so From is required only of a message that has
a header at all, or that names no other sender. Broken Content-Type and Content-Disposition fields: mime_fields.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from emulator import errors
from emulator.policy import mime_fields, tags
from emulator.values import Header, Letter, Submission, Tag

OF_COMPOSED = ("content-transfer-encoding",)
"""Of the fields that SES writes into a message it composes, the one that v2's ``Headers`` may name (decided: it is
refused as the second of its kind)."""

CONFIGURATION_SET = "x-ses-configuration-set"
MESSAGE_TAGS = "x-ses-message-tags"

_ONCE_ONLY = frozenset(
    f"{prefix}{rest}"
    for prefix, rests in (
        ("", "accept-language acceptlanguage archived-at auto-submitted bounces-to comments date delivered-to"),
        ("", "dkim-signature domainkey-signature errors-to from importance in-reply-to keywords message-context"),
        ("", "message-id mime-version organization precedence priority references reply-to return-path"),
        ("", "return-receipt-to sender solicitation sensitivity subject thread-index thread-topic user-agent vbr-info"),
        ("content-", "alternative base class description disposition duration id language length location md5"),
        ("content-", "transfer-encoding type"),
        ("disposition-notification-", "options to"),
        ("list-", "archive help id owner post subscribe unsubscribe unsubscribe-post"),
        ("original-", "from message-id recipient subject"),
    )
    for rest in rests.split()
)


def require_valid(headers: Iterable[Header], already: Iterable[str] = ()) -> None:
    """Raises for the first empty name, the first field that may stand once and stands again (named as the message
    spells it), or the first Content-Type or Content-Disposition that SES cannot read. ``already``: lower-case names
    of fields that stand there besides."""
    seen = set(already)
    for header in headers:
        if not header.name.strip():
            raise errors.empty_header_name()
        name = header.name.lower()
        if name in _ONCE_ONLY:
            if name in seen:
                raise errors.duplicate_header(header.name)
            seen.add(name)
        if name == "content-type":
            mime_fields.require_content_type(header.value)
        elif name == "content-disposition":
            mime_fields.require_content_disposition(header.value)


def require_from(letter: Letter, source: str | None) -> None:
    """Raises ``Missing required header 'From'.``"""
    if not letter.from_ and (letter.headers or not source):
        raise errors.missing_required_header("From")


def first(headers: Iterable[Header] | None, name: str) -> str | None:
    """The value of the first field of that (lower-case) name: SES honours no other instance."""
    for header in headers or ():
        if header.name.lower() == name:
            return header.value.strip()
    return None


def configuration_set_of(submission: Submission, letter: Letter) -> str | None:
    """What was asked for: the call's own parameter beats the header; an empty header asks for nothing (observed)."""
    return submission.configuration_set or first(letter.headers, CONFIGURATION_SET) or None


def tags_of(submission: Submission, letter: Letter) -> tuple[Tag, ...]:
    """The call's tags, else the header's; the two are never merged."""
    if submission.tags or letter.headers is None:
        return submission.tags
    return tags.from_header(first(letter.headers, MESSAGE_TAGS) or "")
