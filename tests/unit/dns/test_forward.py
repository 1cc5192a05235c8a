"""An upstream resolver behind the world: asked only for what the world does not hold, and never waited for."""

from __future__ import annotations

import socket
import threading

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from emulator.dns.forward import Upstream
from emulator.dns.resolver import DnsResolver
from emulator.dns.zone import ZoneAnswer, answer
from emulator.values import Record


class Outside:
    """Somebody else's DNS, with ttls of its own."""

    def __init__(self):
        self.records = [
            Record("real.example", "TXT", "from upstream", 20),
            Record("real.example", "MX", "10 mx.real.example", 3600),
            Record("token.dkim.amazonses.com", "TXT", "p=REAL"),
            Record("mail.example.com", "A", "198.51.100.1"),
            Record("big.real.example", "TXT", "x" * 2000),
        ]
        self.asked = []

    def read(self, name, type):
        self.asked.append(name)
        return answer(
            name,
            type,
            lambda wanted: [record for record in self.records if record.name == wanted],
            lambda wanted: any(record.name.endswith("." + wanted) for record in self.records),
        )


@pytest.fixture
def outside():
    return Outside()


@pytest.fixture
def server(memory, serve, outside):
    memory.put("mail.example.com", "TXT", "ours")
    memory.put("www.example.com", "CNAME", "real.example")
    memory.put("a.parent.example", "A", "192.0.2.1")
    upstream = Upstream(*serve(outside.read).address, timeout=5.0)
    return serve(memory.read, upstream)


def ask(server, name, type, over=dns.query.udp):
    host, port = server.address
    return over(dns.message.make_query(name, type), host, port=port, timeout=20)


def refuse(upstream, question, asker):
    """What an upstream resolver says that has been silent until now."""
    refusal = dns.message.make_response(dns.message.from_wire(question))
    refusal.set_rcode(dns.rcode.REFUSED)
    upstream.sendto(refusal.to_wire(), asker)


def texts(reply):
    return [rdata.to_text() for rrset in reply.answer for rdata in rrset]


@pytest.mark.parametrize("over", [dns.query.udp, dns.query.tcp])
def test_a_name_that_the_world_does_not_hold_is_asked_upstream(server, over):
    reply = ask(server, "Real.Example", "MX", over)
    assert texts(reply) == ["10 mx.real.example."]
    assert not reply.flags & dns.flags.AA


def test_a_cname_of_ours_may_lead_outside(server):
    assert texts(ask(server, "www.example.com", "TXT")) == ["real.example.", '"from upstream"']


def test_a_name_of_ours_is_ours_alone(server, outside):
    reply = ask(server, "mail.example.com", "A")
    assert reply.rcode() == dns.rcode.NOERROR
    assert texts(reply) == []
    assert outside.asked == []


def test_amazons_names_are_never_asked_upstream(server, outside):
    assert ask(server, "token.dkim.amazonses.com", "TXT").rcode() == dns.rcode.NXDOMAIN
    assert outside.asked == []


def test_no_such_name_anywhere_is_no_such_name_but_a_parent_of_ours_exists(server):
    assert ask(server, "no.example", "A").rcode() == dns.rcode.NXDOMAIN
    assert ask(server, "parent.example", "A").rcode() == dns.rcode.NOERROR


def test_a_large_answer_from_upstream_comes_whole(server):
    reply = ask(server, "big.real.example", "TXT", dns.query.tcp)
    assert b"".join(reply.answer[0][0].strings) == b"x" * 2000


def test_an_upstream_that_says_nothing_delays_only_those_who_ask_for_it(memory, serve):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        memory.put("mail.example.com", "A", "192.0.2.1")
        # Two attempts of 30 s: nobody is told of a failure before the others have their answer.
        server = serve(memory.read, Upstream(*silent.getsockname(), timeout=30.0))
        replies = []
        waiting = [threading.Thread(target=lambda: replies.append(ask(server, "slow.example", "A"))) for _ in range(3)]
        for thread in waiting:
            thread.start()
        asked = [silent.recvfrom(4096) for _ in waiting]
        assert texts(ask(server, "mail.example.com", "A")) == ["192.0.2.1"]
        assert replies == []
        for one in asked:
            refuse(silent, *one)
        for thread in waiting:
            thread.join()
        assert [reply.rcode() for reply in replies] == [dns.rcode.SERVFAIL] * 3


def test_an_upstream_that_never_answers_is_a_server_failure(memory, serve):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = serve(memory.read, Upstream(*silent.getsockname(), timeout=0.1))
        assert ask(server, "slow.example", "A").rcode() == dns.rcode.SERVFAIL


def test_more_questions_than_may_wait_fail_at_once(memory, serve):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = serve(memory.read, Upstream(*silent.getsockname(), timeout=30.0, waiting=1))
        first = threading.Thread(target=lambda: ask(server, "slow.example", "A"))
        first.start()
        asked = silent.recvfrom(4096)
        assert ask(server, "other.example", "A").rcode() == dns.rcode.SERVFAIL
        refuse(silent, *asked)
        first.join()


def test_what_upstream_said_is_believed_for_its_ttl_but_not_for_long(server, outside):
    now = [1000.0]
    resolver = DnsResolver(*server.address, timeout=5.0, now=lambda: now[0])
    session = resolver.session()

    def asked_again(name, type, after):
        session.query(name, type)
        before = len(outside.asked)
        now[0] += after
        session.query(name, type)
        return len(outside.asked) > before

    assert not asked_again("real.example", "TXT", 19)
    assert asked_again("real.example", "TXT", 21)
    assert not asked_again("real.example", "MX", 29)
    assert asked_again("real.example", "MX", 31)
    assert asked_again("no.example", "MX", 0)  # the "no" bore a ttl of 0
    resolver.close()


def test_after_closing_nobody_is_asked(outside, serve):
    upstream = Upstream(*serve(outside.read).address)
    upstream.close()
    heard = []
    upstream.ask("real.example", 16, heard.append)
    assert heard == [None]


def test_an_upstream_refusal_is_a_server_failure(memory, serve):
    refusing = serve(lambda name, type: ZoneAnswer("REFUSED"))
    server = serve(memory.read, Upstream(*refusing.address, timeout=5.0))
    assert ask(server, "real.example", "A").rcode() == dns.rcode.SERVFAIL
