"""The DNS port, asked as strangers ask it: through dnspython, and with packets made by hand."""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.dns.server import DnsServer
from emulator.dns.zone import ZoneAnswer
from emulator.values import Record

BIG = "x" * 700
# One server answers all examples, and a busy machine may be slow to make them.
HEALTHY_HERE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture
def server(memory, serve):
    memory.put("example.com", "MX", "10 mail.example.com")
    memory.put("mail.example.com", "A", "192.0.2.1")
    memory.put("mail.example.com", "AAAA", "2001:db8::1")
    memory.put("www.example.com", "CNAME", "mail.example.com")
    memory.put("big.example.com", "TXT", BIG)
    memory.put("srv.example.com", "SRV", "1 2 587 mail.example.com")
    memory.put("caa.example.com", "CAA", '0 issue "ca.example"')
    memory.put("soa.example.com", "SOA", "ns.example.com host.example.com 1 2 3 4 5")
    memory.put("null.example.com", "MX", "0 .")
    memory.put("text.example.com", "TXT", "café")
    memory.put("1.2.0.192.in-addr.arpa", "PTR", "mail.example.com")
    memory.put("example.com", "NS", "ns.example.com")
    return serve(memory.read)


def ask(server, name, type="A", over=dns.query.udp, **options):
    host, port = server.address
    options.setdefault("use_edns", False)
    return over(dns.message.make_query(name, type, **options), host, port=port, timeout=5)


def texts(reply):
    return [rdata.to_text() for rrset in reply.answer for rdata in rrset]


def send_udp(server, packet, wait=5.0):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        sock.sendto(packet, server.address)
        return sock.recv(65535)


def connect(server):
    return socket.create_connection(server.address, timeout=5)


def framed(packet):
    return struct.pack("!H", len(packet)) + packet


def receive_framed(sock):
    with sock.makefile("rb") as stream:
        (length,) = struct.unpack("!H", stream.read(2))
        return stream.read(length)


def query_bytes(name="mail.example.com", type="A", id=7):
    message = dns.message.make_query(name, type, use_edns=False)
    message.id = id
    return message.to_wire()


@pytest.mark.parametrize("over", [dns.query.udp, dns.query.tcp])
@pytest.mark.parametrize(
    ("name", "type", "answers"),
    [
        ("mail.example.com", "A", ["192.0.2.1"]),
        ("mail.example.com", "AAAA", ["2001:db8::1"]),
        ("example.com", "MX", ["10 mail.example.com."]),
        ("null.example.com", "MX", ["0 ."]),
        ("www.example.com", "A", ["mail.example.com.", "192.0.2.1"]),
        ("srv.example.com", "SRV", ["1 2 587 mail.example.com."]),
        ("caa.example.com", "CAA", ['0 issue "ca.example"']),
        ("soa.example.com", "SOA", ["ns.example.com. host.example.com. 1 2 3 4 5"]),
        ("1.2.0.192.in-addr.arpa", "PTR", ["mail.example.com."]),
        ("example.com", "NS", ["ns.example.com."]),
        ("text.example.com", "TXT", ['"caf\\195\\169"']),
        (".", "NS", ["ns.ses-emulator.internal."]),
    ],
)
def test_every_type_is_answered_over_udp_and_tcp(server, over, name, type, answers):
    reply = ask(server, name, type, over)
    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.flags & dns.flags.AA
    assert texts(reply) == answers


def test_a_text_of_more_than_255_octets_is_split_on_the_wire_and_joined_again(server):
    (rdata,) = ask(server, "big.example.com", "TXT", dns.query.tcp).answer[0]
    assert [len(string) for string in rdata.strings] == [255, 255, 190]
    assert b"".join(rdata.strings).decode() == BIG


def test_the_question_comes_back_in_the_askers_case(server):
    packet = query_bytes("MaIl.ExAmPlE.cOm")
    reply = send_udp(server, packet)
    assert reply[12 : len(packet)] == packet[12:]
    assert dns.message.from_wire(reply).answer[0].name.to_text() == "MaIl.ExAmPlE.cOm."


def test_no_such_name_and_no_such_type_come_with_the_soa(server):
    for name, type, rcode in (
        ("no.example.com", "A", dns.rcode.NXDOMAIN),
        ("mail.example.com", "TXT", dns.rcode.NOERROR),
    ):
        reply = ask(server, name, type)
        assert reply.rcode() == rcode
        assert reply.answer == []
        assert reply.authority[0].rdtype == dns.rdatatype.SOA
        assert reply.authority[0].ttl == 0


def test_an_unknown_type_of_a_known_name_is_no_data(server):
    assert ask(server, "mail.example.com", "TYPE65280").rcode() == dns.rcode.NOERROR


def test_an_answer_too_large_for_the_asker_is_cut_and_whole_over_tcp(server):
    cut = ask(server, "big.example.com", "TXT")
    assert cut.flags & dns.flags.TC
    assert cut.answer == []
    host, port = server.address
    question = dns.message.make_query("big.example.com", "TXT", use_edns=False)
    whole, used_tcp = dns.query.udp_with_fallback(question, host, port=port, timeout=5)
    assert used_tcp
    assert b"".join(whole.answer[0][0].strings).decode() == BIG


