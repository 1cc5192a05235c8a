"""One captured mail, as the receiver has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emulator.testing.api import Api
from emulator.testing.golden import Goldens, check

_URL = re.compile(r"https?://[^\s<>\"']+")
_AFTER_URL = ".,;:!?)]}"


class Spf(str):
    """The result (``pass``, ``softfail`` …), with the ``domain`` and ``client_ip`` it is about (RFC 7208)."""

    domain: str
    client_ip: str


class Dkim(str):
    """``pass`` when one signature is good, else the first one's result, ``none`` without any. All are in
    ``signatures`` (RFC 6376)."""

    signatures: tuple[Signature, ...]


class Dmarc(str):
    """The result, with the domain owner's ``policy`` ("" when there is none) and what it was ``aligned_by``: ``dkim``,
    ``spf``, both with a comma between, or "" (RFC 7489)."""

    policy: str
    aligned_by: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature; ``reason`` says why it did not pass."""

    result: str
    domain: str
    selector: str
    identity: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why SPF, DKIM, DMARC or via came out so, and the record or call that changes it ("" when nothing does)."""

    about: str
    sentence: str
    change: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is no body. ``size`` in bytes; ``content`` are they."""

    file_name: str
    content_type: str
    disposition: str
    content_id: str
    size: int
    sha256: str
    content: bytes


class Headers(Mapping[str, str]):
    """A mail's header fields, decoded. By name in any case: the first of that name; ``get_all`` for the others.
    ``pairs`` are all of them in the mail's order."""

    def __init__(self, pairs: Sequence[Sequence[str]]) -> None:
        self.pairs = tuple((name, value) for name, value in pairs)

    def __getitem__(self, name: str) -> str:
        found = self.get_all(name)
        if not found:
            raise KeyError(name)
        return found[0]

    def get_all(self, name: str) -> list[str]:
        return [value for one, value in self.pairs if one.lower() == name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter({name.lower(): name for name, _ in reversed(self.pairs)}.values())

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self.pairs})

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)!r})"


