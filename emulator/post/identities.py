"""The life of an identity: asked for, verified, given DKIM and MAIL FROM, checked against DNS, deleted.

Both API versions and the inspection API call these; what SES's rules say of a state is in
``policy/verification.py``, what DNS must hold in ``policy/dns_records.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from emulator import errors, ids
from emulator.clock import Clock
from emulator.policy import dns_records
from emulator.policy.identity_names import identity_name
from emulator.policy.key_length import require_change
from emulator.policy.mail_from import check_domain
from emulator.policy.verification import EMAIL_LINK_SECONDS
from emulator.post import dkim_keys
from emulator.post.dkim_keys import ByoKey, EasyKey, public_key_of
from emulator.post.happenings import Happenings, identity_change
from emulator.post.keyring import Keyring
from emulator.post.verification_mail import link, verification_mail
from emulator.settings import Settings
from emulator.store.ports import Store, Writer
from emulator.values import (
    Identity,
    IdentityKind,
    MailFrom,
    OnMxFailure,
    Record,
    Scope,
    Status,
    Verification,
)

if TYPE_CHECKING:
    from emulator.documents.templates import CustomVerification


class Identities:
    """``base_url`` gives the address under which links in mails reach this emulator. ``woken`` is called when a
    mail was queued; ``changed`` when an identity should be checked against DNS soon."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        keyring: Keyring,
        base_url: Callable[[], str],
        woken: Callable[[], None],
        changed: Callable[[], None],
        happenings: Happenings,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._keyring = keyring
        self._base_url = base_url
        self._woken = woken
        self._changed = changed
        self._happenings = happenings

    # --- asking and verifying -------------------------------------------------------------------

    def ask_address(self, scope: Scope, address: str, caller: str, *, new: bool = False) -> Identity:
        """Starts, or starts again, the verification of an address and mails the link. ``new``: refuse one that is
        there already (v2). A verified address stays verified when asked for again."""
        self._keyring.ready()
        now = self._clock.now()
        with self._change(scope, address) as writer:
            account = writer.account_for_update(scope)
            known = writer.identity_for_update(scope, address)
            if known is not None and new:
                raise errors.email_identity_already_exists(address)
            identity = known or Identity(scope, address, IdentityKind.EMAIL_ADDRESS, created_at=now)
            if self._settings.auto_verify:
                identity = replace(identity, verification=_succeeded(identity.verification, now))
            elif not identity.verified:
                pending = identity.verification.status is Status.PENDING and identity.verification.token
                token = identity.verification.token if pending else ids.link_signature()
                identity = replace(identity, verification=Verification(Status.PENDING, token, started_at=now))
            writer.save_identity(identity)
            if not self._settings.auto_verify:
                mail = verification_mail(identity, self._base_url(), caller, self._keyring, now)
                writer.add_outbound(mail, account.sent_total)
        self._woken()
        return identity

    def link_to(self, identity: Identity, caller: str) -> str:
        """The URL that verifies it when opened."""
        return link(identity, self._base_url(), caller)

    def asked(self, asked: Identity, mailed: CustomVerification) -> None:
        """An address was asked with another mail than ours: ``asked`` is what it is now."""
        with self._change(asked.scope, asked.name) as writer:
            known = writer.identity_for_update(asked.scope, asked.name) or asked
            verification = asked.verification
            if known.verified:
                verification = replace(known.verification, token=verification.token)
            elif self._settings.auto_verify:
                verification = _succeeded(verification, self._clock.now())
            writer.save_identity(replace(known, verification=verification))
            writer.save_document(mailed)

    def confirm_address(self, scope: Scope, address: str, token: str) -> bool:
        """The link was opened. False when it is unknown or older than 24 hours."""
        now = self._clock.now()
        with self._change(scope, address) as writer:
            identity = writer.identity_for_update(scope, address)
            if identity is None or identity.kind is not IdentityKind.EMAIL_ADDRESS:
                return False
            if not token or identity.verification.token != token:
                return False
            if identity.verified:
                return True
            if now - identity.verification.started_at >= EMAIL_LINK_SECONDS:
                return False
            writer.save_identity(replace(identity, verification=_succeeded(identity.verification, now)))
        return True

    def ask_domain(self, scope: Scope, domain: str) -> Identity:
        """v1's way: a TXT token, the same on every call. A failed domain is tried again."""
        now = self._clock.now()
        with self._change(scope, domain) as writer:
            identity = writer.identity_for_update(scope, domain) or _new_domain(scope, domain, now)
            verification = identity.verification
            if not verification.token:
                verification = replace(verification, token=ids.verification_token())
            if verification.status is Status.FAILED:
                verification = replace(verification, status=Status.PENDING, started_at=now)
            identity = self._auto(writer, replace(identity, verification=verification), now)
            writer.save_identity(identity)
        self._changed()
        return identity

    def create_domain(self, scope: Scope, domain: str, key_bits: int | None, byo: ByoKey | None) -> Identity:
        """v2's way: verified by its DKIM alone. 400 AlreadyExistsException when it is there."""
        key = dkim_keys.prepared(byo, key_bits)
        now = self._clock.now()
        with self._change(scope, domain) as writer:
            if writer.identity_for_update(scope, domain) is not None:
                raise errors.email_identity_already_exists(domain)
            identity = dkim_keys.started(writer, _new_domain(scope, domain, now), key, now)
            identity = self._auto(writer, identity, now)
            writer.save_identity(identity)
        self._changed()
        return identity

    def mark_verified(self, scope: Scope, name: str) -> Identity | None:
        """As though the link was clicked, or the records the identity needs were published: they are, in the
        world's zone, and everything about the identity is Success. None when there is no such identity."""
        now = self._clock.now()
        with self._change(scope, name) as writer:
            identity = writer.identity_for_update(scope, name)
            if identity is None:
                return None
            identity = _all_succeeded(writer, identity, now)
            writer.save_identity(identity)
        return identity

    def declare_verified(self, scope: Scope, name: str) -> Identity:
        """There it is, and verified as by ``mark_verified``: made where it was not, a domain with Easy DKIM. Nobody
        asked, so no mail is sent. Raises what SES says of a name that can be no identity."""
        name, kind = identity_name(name)
        key = self._declared_key if kind is IdentityKind.DOMAIN else None
        now = self._clock.now()
        with self._change(scope, name) as writer:
            identity = writer.identity_for_update(scope, name)
            if identity is None and key is not None:
                identity = dkim_keys.started(writer, _new_domain(scope, name, now), key, now)
            elif identity is None:
                identity = Identity(scope, name, kind, created_at=now)
            identity = _all_succeeded(writer, identity, now)
            writer.save_identity(identity)
        return identity

    @cached_property
    def _declared_key(self) -> ByoKey | EasyKey:
        """Of every domain that was made by being declared. At SES each has a key of its own, but one takes a tenth of
        a second to make, and those who declare are tests that do so again and again."""
        return dkim_keys.prepared()

    def delete(self, scope: Scope, name: str) -> bool:
        """Whether it was there. What SES published for it goes, its tags and policies too; what its owner published
        stays."""
        from emulator.documents.identity_policies import IdentityPolicy
        from emulator.documents.resource_tags import ResourceTags

        with self._change(scope, name) as writer:
            identity = writer.identity_for_update(scope, name)
            if identity is None:
                return False
            dkim_keys.withdraw(writer, identity)
            writer.delete_document(ResourceTags, scope, f"identity/{name}")
            writer.delete_documents(IdentityPolicy, scope, parent=name)
            return writer.delete_identity(scope, name)

    def get(self, scope: Scope, name: str) -> Identity | None:
        with self._store.read() as reader:
            found = reader.identities(scope, (name,))
        return found[0] if found else None

    # --- DKIM -----------------------------------------------------------------------------------

    def ask_domain_dkim(self, scope: Scope, domain: str) -> Identity:
        """v1 VerifyDomainDkim: three tokens, the same on every call; registers the domain when it is new."""
        known = self.get(scope, domain)
        key = dkim_keys.prepared() if known is None or not dkim_keys.has_easy(known) else None
        now = self._clock.now()
        with self._change(scope, domain) as writer:
            identity = writer.identity_for_update(scope, domain) or _new_domain(scope, domain, now)
            if not dkim_keys.has_easy(identity):
                # Without a key it had Easy DKIM a moment ago.
                identity = dkim_keys.started(writer, identity, key or dkim_keys.prepared(), now)
            elif identity.dkim.status is Status.FAILED:
                identity = replace(identity, dkim=replace(identity.dkim, status=Status.PENDING, started_at=now))
            identity = self._auto(writer, identity, now)
            writer.save_identity(identity)
        self._changed()
        return identity

    def set_dkim_enabled(self, identity: Identity, enabled: bool) -> bool:
        """False when somebody deleted it since it was looked up."""
        with self._change(identity.scope, identity.name) as writer:
            current = writer.identity_for_update(identity.scope, identity.name)
            if current is None:
                return False
            writer.save_identity(replace(current, dkim=replace(current.dkim, enabled=enabled)))
        return True

    def set_dkim_signing(self, identity: Identity, key_bits: int | None, byo: ByoKey | None) -> Identity | None:
        """Switches to Easy DKIM (of another key length) or BYODKIM; what stays is said by ``dkim_keys.changed``. Raises
        ``Fault`` for a length that may not be chosen now. None when somebody deleted it since it was looked up."""
        key = dkim_keys.to_change_to(identity, key_bits, byo)
        now = self._clock.now()
        with self._change(identity.scope, identity.name) as writer:
            current = writer.identity_for_update(identity.scope, identity.name)
            if current is None:
                return None
            if key_bits is not None and byo is None and dkim_keys.has_easy(current):
                require_change(current.dkim, key_bits, now)
            if _key_told(current) != _key_told(identity):
                # Somebody changed it since it was looked up, so this one may be the wrong key.
                key = dkim_keys.to_change_to(current, key_bits, byo)
            current = self._auto(writer, dkim_keys.changed(writer, current, key, now), now)
            writer.save_identity(current)
        self._changed()
        return current

    # --- MAIL FROM ------------------------------------------------------------------------------

    def set_mail_from(self, identity: Identity, domain: str | None, on_mx_failure: OnMxFailure) -> bool:
        """``domain`` None or "" goes back to SES's own. Raises when it is no subdomain of the identity's domain. False
        when somebody deleted the identity since it was looked up."""
        now = self._clock.now()
        with self._change(identity.scope, identity.name) as writer:
            current = writer.identity_for_update(identity.scope, identity.name)
            if current is None:
                return False
            if not domain:
                mail_from = MailFrom(None, on_mx_failure)
            else:
                mail_from = MailFrom(check_domain(domain, current), on_mx_failure, Status.PENDING, started_at=now)
                before = current.mail_from
                if before.domain == mail_from.domain and before.status is Status.SUCCESS:
                    mail_from = replace(before, on_mx_failure=on_mx_failure)
            current = replace(current, mail_from=mail_from)
            writer.save_identity(self._auto(writer, current, now))
        self._changed()
        return True

    # --- records --------------------------------------------------------------------------------

    def publish(self, scope: Scope, name: str, what: str) -> tuple[Record, ...] | None:
        """Puts the records of an identity into the world's zone: ``dkim``, ``mail_from``, ``verification`` or
        ``all``. None when there is no such identity."""
        with self._change(scope, name) as writer:
            identity = writer.identity_for_update(scope, name)
            if identity is None:
                return None
            records = tuple(replace(record, origin="publish") for record in needed(identity, what))
            writer.put_records(records)
        self._changed()
        return records

    def _change(self, scope: Scope, name: str) -> AbstractContextManager[Writer]:
        return identity_change(self._store, self._happenings, scope, name)

    def _auto(self, writer: Writer, identity: Identity, now: float) -> Identity:
        return _all_succeeded(writer, identity, now) if self._settings.auto_verify else identity


