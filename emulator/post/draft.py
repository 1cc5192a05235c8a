"""A message made ready to leave: composed, stamped, signed. Pure apart from ids; knows keys, not rules.

Signing takes longer than everything else in accepting a mail, so it is done before the account is locked, with the
key that signed the sender's last mail with the same configuration set, and with the marks for tracking that it had.
Should the rules then name another signer or other tracking, the draft is made again: what leaves is always as the
transaction says. Marks come before signatures, which hold for them too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from emulator import ids
from emulator.errors import Fault
from emulator.mail import compose, envelope, raw, sign, stamp
from emulator.mail.envelope import Outgoing
from emulator.policy.headers import tags_of
from emulator.policy.tracking import NOT_TRACKED, Tracked
from emulator.policy.virus import is_infected
from emulator.post.keyring import Keyring
from emulator.values import Dkim, Identity, Letter, Scope, SimpleContent, Submission, Tag

_REMEMBERED = 1024
# Sender, and the configuration set that the mail asks for.
_Key = tuple[Scope, tuple[str, ...], str | None]


@dataclass(frozen=True, slots=True)
class Draft:
    """``data`` is finished; ``before`` is what it was before SES put its own into it. ``signer`` is the identity whose
    key signed beside amazonses.com's, if any; ``outgoing`` the MTA that it names. ``infected``: it will be rejected
    once it is accepted. ``tracked``: what it has marks for."""

    message_id: str
    before: raw.Message
    data: bytes
    signer: Identity | None
    tags: tuple[Tag, ...]
    outgoing: Outgoing
    infected: bool
    tracked: Tracked

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Name and unfolded value of each field before SES's own."""
        return tuple((raw.text(field.name), field.value) for field in self.before.fields if field.name)

    def is_as(self, signer: Identity | None, outgoing: Outgoing, tracked: Tracked) -> bool:
        """Whether it would be made just so, with ``signer`` as it is now."""
        same_way = self.outgoing == outgoing and self.tracked == tracked
        return same_way and _signing(self.signer) == _signing(signer)


class Drafts:
    """Makes drafts. Thread-safe. ``amazonses_signature``: whether amazonses.com signs too, as SES always does. ``mark``
    puts the marks of what is tracked into the message with that id."""

    def __init__(
        self, keyring: Keyring, amazonses_signature: bool, mark: Callable[[raw.Message, str, Tracked], raw.Message]
    ) -> None:
        self._keyring = keyring
        self._mark = mark
        self._amazonses_signature = amazonses_signature
        self._last: OrderedDict[_Key, tuple[Identity | None, Tracked]] = OrderedDict()
        self._lock = Lock()

    def likely(
        self,
        submission: Submission,
        given: raw.Message | None,
        letter: Letter,
        message_id: str,
        set_asked: str | None,
        now: float,
    ) -> Draft | None:
        """A draft signed and tracked as the last mail was that the sender sent with that set; None for an unknown
        sender, or content that cannot be composed (which the rules may refuse for a better reason)."""
        self._keyring.ready()
        with self._lock:
            last = self._last.get((submission.scope, letter.from_, set_asked))
        if last is None:
            return None
        signer, tracked = last
        try:
            return self.make(submission, given, letter, message_id, signer, now, tracked=tracked)
        except Fault:
            return None

    def remember(self, submission: Submission, letter: Letter, set_asked: str | None, draft: Draft) -> None:
        """The sender's mail was accepted with this draft."""
        key = (submission.scope, letter.from_, set_asked)
        with self._lock:
            self._last[key] = (draft.signer, draft.tracked)
            self._last.move_to_end(key)
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)

    def make(
        self,
        submission: Submission,
        given: raw.Message | None,
        letter: Letter,
        message_id: str,
        signer: Identity | None,
        now: float,
        outgoing: Outgoing | None = None,
        tracked: Tracked = NOT_TRACKED,
    ) -> Draft:
        """``given`` is the parsed raw message; None composes. ``outgoing``: the region's shared one when None. Raises
        ``Fault`` where content cannot be composed."""
        scope = submission.scope
        outgoing = outgoing or envelope.outgoing(scope.region)
        tags = tags_of(submission, letter)
        before = given or _composed(submission, now)
        stamped = stamp.stamp(
            before if tracked == NOT_TRACKED else self._mark(before, message_id, tracked),
            message_id=message_id,
            region=scope.region,
            now=now,
            outgoing_ip=outgoing.ip,
            account_hash=self._keyring.account_hash(scope),
            feedback_tags=_feedback_tags(tags),
        )
        signers = [self._keyring.identity(signer)] if signer is not None else []
        if self._amazonses_signature:
            signers.append(self._keyring.amazonses(scope.region))
        data = sign.sign(stamped, signers, now).to_bytes()
        return Draft(message_id, before, data, signer, tags, outgoing, is_infected(data), tracked)


def _signing(identity: Identity | None) -> tuple[str, Dkim] | None:
    return None if identity is None else (identity.name, identity.dkim)


def _composed(submission: Submission, now: float) -> raw.Message:
    content = submission.content
    assert isinstance(content, SimpleContent)
    return raw.parse(
        compose.compose(
            content,
            from_=submission.source or "",
            to=submission.to,
            cc=submission.cc,
            reply_to=submission.reply_to,
            now=now,
            boundaries=ids.boundary_numbers,
        )
    )


def _feedback_tags(tags: tuple[Tag, ...]) -> tuple[str, str]:
    """The two leading fields of Feedback-ID (reference 3.2)."""
    values = {tag.name: tag.value for tag in tags}
    return values.get("ses:feedback-id-a", ""), values.get("ses:feedback-id-b", "")