class Mail:
    """What is not in the emulator's list is fetched when first asked for, so a mail can be looked at for as long as the
    emulator runs. Two are equal when they are the same captured mail."""

    def __init__(self, api: Api, data: Mapping[str, Any], goldens: Goldens) -> None:
        self._api = api
        self._listed = data
        self._goldens = goldens

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The inspection API's whole JSON of it (``GET /_ses/api/messages/{id}``)."""
        if "html" in self._listed:
            return self._listed
        found: Mapping[str, Any] = self._api.get(f"messages/{self.id}")
        return found

    # --- what it says ---------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The emulator's number of it; later mails have greater ones."""
        return str(self._listed["id"])

    @property
    def message_id(self) -> str:
        """SES's MessageId, as the send returned it; "" for a stranger's mail."""
        return self._listed["message_id"] or ""

    @property
    def subject(self) -> str:
        return str(self._listed["subject"])

    @property
    def from_(self) -> str:
        """The From field, decoded."""
        return str(self._listed["from"])

    @property
    def to(self) -> tuple[str, ...]:
        return tuple(self._listed["to"])

    @property
    def cc(self) -> tuple[str, ...]:
        return tuple(self._listed["cc"])

    @property
    def reply_to(self) -> tuple[str, ...]:
        return tuple(self._listed["reply_to"])

    @property
    def mail_from(self) -> str:
        """The envelope's sender."""
        return str(self._listed["envelope"]["mail_from"])

    @property
    def rcpt_to(self) -> tuple[str, ...]:
        """The envelope's recipients: whoever really got this copy, Bcc too."""
        return tuple(self._listed["envelope"]["rcpt_to"])

    @property
    def text(self) -> str:
        """The text body, decoded; "" where there is none."""
        return self.data["text"] or ""

    @property
    def html(self) -> str:
        """The HTML body, decoded; "" where there is none."""
        return self.data["html"] or ""

    @cached_property
    def headers(self) -> Headers:
        return Headers(self.data["headers"])

    @cached_property
    def raw(self) -> bytes:
        """The bytes as the receiver stored them."""
        return self._api.request("GET", f"/_ses/api/messages/{self.id}/raw", b"", {})

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(
            Attachment(
                file_name=one["file_name"],
                content_type=one["content_type"],
                disposition=one["disposition"],
                content_id=one["content_id"],
                size=one["size"],
                sha256=one["sha256"],
                content=self._api.request("GET", f"/_ses/api/messages/{self.id}/attachments/{one['n']}", b"", {}),
            )
            for one in self.data["attachments"]
        )

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Where the HTML's links lead, then the URLs in the text; each once."""
        plain = (found.rstrip(_AFTER_URL) for found in _URL.findall(self.text))
        return tuple(dict.fromkeys((*_read_html(self.html).links, *plain)))

    def code(self, pattern: str) -> str:
        """What ``pattern`` finds in the text, in the words of the HTML or in the subject: its first group, or all of it
        when it has none. AssertionError when it finds nothing."""
        __tracebackhide__ = True
        words = _read_html(self.html).words
        for place in (self.text, words, self.subject):
            found = re.search(pattern, place)
            if found:
                return str(found[1] if found.re.groups else found[0])
        raise AssertionError(f"Nothing in {self} matches {pattern!r}. It says:\n{self.text or words}")

    # --- what the receiver made of it -----------------------------------------------------------

    @property
    def mailed_by(self) -> str | None:
        """As Gmail shows it beside the sender; None where it shows nothing."""
        return self._display("mailed_by")

    @property
    def signed_by(self) -> str | None:
        """As Gmail shows it beside the sender; None where it shows nothing."""
        return self._display("signed_by")

    @property
    def via(self) -> str | None:
        """The domain behind "via", None when Gmail shows none."""
        return self._display("via")

    @property
    def spf(self) -> Spf:
        given = self._listed["authentication"]["spf"]
        result = Spf(given["result"])
        result.domain, result.client_ip = given["domain"], given["client_ip"]
        return result

    @property
    def dkim(self) -> Dkim:
        names = ("result", "domain", "selector", "identity", "reason")
        found = tuple(Signature(*(one[name] for name in names)) for one in self._listed["authentication"]["dkim"])
        results = [one.result for one in found] or ["none"]
        overall = Dkim("pass" if "pass" in results else results[0])
        overall.signatures = found
        return overall

    @property
    def dmarc(self) -> Dmarc:
        given = self._listed["authentication"]["dmarc"]
        result = Dmarc(given["result"])
        result.policy, result.aligned_by = given["policy"], given["aligned_by"]
        return result

    @property
    def explanation(self) -> tuple[Reason, ...]:
        """In sentences, why SPF, DKIM, DMARC and via came out as they did."""
        return tuple(Reason(one["about"], one["sentence"], one["change"]) for one in self.data["explanation"])

    def _display(self, name: str) -> str | None:
        shown = self._listed["display"][name]
        return None if shown is None else str(shown)

    # --- compared -------------------------------------------------------------------------------

    def matches_golden(self, name: str, *, replace: Mapping[str, str] | None = None) -> bool:
        """True when it is as ``golden/<name>.txt`` beside the test says, but for ids, dates, boundaries and signatures.
        Otherwise an AssertionError shows the difference; ``--update-golden`` writes the file instead. ``replace`` maps
        regular expressions to what stands for what they find: codes, tokens, dates in the text."""
        __tracebackhide__ = True
        check(self, self._goldens, name, replace or {}, self._api.endpoint)
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mail) and (other.id, other._api.endpoint) == (self.id, self._api.endpoint)

    def __hash__(self) -> int:
        return hash((self.id, self._api.endpoint))

    def __repr__(self) -> str:
        return f"<Mail {self.id} from {self.from_} to {', '.join(self.rcpt_to)}: {self.subject!r}>"


@dataclass(frozen=True, slots=True)
class _Html:
    links: tuple[str, ...]
    words: str


def _read_html(text: str) -> _Html:
    from html.parser import HTMLParser

    links: list[str] = []
    words: list[str] = []
    hidden = {"style", "script", "title", "head"}
    inside: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in hidden:
                inside.append(tag)
            words.append(" ")
            href = dict(attrs).get("href")
            if tag in ("a", "area") and href:
                links.append(href.strip())

        def handle_endtag(self, tag: str) -> None:
            if tag in inside:
                del inside[inside.index(tag) :]
            words.append(" ")

        def handle_data(self, data: str) -> None:
            if not inside:
                words.append(data)

    reader = Reader()
    reader.feed(text)
    reader.close()
    return _Html(tuple(links), " ".join("".join(words).split()))
