"""Hosted zones made with boto3, read as records of the world."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from moto import mock_aws

from emulator.dns.route53 import Route53Records, records_of
from emulator.store.sql.engine import open_store, sqlite_url

PRIVATE = {"PrivateZone": True}
VPC = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("route53", region_name="us-east-1")


def make_zone(client, name, **options):
    zone = client.create_hosted_zone(Name=name, CallerReference=f"{name}{options}", **options)
    return zone["HostedZone"]["Id"].rsplit("/", 1)[1]


def put(client, zone, name, type, *values, ttl=300, **more):
    record_set = {"Name": name, "Type": type, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}
    change(client, zone, record_set | more)


def change(client, zone, record_set):
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]}
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def read(client, **options):
    return {(record.name, record.type, record.value) for record in records_of(client, **options) if record.type != "NS"}


def test_the_articles_records_are_read(client):
    zone = make_zone(client, "abashiri.domain")
    put(client, zone, "_amazonses.abashiri.domain", "TXT", '"pmBGN/7MjnfhTKUZ06Enqq1PeGUaOkw8lGhcfwefcHU="')
    put(client, zone, "v6k._domainkey.abashiri.domain", "CNAME", "v6k.dkim.amazonses.com", ttl=1800)
    put(client, zone, "Mail.abashiri.domain", "MX", "10 feedback-smtp.ap-northeast-1.amazonses.com")
    put(client, zone, "mail.abashiri.domain", "TXT", '"v=spf1 include:amazonses.com ~all"')
    assert read(client) == {
        ("_amazonses.abashiri.domain", "TXT", "pmBGN/7MjnfhTKUZ06Enqq1PeGUaOkw8lGhcfwefcHU="),
        ("v6k._domainkey.abashiri.domain", "CNAME", "v6k.dkim.amazonses.com"),
        ("mail.abashiri.domain", "MX", "10 feedback-smtp.ap-northeast-1.amazonses.com"),
        ("mail.abashiri.domain", "TXT", "v=spf1 include:amazonses.com ~all"),
    }
    cname = next(record for record in records_of(client) if record.type == "CNAME")
    assert (cname.ttl, cname.origin) == (1800, f"route53:{zone}")


def test_route_53s_own_ns_is_read_and_its_soa_is_not(client):
    make_zone(client, "example.com")
    assert {(record.name, record.type) for record in records_of(client)} == {("example.com", "NS")}


def test_each_value_is_a_record_and_several_strings_are_one_text(client):
    zone = make_zone(client, "example.com")
    put(client, zone, "example.com", "A", "192.0.2.1", "192.0.2.2")
    put(client, zone, "example.com", "TXT", '"v=DKIM1; " "p=MIGf"', '"other"')
    put(client, zone, "example.com", "AAAA", "2001:DB8::1")
    assert read(client) == {
        ("example.com", "A", "192.0.2.1"),
        ("example.com", "A", "192.0.2.2"),
        ("example.com", "TXT", "v=DKIM1; p=MIGf"),
        ("example.com", "TXT", "other"),
        ("example.com", "AAAA", "2001:db8::1"),
    }


def test_wildcards_and_octal_escapes_are_decoded(client):
    zone = make_zone(client, "example.com")
    put(client, zone, "*.example.com", "TXT", r'"\101\042\\\303\251"')
    assert read(client) == {("*.example.com", "TXT", 'A"\\é')}


def test_alias_records_and_private_zones_are_left_out(client):
    zone = make_zone(client, "example.com")
    alias = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net", "EvaluateTargetHealth": False}
    change(client, zone, {"Name": "www.example.com", "Type": "A", "AliasTarget": alias})
    private = make_zone(client, "inside.example", HostedZoneConfig=PRIVATE, VPC=VPC)
    put(client, private, "a.inside.example", "A", "10.0.0.1")
    assert read(client) == set()
    assert all(record.name != "inside.example" for record in records_of(client))


def test_what_cannot_be_kept_is_named_and_the_rest_is_read(client):
    zone = make_zone(client, "example.com")
    put(client, zone, "old.example.com", "SPF", '"v=spf1 -all"')
    put(client, zone, "good.example.com", "A", "192.0.2.1")
    heard = []
    assert read(client, skipped=heard.append) == {("good.example.com", "A", "192.0.2.1")}
    assert len(heard) == 1
    assert "old.example.com. SPF" in heard[0]


def test_the_same_record_in_two_zones_is_one(client):
    for name in ("example.com", "sub.example.com"):
        put(client, make_zone(client, name), "a.sub.example.com", "A", "192.0.2.1")
    assert [record.value for record in records_of(client) if record.type == "A"] == ["192.0.2.1"]


def test_weighted_sets_are_read_with_all_their_values(client):
    zone = make_zone(client, "example.com")
    for number in (1, 2):
        put(client, zone, "w.example.com", "A", f"192.0.2.{number}", Weight=1, SetIdentifier=f"s{number}")
    assert read(client) == {("w.example.com", "A", "192.0.2.1"), ("w.example.com", "A", "192.0.2.2")}


def test_long_zones_are_read_page_by_page(client):
    zone = make_zone(client, "example.com")
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"n{number}.example.com",
                "Type": "A",
                "TTL": 60,
                "ResourceRecords": [{"Value": "192.0.2.1"}],
            },
        }
        for number in range(320)
    ]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert len(read(client)) == 320


def test_a_reset_waits_for_a_reading_so_that_nothing_older_is_written_after_it(client, tmp_path):
    put(client, make_zone(client, "example.com"), "www.example.com", "A", "192.0.2.1")
    reading, go_on = threading.Event(), threading.Event()

    class Slow:
        def get_paginator(self, of):
            reading.set()
            assert go_on.wait(10)
            return client.get_paginator(of)

    store = open_store(sqlite_url(tmp_path))
    mirror = Route53Records(store, lambda service, scope: Slow(), lambda: None)

    def forget():
        with mirror.unread(), store.write() as writer:
            writer.forget(None)

    with ThreadPoolExecutor(2) as pool:
        read = pool.submit(mirror.read, "123456789012")
        assert reading.wait(10)
        forgotten = pool.submit(forget)
        with pytest.raises(TimeoutError):
            forgotten.result(0.1)
        go_on.set()
        read.result(10)
        forgotten.result(10)
    with store.read() as reader:
        assert list(reader.records_at("www.example.com")) == []
    store.close()
