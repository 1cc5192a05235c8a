"""The inspection API: the records of the world's DNS."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest


def put(lab, name, kind, value, **more):
    return lab.raw_api("PUT", "dns/records", {"name": name, "type": kind, "value": value, **more})


def test_a_record_is_put_read_asked_for_and_deleted(lab):
    status, answer = put(lab, "WWW.Zone.example.", "a", "192.0.2.7", ttl=60)
    record = {"name": "www.zone.example", "type": "A", "value": "192.0.2.7", "ttl": 60, "origin": "api"}
    assert (status, answer) == (200, {"records": [record]})
    assert lab.api("GET", "dns/records?name=WWW.zone.example.")["records"] == [record]
    assert lab.api("GET", "dns/records?name=www.zone.example&type=a")["records"] == [record]
    assert lab.api("GET", "dns/records?name=www.zone.example&type=MX")["records"] == []
    assert record in lab.api("GET", "dns/records")["records"]
    assert lab.lookup("www.zone.example", "A") == ("NOERROR", ("192.0.2.7",))
    query = next(one for one in lab.api("GET", "dns/queries?limit=1000")["queries"] if one["name"] == record["name"])
    assert (query["type"], query["status"], query["protocol"]) == ("A", "NOERROR", "udp")
    assert query["client"].startswith("127.0.0.1:")
    assert query["at"].endswith("Z")
    assert lab.api("DELETE", "dns/records?name=WWW.zone.example.") == {"deleted": 1}
    assert lab.api("DELETE", "dns/records?name=www.zone.example") == {"deleted": 0}
    assert lab.lookup("www.zone.example", "A")[0] == "NXDOMAIN"


def test_several_records_come_all_or_none(lab):
    good = {"name": "batch.example", "type": "MX", "value": "10 mx.batch.example"}
    bad = {"name": "batch.example", "type": "MX", "value": "mx.batch.example"}
    assert lab.raw_api("PUT", "dns/records", {"records": [good, bad]})[0] == 400
    assert lab.api("GET", "dns/records?name=batch.example")["records"] == []
    assert (
        len(lab.api("PUT", "dns/records", {"records": [good, good | {"value": "20 b.example", "ttl": 1}]})["records"])
        == 2
    )
    assert [one["ttl"] for one in lab.api("GET", "dns/records?name=batch.example")["records"]] == [300, 1]


def test_deleting_takes_only_what_is_named(lab):
    for kind, value in (("TXT", "one"), ("TXT", '"tw" "o"'), ("A", "192.0.2.1")):
        assert put(lab, "del.example", kind, value)[0] == 200
    assert lab.api("DELETE", "dns/records?" + urlencode({"name": "del.example", "type": "TXT", "value": '"two"'})) == {
        "deleted": 1
    }
    assert lab.api("DELETE", "dns/records?name=del.example&type=txt") == {"deleted": 1}
    assert [one["type"] for one in lab.api("GET", "dns/records?name=del.example")["records"]] == ["A"]


def test_a_cname_stands_alone(lab):
    assert put(lab, "c1.example", "CNAME", "target.example")[0] == 200
    assert put(lab, "c1.example", "CNAME", "target.example", ttl=5)[0] == 200
    assert put(lab, "a1.example", "A", "192.0.2.1")[0] == 200
    for name, kind, value in (
        ("c1.example", "A", "192.0.2.1"),
        ("c1.example", "CNAME", "elsewhere.example"),
        ("a1.example", "CNAME", "target.example"),
    ):
        status, answer = put(lab, name, kind, value)
        assert status == 400
        assert "alone" in answer["error"]["message"]
    both = [
        {"name": "n1.example", "type": "CNAME", "value": "t.example"},
        {"name": "N1.example.", "type": "TXT", "value": "x"},
    ]
    assert lab.raw_api("PUT", "dns/records", {"records": both})[0] == 400
    assert lab.raw_api("PUT", "dns/records", {"records": both[::-1]})[0] == 400
    kept = [
        lab.api("GET", f"dns/records?name={name}")["records"] for name in ("c1.example", "a1.example", "n1.example")
    ]
    assert [[(one["type"], one["ttl"]) for one in found] for found in kept] == [[("CNAME", 5)], [("A", 300)], []]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "b.example", "type": "A"},
        {"name": "b.example", "type": "A", "value": 1},
        {"name": None, "type": "A", "value": "192.0.2.1"},
        {"name": "b.example", "type": "A", "value": "300.0.0.1"},
        {"name": "b.example", "type": "AAAA", "value": "192.0.2.1"},
        {"name": "b.example", "type": "MX", "value": "mx.example"},
        {"name": "b.example", "type": "MX", "value": "70000 mx.example"},
        {"name": "b.example", "type": "CNAME", "value": "."},
        {"name": "b.example", "type": "TXT", "value": ""},
        {"name": "b.example", "type": "TXT", "value": "a\x00b"},
        {"name": "b.example", "type": "TXT", "value": "\ud800"},
        {"name": "b.example", "type": "TXT", "value": "x" * 5000},
        {"name": "b.example", "type": "ANY", "value": "x"},
        {"name": "", "type": "A", "value": "192.0.2.1"},
        {"name": ".", "type": "A", "value": "192.0.2.1"},
        {"name": "b..example", "type": "A", "value": "192.0.2.1"},
        {"name": "\u6d41\u6c37.example", "type": "A", "value": "192.0.2.1"},
        {"name": "a\x00.example", "type": "A", "value": "192.0.2.1"},
        {"name": "x" * 64 + ".example", "type": "A", "value": "192.0.2.1"},
        {"name": ".".join(["x" * 60] * 5), "type": "A", "value": "192.0.2.1"},
        {"name": "b.example", "type": "A", "value": "192.0.2.1", "ttl": -1},
        {"name": "b.example", "type": "A", "value": "192.0.2.1", "ttl": 2**31},
        {"name": "b.example", "type": "A", "value": "192.0.2.1", "ttl": "60"},
        {"name": "b.example", "type": "A", "value": "192.0.2.1", "ttl": True},
        {"name": "b.example", "type": "A", "value": "192.0.2.1", "ttl": 1.5},
        {"records": "x"},
        {"records": []},
        {"records": [1]},
        {"records": [None]},
        {"records": [{"name": "b.example", "type": "A", "value": "192.0.2.1"}] * 1001},
        [],
        None,
        "x",
    ],
)
def test_a_bad_record_is_refused_and_nothing_changes(lab, given):
    before = lab.api("GET", "dns/records")
    status, answer = lab.raw_api("PUT", "dns/records", given)
    assert (status, answer["error"]["code"]) == (400, "BadRequest")
    assert answer["error"]["message"]
    assert lab.api("GET", "dns/records") == before