def needed(identity: Identity, what: str = "all") -> tuple[Record, ...]:
    """The records that the identity's owner has to publish."""
    found: list[Record] = []
    if what in ("all", "verification"):
        record = dns_records.verification_record(identity)
        found += [record] if record is not None else []
    if what in ("all", "dkim"):
        found += dns_records.dkim_records(identity, public_key_of(identity))
    if what in ("all", "mail_from"):
        found += dns_records.mail_from_records(identity)
    return tuple(found)


def _new_domain(scope: Scope, domain: str, now: float) -> Identity:
    return Identity(
        scope, domain, IdentityKind.DOMAIN, created_at=now, verification=Verification(Status.PENDING, started_at=now)
    )


def _succeeded(verification: Verification, now: float) -> Verification:
    return replace(
        verification,
        status=Status.SUCCESS,
        last_checked_at=now,
        last_success_at=now,
        lost_at=None,
        error_type=None,
    )


def _all_succeeded(writer: Writer, identity: Identity, now: float) -> Identity:
    writer.put_records(replace(record, origin="publish") for record in needed(identity))
    dkim, mail_from = identity.dkim, identity.mail_from
    if dkim.tokens and public_key_of(identity) is not None:
        dkim = replace(dkim, status=Status.SUCCESS, lost_at=None)
    if mail_from.domain is not None:
        mail_from = replace(mail_from, status=Status.SUCCESS, lost_at=None)
    return replace(identity, verification=_succeeded(identity.verification, now), dkim=dkim, mail_from=mail_from)


def _key_told(identity: Identity) -> tuple[bool, int | None]:
    """What ``dkim_keys.to_change_to`` goes by."""
    return dkim_keys.has_easy(identity), identity.dkim.key_bits
