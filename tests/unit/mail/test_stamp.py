"""stamp: what SES changes in a message, and nothing else."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from emulator.mail.raw import Message, parse
from emulator.mail.stamp import feedback_id, message_id_header, stamp

FIXTURES = Path(__file__).parents[3] / "fixtures" / "mail"
ID = "0100019d1d463523-617e8165-a084-4d91-aa5e-13778264d5d4-000000"
HASH = "A" * 43 + "="
NOW = 1774312633.9


def stamped(data: bytes) -> Message:
    return stamp(parse(data), message_id=ID, region="us-east-1", now=NOW, outgoing_ip="54.240.8.19", account_hash=HASH)


TRAILER = (f"Feedback-ID: ::1.us-east-1.{HASH}:AmazonSES\r\nX-SES-Outgoing: 2026.03.24-54.240.8.19\r\n\r\n").encode()
IDS = f"Message-ID: <{ID}@email.amazonses.com>\r\nDate: Tue, 24 Mar 2026 00:37:13 +0000\r\n".encode()


def test_a_raw_mail_is_changed_as_ses_changes_it() -> None:
    assert stamped((FIXTURES / "raw.eml").read_bytes()).to_bytes() == (FIXTURES / "raw-stamped.eml").read_bytes()


def test_missing_ids_are_appended_message_id_first() -> None:
    assert stamped(b"From: a@x\r\n\r\nhi").to_bytes() == b"From: a@x\r\n" + IDS + TRAILER + b"hi"


def test_a_message_that_is_all_header_gets_its_blank_line() -> None:
    assert stamped(b"From: a@x").to_bytes() == b"From: a@x\r\n" + IDS + TRAILER
    assert stamped(b"").to_bytes() == IDS + TRAILER


def test_of_duplicated_ids_one_is_left() -> None:
    out = stamped(b"Date: 1\r\nMessage-ID: 1\r\nDATE: 2\r\nMessage-Id: 2\r\nFrom: a@x\r\n\r\n")
    assert [field.name for field in out.fields[:3]] == [b"Date", b"Message-ID", b"From"]
    assert len(out.values("date")) == len(out.values("message-id")) == 1


def test_values_as_observed() -> None:
    assert message_id_header("m", "us-east-1") == "<m@email.amazonses.com>"
    assert message_id_header("m", "ap-northeast-1") == "<m@ap-northeast-1.amazonses.com>"
    assert feedback_id("eu-west-1", HASH) == f"::1.eu-west-1.{HASH}:AmazonSES"
    assert feedback_id("eu-west-1", HASH, ("a", "b")) == f"a:b:1.eu-west-1.{HASH}:AmazonSES"
    assert feedback_id("eu-west-1", HASH, ("a\r\nBcc: x", "b:c")) == f"aBccx:bc:1.eu-west-1.{HASH}:AmazonSES"


KEPT = st.lists(
    st.sampled_from(
        [
            b"From: a@x\r\n",
            b"Subject:  odd   blanks \r\n",
            b"X-Ses-Mine: 1\r\n",
            b"To: a@x,\r\n\tb@x\r\n",
            b"junk\r\n",
            b":\r\n",
            b"Feedback-ID: mine\r\n",
            b"DKIM-Signature: v=1\r\n",
            b"X-Bytes: \xff\xe9\r\n",
        ]
    )
)
GONE = st.sampled_from(
    [b"Bcc: h@x\r\n", b"return-path: <r@x>\r\n", b"X-SES-MESSAGE-TAGS: a=b\r\n", b"X-SES-SOURCE-ARN: a\r\n b\r\n"]
)


@given(
    before=KEPT,
    gone=GONE,
    after=KEPT,
    body=st.binary(max_size=50).map(lambda body: body.replace(b"\r", b"").replace(b"\n", b"")),
)
def test_everything_else_is_kept_byte_for_byte(
    before: list[bytes], gone: bytes, after: list[bytes], body: bytes
) -> None:
    data = b"".join([*before, b"date: old\r\n", gone, *after]) + b"\r\n" + body
    out = stamped(data).to_bytes()
    new_date = b"date: Tue, 24 Mar 2026 00:37:13 +0000\r\n"
    message_id = IDS.partition(b"Date")[0]
    assert out == b"".join([*before, new_date, *after]) + message_id + TRAILER + body
