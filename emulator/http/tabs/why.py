"""The Why tab: the verdict as a picture, its reasons with what would change them, and the article's table.

Everything is derived from this mail's bytes and verdict, nothing from how the sender is set up now: "DKIM enabled" is
a signature of a domain that is aligned with From, "custom MAIL FROM" an envelope sender that is not at SES's own
domain. Source: the article; reference sending.md 5.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from emulator.http import wording
from emulator.http.wording import Mark
from emulator.receiver.organizational import OrganizationalDomains
from emulator.values import Captured

_SES_DOMAIN: Final = re.compile(r"(?:[a-z0-9-]+\.)?amazonses\.com")
_LONGEST_LABEL: Final = 30
_MOST_SIGNATURES: Final = 4
_ROW: Final = 64
_TOP: Final = 88
_MAIN: Final = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC", "via": "via"}


@dataclass(frozen=True, slots=True)
class Party:
    """A domain that speaks for the mail, as the picture shows it; ``y`` is where. ``label`` is ``domain``, shortened.
    ``counts``: it passed and is aligned with From, so Gmail shows no via."""

    kind: str
    domain: str
    label: str
    result: str
    aligned: bool
    counts: bool
    y: int

    @property
    def words(self) -> str:
        return f"{self.result.upper()}, {'aligned' if self.aligned else 'not aligned'}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the article's four cases. ``here``: this mail fell in it."""

    dkim: bool
    mail_from: bool
    via: bool
    mailed_by: str
    signed_by: str
    here: bool


@dataclass(frozen=True, slots=True)
class Why:
    """``cells`` by rows, DKIM enabled first, custom MAIL FROM set first; empty for a mail that SES did not send.
    ``surprise`` says why this mail looks other than its cell, "" when it does not."""

    author: str
    author_label: str
    parties: tuple[Party, ...]
    height: int
    conclusion: str
    hidden: bool
    reasons: tuple[Explained, ...]
    cells: tuple[Cell, ...]
    surprise: str


@dataclass(frozen=True, slots=True)
class Explained:
    about: str
    mark: Mark
    sentence: str
    change: str


def why(mail: Captured, organizational: OrganizationalDomains) -> Why:
    """``organizational`` decides what is aligned, as it did for the receiver."""
    verdict = mail.verdict
    author = verdict.dmarc.from_domain
    speakers = [("DKIM", one.domain, one.result) for one in verdict.dkim[:_MOST_SIGNATURES]]
    speakers.append(("SPF", verdict.spf.domain, verdict.spf.result))
    parties = tuple(
        _party(kind, domain, result, organizational.aligned(domain, author), _TOP + _ROW * place)
        for place, (kind, domain, result) in enumerate(speakers)
    )
    shown = verdict.display
    conclusion = f"Gmail shows “via {shown.via}”" if shown.via else "Gmail shows no “via”"
    if not shown.via and not (shown.mailed_by or shown.signed_by):
        conclusion = "Gmail shows a question mark: nothing is authenticated"
    cells = _cells(mail, parties) if _sent_by_ses(mail) else ()
    return Why(
        author=author,
        author_label=_label(author) if author else "no single domain",
        parties=parties,
        height=_TOP + _ROW * len(parties),
        conclusion=conclusion,
        hidden=shown.via is None and any(party.counts for party in parties),
        reasons=_reasons(mail),
        cells=cells,
        surprise=_surprise(mail, cells),
    )


def _party(kind: str, domain: str, result: str, aligned: bool, y: int) -> Party:
    return Party(kind, domain, _label(domain), result, aligned, aligned and result == "pass", y)


def _label(domain: str) -> str:
    """The end of a name says whose it is, so a long one loses its beginning."""
    if len(domain) <= _LONGEST_LABEL:
        return domain or "(none)"
    return "…" + domain[1 - _LONGEST_LABEL :]


def _reasons(mail: Captured) -> tuple[Explained, ...]:
    verdict = mail.verdict
    results = {"spf": verdict.spf.result, "dmarc": verdict.dmarc.result}
    passed = [one.result for one in verdict.dkim if one.result == "pass"]
    results["dkim"] = passed[0] if passed else verdict.dkim[0].result if verdict.dkim else "none"
    shown = verdict.display
    named = shown.mailed_by or shown.signed_by
    via = Mark("warn", f"via {shown.via}") if shown.via else Mark("pass", "no via") if named else Mark("fail", "?")
    return tuple(
        Explained(
            _MAIN.get(reason.about, reason.about),
            wording.result_mark(results[reason.about]) if reason.about in results else via,
            reason.sentence,
            reason.change,
        )
        for reason in verdict.reasons
    )


def _sent_by_ses(mail: Captured) -> bool:
    envelope = mail.envelope.mail_from.rpartition("@")[2].lower()
    signed = any(_SES_DOMAIN.fullmatch(one.domain) for one in mail.verdict.dkim)
    return mail.message_id is not None or signed or _SES_DOMAIN.fullmatch(envelope) is not None


def _cells(mail: Captured, parties: tuple[Party, ...]) -> tuple[Cell, ...]:
    own = any(party.kind == "DKIM" and party.aligned for party in parties)
    domain = mail.envelope.mail_from.rpartition("@")[2].lower()
    custom = bool(domain) and not _SES_DOMAIN.fullmatch(domain)
    return tuple(
        Cell(
            dkim=dkim,
            mail_from=mail_from,
            via=not dkim and not mail_from,
            mailed_by="the MAIL FROM domain" if mail_from else "a name under amazonses.com",
            signed_by="the domain of From" if dkim else "amazonses.com",
            here=(dkim, mail_from) == (own, custom),
        )
        for dkim in (True, False)
        for mail_from in (True, False)
    )


def _surprise(mail: Captured, cells: tuple[Cell, ...]) -> str:
    here = next((cell for cell in cells if cell.here), None)
    shown = mail.verdict.display.via
    if here is None or here.via == (shown is not None):
        return ""
    expected = "shows" if here.via else "does not show"
    return f"In this case Gmail usually {expected} “via”. This mail is otherwise; the reasons above say why."
