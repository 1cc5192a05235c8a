"""Which records may come into the world, and how they are spelled there."""

from __future__ import annotations

import pytest

from emulator.dns.records import check_record, normal_name, parse_record, unquote
from emulator.values import Record


@pytest.mark.parametrize(
    ("type", "value", "kept"),
    [
        ("A", " 192.0.2.1 ", "192.0.2.1"),
        ("AAAA", "2001:0DB8:0:0::0001", "2001:db8::1"),
        ("CNAME", "Token.DKIM.amazonses.com.", "token.dkim.amazonses.com"),
        ("MX", "010   Feedback-SMTP.us-east-1.amazonses.com.", "10 feedback-smtp.us-east-1.amazonses.com"),
        ("MX", "0 .", "0 ."),
        ("TXT", "v=spf1 include:amazonses.com ~all", "v=spf1 include:amazonses.com ~all"),
        ("TXT", '"v=DKIM1; " "p=MIGf"', "v=DKIM1; p=MIGf"),
        ("TXT", r'"say \"hi\" \\ \065"', 'say "hi" \\ A'),
        ("TXT", r'"caf\195\169"', "café"),
        ("NS", "ns-1.awsdns-00.com.", "ns-1.awsdns-00.com"),
        ("PTR", "A8-19.smtp-out.amazonses.com.", "a8-19.smtp-out.amazonses.com"),
        ("SRV", "1 0 587 mail.example.com.", "1 0 587 mail.example.com"),
        ("SOA", "NS.example.com. h.example.com. 01 7200 900 9 6", "ns.example.com h.example.com 1 7200 900 9 6"),
        ("caa", "0 Issue ca.example", '0 issue "ca.example"'),
    ],
)  # fmt: skip
def test_a_value_is_kept_in_one_spelling(type, value, kept):
    record = parse_record("Example.COM.", type, value)
    assert (record.name, record.type, record.value) == ("example.com", type.upper(), kept)
    assert check_record(record) == record


@pytest.mark.parametrize(
    ("name", "type", "value", "ttl", "sentence"),
    [
        ("example.com", "A", "192.0.2.256", 300, "IPv4"),
        ("example.com", "A", "example.com", 300, "IPv4"),
        ("example.com", "A", "192.0.2.1\0", 300, "IPv4"),
        ("example.com", "AAAA", "192.0.2.1", 300, "IPv6"),
        ("example.com", "MX", "mail.example.com", 300, "preference and a host"),
        ("example.com", "MX", "70000 mail.example.com", 300, "from 0 to 65535"),
        ("example.com", "MX", "-1 mail.example.com", 300, "from 0 to 65535"),
        ("example.com", "MX", "² mail.example.com", 300, "from 0 to 65535"),
        ("example.com", "CNAME", "", 300, "root"),
        ("example.com", "CNAME", "a b", 300, "no DNS name can have"),
        ("example.com", "TXT", '"open', 300, "does not close"),
        ("example.com", "TXT", '"a" b', 300, "does not close"),
        ("example.com", "TXT", r'"\999"', 300, "UTF-8|octet|range"),
        ("example.com", "TXT", r'"\255"', 300, "UTF-8"),
        ("example.com", "TXT", "", 300, "at least one"),
        ("example.com", "TXT", "x" * 4001, 300, "4000"),
        ("example.com", "TXT", "\ud800", 300, "surrogates"),
        ("example.com", "TXT", "a\0b", 300, "NUL"),
        ("example.com", "SRV", "1 0 mail.example.com", 300, "priority"),
        ("example.com", "SOA", "ns.example.com. 1 2 3", 300, "five numbers"),
        ("example.com", "CAA", "issue ca.example", 300, "flags"),
        ("example.com", "NAPTR", "x", 300, "the types are A, AAAA"),
        ("", "A", "192.0.2.1", 300, "needs a name"),
        (".", "A", "192.0.2.1", 300, "needs a name"),
        ("a..example.com", "A", "192.0.2.1", 300, "empty label"),
        ("a" * 64 + ".com", "A", "192.0.2.1", 300, "63"),
        ("a." * 127 + "a", "A", "192.0.2.1", 300, "255"),
        ("münchen.example", "A", "192.0.2.1", 300, "xn--"),
        ("a\\046b.example", "A", "192.0.2.1", 300, "no DNS name can have"),
        ("example.com", "A", "192.0.2.1", -1, "ttl"),
        ("example.com", "A", "192.0.2.1", True, "ttl"),
        ("example.com", "A", "192.0.2.1", "300", "ttl"),
        (None, "A", "192.0.2.1", 300, "name .* is text"),
        ("example.com", 1, "192.0.2.1", 300, "type .* is text"),
        ("example.com", "A", ["192.0.2.1"], 300, "value .* is text"),
    ],
)
def test_a_record_that_dns_cannot_hold_is_refused_in_a_sentence(name, type, value, ttl, sentence):
    with pytest.raises(ValueError, match=sentence) as refusal:
        parse_record(name, type, value, ttl)
    assert str(refusal.value).endswith(".")


def test_a_cname_stands_alone():
    cname = Record("a.example.com", "CNAME", "b.example.com")
    text = Record("a.example.com", "TXT", "x")
    with pytest.raises(ValueError, match="already has a TXT"):
        check_record(cname, [text])
    with pytest.raises(ValueError, match=r"CNAME to b\.example\.com"):
        check_record(text, [cname])
    with pytest.raises(ValueError, match="already has a CNAME"):
        check_record(cname, [Record("a.example.com", "CNAME", "c.example.com")])
    assert check_record(cname, [cname, Record("other.example.com", "TXT", "x")]) == cname


def test_underscores_wildcards_and_reverse_delegations_are_names():
    for name in ("_amazonses.example.com", "*.example.com", "0/25.2.0.192.in-addr.arpa", "a" * 63 + ".com"):
        assert normal_name(name + ".") == name
    longest = "a." * 126 + "a"
    assert normal_name(longest) == longest


def test_text_that_is_not_quoted_is_taken_as_it_stands():
    assert unquote('v=1; a="b"') == 'v=1; a="b"'
    assert unquote(r"no \065 here") == r"no \065 here"