def test_edns_makes_room_for_larger_answers(server):
    reply = ask(server, "big.example.com", "TXT", use_edns=0, payload=1232)
    assert not reply.flags & dns.flags.TC
    assert reply.edns == 0
    assert texts(reply)


def test_an_asker_who_claims_less_than_512_octets_is_taken_to_mean_512(server):
    assert texts(ask(server, "amazonses.com", "TXT", use_edns=0, payload=100))


def test_what_is_not_served_is_refused_by_name(server):
    assert ask(server, "example.com", "ANY").rcode() == dns.rcode.REFUSED
    assert ask(server, "version.bind", "TXT", rdclass="CH").rcode() == dns.rcode.REFUSED
    assert ask(server, "example.com", "A", use_edns=1).rcode() == dns.rcode.BADVERS
    notify = bytearray(query_bytes())
    notify[2] |= 4 << 3
    assert dns.message.from_wire(send_udp(server, bytes(notify))).rcode() == dns.rcode.NOTIMP


@pytest.mark.parametrize(
    "packet",
    [
        query_bytes()[:-1],
        query_bytes()[:12],
        query_bytes()[:14],
        b"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1",
        b"\0\1\1\0\0\2\0\0\0\0\0\0" + query_bytes()[12:] * 2,
        b"\0\1\1\0\0\0\0\0\0\0\0\0",
        b"\0\1\1\0\0\1\0\1\0\0\0\0" + query_bytes()[12:],
        b"\0\1\1\0\0\1\0\0\0\0\0\0" + b"\x40" + b"a" * 64 + b"\0\0\1\0\1",
        b"\0\1\1\0\0\1\0\0\0\0\0\0" + (b"\x3f" + b"a" * 63) * 5 + b"\0\0\1\0\1",
    ],
)
def test_a_query_that_cannot_be_read_is_a_format_error(server, packet):
    reply = send_udp(server, packet)
    assert reply[:2] == packet[:2]
    assert reply[2] & 0x80
    assert reply[3] & 0xF == dns.rcode.FORMERR


