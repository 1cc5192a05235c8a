"""The search language of the inbox and of the API's ``q``, as people know it from Mailpit.

    ice "drift ice" from:ann to:bob@x.org cc: reply-to: addressed: subject:"two words"
    tag:campaign tag:campaign=spring message-id: is:unread is:read has:attachment
    before:2026-01-31 after:2026-01-31T09:30 dkim:fail spf:pass dmarc:none via:yes -anything !anything

All terms must hold; ``-`` or ``!`` before one negates it. A bare word is looked for in sender, recipients, Cc, subject
and text body and matches the beginning of a word, unless it is a single letter or digit; what stands in quotes matches
whole words in sequence. An address, or anything else that holds several words, is those in sequence. A key that is none
of these is part of a plain word, so ``http://x`` needs no quotes.

``dkim:pass``: a signature passed; ``dkim:none``: the mail is unsigned; of several signatures each result counts.
``tag:`` is about the SES message tags that the mail was sent with. ``before:`` and ``after:`` take an ISO 8601 date or
time, UTC unless it says otherwise; ``after:`` includes the instant, ``before:`` does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.store.words import Fact, Words, fact, words

_ADDRESSES = ("sender", "recipients", "cc", "reply_to")
_ANYWHERE = ("sender", "recipients", "cc", "subject", "body")
_MOST_TERMS = 20
_RESULTS = {
    "spf": ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"),
    "dkim": ("pass", "fail", "none", "neutral", "policy", "temperror", "permerror"),
    "dmarc": ("pass", "fail", "none", "temperror", "permerror"),
}
_TERM = re.compile(r'([-!]?)(?:([a-z][a-z-]*):)?(?:"([^"]*)(?:"|\Z)|(\S*))', re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SearchError(ValueError):
    """What a search cannot mean; the text is a sentence for the person who searches."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The mail is not marked as read."""


@dataclass(frozen=True, slots=True)
class Received:
    """The mail was captured at ``since`` or later."""

    since: float


@dataclass(frozen=True, slots=True)
class MessageId:
    """SES's id of the mail."""

    id: str


@dataclass(frozen=True, slots=True)
class Term:
    """One condition, or its opposite."""

    about: Words | Fact | Unread | Received | MessageId
    negated: bool = False


def parse(text: str) -> tuple[Term, ...]:
    """All of the terms must hold; none at all for a blank text, which restricts nothing. Raises ``SearchError``, and
    nothing else, whatever the text."""
    found: list[Term] = []
    position = 0
    text = text.replace("\u201c", '"').replace("\u201d", '"')
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _TERM.match(text, position)
        # It matches anything that does not begin with a blank, and then at least one character.
        assert match is not None
        position = match.end()
        term = _term(bool(match[1]), (match[2] or "").lower(), match[3], match[4] or "")
        if term is not None:
            found.append(term)
    if len(found) > _MOST_TERMS:
        raise SearchError(f"A search has at most {_MOST_TERMS} terms.")
    if not found and text.strip():
        raise SearchError("This search holds no letter, digit or symbol to look for.")
    return tuple(dict.fromkeys(found))


def _term(negated: bool, key: str, quoted: str | None, bare: str) -> Term | None:
    """None for a plain word without anything to look for, such as a dash between two words."""
    value = bare if quoted is None else quoted
    meaning = _KEYS.get(key)
    if meaning is None:
        sequence = tuple(words(f"{key}:{value}"))
        return Term(_words(_ANYWHERE, sequence, quoted is not None), negated) if sequence else None
    if not value.strip():
        raise SearchError(f"{key}: needs a value right after the colon.")
    term = meaning(key, value.strip(), quoted is not None)
    return Term(term.about, term.negated != negated)


def _in(*fields: str) -> Callable[[str, str, bool], Term]:
    def meaning(key: str, value: str, whole: bool) -> Term:
        sequence = tuple(words(value))
        if not sequence:
            raise SearchError(f"{key}: needs a letter, a digit or a symbol to look for.")
        return Term(_words(fields, sequence, whole))

    return meaning


def _words(fields: tuple[str, ...], sequence: tuple[str, ...], whole: bool) -> Words:
    """With what begins with one letter nobody is helped, and finding it takes longest of all."""
    return Words(fields, sequence, whole or len(sequence[-1]) == 1)


def _one_of(key: str, value: str, known: tuple[str, ...]) -> str:
    if value.lower() not in known:
        raise SearchError(f"{key}: knows {', '.join(known[:-1])}{' and ' if known[1:] else ''}{known[-1]}.")
    return value.lower()


def _result(key: str, value: str, _: bool) -> Term:
    return Term(Fact(fact(key, _one_of(key, value, _RESULTS[key]))))


def _via(key: str, value: str, _: bool) -> Term:
    return Term(Fact(fact("via", "yes")), _one_of(key, value, ("yes", "no")) == "no")


def _is(key: str, value: str, _: bool) -> Term:
    return Term(Unread(), _one_of(key, value, ("unread", "read")) == "read")


def _has(key: str, value: str, _: bool) -> Term:
    _one_of(key, value.lower().removesuffix("s"), ("attachment",))
    return Term(Fact(fact("has", "attachment")))


def _tag(key: str, value: str, _: bool) -> Term:
    return Term(Fact(fact("tag", value)))


def _message_id(key: str, value: str, _: bool) -> Term:
    """Taken as it stands in the answer of a call, or in the mail's Message-ID field."""
    return Term(MessageId(value.strip("<>").partition("@")[0]))


def _since(key: str, value: str, _: bool) -> Term:
    try:
        given = datetime.fromisoformat(value)
        instant = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
        since = (instant - _EPOCH).total_seconds()
    except (ValueError, OverflowError):
        raise SearchError(f"{key}: needs a date as 2026-01-31 or a time as 2026-01-31T09:30.") from None
    return Term(Received(since), key == "before")


_KEYS: dict[str, Callable[[str, str, bool], Term]] = {
    "from": _in("sender"),
    "to": _in("recipients"),
    "cc": _in("cc"),
    "reply-to": _in("reply_to"),
    "addressed": _in(*_ADDRESSES),
    "subject": _in("subject"),
    "tag": _tag,
    "message-id": _message_id,
    "is": _is,
    "has": _has,
    "before": _since,
    "after": _since,
    "spf": _result,
    "dkim": _result,
    "dmarc": _result,
    "via": _via,
}
