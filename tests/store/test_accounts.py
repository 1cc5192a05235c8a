"""Accounts, world values, and what a transaction is."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import psycopg
import pytest

from emulator.store.sql.engine import open_store
from emulator.values import Account, AccountDetails, Identity, IdentityKind, Scope

DETAILS = AccountDetails("MARKETING", "https://x.example/é", None, "why\x00\udcff", ("a@b.c", "d@e.f"), "PENDING", "42")


def test_an_account_is_unknown_until_someone_locks_it(store, scope):
    with store.read() as reader:
        assert reader.account(scope) is None
    with store.write() as writer:
        assert writer.account_for_update(scope) == Account(scope)
    with store.read() as reader:
        assert reader.account(scope) == Account(scope)
        assert reader.accounts() == [Account(scope)]


def test_scopes_are_those_with_an_account_or_an_identity(store):
    used, named, both = Scope("2" * 12, "us-east-1"), Scope("1" * 12, "eu-west-1"), Scope("1" * 12, "ap-south-1")
    with store.write() as writer:
        for one in (used, both):
            writer.account_for_update(one)
        for one in (named, both):
            writer.save_identity(Identity(one, "example.com", IdentityKind.DOMAIN, 1.0))
            writer.save_identity(Identity(one, "example.org", IdentityKind.DOMAIN, 1.0))
    with store.read() as reader:
        assert reader.scopes() == [both, named, used]


def test_new_accounts_start_in_production_when_the_store_was_told_so(url, scope):
    store = open_store(url, production=True)
    with store.write() as writer:
        assert writer.account_for_update(scope).production
    store.close()


def test_an_account_comes_back_as_it_was_saved(store, scope):
    saved = Account(scope, True, False, 12, -3.25, 1760000000.125, DETAILS)
    with store.write() as writer:
        writer.account_for_update(scope)
        writer.save_account(saved)
    with store.read() as reader:
        assert reader.account(scope) == saved


def test_an_account_can_be_saved_without_having_been_locked(store, scope):
    with store.write() as writer:
        writer.save_account(Account(scope, sent_total=5))
        writer.save_account(Account(scope, sent_total=6))
        assert writer.account_for_update(scope).sent_total == 6


def test_accounts_are_separate_by_account_and_region(store, scope):
    other_region, other_account = replace(scope, region="us-east-1"), Scope("999999999999", scope.region)
    with store.write() as writer:
        for number, each in enumerate((other_account, other_region, scope)):
            writer.save_account(Account(each, sent_total=number))
    with store.read() as reader:
        assert [(one.scope, one.sent_total) for one in reader.accounts()] == [
            (scope, 2),
            (other_region, 1),
            (other_account, 0),
        ]


def test_world_values_are_kept_and_replaced(store):
    with store.write() as writer:
        assert writer.world("secret") is None
        writer.set_world("secret", "a")
        writer.set_world("secret", "b")
    with store.read() as reader:
        assert reader.world("secret") == "b"


def test_a_write_that_raises_changes_nothing(store, scope):
    def fail():
        with store.write() as writer:
            writer.set_world("k", "v")
            writer.account_for_update(scope)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with store.read() as reader:
        assert reader.world("k") is None
        assert reader.account(scope) is None
    with store.write() as writer:
        writer.set_world("k", "w")


def test_a_reader_sees_one_state_while_others_write(store):
    with store.write() as writer:
        writer.set_world("k", "before")
    with store.read() as reader:
        assert reader.world("k") == "before"
        with store.write() as writer:
            writer.set_world("k", "after")
        assert reader.world("k") == "before"
    with store.read() as reader:
        assert reader.world("k") == "after"


def test_a_reader_cannot_write(store):
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction)), store.read() as reader:
        reader.set_world("k", "v")
    with store.write() as writer:
        assert writer.world("k") is None