def test_answers_and_scraps_are_not_answered(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        for packet in (b"", b"x", b"\0\1\1\0\0\1\0\0\0\0\0", b"\0\1\x81\0" + query_bytes()[4:]):
            sock.sendto(packet, server.address)
        sock.sendto(query_bytes(id=99), server.address)
        assert sock.recv(65535)[:2] == b"\0\x63"  # the first that comes back is the good one's


def test_a_label_with_a_dot_in_it_is_not_two_labels(server):
    packet = b"\0\1\1\0\0\1\0\0\0\0\0\0" + b"\x0cmail.example\x03com\0" + b"\0\1\0\1"
    reply = dns.message.from_wire(send_udp(server, packet))
    assert reply.rcode() == dns.rcode.NXDOMAIN


def test_octets_outside_ascii_are_a_name_that_does_not_exist(server):
    packet = b"\0\1\1\0\0\1\0\0\0\0\0\0" + b"\x02\xff\x00\x03com\0" + b"\0\1\0\1"
    assert dns.message.from_wire(send_udp(server, packet)).rcode() == dns.rcode.NXDOMAIN


def test_several_queries_on_one_connection_are_answered_in_order(server):
    with connect(server) as sock:
        sock.sendall(b"".join(framed(query_bytes(id=id)) for id in range(1, 51)))
        with sock.makefile("rb") as stream:
            for id in range(1, 51):
                (length,) = struct.unpack("!H", stream.read(2))
                assert int.from_bytes(stream.read(length)[:2], "big") == id


def test_a_query_may_come_in_pieces_and_the_client_may_close_its_side(server):
    with connect(server) as sock:
        packet = framed(query_bytes(id=5))
        for start in range(len(packet)):
            sock.sendall(packet[start : start + 1])
        sock.shutdown(socket.SHUT_WR)
        assert receive_framed(sock)[:2] == b"\0\5"
        assert sock.recv(1) == b""


def test_a_client_that_never_reads_does_not_keep_others_waiting(server):
    with connect(server) as sock:
        sock.setblocking(False)
        many = framed(query_bytes("big.example.com", "TXT")) * 2000
        sent = 0
        while sent < 50 * len(many):
            try:
                sent += sock.send(many)
            except BlockingIOError:
                break
        assert texts(ask(server, "mail.example.com")) == ["192.0.2.1"]
        assert texts(ask(server, "mail.example.com", over=dns.query.tcp)) == ["192.0.2.1"]


def test_all_answers_come_to_a_client_that_reads_late(server):
    total = 2000
    with connect(server) as sock:
        queries = framed(query_bytes("big.example.com", "TXT")) * total
        writer = threading.Thread(target=lambda: (sock.sendall(queries), sock.shutdown(socket.SHUT_WR)))
        writer.start()
        with sock.makefile("rb") as stream:
            for _ in range(total):
                (length,) = struct.unpack("!H", stream.read(2))
                assert len(stream.read(length)) == length
            assert stream.read(1) == b""
        writer.join()


def test_more_connections_than_are_kept_close_the_ones_that_say_nothing(server):
    silent = [connect(server) for _ in range(80)]
    try:
        assert texts(ask(server, "mail.example.com", over=dns.query.tcp)) == ["192.0.2.1"]
        assert silent[0].recv(1) == b""
    finally:
        for sock in silent:
            sock.close()


def test_a_connection_that_brings_no_query_in_time_is_closed(memory, serve):
    server = serve(memory.read, idle=0.2)
    with connect(server) as sock:
        sock.sendall(b"\0\x30\0")
        assert sock.recv(1) == b""


def test_what_goes_wrong_inside_is_a_server_failure_and_the_next_query_works(serve, caplog):
    def read(name, type):
        if name == "bad.example.com":
            raise RuntimeError("the database is gone")
        if name == "odd.example.com":
            return ZoneAnswer("NOERROR", (Record(name, "A", "not an address"),))
        return ZoneAnswer("NOERROR", (Record(name, "A", "192.0.2.7"),))

    server = serve(read)
    with caplog.at_level(logging.ERROR):
        assert ask(server, "bad.example.com").rcode() == dns.rcode.SERVFAIL
        assert ask(server, "odd.example.com").rcode() == dns.rcode.SERVFAIL
    assert "the database is gone" in caplog.text
    assert texts(ask(server, "good.example.com")) == ["192.0.2.7"]


def test_an_answer_that_no_message_can_hold_is_a_server_failure(serve):
    records = tuple(Record("huge.example.com", "TXT", f"{n:04}" * 900) for n in range(20))
    server = serve(lambda name, type: ZoneAnswer("NOERROR", records))
    assert ask(server, "huge.example.com", "TXT", dns.query.tcp).rcode() == dns.rcode.SERVFAIL


def test_who_asked_what_is_written_down_newest_first(server, log):
    ask(server, "Mail.Example.com")
    ask(server, "no.example.com", "MX", dns.query.tcp)
    ask(server, ".", "SOA")
    newest, before = log.recent(10)
    assert (newest.proto, newest.name, newest.type, newest.status) == ("tcp", "no.example.com", "MX", "NXDOMAIN")
    assert (before.proto, before.name, before.type, before.status) == ("udp", "mail.example.com", "A", "NOERROR")
    assert newest.client.startswith("127.0.0.1:")
    assert len(log.recent(1)) == 1
    assert log.recent(0) == ()
    log.clear()
    assert log.recent(10) == ()


@settings(max_examples=300, deadline=None, suppress_health_check=HEALTHY_HERE)
@given(
    packet=st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: query_bytes()[:12] + tail),
    tcp=st.booleans(),
)
def test_no_packet_whatever_ends_the_service(server, caplog, packet, tcp):
    with caplog.at_level(logging.WARNING):
        if tcp:
            with connect(server) as sock:
                sock.sendall(framed(packet) + packet)
        else:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(packet, server.address)
        assert texts(ask(server, "mail.example.com")) == ["192.0.2.1"]
    assert caplog.records == []


@settings(max_examples=200, deadline=None, suppress_health_check=HEALTHY_HERE)
@given(labels=st.lists(st.binary(min_size=1, max_size=63), max_size=3), type=st.integers(0, 65535), edns=st.booleans())
def test_every_readable_query_gets_an_answer_that_can_be_read(server, labels, type, edns):
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    opt = b"\0\0\x29\x04\xd0\0\0\0\0\0\0" if edns else b""
    packet = struct.pack("!HHHHHH", 9, 0x100, 1, 0, 0, int(edns)) + name + struct.pack("!HH", type, 1) + opt
    reply = send_udp(server, packet)
    assert reply[:2] == b"\0\x09"
    assert reply[12 : 12 + len(name) + 4] == packet[12 : 12 + len(name) + 4]
    assert dns.message.from_wire(reply).rcode() in (dns.rcode.NXDOMAIN, dns.rcode.NOERROR, dns.rcode.REFUSED)


def test_the_same_port_is_taken_for_udp_and_tcp_and_given_back(memory, log):
    server = DnsServer("127.0.0.1", 0, memory.read, log)
    server.stop()  # never started: nothing to do
    server.start()
    port = server.address[1]
    assert port
    with pytest.raises(OSError, match=r"^The DNS server cannot have 127\.0\.0\.1:\d+: Address already in use$"):
        DnsServer("127.0.0.1", port, memory.read, log).start()
    server.stop()
    server.stop()
    again = DnsServer("127.0.0.1", port, memory.read, log)
    again.start()
    assert ask(again, "amazonses.com", "MX").rcode() == dns.rcode.NOERROR
    again.stop()


def test_stopping_does_not_wait_for_clients(memory, log):
    server = DnsServer("127.0.0.1", 0, memory.read, log)
    server.start()
    with connect(server) as sock:
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 2
        assert sock.recv(1) == b""
