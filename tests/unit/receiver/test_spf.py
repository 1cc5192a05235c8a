import json
from pathlib import Path
from typing import Any

import pytest

from emulator.receiver.spf import check, evaluate
from emulator.values import Envelope

CASES = json.loads((Path(__file__).parents[3] / "fixtures/spf/cases.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_spf_comes_out_as_the_rfc_says(case: dict[str, Any], make_zone):
    zone = make_zone({})
    nines = "9" * case.get("repeat_nine", 0)
    for name, types in case["zone"].items():
        if isinstance(types, str):
            zone.failing[name] = types
        else:
            for type, values in types.items():
                zone.records[(name, type)] = tuple(value.replace("NINES", nines) for value in values)
    envelope = Envelope(
        case["mail_from"], ("b@example.org",), case.get("ip", "192.0.2.1"), case.get("helo", "h.example")
    )

    verdict = check(envelope, zone, "mx.google.com")

    assert verdict.result == case["result"]
    assert verdict.domain == case.get("domain", verdict.domain)
    assert verdict.client_ip == case.get("client_ip", verdict.client_ip)
    assert verdict.explanation.startswith(case.get("explanation", ""))


def test_a_pass_and_a_plain_fail_need_no_explanation(make_zone):
    zone = make_zone({("example.com", "TXT"): ("v=spf1 ip4:192.0.2.1 -all",)})
    for client in ("192.0.2.1", "192.0.2.2"):
        assert check(Envelope("a@example.com", (), client, "h.example"), zone, "mx").explanation == ""


def test_the_record_is_that_of_the_sender_not_of_an_include(make_zone):
    zone = make_zone(
        {
            ("example.com", "TXT"): ("v=spf1 include:b.example.com -all",),
            ("b.example.com", "TXT"): ("v=spf1 ip4:192.0.2.1 -all",),
        }
    )
    found = evaluate(Envelope("a@example.com", (), "192.0.2.1", "h.example"), zone, "mx")
    assert found.record == "v=spf1 include:b.example.com -all"


def test_nothing_is_asked_twice_in_one_check(make_zone):
    zone = make_zone(
        {
            ("example.com", "TXT"): ("v=spf1 a:h.example.com mx:example.com a:h.example.com -all",),
            ("example.com", "MX"): ("10 h.example.com",),
            ("h.example.com", "A"): ("198.51.100.1",),
        }
    )
    check(Envelope("a@example.com", (), "192.0.2.1", "h.example"), zone, "mx")
    assert len(zone.asked) == len(set(zone.asked)) == 3


def test_the_instant_in_an_explanation_is_the_given_one(make_zone):
    zone = make_zone({("example.com", "TXT"): ("v=spf1 -all exp=e.example.com",), ("e.example.com", "TXT"): ("%{t}",)})
    found = check(Envelope("a@example.com", (), "192.0.2.1", "h.example"), zone, "mx", now=1616242393.5)
    assert found.explanation == "1616242393"


def test_a_record_of_absurd_length_is_a_permanent_error(make_zone):
    zone = make_zone({("example.com", "TXT"): ("v=spf1 " + "ip4:198.51.100.1 " * 230 + "ip4:192.0.2.1 -all",)})
    envelope = Envelope("a@example.com", (), "192.0.2.1", "h.example")
    assert check(envelope, zone, "mx").result == "pass"
    zone.txt("example.com", "v=spf1 " + "ip4:198.51.100.1 " * 250 + "ip4:192.0.2.1 -all")
    found = check(envelope, zone, "mx")
    assert (found.result, found.explanation) == (
        "permerror",
        "SPF record of example.com is longer than 4096 characters",
    )
