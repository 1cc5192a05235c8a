"""The resolver: true to the world, quick where nothing changed, and never raising."""

from __future__ import annotations

import socket
import threading

import pytest

from emulator.dns.resolver import DnsResolver
from emulator.values import DnsAnswer


@pytest.fixture
def resolver_to():
    resolvers = []

    def make(server, **options):
        address = server.address if hasattr(server, "address") else server
        resolver = DnsResolver(*address, **{"timeout": 5.0} | options)
        resolvers.append(resolver)
        return resolver

    yield make
    for resolver in resolvers:
        resolver.close()


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8:0:1::1"),
        ("CNAME", "other.example.com"),
        ("MX", "10 mail.example.com"),
        ("MX", "0 ."),
        ("TXT", "v=DKIM1; p=" + "A" * 400),
        ("TXT", 'quotes " and \\ and café'),
        ("NS", "ns.example.com"),
        ("PTR", "mail.example.com"),
        ("SRV", "1 2 587 mail.example.com"),
        ("SRV", "0 0 0 ."),
        ("SOA", "ns.example.com host.example.com 1 2 3 4 5"),
        ("CAA", '0 issue "ca.example"'),
    ],
)
def test_values_come_back_as_they_were_put(memory, serve, resolver_to, type, value):
    memory.put(
        "a.example.com", type, f'"{value}"'.replace("\\", "\\\\") if type == "TXT" and '"' not in value else value
    )
    assert resolver_to(serve(memory.read)).query("A.Example.com.", type.lower()) == DnsAnswer("NOERROR", (value,))


def test_cnames_are_followed_and_only_the_asked_type_comes_back(memory, serve, resolver_to):
    memory.put("t._domainkey.example.com", "CNAME", "t.dkim.amazonses.com")
    memory.put("t.dkim.amazonses.com", "TXT", "p=KEY")
    resolver = resolver_to(serve(memory.read))
    assert resolver.query("t._domainkey.example.com", "TXT").values == ("p=KEY",)
    assert resolver.query("t._domainkey.example.com", "CNAME").values == ("t.dkim.amazonses.com",)


def test_no_data_no_name_and_failure_are_told_apart(memory, serve, resolver_to):
    memory.put("loop.example.com", "CNAME", "loop.example.com")
    resolver = resolver_to(serve(memory.read))
    assert resolver.query("amazonses.com", "AAAA") == DnsAnswer("NOERROR")
    assert resolver.query("no.example.com", "A") == DnsAnswer("NXDOMAIN")
    assert resolver.query("loop.example.com", "A") == DnsAnswer("SERVFAIL")
    assert resolver.query("amazonses.com", "ANY") == DnsAnswer("SERVFAIL")


@pytest.mark.parametrize("name", ["a..b", ".a", "é.example", "a" * 64, "a." * 127 + "a"])
def test_a_name_that_cannot_exist_does_not_and_nobody_is_asked(memory, serve, resolver_to, name):
    assert resolver_to(serve(memory.read)).query(name, "A") == DnsAnswer("NXDOMAIN")
    assert memory.reads == 0


def test_a_large_answer_is_fetched_over_tcp(memory, serve, resolver_to, log):
    for number in range(10):
        memory.put("big.example.com", "TXT", f"{number}" * 1000)
    answer = resolver_to(serve(memory.read)).query("big.example.com", "TXT")
    assert answer.values == tuple(f"{number}" * 1000 for number in range(10))
    assert [asked.proto for asked in log.recent(5)] == ["tcp", "udp"]


def test_a_session_asks_for_the_serial_once_and_for_each_name_once(memory, serve, resolver_to):
    resolver = resolver_to(serve(memory.read))
    session = resolver.session()
    for _ in range(3):
        session.query("amazonses.com", "TXT")
        session.query("AMAZONSES.com.", "txt")
        session.query("no.example.com", "TXT")
    assert memory.reads == 3
    resolver.session().query("amazonses.com", "TXT")
    assert memory.reads == 4


def test_a_new_session_sees_every_change_at_once(memory, serve, resolver_to):
    resolver = resolver_to(serve(memory.read))
    assert resolver.session().query("a.example.com", "TXT").status == "NXDOMAIN"
    memory.put("a.example.com", "TXT", "one")
    assert resolver.session().query("a.example.com", "TXT").values == ("one",)
    memory.put("a.example.com", "TXT", "two")
    assert resolver.session().query("a.example.com", "TXT").values == ("one", "two")
    memory.clear()
    assert resolver.session().query("a.example.com", "TXT").status == "NXDOMAIN"


