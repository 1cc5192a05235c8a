"""The world's DNS records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.values import Record

WWW = Record("www.example.com", "A", "10.0.0.1")


def put(store, *records):
    with store.write() as writer:
        writer.put_records(records)


def serial(store):
    with store.read() as reader:
        return reader.dns_serial()


def test_records_are_found_at_their_name_only(store):
    txt = Record("example.com", "TXT", 'v=spf1 "quoted" \\ ~all', 60, "seed")
    put(store, WWW, txt, Record("example.com", "A", "10.0.0.2"))
    with store.read() as reader:
        assert reader.records_at("www.example.com") == [WWW]
        assert set(reader.records_at("example.com")) == {txt, Record("example.com", "A", "10.0.0.2")}
        assert reader.records_at("com") == []
        assert reader.records_at("a\x00.com") == []
        assert [(one.name, one.type) for one in reader.records()] == [
            ("example.com", "A"), ("example.com", "TXT"), ("www.example.com", "A"),
        ]  # fmt: skip


def test_the_same_record_put_again_takes_the_new_ttl_and_origin(store):
    put(store, WWW)
    put(store, replace(WWW, ttl=5), replace(WWW, ttl=60, origin="publish"))
    with store.read() as reader:
        assert reader.records() == [replace(WWW, ttl=60, origin="publish")]


def test_a_value_may_be_as_long_as_dns_allows(store):
    long = Record("big.example.com", "TXT", "x" * 60_000)
    put(store, long)
    put(store, long)
    with store.read() as reader:
        assert reader.records_at("big.example.com") == [long]


def test_a_name_exists_when_something_stands_at_or_below_it(store):
    with store.read() as reader:
        assert not reader.name_exists_below("")
    put(store, WWW, Record("a_b.example.org", "A", "10.0.0.1"))
    with store.read() as reader:
        for there in ("www.example.com", "example.com", "com", "", "example.org", "a_b.example.org"):
            assert reader.name_exists_below(there), there
        for missing in ("w.example.com", "ww.example.com", "x.www.example.com", "ample.com", "axb.example.org", "net"):
            assert not reader.name_exists_below(missing), missing


def test_the_serial_grows_with_every_change(store):
    seen = [serial(store)]
    put(store, WWW)
    seen.append(serial(store))
    with store.write() as writer:
        assert writer.delete_records("www.example.com", "AAAA") == 0
        assert writer.delete_records("www.example.com", "A", "10.9.9.9") == 0
    assert serial(store) == seen[-1]
    with store.write() as writer:
        assert writer.delete_records("www.example.com", "A", "10.0.0.1") == 1
    seen.append(serial(store))
    put(store, WWW)
    seen.append(serial(store))
    with store.write() as writer:
        writer.forget()
    seen.append(serial(store))
    assert seen == sorted(set(seen))
    put(store)
    assert serial(store) == seen[-1]


def test_deleting_narrows_by_type_and_value(store):
    at = "example.com"
    put(store, Record(at, "A", "1"), Record(at, "A", "2"), Record(at, "MX", "10 m"), Record(f"x.{at}", "A", "1"))
    with store.write() as writer:
        assert writer.delete_records(at, "A", "2") == 1
        assert writer.delete_records(at, "MX") == 1
        assert writer.delete_records(at) == 1
        assert [one.name for one in writer.records()] == [f"x.{at}"]


def test_replacing_an_origin_owns_its_parts_and_nothing_else(store):
    kept = [Record("k1.org", "A", "1", origin="api"), Record("k2.org", "A", "1", origin="route53x:Z1")]
    zone = [Record("z.org", "A", "1", origin="route53:Z1"), Record("z.org", "A", "2", origin="route53:Z2")]
    put(store, *kept, Record("old.org", "A", "1", origin="route53"), Record("o.org", "A", "1", origin="route53:Z9"))
    with store.write() as writer:
        assert writer.replace_origin("route53", zone)
        assert set(writer.records()) == {*kept, *zone}
        before = writer.dns_serial()
        assert not writer.replace_origin("route53", reversed(zone))
        assert writer.dns_serial() == before
        assert writer.replace_origin("route53", [replace(zone[0], ttl=1), zone[1]])
        assert writer.dns_serial() > before
        assert writer.replace_origin("route53:Z2", [])
        assert set(writer.records()) == {*kept, replace(zone[0], ttl=1)}
        assert writer.replace_origin("route53", [])
        assert not writer.replace_origin("route53", [])
        assert set(writer.records()) == set(kept)


def test_replacing_an_origin_takes_over_what_is_there_already(store):
    put(store, WWW)
    mine = replace(WWW, origin="route53:Z1")
    with store.write() as writer:
        assert writer.replace_origin("route53", [mine])
        assert writer.records() == [mine]
        assert not writer.replace_origin("route53", [mine])


def test_replacing_an_origin_refuses_records_of_another(store):
    with pytest.raises(ValueError, match="route53"), store.write() as writer:
        writer.replace_origin("route53", [WWW])
