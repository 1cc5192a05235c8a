import dataclasses

import pytest

from emulator.policy.verification import (
    DNS_SERVER_ERROR,
    HOST_NOT_FOUND,
    HOUR,
    INVALID_VALUE,
    TYPE_NOT_FOUND,
    DnsFacts,
    changed,
    error_of,
    mx_holds,
    settle,
    token_matches,
)
from emulator.values import Dkim, DnsAnswer, Identity, IdentityKind, MailFrom, Scope, Status, Verification

SCOPE = Scope("123456789012", "eu-west-1")
MX = "10 feedback-smtp.eu-west-1.amazonses.com"
START = 1_000_000.0
NOTHING = DnsFacts(txt_error=HOST_NOT_FOUND, dkim_error=HOST_NOT_FOUND, mx_error=HOST_NOT_FOUND)
TXT = DnsFacts(txt_token_found=True, dkim_error=HOST_NOT_FOUND)
KEYS = DnsFacts(dkim_records_found=True, txt_error=HOST_NOT_FOUND)
SILENCE = DnsFacts(txt_error=DNS_SERVER_ERROR, dkim_error=DNS_SERVER_ERROR, mx_error=DNS_SERVER_ERROR)


def domain(token="t", dkim=True, mail_from=None):
    return Identity(
        SCOPE,
        "example.com",
        IdentityKind.DOMAIN,
        START,
        Verification(Status.PENDING, token, START),
        Dkim(True, Status.PENDING, tokens=("a", "b", "c"), started_at=START) if dkim else Dkim(),
        MailFrom(mail_from, status=Status.PENDING, started_at=START) if mail_from else MailFrom(),
    )


def run(identity, *steps):
    """Settles at each (hours after the start, facts)."""
    for hours, found in steps:
        identity = settle(identity, found, START + hours * HOUR)
    return identity


def states(identity):
    return identity.verification.status, identity.dkim.status, identity.mail_from.status


def test_a_domain_waits_72_hours_for_its_records():
    waiting = run(domain(), (0, NOTHING), (71.99, NOTHING))
    assert states(waiting) == (Status.PENDING, Status.PENDING, None)
    assert waiting.verification.error_type == HOST_NOT_FOUND
    assert waiting.verification.last_checked_at == START + 71.99 * HOUR
    failed = run(waiting, (72, NOTHING))
    assert states(failed) == (Status.FAILED, Status.FAILED, None)


def test_failed_stays_failed_until_asked_again_though_the_token_appears():
    failed = run(domain(dkim=False), (72, NOTHING))
    assert run(failed, (73, TXT)).verification.status is Status.FAILED


def test_the_token_alone_verifies_the_domain():
    verified = run(domain(), (1, TXT))
    assert states(verified) == (Status.SUCCESS, Status.PENDING, None)
    assert verified.verification.last_success_at == START + HOUR
    assert verified.verification.error_type is None
    assert run(verified, (100, TXT)).verification.status is Status.SUCCESS


def test_dkim_alone_verifies_the_domain():
    assert states(run(domain(token=""), (1, KEYS))) == (Status.SUCCESS, Status.SUCCESS, None)


def test_a_token_nobody_was_given_verifies_nothing():
    assert run(domain(token="", dkim=False), (1, TXT)).verification.status is Status.PENDING


def test_lost_records_have_72_hours_of_grace_and_dkim_five_days():
    lost = run(domain(), (1, KEYS), (10, NOTHING))
    assert states(lost) == (Status.TEMPORARY_FAILURE, Status.TEMPORARY_FAILURE, None)
    assert lost.verified
    assert lost.verification.lost_at == lost.dkim.lost_at == START + 10 * HOUR
    assert states(run(lost, (81.9, NOTHING))) == (Status.TEMPORARY_FAILURE, Status.TEMPORARY_FAILURE, None)
    revoked = run(lost, (82, NOTHING))
    assert states(revoked) == (Status.FAILED, Status.TEMPORARY_FAILURE, None)
    assert not revoked.verified
    assert states(run(revoked, (130, NOTHING))) == (Status.FAILED, Status.FAILED, None)


def test_records_that_come_back_in_time_are_as_if_never_lost():
    back = run(domain(), (1, KEYS), (10, NOTHING), (80, KEYS))
    assert states(back) == (Status.SUCCESS, Status.SUCCESS, None)
    assert back.verification.lost_at is back.dkim.lost_at is None
    again = run(back, (85, NOTHING), (150, NOTHING))
    assert again.verification.status is Status.TEMPORARY_FAILURE


