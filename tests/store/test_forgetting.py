"""Emptying the store."""

from __future__ import annotations

from dataclasses import replace

from emulator.store.ports import MessageFilter
from emulator.values import Account, Dkim, Identity, IdentityKind, MailFrom, Outcome, Record, Scope, Verification

MINE = Scope("111111111111", "us-east-1")
MINE_TOO = Scope("111111111111", "eu-west-1")
THEIRS = Scope("222222222222", "us-east-1")


def identity(scope, name="shared.org", token="t", **changes):
    return Identity(scope, name, IdentityKind.DOMAIN, 1.0, dkim=Dkim(tokens=(token,)), **changes)


def fill(store, outbound_message, captured_mail):
    with store.write() as writer:
        for scope in (MINE, MINE_TOO, THEIRS):
            key = f"{scope.account}-{scope.region}"
            writer.save_account(Account(scope, sent_total=1))
            writer.save_identity(identity(scope))
            writer.add_outbound(outbound_message(f"sent-{key}", scope=scope), 1)
            writer.add_outbound(outbound_message(f"done-{key}", scope=scope), 2)
            writer.settle(f"done-{key}", "to@example.org", Outcome.BOUNCED, "550", 1.0)
            writer.capture(captured_mail(scope=scope, message_id=f"sent-{key}", delivery_key=key))
        writer.capture(captured_mail(subject="from a stranger"))
        writer.put_records([Record("seeded.org", "A", "1", origin="seed")])
        for key in ("amazonses_key", "secret", "clock_offset"):
            writer.set_world(key, key)


def test_forgetting_one_account_takes_all_its_regions_and_nothing_of_others(store, outbound_message, captured_mail):
    fill(store, outbound_message, captured_mail)
    with store.write() as writer:
        writer.forget(replace(MINE, region=""))
    with store.read() as reader:
        assert [one.scope for one in reader.accounts()] == [THEIRS]
        assert [one.scope for one in reader.unsettled_identities()] == [THEIRS]
        assert reader.outbound("sent-111111111111-us-east-1") is None
        assert reader.deliveries("done-111111111111-eu-west-1") == []
        assert reader.undelivered() == 1
        assert reader.sent_before(MINE, 1e9) == 0
        assert reader.send_counts(MINE, 0.0) == []
        assert [one.bounces for one in reader.send_counts(THEIRS, 0.0)] == [1]
        assert [one.scope for one in reader.search(MessageFilter(), 9)] == [None, THEIRS]
        assert reader.world("clock_offset") == "clock_offset"
        assert [one.name for one in reader.records()] == ["seeded.org"]


def test_forgetting_everything_leaves_only_the_worlds_keys_and_secret(store, outbound_message, captured_mail):
    fill(store, outbound_message, captured_mail)
    with store.write() as writer:
        writer.forget()
    with store.read() as reader:
        assert list(reader.accounts()) == []
        assert list(reader.unsettled_identities()) == []
        assert reader.undelivered() == 0
        assert reader.count(MessageFilter()) == 0
        assert list(reader.records()) == []
        assert reader.world("amazonses_key") == "amazonses_key"
        assert reader.world("secret") == "secret"
        assert reader.world("clock_offset") is None
    fill(store, outbound_message, captured_mail)


def test_records_made_for_a_forgotten_identity_go_with_it(store):
    mine = identity(
        MINE, "mine.org", "mytoken", verification=Verification(token="proof="), mail_from=MailFrom("m.mine.org")
    )
    gone = [
        Record("mytoken._domainkey.mine.org", "CNAME", "mytoken.dkim.amazonses.com", origin="publish"),
        Record("mytoken.dkim.amazonses.com", "TXT", "p=MIGf", origin="ses"),
        Record("_amazonses.mine.org", "TXT", "proof=", origin="publish"),
        Record("m.mine.org", "MX", "10 feedback-smtp.us-east-1.amazonses.com", origin="publish"),
    ]
    staying = [
        Record("www.mine.org", "A", "1", origin="api"),
        Record("mytoken._domainkey.mine.org", "TXT", "mine", origin="route53:Z"),
        Record("other.dkim.amazonses.com", "TXT", "p=MIGf", origin="ses"),
        Record("notmine.org", "MX", "10 x", origin="publish"),
    ]
    with store.write() as writer:
        writer.save_identity(mine)
        writer.put_records([*gone, *staying])
        before = writer.dns_serial()
        writer.forget(MINE)
        assert set(writer.records()) == set(staying)
        assert writer.dns_serial() > before


def test_records_that_another_account_rests_on_stay(store):
    mine = Record("a._domainkey.shared.org", "CNAME", "a.dkim.amazonses.com", origin="publish")
    theirs = Record("b._domainkey.shared.org", "CNAME", "b.dkim.amazonses.com", origin="publish")
    shared = Record("m.shared.org", "MX", "10 feedback-smtp.us-east-1.amazonses.com", origin="publish")
    below = Record("m.their.mine.org", "MX", "10 feedback-smtp.us-east-1.amazonses.com", origin="publish")
    with store.write() as writer:
        writer.save_identity(identity(MINE, "shared.org", "a", mail_from=MailFrom("m.shared.org")))
        writer.save_identity(identity(THEIRS, "shared.org", "b", mail_from=MailFrom("m.shared.org")))
        writer.save_identity(identity(MINE, "mine.org", "c"))
        writer.save_identity(identity(THEIRS, "their.mine.org", "d"))
        writer.put_records([mine, theirs, shared, below])
        writer.forget(MINE)
        assert set(writer.records()) == {theirs, shared, below}
        writer.forget(THEIRS)
        assert writer.records() == []
