"""Identities."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import create_engine, text

from emulator.values import (
    Dkim,
    DkimOrigin,
    Identity,
    IdentityKind,
    MailFrom,
    OnMxFailure,
    Scope,
    Status,
    Verification,
)


def domain(scope, name="abashiri.domain", **changes):
    return Identity(scope, name, IdentityKind.DOMAIN, 10.5, **changes)


def address(scope, name, **changes):
    return Identity(scope, name, IdentityKind.EMAIL_ADDRESS, 11.0, **changes)


def full(scope):
    return domain(
        scope,
        verification=Verification(Status.TEMPORARY_FAILURE, "tok=", 1.0, 2.0, 3.0, 4.0, "HOST_NOT_FOUND"),
        dkim=Dkim(True, Status.SUCCESS, DkimOrigin.BYODKIM, ("sel",), "-----PEM\n", 1024, 2048, 5.0, 6.0, 7.0),
        mail_from=MailFrom("m.abashiri.domain", OnMxFailure.REJECT_MESSAGE, Status.FAILED, 8.0, 9.0),
    )


def save(store, *identities):
    with store.write() as writer:
        for identity in identities:
            writer.save_identity(identity)


def test_an_identity_comes_back_as_it_was_saved_and_is_replaced_as_a_whole(store, scope):
    save(store, full(scope))
    with store.read() as reader:
        (found,) = reader.identities(scope, ["abashiri.domain"])
    assert found == full(scope)
    assert isinstance(found.dkim.status, Status)
    save(store, domain(scope))
    with store.read() as reader:
        assert reader.identities(scope, ["abashiri.domain"]) == [domain(scope)]


def test_identities_of_another_account_or_region_are_not_seen(store, scope):
    save(store, domain(Scope("999999999999", scope.region)), domain(replace(scope, region="us-east-1")))
    with store.read() as reader:
        assert reader.identities(scope, ["abashiri.domain"]) == []
        assert reader.list_identities(scope) == []


def test_those_names_that_exist_are_found_however_many_are_asked_for(store, scope):
    every_third = [address(scope, f"{n}@x.org") for n in range(0, 400, 3)]
    save(store, *every_third)
    with store.read() as reader:
        for many in (0, 1, 2, 12, 13, 120, 121, 400):
            names = [f"{n}@x.org" for n in range(many)] * 2
            found = reader.identities(scope, iter(names))
            assert {one.name for one in found} == {f"{n}@x.org" for n in range(0, many, 3)}
            assert len(found) == len({one.name for one in found})


def test_names_that_no_database_can_hold_are_asked_for_without_trouble(store, scope):
    with store.read() as reader:
        assert reader.identities(scope, ["a\x00@b.c", "\udcff@b.c", "x" * 100_000]) == []
    with store.write() as writer:
        assert writer.identity_for_update(scope, "a\x00\udcff") is None


def test_lists_go_by_name_in_code_point_order_and_page(store, scope):
    names = ["B.org", "a.org", "a@b.org", "z.org", "é.org", "\U0001f427.org"]
    save(store, *(address(scope, name) for name in reversed(names)), domain(scope, "d.org"))
    with store.read() as reader:
        listed = [one.name for one in reader.list_identities(scope)]
        assert listed == sorted([*names, "d.org"])
        assert [one.name for one in reader.list_identities(scope, after="a@b.org", limit=2)] == ["d.org", "z.org"]
        assert [one.name for one in reader.list_identities(scope, IdentityKind.DOMAIN)] == ["d.org"]
        assert [one.name for one in reader.list_identities(scope, IdentityKind.DOMAIN, after="d.org")] == []


def test_unsettled_are_all_that_dns_or_time_could_change(store, scope):
    done = Verification(Status.SUCCESS)
    save(
        store,
        address(scope, "done@x.org", verification=done),
        address(scope, "failed@x.org", verification=Verification(Status.FAILED)),
        address(scope, "pending@x.org"),
        address(scope, "dkim@x.org", verification=done, dkim=Dkim(tokens=("t",))),
        address(Scope("999999999999", "eu-west-1"), "from@x.org", verification=done, mail_from=MailFrom("m.x.org")),
        domain(scope, verification=done),
    )
    with store.read() as reader:
        assert {one.name for one in reader.unsettled_identities()} == {
            "pending@x.org", "dkim@x.org", "from@x.org", "abashiri.domain",
        }  # fmt: skip
    save(store, address(scope, "pending@x.org", verification=done))
    with store.read() as reader:
        assert "pending@x.org" not in {one.name for one in reader.unsettled_identities()}


def test_deleting_says_whether_there_was_one(store, scope):
    save(store, domain(scope), domain(replace(scope, region="us-east-1")))
    with store.write() as writer:
        assert writer.delete_identity(scope, "abashiri.domain")
        assert not writer.delete_identity(scope, "abashiri.domain")
        assert len(writer.list_identities(replace(scope, region="us-east-1"))) == 1


def test_an_identity_written_by_a_newer_version_can_be_read(store, url, scope):
    save(store, full(scope))
    engine = create_engine(url)
    with engine.begin() as connection:
        body = json.loads(connection.execute(text("SELECT body FROM identity")).scalar_one())
        body["archiving"] = {"x": 1}
        body["dkim"]["algorithm"] = "ed25519"
        del body["mail_from"]["lost_at"]
        connection.execute(text("UPDATE identity SET body = :body"), {"body": json.dumps(body)})
    engine.dispose()
    with store.read() as reader:
        (found,) = reader.identities(scope, ["abashiri.domain"])
    assert found == replace(full(scope), mail_from=replace(full(scope).mail_from, lost_at=None))
