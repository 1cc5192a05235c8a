import pytest

from emulator.receiver.author import author_domain
from emulator.receiver.message import parse


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("mail@abashiri.domain", "abashiri.domain"),
        ("Mail <mail@abashiri.domain>", "abashiri.domain"),
        ('"Mail" <mail@abashiri.domain>', "abashiri.domain"),
        ("<mail@abashiri.domain>", "abashiri.domain"),
        ("Mail <mail@Mail.ABASHIRI.domain.>", "mail.abashiri.domain"),
        ("=?UTF-8?B?44GC44GY?= <mail@abashiri.domain>", "abashiri.domain"),
        ("=?utf-8?Q?a=2C_evil=40evil.example?= <mail@abashiri.domain>", "abashiri.domain"),
        ("=?utf-8?Q?mail=40abashiri.domain?=", ""),
        ('"evil@evil.example" <mail@abashiri.domain>', "abashiri.domain"),
        ("evil@evil.example <mail@abashiri.domain>", "abashiri.domain"),
        ('"<evil@evil.example>, \\"x\\"" <mail@abashiri.domain>', "abashiri.domain"),
        ("mail@abashiri.domain (evil@evil.example)", "abashiri.domain"),
        ("(a (nested, <evil@evil.example>) one) mail@abashiri.domain", "abashiri.domain"),
        ('(5" wide) mail@abashiri.domain', "abashiri.domain"),
        ("(a \\) <evil@evil.example>) mail@abashiri.domain", "abashiri.domain"),
        ("mail@(here)abashiri(there).domain", "abashiri.domain"),
        ('"a@b"@abashiri.domain', "abashiri.domain"),
        ("Mail <@relay.example,@other.example:mail@abashiri.domain>", "abashiri.domain"),
        ("Team: a@abashiri.domain, B <b@abashiri.domain>;", "abashiri.domain"),
        ("a@abashiri.domain, b@abashiri.domain", "abashiri.domain"),
        ("a@abashiri.domain, b@other.example", ""),
        ("Team: a@abashiri.domain; b@other.example", ""),
        ("Nobody:;", ""),
        ("Nobody", ""),
        ("", ""),
        ("<>", ""),
        ("@abashiri.domain", ""),
        ("mail@", ""),
        ("mail@[192.0.2.1]", ""),
        ("mail@a b", ""),
        ("mail@abashiri..domain", ""),
        ("mail@" + "a" * 64 + ".domain", ""),
        ("mail@" + ".".join(["a" * 60] * 5), ""),
        ("mail@bücher.example", "xn--bcher-kva.example"),
        ("Unfinished <mail@abashiri.domain", "abashiri.domain"),
        ('"never closed <mail@abashiri.domain>', ""),
        ("(never closed mail@abashiri.domain", ""),
        ("Mail\r\n <mail@abashiri.domain>", "abashiri.domain"),
        ("mail@abashiri.domain\\", ""),
        ("<mail@abashiri.domain> <evil@evil.example>", ""),
        ("Mail <mail@abashiri.domain> <mail@abashiri.domain>", "abashiri.domain"),
        ("<<mail@abashiri.domain>>", "abashiri.domain"),
    ],
)
def test_the_domain_of_from(value, domain):
    assert author_domain(parse(b"From: " + value.encode() + b"\r\n\r\n")) == domain


def test_the_name_of_the_field_has_any_case_and_needs_no_blank():
    assert author_domain(parse(b"fROM:a@b.example\n\nbody")) == "b.example"


def test_several_from_fields_have_no_domain():
    assert author_domain(parse(b"From: a@b.example\r\nFrom: a@b.example\r\n\r\n")) == ""


def test_without_from_there_is_no_domain():
    assert author_domain(parse(b"To: a@b.example\r\n\r\nFrom: a@b.example\r\n")) == ""
