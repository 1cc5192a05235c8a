import dataclasses

import pytest

from emulator.errors import Fault
from emulator.policy import identity_names, mail_from
from emulator.policy.addresses import parse
from emulator.policy.identity import candidates, covers, dkim_identity, settings_identity, signs
from emulator.policy.sandbox import failing, listed
from emulator.policy.simulator import is_simulator
from emulator.values import (
    Dkim,
    Identity,
    IdentityKind,
    MailFrom,
    OnMxFailure,
    Scope,
    Status,
    Verification,
)

SCOPE = Scope("123456789012", "ap-northeast-1")


def identity(name, status=Status.SUCCESS, **more):
    return Identity(SCOPE, name, identity_names.identity_kind(name), 0.0, Verification(status), **more)


def known(*names, status=Status.SUCCESS):
    return {name: identity(name, status) for name in names}


@pytest.mark.parametrize(
    ("address", "names"),
    [
        (
            "user@a.b.example.com",
            ("user@a.b.example.com", "a.b.example.com", "b.example.com", "example.com"),
        ),
        ("U+l+m@EXAMPLE.com", ("U+l+m@EXAMPLE.com", "U@EXAMPLE.com", "example.com")),
        ("+x@example.com", ("+x@example.com", "example.com")),
        ("a@localhost", ("a@localhost", "localhost")),
        ("a@[192.0.2.1]", ("a@[192.0.2.1]",)),
        ("nonsense", ()),
    ],
)
def test_candidates_go_from_the_address_to_the_highest_domain(address, names):
    assert candidates(address) == names


def test_a_domain_of_a_million_labels_has_no_parents():
    address = "a@" + "b." * 500_000 + "c"
    assert candidates(address) == (address,)


def test_the_most_specific_verified_identity_gives_the_settings():
    all_of_them = known("u@a.example.com", "a.example.com", "example.com")
    assert settings_identity("u@a.example.com", all_of_them).name == "u@a.example.com"
    assert settings_identity("v@a.example.com", all_of_them).name == "a.example.com"
    assert settings_identity("v@b.example.com", all_of_them).name == "example.com"
    assert settings_identity("v@example.org", all_of_them) is None
    mixed = known("example.com") | known("u@a.example.com", "a.example.com", status=Status.PENDING)
    assert settings_identity("u@a.example.com", mixed).name == "example.com"
    assert dkim_identity("u@a.example.com", mixed).name == "example.com"
    waiting = known("u@a.example.com", "a.example.com", "example.com", status=Status.PENDING)
    assert settings_identity("u@a.example.com", waiting).name == "u@a.example.com"
    assert dkim_identity("u@a.example.com", waiting).name == "a.example.com"


def test_an_address_has_the_dkim_of_its_domain():
    both = known("u@a.example.com", "example.com")
    assert dkim_identity("u@a.example.com", both).name == "example.com"
    assert dkim_identity("u@a.example.com", known("u@a.example.com")) is None


def test_any_verified_identity_covers_whatever_lies_between():
    mixed = known("example.com") | known("u@a.example.com", "a.example.com", status=Status.PENDING)
    assert covers("u@a.example.com", mixed).name == "example.com"


@pytest.mark.parametrize(
    ("name", "address", "covered"),
    [
        ("example.com", "x@deep.sub.Example.COM", True),
        ("sub.example.com", "x@example.com", False),
        ("example.com", "x@badexample.com", False),
        ("sender@example.com", "sender+label@example.com", True),
        ("sender+label@example.com", "sender@example.com", False),
        ("sender@EXAMPLE.com", "sender@example.com", False),
        ("Sender@example.com", "sender@example.com", False),
        ("sender@example.com", "other@example.com", False),
    ],
)
def test_cases_labels_and_subdomains(name, address, covered):
    assert (covers(address, known(name)) is not None) is covered


@pytest.mark.parametrize(
    ("status", "may"),
    [
        (Status.PENDING, False),
        (Status.FAILED, False),
        (Status.NOT_STARTED, False),
        (Status.TEMPORARY_FAILURE, True),
        (Status.SUCCESS, True),
    ],
)
def test_only_a_verified_identity_may_send(status, may):
    assert (covers("a@example.com", known("example.com", status=status)) is not None) is may


def test_a_key_signs_only_while_dkim_is_enabled_and_verified():
    good = Dkim(True, Status.SUCCESS, tokens=("a", "b", "c"), private_key="pem")
    assert signs(identity("example.com", dkim=good))
    assert signs(identity("example.com", dkim=dataclasses.replace(good, status=Status.TEMPORARY_FAILURE)))
    assert not signs(identity("example.com", dkim=dataclasses.replace(good, enabled=False)))
    assert not signs(identity("example.com", dkim=dataclasses.replace(good, status=Status.PENDING)))
    assert not signs(identity("example.com", dkim=dataclasses.replace(good, private_key=None)))
    assert not signs(None)


