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
