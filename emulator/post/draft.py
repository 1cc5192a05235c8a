"""A message made ready to leave: composed, stamped, signed. Pure apart from ids; knows keys, not rules.

Signing takes longer than everything else in accepting a mail, so it is done before the account is locked, with the
key that signed the sender's last mail. Should the rules then name another signer, the draft is made again with that
one: what leaves is always signed as the transaction says.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from emulator import ids
from emulator.errors import Fault
from emulator.mail import compose, envelope, raw, sign, stamp
from emulator.mail.envelope import Outgoing
from emulator.policy.headers import tags_of
from emulator.policy.virus import is_infected
from emulator.post.keyring import Keyring
from emulator.values import Dkim, Identity, Letter, Scope, SimpleContent, Submission, Tag

_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """``data`` is finished; ``before`` is what it was before SES put its own into it. ``signer`` is the identity whose
    key signed beside amazonses.com's, if any; ``outgoing`` the MTA that it names. ``infected``: it will be rejected
    once it is accepted."""

    message_id: str
    before: raw.Message
    data: bytes
    signer: Identity | None
    tags: tuple[Tag, ...]
    outgoing: Outgoing
    infected: bool

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Name and unfolded value of each field before SES's own."""
        return tuple((raw.text(field.name), field.value) for field in self.before.fields if field.name)

    def signed_as(self, identity: Identity | None) -> bool:
        """Whether ``identity``, as it is now, would have signed just so."""
        return _signing(self.signer) == _signing(identity)


class Drafts:
    """Makes drafts. Thread-safe. ``amazonses_signature``: whether amazonses.com signs too, as SES always does."""

    def __init__(self, keyring: Keyring, amazonses_signature: bool) -> None:
        self._keyring = keyring
        self._amazonses_signature = amazonses_signature
        self._last_signers: OrderedDict[tuple[Scope, tuple[str, ...]], Identity | None] = OrderedDict()
        self._lock = Lock()

    def likely(
        self, submission: Submission, given: raw.Message | None, letter: Letter, message_id: str, now: float
    ) -> Draft | None:
        """A draft signed as the sender's last mail was; None for an unknown sender, or content that cannot be
        composed (which the rules may refuse for a better reason)."""
        self._keyring.ready()
        key = (submission.scope, letter.from_)
        with self._lock:
            if key not in self._last_signers:
                return None
            signer = self._last_signers[key]
        try:
            return self.make(submission, given, letter, message_id, signer, now)
        except Fault:
            return None

    def remember(self, submission: Submission, letter: Letter, signer: Identity | None) -> None:
        """This identity (None: none) signed the sender's mail."""
        key = (submission.scope, letter.from_)
        with self._lock:
            self._last_signers[key] = signer
            self._last_signers.move_to_end(key)
            if len(self._last_signers) > _REMEMBERED:
                self._last_signers.popitem(last=False)

    def make(
        self,
        submission: Submission,
        given: raw.Message | None,
        letter: Letter,
        message_id: str,
        signer: Identity | None,
        now: float,
        outgoing: Outgoing | None = None,
    ) -> Draft:
        """``given`` is the parsed raw message; None composes. ``outgoing``: the region's shared one when None. Raises
        ``Fault`` where content cannot be composed."""
        scope = submission.scope
        outgoing = outgoing or envelope.outgoing(scope.region)
        tags = tags_of(submission, letter)
        before = given or _composed(submission, now)
        stamped = stamp.stamp(
            before,
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
        return Draft(message_id, before, data, signer, tags, outgoing, is_infected(data))


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
