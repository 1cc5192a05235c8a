"""How instants, sizes, numbers and addresses are worded."""

from __future__ import annotations

import pytest

from emulator.http import wording
from emulator.http.wording import Mailbox

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 UTC


@pytest.mark.parametrize(
    ("passed", "ago"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86399, "23 h ago"),
        (86400, "Nov 13"),
        (-59, "just now"),
        (-60, "Nov 14"),
        (400 * 86400, "Oct 10, 2022"),
    ],
)
def test_instants_at_a_glance(passed, ago):
    assert wording.when(NOW - passed, NOW).ago == ago


def test_an_instant_in_full_and_for_machines():
    when = wording.when(NOW, NOW)
    assert (when.exact, when.iso) == ("Tue, 14 Nov 2023 22:13:20 UTC", "2023-11-14T22:13:20.000Z")


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (5 << 20, "5.0 MB")])
def test_sizes(count, text):
    assert wording.size(count) == text


def test_counts_and_durations_agree_with_their_number():
    assert [wording.counted(n, "mail") for n in (0, 1, 1204)] == ["0 mails", "1 mail", "1,204 mails"]
    assert [wording.duration(s) for s in (0.4, 1, 61, 7300, 86400 * 3)] == [
        "0 seconds",
        "1 second",
        "1 minute",
        "2 hours",
        "3 days",
    ]


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("Ann <ann@x.example>", Mailbox("Ann", "ann@x.example")),
        ("ann@x.example", Mailbox("ann@x.example", "ann@x.example")),
        ('"a, b" <ann@x.example>, other@x.example', Mailbox("a, b", "ann@x.example")),
        ("nobody", Mailbox("nobody", "nobody")),
        ("", Mailbox("(nobody)", "")),
        ("(" * 5000, Mailbox("(" * 5000, "(" * 5000)),
    ],
)
def test_addresses(text, mailbox):
    assert wording.mailbox(text) == mailbox


def test_marks_that_turn_what_follows_are_shown_and_not_obeyed():
    assert wording.unturned("\u202egnp.exe \u2066x\u2069") == "\ufffdgnp.exe \ufffdx\ufffd"
    assert wording.unturned("שלום\u200f.pdf") == "שלום\u200f.pdf"
