"""Ids have the form of SES's."""

from __future__ import annotations

import re

from emulator import ids


def test_an_inbound_id_has_the_form_of_the_recorded_ones() -> None:
    recorded = re.compile(r"[0-9a-v]{38}[0g8o]1")
    for one in ("0bj0fp4ev5vrddnpflq7a17rpgmo7gnhslacdu01", "bs82kksd5uhl2b598fhhro1scu3d05a39id0gdg1"):
        assert recorded.fullmatch(one)
    first, second = ids.inbound_message_id(), ids.inbound_message_id()
    assert recorded.fullmatch(first)
    assert recorded.fullmatch(second)
    assert first != second


def test_a_feedback_id_is_a_message_id_that_is_the_same_for_the_same() -> None:
    form = re.compile(r"0102[0-9a-f]{12}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-000000")
    one = ids.feedback_id("eu-west-1", 1.5, "m \ud800")
    assert form.fullmatch(one)
    assert one[4:16] == "0000000005dc"
    assert one == ids.feedback_id("eu-west-1", 1.5, "m \ud800")
    assert one != ids.feedback_id("eu-west-1", 1.5, "m")
