"""What happens, told to whoever listens: mails captured, identities changed, calls made, copies ended, resets.

One short ring that all listeners read, each at its own pace: a publisher never waits for a listener, and a listener
that falls behind by more than the ring is told how many it missed. Nothing is kept while nobody listens, nor has
listened for a while, and then publishing costs the check of an attribute.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

from emulator.clock import monotonic
from emulator.store.ports import Reader, Store, Writer
from emulator.values import Identity, Outcome, Scope

if TYPE_CHECKING:
    from emulator.post.journal import Entry

_KEPT = 1024
# Seconds for which the ring is kept when the last listener has gone: a browser comes back sooner.
_REMEMBERED = 30.0


@dataclass(frozen=True, slots=True)
class MailCaptured:
    """The mail stands in the store under this id, unless it has been deleted since."""

    id: int


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """``identity`` as it is after the change; as it was, when deleted."""

    change: Literal["created", "changed", "deleted"]
    identity: Identity


@dataclass(frozen=True, slots=True)
class CopyEnded:
    """One recipient's copy of an accepted message has its outcome; ``reply`` is the MX's."""

    scope: Scope
    message_id: str
    recipient: str
    outcome: Outcome
    reply: str


@dataclass(frozen=True, slots=True)
class WasReset:
    """One account is as after the start, or everything with None."""

    account: str | None


if TYPE_CHECKING:
    Happening: TypeAlias = MailCaptured | IdentityChanged | CopyEnded | WasReset | Entry


@dataclass(frozen=True, slots=True)
class Taken:
    """What a listener gets at a time, oldest first, each with its id. ``missed``: how many went by unheard before
    them, None when nobody knows. ``here`` is the id of the last one, or of the place where it would be."""

    happenings: tuple[tuple[str, Happening], ...]
    missed: int | None
    here: str


class Happenings:
    """Thread-safe. ``session`` makes ids that no other process gives. ``wanted`` is False as long as nothing that is
    published would be heard: who publishes on a hot path looks at it first."""

    def __init__(self, session: str, now: Callable[[], float] = monotonic) -> None:
        self.wanted = False
        self._session = session
        self._now = now
        # Grows when something went by unkept: ids given before are then no longer places in the ring.
        self._gaps = 0
        self._last = 0
        self._ring: deque[Happening] = deque(maxlen=_KEPT)
        self._listeners: set[Listener] = set()
        self._wanted_until = 0.0
        self._told = threading.Condition()
        self._closing = threading.Event()

    def publish(self, happening: Happening) -> None:
        """Returns at once, whoever listens."""
        if not self.wanted:
            return
        with self._told:
            if not self._listeners and self._now() > self._wanted_until:
                self.wanted = False
                self._gaps += 1
                self._ring.clear()
                return
            self._last += 1
            self._ring.append(happening)
            self._told.notify_all()

    def mark(self) -> str:
        """The id of this moment: who soon listens from here on misses nothing."""
        with self._told:
            self._want()
            return self._id(self._last)

    def listen(
        self,
        after: str | None = None,
        *,
        gone: Callable[[], bool] = lambda: False,
        left: Callable[[], None] = lambda: None,
    ) -> Listener:
        """Hears what happens from now on, or ``after`` an id. ``gone`` tells whether nobody hears it any longer;
        ``left`` is called once, when it has left."""
        with self._told:
            self._want()
            place, missed = (self._last, 0) if after is None else self._place(after)
            listener = Listener(self, place, missed, gone, left)
            self._listeners.add(listener)
        return listener

    def count(self) -> int:
        """How many listen."""
        with self._told:
            return len(self._listeners)

    def sweep(self) -> None:
        """Has everyone leave who is heard by nobody: others want the place."""
        with self._told:
            listeners = list(self._listeners)
        for one in listeners:
            if one.gone():
                one.leave()

    def close(self) -> None:
        """Ends every listener, now and in future."""
        self._closing.set()
        with self._told:
            self._told.notify_all()

    def take(self, listener: Listener, place: int, timeout: float) -> tuple[int, Taken] | None:
        """For ``Listener``: what came after the place, or nothing after ``timeout`` seconds; None when it is over."""
        with self._told:
            self._told.wait_for(lambda: self._last > place or self._is_over(listener), timeout)
            if self._is_over(listener):
                return None
            first = self._last - len(self._ring) + 1
            start = max(place + 1, first)
            heard = islice(self._ring, start - first, None)
            happenings = tuple((self._id(number), one) for number, one in enumerate(heard, start))
            return self._last, Taken(happenings, start - place - 1, self._id(self._last))

    def pause(self, seconds: float) -> None:
        """For ``Listener``: returns earlier only when closed."""
        self._closing.wait(seconds)

    def leave(self, listener: Listener) -> bool:
        """For ``Listener``: False when it had left already."""
        with self._told:
            if listener not in self._listeners:
                return False
            self._listeners.remove(listener)
            self._wanted_until = self._now() + _REMEMBERED
            self._told.notify_all()
            return True

    def _is_over(self, listener: Listener) -> bool:
        return self._closing.is_set() or listener not in self._listeners

    def _want(self) -> None:
        self.wanted = True
        self._wanted_until = self._now() + _REMEMBERED

    def _id(self, number: int) -> str:
        return f"{self._session}.{self._gaps}-{number}"

    def _place(self, after: str) -> tuple[int, int | None]:
        """Where an id stands, and what is missed up to there: of an id that is none of ours, nobody knows."""
        session, _, number = after.rpartition("-")
        ours = session == f"{self._session}.{self._gaps}" and number.isascii() and number.isdigit() and len(number) < 19
        if not ours or int(number) > self._last:
            return self._last, None
        return int(number), 0


class Listener:
    """For one thread; ``leave`` may be called by any, and more than once."""

    def __init__(
        self,
        happenings: Happenings,
        place: int,
        missed: int | None,
        gone: Callable[[], bool],
        left: Callable[[], None],
    ) -> None:
        self.gone = gone
        self._happenings = happenings
        self._place = place
        self._missed = missed
        self._left = left

    def take(self, timeout: float) -> Taken | None:
        """What has happened since the last time, as soon as there is something; nothing after ``timeout`` seconds;
        None when it has left or the emulator stops."""
        taken = self._happenings.take(self, self._place, 0.0 if self._missed is None else timeout)
        if taken is None:
            return None
        self._place, found = taken
        if self._missed is None:
            self._missed = 0
            return replace(found, missed=None)
        return found

    def pause(self, seconds: float) -> None:
        """Lets things gather; ends early when the emulator stops."""
        self._happenings.pause(seconds)

    def leave(self) -> None:
        """Makes room for another."""
        if self._happenings.leave(self):
            self._left()


@contextmanager
def identity_change(store: Store, happenings: Happenings, scope: Scope, name: str) -> Iterator[Writer]:
    """A transaction that may make, change or delete one identity. Once it is committed, whoever listens is told of
    what a user would see changed."""
    wanted = happenings.wanted
    before = after = None
    with store.write() as writer:
        if wanted:
            before = _identity(writer, scope, name)
        yield writer
        if wanted:
            after = _identity(writer, scope, name)
    if after is not None and before is None:
        happenings.publish(IdentityChanged("created", after))
    elif before is not None and after is None:
        happenings.publish(IdentityChanged("deleted", before))
    elif before is not None and after is not None and _seen(before) != _seen(after):
        happenings.publish(IdentityChanged("changed", after))


def _identity(reader: Reader, scope: Scope, name: str) -> Identity | None:
    return next(iter(reader.identities(scope, (name,))), None)


def _seen(one: Identity) -> tuple[object, ...]:
    dkim, mail_from = one.dkim, one.mail_from
    return (
        one.verification.status,
        one.verification.token,
        (dkim.enabled, dkim.status, dkim.origin, dkim.tokens, dkim.key_bits),
        (mail_from.domain, mail_from.status, mail_from.on_mx_failure),
    )
