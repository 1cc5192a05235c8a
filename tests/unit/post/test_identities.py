"""Several change an identity at once: nobody waits for a key to be made, and what was deleted does not come back."""

from __future__ import annotations

import pytest

from emulator.clock import Clock
from emulator.mail.sign import make_key
from emulator.post import dkim_keys
from emulator.post.happenings import Happenings
from emulator.post.identities import Identities
from emulator.post.keyring import Keyring
from emulator.settings import Settings
from emulator.values import Dkim, DkimOrigin, Identity, IdentityKind, OnMxFailure, Scope, Status

SCOPE = Scope("123456789012", "us-east-1")
MADE = {bits: make_key(bits) for bits in (1024, 2048)}
BROUGHT = dkim_keys.ByoKey("mine", "bm90IGEga2V5")


@pytest.fixture
def identities(store, monkeypatch) -> Identities:
    def made_while_others_write(bits: int) -> str:
        with store.write():
            return MADE[bits]

    monkeypatch.setattr(dkim_keys, "make_key", made_while_others_write)
    return Identities(
        store,
        Clock(),
        Settings(),
        Keyring(lambda: MADE[1024], "secret"),
        base_url=lambda: "http://localhost",
        woken=lambda: None,
        changed=lambda: None,
        happenings=Happenings("test"),
    )


def told(identity: Identity) -> tuple[object, ...]:
    dkim = identity.dkim
    return dkim.origin, dkim.status, dkim.private_key, dkim.key_bits


def test_others_may_write_while_a_key_is_made(identities):
    new = (DkimOrigin.EASY_DKIM, Status.PENDING, MADE[2048], 2048)
    assert told(identities.create_domain(SCOPE, "created.example", None, None)) == new
    assert told(identities.ask_domain_dkim(SCOPE, "asked.example")) == new
    assert told(identities.declare_verified(SCOPE, "declared.example"))[2:] == new[2:]
    asked = identities.ask_domain_dkim(SCOPE, "asked.example")
    shorter = identities.set_dkim_signing(asked, 1024, None)
    assert told(shorter) == (DkimOrigin.EASY_DKIM, Status.PENDING, MADE[1024], 1024)
    assert shorter.dkim.tokens == asked.dkim.tokens
    brought = identities.set_dkim_signing(shorter, None, BROUGHT)
    assert told(brought) == (DkimOrigin.BYODKIM, Status.PENDING, BROUGHT.private_key, None)
    assert brought.dkim.tokens == ("mine",)
    assert told(identities.set_dkim_signing(brought, None, None)) == new


def test_easy_dkim_begins_anew_where_somebody_brought_a_key_meanwhile(identities, monkeypatch):
    seen = identities.create_domain(SCOPE, "moving.example", 1024, None)
    identities.set_dkim_signing(seen, None, BROUGHT)
    monkeypatch.setattr(dkim_keys, "make_key", MADE.__getitem__)
    again = identities.set_dkim_signing(seen, None, None)
    assert told(again) == (DkimOrigin.EASY_DKIM, Status.PENDING, MADE[2048], 2048)
    assert set(again.dkim.tokens).isdisjoint({*seen.dkim.tokens, "mine"})


@pytest.mark.parametrize(
    "change",
    [
        lambda identities, seen: identities.set_dkim_enabled(seen, False),
        lambda identities, seen: identities.set_dkim_signing(seen, None, BROUGHT),
        lambda identities, seen: identities.set_mail_from(seen, f"m.{seen.name}", OnMxFailure.REJECT_MESSAGE),
    ],
)
def test_what_was_deleted_meanwhile_does_not_come_back(identities, change):
    seen = identities.create_domain(SCOPE, "gone.example", None, None)
    identities.delete(SCOPE, seen.name)
    assert not change(identities, seen)
    assert identities.get(SCOPE, seen.name) is None


def test_no_key_is_no_public_key():
    assert dkim_keys.public_key("nonsense") is None
    assert dkim_keys.public_key_of(Identity(SCOPE, "x.example", IdentityKind.DOMAIN, 0.0, dkim=Dkim())) is None
