"""What the world answers, by question."""

from __future__ import annotations

import pytest

from emulator.dns.amazonses import SPF
from emulator.dns.zone import answer
from emulator.values import Record

WORLD = [
    ("example.com", "MX", "10 mail.example.com"),
    ("example.com", "TXT", "v=spf1 -all"),
    ("mail.example.com", "A", "192.0.2.1"),
    ("mail.example.com", "A", "192.0.2.2"),
    ("www.example.com", "CNAME", "web.example.net"),
    ("web.example.net", "CNAME", "mail.example.com"),
    ("lost.example.com", "CNAME", "nowhere.example.org"),
    ("half.example.com", "CNAME", "example.com"),
    ("a.b.c.example.com", "A", "192.0.2.3"),
    ("loop1.example.com", "CNAME", "loop2.example.com"),
    ("loop2.example.com", "CNAME", "loop1.example.com"),
    ("self.example.com", "CNAME", "self.example.com"),
    # RFC 4592 2.2.1
    ("*.wild.example", "TXT", "this is a wildcard"),
    ("*.wild.example", "MX", "10 host1.wild.example"),
    ("sub.*.wild.example", "TXT", "this is not a wildcard"),
    ("host1.wild.example", "A", "192.0.2.4"),
    ("_ssh._tcp.host1.wild.example", "SRV", "0 0 22 host1.wild.example"),
    ("*.alias.example", "CNAME", "mail.example.com"),
]
MAIL = [("mail.example.com", "A", "192.0.2.1"), ("mail.example.com", "A", "192.0.2.2")]


@pytest.fixture
def ask(memory):
    for name, type, value in WORLD:
        memory.put(name, type, value)

    def values(name, type):
        found = memory.read(name, type)
        return found.status, [(record.name, record.type, record.value) for record in found.answers]

    return values


@pytest.mark.parametrize(
    ("name", "type", "status", "answers"),
    [
        ("mail.example.com", "A", "NOERROR", MAIL),
        ("MAIL.Example.COM.", "A", "NOERROR", MAIL),
        ("mail.example.com", "AAAA", "NOERROR", []),
        ("c.example.com", "A", "NOERROR", []),
        ("b.c.example.com", "TXT", "NOERROR", []),
        ("x.c.example.com", "A", "NXDOMAIN", []),
        ("nothing.example.com", "A", "NXDOMAIN", []),
        ("xexample.com", "TXT", "NXDOMAIN", []),
        ("web.example.net", "CNAME", "NOERROR", [("web.example.net", "CNAME", "mail.example.com")]),
        ("lost.example.com", "A", "NXDOMAIN", [("lost.example.com", "CNAME", "nowhere.example.org")]),
        ("half.example.com", "A", "NOERROR", [("half.example.com", "CNAME", "example.com")]),
        ("loop1.example.com", "A", "SERVFAIL", []),
        ("self.example.com", "TXT", "SERVFAIL", []),
        ("self.example.com", "CNAME", "NOERROR", [("self.example.com", "CNAME", "self.example.com")]),
        ("example.com", "ANY", "REFUSED", []),
        ("example.com", "AXFR", "REFUSED", []),
        ("host3.wild.example", "MX", "NOERROR", [("host3.wild.example", "MX", "10 host1.wild.example")]),
        ("host3.wild.example", "A", "NOERROR", []),
        ("foo.bar.wild.example", "TXT", "NOERROR", [("foo.bar.wild.example", "TXT", "this is a wildcard")]),
        ("host1.wild.example", "MX", "NOERROR", []),
        ("sub.*.wild.example", "MX", "NOERROR", []),
        ("_telnet._tcp.host1.wild.example", "SRV", "NXDOMAIN", []),
        ("ghost.*.wild.example", "MX", "NXDOMAIN", []),
        ("*.wild.example", "MX", "NOERROR", [("*.wild.example", "MX", "10 host1.wild.example")]),
    ],
)  # fmt: skip
def test_a_question_is_answered_as_the_rfcs_say(ask, name, type, status, answers):
    assert ask(name, type) == (status, answers)


def test_cnames_are_followed_across_zones_in_order(ask):
    status, answers = ask("www.example.com", "A")
    assert status == "NOERROR"
    assert [value for _, _, value in answers] == ["web.example.net", "mail.example.com", "192.0.2.1", "192.0.2.2"]


def test_a_wildcard_cname_stands_at_the_asked_name(ask):
    _, answers = ask("shop.alias.example", "A")
    assert answers[0] == ("shop.alias.example", "CNAME", "mail.example.com")
    assert answers[-1] == ("mail.example.com", "A", "192.0.2.2")


def test_a_chain_of_eight_cnames_ends_and_one_of_nine_fails(memory):
    for step in range(9):
        memory.put(f"c{step}.example", "CNAME", f"c{step + 1}.example")
    memory.put("c9.example", "A", "192.0.2.9")
    assert memory.read("c1.example", "A").status == "NOERROR"
    assert memory.read("c0.example", "A").status == "SERVFAIL"


@pytest.mark.parametrize("name", ["nothing.example.com", "c.example.com", "lost.example.com"])
def test_a_no_comes_with_an_soa_that_nobody_may_remember(ask, memory, name):
    authority = memory.read(name, "A").authority
    assert authority is not None
    assert (authority.name, authority.type, authority.ttl) == ("", "SOA", 0)
    assert authority.value.split()[2:] == [str(memory.serial), "7200", "900", "1209600", "0"]


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("nothing.example.com", "nothing.example.com"),
        ("lost.example.com", "nowhere.example.org"),
        ("c.example.com", "c.example.com"),
        ("mail.example.com", None),
        ("host3.wild.example", None),
        ("self.example.com", None),
    ],
)
def test_the_name_that_upstream_may_know_is_the_one_without_any_record(ask, memory, name, unknown):
    assert memory.read(name, "AAAA").unknown == unknown


def test_the_root_has_the_worlds_serial_and_name_server(memory):
    memory.put("a.example", "A", "192.0.2.1")
    soa = memory.read(".", "SOA").answers[0]
    assert soa.value.split()[2] == "2"
    assert memory.read("", "NS").answers[0].value == "ns.ses-emulator.internal"
    assert memory.read("", "A").status == "NOERROR"
    assert memory.read("", "A").answers == ()


def test_the_serial_stays_within_its_32_bits():
    found = answer("", "SOA", lambda _: (), lambda _: False, lambda: 2**32 + 5)
    assert found.answers[0].value.split()[2] == "5"


def test_amazons_records_answer_beside_those_of_the_store(memory):
    memory.put("token.dkim.amazonses.com", "TXT", "p=KEY")
    memory.put("mail.example.com", "TXT", "v=spf1 include:amazonses.com ~all")
    assert memory.read("token.dkim.amazonses.com", "TXT").answers[0].value == "p=KEY"
    assert memory.read("dkim.amazonses.com", "TXT").status == "NOERROR"
    assert memory.read("amazonses.com", "TXT").answers[0].value == SPF
    assert memory.read("nothing.amazonses.com", "TXT").status == "NXDOMAIN"


def test_a_stored_record_stands_in_for_amazons_own_of_that_type_only(memory):
    memory.records.append(Record("amazonses.com", "TXT", "v=spf1 -all"))
    assert [record.value for record in memory.read("amazonses.com", "TXT").answers] == ["v=spf1 -all"]
    assert memory.read("amazonses.com", "MX").answers[0].value == "10 feedback-smtp.us-east-1.amazonses.com"