def test_dkim_that_recovers_verifies_a_domain_that_had_failed():
    failed = run(domain(), (1, KEYS), (10, NOTHING), (82, NOTHING))
    assert states(run(failed, (100, KEYS))) == (Status.SUCCESS, Status.SUCCESS, None)


def test_one_of_two_proofs_is_enough_to_stay():
    both = DnsFacts(txt_token_found=True, dkim_records_found=True)
    assert states(run(domain(), (1, both), (2, TXT))) == (Status.SUCCESS, Status.TEMPORARY_FAILURE, None)


def test_dns_that_does_not_answer_takes_nothing_away_but_gives_nothing_either():
    verified = run(domain(mail_from="m.example.com"), (1, DnsFacts(dkim_records_found=True, mx_values=(MX,))))
    assert states(run(verified, (2, SILENCE))) == (Status.SUCCESS,) * 3
    assert states(run(domain(), (72, SILENCE)))[:2] == (Status.FAILED, Status.FAILED)
    lost = run(verified, (2, NOTHING))
    assert states(run(lost, (74, SILENCE))) == (Status.FAILED, Status.TEMPORARY_FAILURE, Status.FAILED)


def test_a_domain_without_dkim_never_starts_it():
    assert run(domain(dkim=False), (1, KEYS)).dkim == Dkim()


def test_mail_from_follows_its_mx_alone():
    waiting = domain(mail_from="m.example.com")
    found = DnsFacts(mx_values=(MX,), txt_error=HOST_NOT_FOUND, dkim_error=HOST_NOT_FOUND)
    set_up = run(waiting, (1, found))
    assert set_up.mail_from.status is Status.SUCCESS
    lost = run(set_up, (2, NOTHING))
    assert lost.mail_from.status is Status.TEMPORARY_FAILURE
    assert run(lost, (73.9, found)).mail_from.status is Status.SUCCESS
    assert run(lost, (74, NOTHING)).mail_from.status is Status.FAILED
    assert run(lost, (74, NOTHING), (75, found)).mail_from.status is Status.FAILED
    assert run(waiting, (72, NOTHING)).mail_from.status is Status.FAILED


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ((MX,), True),
        (("10 Feedback-SMTP.eu-west-1.amazonses.com.",), True),
        ((), False),
        ((MX, "20 mail.example.com"), False),
        ((MX, MX), False),
        (("20 feedback-smtp.eu-west-1.amazonses.com",), False),
        (("10 feedback-smtp.us-east-1.amazonses.com",), False),
    ],
)
def test_exactly_one_mx_and_the_right_one(values, holds):
    assert mx_holds(values, "eu-west-1") is holds


@pytest.mark.parametrize(
    ("values", "holds"),
    [(("tok",), True), (("v=spf1 -all", "amazonses:tok"), True), (("other",), False), ((), False), (("",), False)],
)
def test_the_token_may_bear_a_prefix(values, holds):
    assert token_matches(values, "tok") is holds


def test_no_token_matches_no_value():
    assert not token_matches(("", "amazonses:"), "")


def test_an_address_waits_24_hours_for_its_link():
    address = Identity(
        SCOPE, "a@example.com", IdentityKind.EMAIL_ADDRESS, START, Verification(Status.PENDING, "t", START)
    )
    assert run(address, (23.9, TXT)) == address
    assert run(address, (24, NOTHING)).verification.status is Status.FAILED
    clicked = dataclasses.replace(address, verification=Verification(Status.SUCCESS, "t", START))
    assert run(clicked, (24 * 365, NOTHING)) == clicked


def test_the_mail_from_of_an_address_is_checked_as_well():
    address = Identity(
        SCOPE,
        "a@example.com",
        IdentityKind.EMAIL_ADDRESS,
        START,
        Verification(Status.SUCCESS),
        mail_from=MailFrom("m.example.com", status=Status.PENDING, started_at=START),
    )
    assert run(address, (1, DnsFacts(mx_values=(MX,)))).mail_from.status is Status.SUCCESS


def test_checking_again_is_no_change_but_a_new_state_is():
    verified = run(domain(), (1, KEYS))
    assert changed(domain(), verified)
    assert not changed(verified, run(verified, (2, KEYS)))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (DnsAnswer("NXDOMAIN"), HOST_NOT_FOUND),
        (DnsAnswer("NOERROR"), TYPE_NOT_FOUND),
        (DnsAnswer("NOERROR", ("other",)), INVALID_VALUE),
        (DnsAnswer("SERVFAIL"), DNS_SERVER_ERROR),
        (DnsAnswer("TIMEOUT"), DNS_SERVER_ERROR),
    ],
)
def test_every_answer_that_does_not_hold_has_its_error(answer, error):
    assert error_of(answer, False) == error
    assert error_of(answer, True) is None
