"""The receiver: what a mailbox provider concludes from a mail's bytes, its peer and DNS, and writes above it.

It knows nothing of the sender: no store, no identity, no key. It plays Gmail; where Gmail's words and an RFC's
differ, the room that decides says so. Source: the article, reference sending.md 5, RFC 8601.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.dns.resolver import Resolver
from emulator.receiver import dkim, dmarc, spf, trace
from emulator.receiver.author import author_domain
from emulator.receiver.display import display
from emulator.receiver.explain import Case, explain, ses_region
from emulator.receiver.message import FIELD, header_block, parse
from emulator.receiver.names import after_comment
from emulator.receiver.organizational import OrganizationalDomains
from emulator.values import Envelope
from emulator.verdicts import Verdict

_OURS = b"authentication-results"


class Receiver:
    """One mail exchanger, ``name`` being its authserv-id. Thread-safe; its verdicts never raise. ``session`` gives a
    resolver for the judging of one mail."""

    def __init__(self, session: Callable[[], Resolver], name: str = "mx.google.com") -> None:
        self._session = session
        self._name = name
        self._organizational = OrganizationalDomains()

    def judge(self, data: bytes, envelope: Envelope, now: float) -> Verdict:
        """The verdict on a mail as received, at the instant ``now`` (signatures may expire)."""
        resolver = self._session()
        message = parse(data)
        from_domain = author_domain(message)
        sender = spf.evaluate(envelope, resolver, self._name, now)
        signatures = dkim.verify(message, resolver, now)
        alignment = dmarc.assess(from_domain, sender.verdict, signatures, resolver, self._organizational)
        shown = display(from_domain, sender.verdict, signatures, self._organizational)
        region = ses_region(envelope, message, signatures)
        case = Case(envelope, from_domain, sender, signatures, alignment, shown, region)
        return Verdict(
            spf=sender.verdict,
            dkim=signatures,
            dmarc=alignment.verdict,
            display=shown,
            header=trace.authentication_results(self._name, envelope, sender.verdict, signatures, alignment),
            reasons=explain(case, self._organizational),
        )

    def stored(self, data: bytes, envelope: Envelope, verdict: Verdict, now: float, queue_id: str) -> bytes:
        """What is kept: the receiver's four fields and the mail as it came, byte for byte, with two exceptions.

        An Authentication-Results field that bears our authserv-id is a forgery and removed (RFC 8601 5). A mail that
        begins with a blank would continue our own last field, so an empty line parts the two. A sender's Return-Path
        stays (RFC 5321 4.4 leaves it open): ours stands above it.
        """
        ours = trace.header_lines(self._name, envelope, verdict.spf, verdict.header, now, queue_id)
        if data.startswith((b" ", b"\t")):
            return ours + b"\r\n" + data
        return ours + self._without_forgeries(data)

    def _without_forgeries(self, data: bytes) -> bytes:
        block = header_block(data)
        if _OURS not in block.lower():
            return data
        kept = []
        position = 0
        while position < len(block):
            field = FIELD.match(block, position)
            end = field.end() if field else block.find(b"\n", position) + 1 or len(block)
            if not (field and field[1].lower() == _OURS and _authserv_id(field[2]) == self._name.lower()):
                kept.append(block[position:end])
            position = end
        return b"".join(kept) + data[len(block) :]


def _authserv_id(value: bytes) -> str:
    """The first word of an Authentication-Results value, comments skipped, lower case (RFC 8601 2.2)."""
    text = value.decode("latin-1")
    start = 0
    while start < len(text) and (text[start].isspace() or text[start] == "("):
        start = after_comment(text, start) if text[start] == "(" else start + 1
    end = start
    while end < len(text) and not text[end].isspace() and text[end] not in ";(":
        end += 1
    return text[start:end].strip('"').lower()
