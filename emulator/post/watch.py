"""Looks at DNS, as SES does, to see whether identities hold what they claim, and lets time pass for those that
do not. Asks through the resolver only: what ``dig`` cannot see does not count.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from emulator.clock import Clock
from emulator.dns.amazonses import dkim_zone
from emulator.dns.resolver import Resolver
from emulator.policy.verification import DnsFacts, changed, error_of, settle, token_matches
from emulator.post.dkim_keys import public_key_of
from emulator.post.happenings import Happenings, identity_change
from emulator.store.ports import Store
from emulator.values import DkimOrigin, DnsAnswer, Identity, IdentityKind

log = logging.getLogger(__name__)

_INTERVAL = 5.0
_LOOKS = 5


class Watch:
    """One thread that checks every few seconds, and at once when woken. ``session`` gives a resolver that is true
    to the world of this moment."""

    def __init__(self, store: Store, clock: Clock, session: Callable[[], Resolver], happenings: Happenings) -> None:
        self._happenings = happenings
        self._store = store
        self._clock = clock
        self._session = session
        self._work = threading.Event()
        self._stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was asked for: look soon."""
        self._work.set()

    def stop(self) -> None:
        self._stopping.set()
        self._work.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def check(self) -> None:
        """Looks at every identity that DNS or time could change, and returns when all is saved."""
        with self._one_at_a_time:
            for _ in range(_LOOKS):
                if self._check_all():
                    return
        # Somebody changes records all the time: the thread goes on.
        self._work.set()

    def _check_all(self) -> bool:
        """False when records changed meanwhile, so that what was seen of some identities is not true any more."""
        with self._store.read() as reader:
            serial, unsettled = reader.dns_serial(), reader.unsettled_identities()
        if not unsettled:
            return True
        resolver = self._session()
        return all(self._check(identity, look(identity, resolver), serial) for identity in unsettled)

    def _check(self, seen: Identity, found: DnsFacts, serial: int) -> bool:
        """Saves what follows from ``found``; False when it is older than the records of now."""
        now = self._clock.now()
        if not changed(seen, settle(seen, found, now)) and seen.verification.last_checked_at is not None:
            return True
        with identity_change(self._store, self._happenings, seen.scope, seen.name) as writer:
            # What was looked at may have been changed or deleted meanwhile; the facts speak of its records only.
            current = writer.identity_for_update(seen.scope, seen.name)
            if writer.dns_serial() != serial:
                return False
            if current is None or _claims(current) != _claims(seen):
                self._work.set()
                return True
            after = settle(current, found, now)
            writer.save_identity(after)
        if after.verification.status is not seen.verification.status:
            log.info("identity %s in %s is %s", seen.name, seen.scope.region, after.verification.status.value)
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.check()
            except Exception:
                # The next look may find the database or the resolver back.
                log.exception("the look at DNS failed; trying again")
            self._work.wait(_INTERVAL)
            self._work.clear()


def look(identity: Identity, resolver: Resolver) -> DnsFacts:
    """Asks DNS for everything that the identity claims."""
    txt_error = dkim_error = mx_error = None
    txt_found = dkim_found = False
    mx_values: tuple[str, ...] = ()
    if identity.kind is IdentityKind.DOMAIN:
        if identity.verification.token:
            txt_found, txt_error = _token(identity, resolver)
        if identity.dkim.tokens:
            dkim_error = _dkim_error(identity, resolver)
            dkim_found = dkim_error is None
    if identity.mail_from.domain is not None:
        answer = resolver.query(identity.mail_from.domain, "MX")
        mx_values, mx_error = answer.values, error_of(answer, bool(answer.values))
    return DnsFacts(txt_found, dkim_found, mx_values, txt_error, dkim_error, mx_error)


def _token(identity: Identity, resolver: Resolver) -> tuple[bool, str | None]:
    """The TXT stands at ``_amazonses.<domain>``, or at the domain itself where such names are impossible."""
    answer = resolver.query(f"_amazonses.{identity.name}", "TXT")
    if token_matches(answer.values, identity.verification.token):
        return True, None
    bare = resolver.query(identity.name, "TXT")
    if token_matches(bare.values, identity.verification.token):
        return True, None
    return False, error_of(answer, False)


def _dkim_error(identity: Identity, resolver: Resolver) -> str | None:
    """None when every record is there and right; else why the first one is not."""
    if identity.dkim.origin is DkimOrigin.EASY_DKIM:
        zone = dkim_zone(identity.scope.region)
        checks = [
            (resolver.query(f"{token}._domainkey.{identity.name}", "CNAME"), f"{token}.{zone}")
            for token in identity.dkim.tokens
        ]
        errors = (error_of(answer, _leads_to(answer, target)) for answer, target in checks)
        return next((error for error in errors if error is not None), None)
    key = public_key_of(identity)
    answer = resolver.query(f"{identity.dkim.tokens[0]}._domainkey.{identity.name}", "TXT")
    return error_of(answer, key is not None and any(_key_of(value) == key for value in answer.values))


def _leads_to(answer: DnsAnswer, target: str) -> bool:
    return any(value.rstrip(".").lower() == target for value in answer.values)


def _key_of(record: str) -> str:
    """The ``p=`` tag of a DKIM key record, without white space (RFC 6376 3.6.1)."""
    for tag in record.split(";"):
        name, _, value = tag.partition("=")
        if name.strip() == "p":
            return "".join(value.split())
    return ""


def _claims(identity: Identity) -> tuple[object, ...]:
    """What the records of an identity depend on."""
    return (
        identity.verification.token,
        identity.dkim.tokens,
        identity.dkim.origin,
        identity.dkim.private_key,
        identity.mail_from.domain,
    )