@pytest.mark.parametrize("local", ["success", "bounce", "ooto", "complaint", "suppressionlist", "bounce+label1"])
def test_simulator_addresses_are_known_in_any_case(local):
    assert is_simulator(f"{local}@simulator.amazonses.com")
    assert is_simulator(f"{local}@Simulator.AmazonSES.com")


@pytest.mark.parametrize(
    "address",
    ["softbounce@simulator.amazonses.com", "success@amazonses.com", "success@x.simulator.amazonses.com", "success", ""],
)
def test_everybody_else_is_no_simulator(address):
    assert not is_simulator(address)


def named(*raws):
    return [(raw, parse(raw)) for raw in raws]


def test_recipients_are_listed_before_senders_as_they_were_written():
    failed = failing(named("<to@example.com>"), named("Foo Bar <from@example.com>", "from@example.com"), {}, False)
    assert failed == ("<to@example.com>", "Foo Bar <from@example.com>", "from@example.com")


def test_in_production_only_senders_are_looked_at():
    assert failing(named("to@example.com"), named("from@example.com"), {}, True) == ("from@example.com",)


def test_the_simulator_may_receive_but_not_send():
    address = "success@simulator.amazonses.com"
    assert failing(named(address), [], {}, False) == ()
    assert failing([], named(address), {}, False) == (address,)
    assert failing(named("nobody@simulator.amazonses.com"), [], {}, False) == ("nobody@simulator.amazonses.com",)


def test_a_string_is_listed_once_and_a_long_list_ends_with_an_ellipsis():
    assert failing(named("a@b.com", "a@b.com"), named("a@b.com"), {}, False) == ("a@b.com",)
    eleven = tuple(f"u{number}@b.com" for number in range(11))
    assert listed(eleven[:10]) == eleven[:10]
    assert listed(eleven) == (*eleven[:10], "...")


@pytest.mark.parametrize(
    "name",
    ["foo.example.com.", "localhost", "-a.com", "a-.com", "a_b.com", "a..com", ".com", "", "a b.com", "é.com",
     "a" * 64 + ".com", "a." * 127 + "com", "example.com\n", "[192.0.2.1]"],
)  # fmt: skip
def test_what_is_no_domain_is_refused_with_its_name(name):
    with pytest.raises(Fault) as caught:
        identity_names.domain_name(name)
    assert caught.value.message == f"Invalid domain name {name}."
    assert caught.value.hint


def test_a_domain_is_kept_in_lower_case_and_an_address_as_it_is():
    assert identity_names.identity_name("Mail.EXAMPLE.com") == ("mail.example.com", IdentityKind.DOMAIN)
    assert identity_names.identity_name("A@EXAMPLE.com") == ("A@EXAMPLE.com", IdentityKind.EMAIL_ADDRESS)


@pytest.mark.parametrize("name", ["foo", "a@", "A <a@b.com>", " a@b.com", "a@b..com", "a@b.com,", "é@b.com"])
def test_what_is_no_bare_address_is_refused_without_a_blank(name):
    with pytest.raises(Fault) as caught:
        identity_names.email_address(name)
    assert caught.value.message == f"Invalid email address<{name}>."


@pytest.mark.parametrize("name", ["example.com", "me@example.com"])
def test_a_mail_from_domain_lies_below_the_identitys_domain(name):
    assert mail_from.check_domain("Mail.Example.com", identity(name)) == "mail.example.com"
    for wrong in ("example.com", "mail.example.org", "badexample.com"):
        with pytest.raises(Fault) as caught:
            mail_from.check_domain(wrong, identity(name))
        assert caught.value.message == (
            f"Provided MAIL-FROM domain <{wrong}> is not subdomain of the domain of the identity <example.com>."
        )


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED, Status.TEMPORARY_FAILURE, None])
def test_a_custom_mail_from_is_used_only_in_success(status):
    fallback = MailFrom("mail.example.com", OnMxFailure.USE_DEFAULT_VALUE, status)
    assert mail_from.effective_domain(identity("example.com", mail_from=fallback)) is None
    reject = dataclasses.replace(fallback, on_mx_failure=OnMxFailure.REJECT_MESSAGE)
    with pytest.raises(Fault) as caught:
        mail_from.effective_domain(identity("example.com", mail_from=reject))
    assert caught.value.v1 == caught.value.v2 == "MailFromDomainNotVerifiedException"
    assert "10 feedback-smtp.ap-northeast-1.amazonses.com" in caught.value.hint
    good = dataclasses.replace(reject, status=Status.SUCCESS)
    assert mail_from.effective_domain(identity("example.com", mail_from=good)) == "mail.example.com"


def test_without_a_custom_mail_from_ses_uses_its_own():
    assert mail_from.effective_domain(None) is None
    assert mail_from.effective_domain(identity("example.com")) is None