def test_what_an_older_session_learns_late_does_not_reach_newer_ones(memory, serve, resolver_to):
    resolver = resolver_to(serve(memory.read))
    old = resolver.session()
    memory.put("a.example.com", "TXT", "one")
    new = resolver.session()
    memory.clear()
    memory.put("a.example.com", "TXT", "three")
    assert old.query("a.example.com", "TXT").values == ("three",)
    assert new.query("a.example.com", "TXT").values == ("three",)
    memory.clear()
    assert resolver.session().query("a.example.com", "TXT").status == "NXDOMAIN"


def test_a_plain_query_always_asks(memory, serve, resolver_to):
    resolver = resolver_to(serve(memory.read))
    resolver.query("amazonses.com", "TXT")
    resolver.query("amazonses.com", "TXT")
    assert memory.reads == 2


def test_the_cache_is_bounded(memory, serve, resolver_to):
    resolver = resolver_to(serve(memory.read), size=10)
    session = resolver.session()
    for number in range(30):
        session.query(f"n{number}.example.com", "A")
    asked = memory.reads
    session.query("n29.example.com", "A")
    assert memory.reads == asked
    session.query("n0.example.com", "A")
    assert memory.reads == asked + 1
    assert len(resolver._era.answers) == 10


def test_nobody_there_is_a_timeout_and_is_not_remembered(memory, log, resolver_to):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = resolver_to(silent.getsockname(), timeout=0.05)
        session = resolver.session()
        assert session.query("example.com", "A") == DnsAnswer("TIMEOUT")
        assert len(resolver._era.answers) == 0
    assert resolver.query("example.com", "A") == DnsAnswer("TIMEOUT")  # now the port is closed
    assert resolver_to(("host.invalid", 53), timeout=0.05).query("example.com", "A") == DnsAnswer("TIMEOUT")


def test_the_second_try_succeeds_when_the_first_was_lost_and_late_answers_are_not_mistaken(resolver_to):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        # The first attempt takes all of it, and of the second it is what a busy machine has to answer.
        resolver = resolver_to(sock.getsockname(), timeout=1.5)

        def answer_second():
            sock.recvfrom(4096)  # the first is lost
            query, peer = sock.recvfrom(4096)
            wrong = bytes([query[0] ^ 1]) + query[1:2] + b"\x85\x80\0\1\0\0\0\0\0\0" + query[12:-11]
            sock.sendto(b"x", peer)
            sock.sendto(query, peer)  # a query, not an answer
            sock.sendto(wrong, peer)
            question = query[12:-11]
            record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\xc0\0\2\5"
            sock.sendto(query[:2] + b"\x85\x80\0\1\0\1\0\0\0\0" + question + record, peer)

        thread = threading.Thread(target=answer_second)
        thread.start()
        assert resolver.query("example.com", "A") == DnsAnswer("NOERROR", ("192.0.2.5",))
        thread.join()


@pytest.mark.parametrize("tail", [b"", b"\xff" * 20, b"\xc0\x0c" * 40, b"\0"])
def test_an_answer_that_cannot_be_read_is_a_failure(resolver_to, tail):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        resolver = resolver_to(sock.getsockname())

        def answer():
            query, peer = sock.recvfrom(4096)
            sock.sendto(query[:2] + b"\x85\x80\0\1\0\3\0\0\0\0" + tail, peer)

        thread = threading.Thread(target=answer)
        thread.start()
        assert resolver.query("example.com", "A").status == "SERVFAIL"
        thread.join()


def test_many_threads_share_one_resolver(memory, serve, resolver_to):
    for number in range(20):
        memory.put(f"n{number}.example.com", "TXT", f"value {number}")
    resolver = resolver_to(serve(memory.read), size=8)
    wrong = []

    def work():
        for turn in range(40):
            number = turn % 20
            answer = (resolver.session() if turn % 3 else resolver).query(f"n{number}.example.com", "TXT")
            if answer.values != (f"value {number}",):
                wrong.append(answer)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
