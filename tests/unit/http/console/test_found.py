"""What the console says of a record that an identity needs, from what DNS answered."""

from __future__ import annotations

import pytest

from emulator.http.console.found import FOUND, MISSING, OTHER, SEVERAL, UNKNOWN, look_up
from emulator.values import DnsAnswer, Record

CNAME = Record("t._domainkey.a.example", "CNAME", "t.dkim.amazonses.com")
MX = Record("mail.a.example", "MX", "10 feedback-smtp.us-east-1.amazonses.com")
SPF = Record("mail.a.example", "TXT", "v=spf1 include:amazonses.com ~all")
KEY = Record("s._domainkey.a.example", "TXT", "p=MIIB")
TOKEN = Record("_amazonses.a.example", "TXT", "abc=")


class Says:
    def __init__(self, answer: DnsAnswer) -> None:
        self.answer = answer

    def query(self, name: str, type: str) -> DnsAnswer:
        return self.answer


@pytest.mark.parametrize(
    ("record", "values", "state"),
    [
        (CNAME, ["T.DKIM.amazonses.com."], FOUND),
        (CNAME, ["u.dkim.amazonses.com"], OTHER),
        (MX, ["10 feedback-smtp.us-east-1.amazonses.com"], FOUND),
        (MX, ["20 feedback-smtp.us-east-1.amazonses.com"], OTHER),
        (MX, ["10 feedback-smtp.us-east-1.amazonses.com", "20 mx.example"], SEVERAL),
        (SPF, ["other=text", "v=spf1 ip4:192.0.2.1 include:amazonses.com -all"], FOUND),
        (SPF, ["v=spf1 include:amazonses.com.evil.example ~all"], MISSING),
        (SPF, ["google-site-verification=1"], MISSING),
        (KEY, ["v=DKIM1; k=rsa; p=MI IB"], FOUND),
        (KEY, ["p=other"], MISSING),
        (TOKEN, ["amazonses:abc="], FOUND),
        (TOKEN, ["abd="], MISSING),
    ],
)
def test_found_missing_other_or_several(record, values, state):
    (row,) = look_up([record], Says(DnsAnswer("NOERROR", tuple(values))))
    assert row.state is state
    assert (row.type, row.name, row.value) == (record.type, record.name, record.value)
    assert bool(row.answered) == (state in (OTHER, SEVERAL))


@pytest.mark.parametrize(
    ("status", "state"), [("NXDOMAIN", MISSING), ("NOERROR", MISSING), ("SERVFAIL", UNKNOWN), ("TIMEOUT", UNKNOWN)]
)
def test_no_answer_is_not_the_same_as_no_record(status, state):
    (row,) = look_up([MX], Says(DnsAnswer(status)))
    assert row.state is state


def test_a_long_answer_is_cut():
    (row,) = look_up([CNAME], Says(DnsAnswer("NOERROR", ("x" * 5000,))))
    assert len(row.answered) < 400
