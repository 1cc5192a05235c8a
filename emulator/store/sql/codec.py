"""Values to JSON and back. Keys that this version does not know are passed over, missing ones get the value's default,
so a store written by a neighbouring version can be read. JSON is ASCII: it holds every Python string unchanged, lone
surrogates and NUL included.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from emulator.values import (
    AccountDetails,
    Captured,
    Dkim,
    DkimOrigin,
    Envelope,
    Identity,
    MailFrom,
    Notifications,
    OnMxFailure,
    Status,
    Tag,
    Verification,
)
from emulator.verdicts import Display, DkimVerdict, DmarcVerdict, Reason, SpfVerdict, Verdict

T = TypeVar("T")

_dumps: Callable[[object], str] = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_loads: Callable[[str], Any] = json.JSONDecoder().decode


class _Flat(Generic[T]):
    """A dataclass whose fields are JSON's own types, or are made from them by ``converters`` (None stays None)."""

    def __init__(self, cls: Callable[..., T], **converters: Callable[[Any], Any]) -> None:
        self._cls = cls
        self._names = tuple(field.name for field in fields(cls))  # type: ignore[arg-type]
        self._known = frozenset(self._names)
        self._converters = tuple(converters.items())

    def tree(self, value: T) -> dict[str, Any]:
        return {name: getattr(value, name) for name in self._names}

    def value(self, tree: dict[str, Any]) -> T:
        known = tree if tree.keys() == self._known else {name: tree[name] for name in self._names if name in tree}
        for name, convert in self._converters:
            if known.get(name) is not None:
                known[name] = convert(known[name])
        return self._cls(**known)


_ACCOUNT_DETAILS = _Flat(AccountDetails, additional_contacts=tuple)
_DISPLAY = _Flat(Display)
_DKIM = _Flat(Dkim, status=Status, origin=DkimOrigin, tokens=tuple)
_DKIM_VERDICT = _Flat(DkimVerdict)
_DMARC_VERDICT = _Flat(DmarcVerdict)
_ENVELOPE = _Flat(Envelope, rcpt_to=tuple)
_MAIL_FROM = _Flat(MailFrom, on_mx_failure=OnMxFailure, status=Status)
_NOTIFICATIONS = _Flat(Notifications)
_REASON = _Flat(Reason)
_SPF_VERDICT = _Flat(SpfVerdict)
_TAG = _Flat(Tag)
_VERIFICATION = _Flat(Verification, status=Status)


def account_details_json(details: AccountDetails | None) -> str | None:
    return None if details is None else _dumps(_ACCOUNT_DETAILS.tree(details))


def account_details(text: str | None) -> AccountDetails | None:
    return None if text is None else _ACCOUNT_DETAILS.value(_loads(text))


def identity_json(identity: Identity) -> str:
    """All of an identity that is not a column. What it has beside its verification, most have not."""
    tree: dict[str, Any] = {
        "verification": _VERIFICATION.tree(identity.verification),
        "dkim": _DKIM.tree(identity.dkim),
        "mail_from": _MAIL_FROM.tree(identity.mail_from),
    }
    if identity.configuration_set is not None:
        tree["configuration_set"] = identity.configuration_set
    if identity.notifications != Notifications():
        tree["notifications"] = _NOTIFICATIONS.tree(identity.notifications)
    if identity.has_policies:
        tree["has_policies"] = True
    return _dumps(tree)


def identity_parts(text: str) -> dict[str, Any]:
    """The fields of an identity that ``identity_json`` wrote."""
    tree = _loads(text)
    parts = {
        "verification": _VERIFICATION.value(tree["verification"]),
        "dkim": _DKIM.value(tree["dkim"]),
        "mail_from": _MAIL_FROM.value(tree["mail_from"]),
    }
    if len(tree) > len(parts):
        parts |= {name: tree[name] for name in ("configuration_set", "has_policies") if name in tree}
        if "notifications" in tree:
            parts["notifications"] = _NOTIFICATIONS.value(tree["notifications"])
    return parts


def envelope_json(envelope: Envelope) -> str:
    return _dumps(_ENVELOPE.tree(envelope))


def envelope(text: str) -> Envelope:
    return _ENVELOPE.value(_loads(text))


def tags_json(tags: Sequence[Tag]) -> str:
    return _dumps([_TAG.tree(tag) for tag in tags]) if tags else "[]"


def tags(text: str) -> tuple[Tag, ...]:
    return tuple(_TAG.value(tree) for tree in _loads(text))


def headers_json(headers: Sequence[tuple[str, str]]) -> str | None:
    return _dumps(headers) if headers else None


def headers(text: str | None) -> tuple[tuple[str, str], ...]:
    return () if text is None else tuple((name, value) for name, value in _loads(text))


def destination_json(recipients: Sequence[str]) -> str | None:
    return _dumps(recipients) if recipients else None


def destination(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(_loads(text))


def verdict_json(verdict: Verdict) -> str:
    return _dumps(
        {
            "spf": _SPF_VERDICT.tree(verdict.spf),
            "dkim": [_DKIM_VERDICT.tree(one) for one in verdict.dkim],
            "dmarc": _DMARC_VERDICT.tree(verdict.dmarc),
            "display": _DISPLAY.tree(verdict.display),
            "header": verdict.header,
            "reasons": [_REASON.tree(one) for one in verdict.reasons],
        }
    )


def verdict(text: str) -> Verdict:
    """What ``verdict_json`` wrote; reasons may be missing."""
    tree = _loads(text)
    return Verdict(
        spf=_SPF_VERDICT.value(tree["spf"]),
        dkim=tuple(_DKIM_VERDICT.value(one) for one in tree["dkim"]),
        dmarc=_DMARC_VERDICT.value(tree["dmarc"]),
        display=_DISPLAY.value(tree["display"]),
        header=tree["header"],
        reasons=tuple(_REASON.value(one) for one in tree.get("reasons", ())),
    )


def verdict_columns(verdict: Verdict) -> dict[str, str | None]:
    """What of a verdict has columns of its own: ``dkim`` are the results without repetition, parted by blanks."""
    return {
        "spf": verdict.spf.result,
        "dkim": " ".join(dict.fromkeys(one.result for one in verdict.dkim)),
        "dmarc": verdict.dmarc.result,
        "via": verdict.display.via,
    }


_SNIPPET = 160


def snippet(text: str) -> str:
    """How a text begins, on one line."""
    return " ".join(text[: 3 * _SNIPPET].split())[:_SNIPPET]


@dataclass(frozen=True, slots=True)
class Heading:
    """What an inbox line shows of a captured mail's header."""

    from_: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    size: int = 0


_HEADING = _Flat(Heading, to=tuple, cc=tuple, reply_to=tuple)


def heading_json(mail: Captured) -> str:
    return _dumps({name: getattr(mail, name) for name in ("from_", "to", "cc", "reply_to", "subject", "size")})


def heading(text: str) -> Heading:
    return _HEADING.value(_loads(text))
