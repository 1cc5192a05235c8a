"""What a mail is to a search: the words of its fields, and the facts about it.

Words are made here and not by a database, so that every database finds the same. Text is compared after NFKC and case
folding, so "ＩＣＥ" and "ice" are one word. A word is a run of letters and digits. In scripts that put no blanks
between words (Chinese, Japanese, Thai …) each character is one, as is a symbol such as an emoji: what was written is
found again as these in sequence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import blake2s

# Of a field only so many characters are looked at, and of a word: indexes have their limits (PostgreSQL: 2 KiB a
# word, 1 MiB a mail).
_MOST_OF_HEADER = 16 * 1024
_MOST_OF_BODY = 64 * 1024
_MOST_OF_WORD = 64

_UNSPACED = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u31f0-\u31ff\u3400-\u9fff"
_UNSPACED += "\uf900-\ufaff\U00020000-\U0003ffff"
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"
# Compiled when it is first needed, and kept by re itself: it takes 2 ms of a start that has none to spare.
_WORD = f"[{_UNSPACED}{_SYMBOLS}]|[^\\W_{_UNSPACED}{_SYMBOLS}]+"

FIELDS = ("sender", "recipients", "cc", "reply_to", "subject", "body")
"""Where words stand. ``sender`` and ``recipients`` are those of the header and of the envelope."""


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii():
        folded = text.lower()
    else:
        # Folding takes apart what was one letter (ΐ), so it is put together again.
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    found = re.findall(_WORD, folded)
    return found if len(max(found, key=len, default="")) <= _MOST_OF_WORD else [one[:_MOST_OF_WORD] for one in found]


def fact(kind: str, value: str) -> str:
    """One fact about a mail as a word of ASCII letters and digits; case is ignored. A digest, since a value may hold
    anything and be of any length."""
    return kind + blake2s(value.casefold().encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


EVERY = fact("every", "")
"""The fact that is true of every mail."""


@dataclass(frozen=True, slots=True)
class Document:
    """One mail, captured at ``received_at``. ``fields`` are in the order of ``FIELDS``: the words of each with a blank
    before and after every one, so that a sequence of words is a piece of text; "" for a field without words."""

    id: int
    received_at: float
    fields: tuple[str, ...]
    facts: tuple[str, ...]


def field(*texts: str, body: bool = False) -> str:
    """The words of a field as ``Document`` holds them."""
    found = words("\n".join(texts)[: _MOST_OF_BODY if body else _MOST_OF_HEADER])
    return f" {' '.join(found)} " if found else ""


@dataclass(frozen=True, slots=True)
class Words:
    """These words in sequence stand in one of the fields. The last may be the beginning of a longer word, unless
    ``whole``."""

    fields: tuple[str, ...]
    sequence: tuple[str, ...]
    whole: bool

    @property
    def text(self) -> str:
        """The piece of text to be found in a field of a ``Document``."""
        return f" {' '.join(self.sequence)}{' ' if self.whole else ''}"

    def found_in(self, document: Document) -> bool:
        text = self.text
        return any(text in there for name, there in zip(FIELDS, document.fields, strict=True) if name in self.fields)


@dataclass(frozen=True, slots=True)
class Fact:
    """The mail has this fact (``fact``)."""

    word: str

    def found_in(self, document: Document) -> bool:
        return self.word in document.facts
