"""sign: SES's layout line by line, and signatures that a verifier of other origin accepts."""

from __future__ import annotations

import time
from pathlib import Path

import dkim
import pytest
from dkim.canonicalization import Relaxed, Simple
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.mail.raw import Message, parse
from emulator.mail.sign import (
    Signer,
    canonical_body,
    canonical_field,
    load_key,
    make_key,
    public_key_of,
    sign,
)

FIXTURES = Path(__file__).parents[3] / "fixtures" / "mail"
PEM_2048 = (FIXTURES / "key-2048.pem").read_text()
PEM_1024 = (FIXTURES / "key-1024.pem").read_text()
KEY_2048 = load_key(PEM_2048)
KEY_1024 = load_key(PEM_1024)
OWN = "o25mqk5iffcfzgc3wo2zjhkohcyjzsoq"
SES = "224i4yxa5dv7c2xz3womw6peuasteono"
NOW = 1774312633.9
DNS = {
    f"{OWN}._domainkey.jagalactic.com.".encode(): b"p=" + public_key_of(load_key(PEM_2048)).encode(),
    f"{SES}._domainkey.amazonses.com.".encode(): b"v=DKIM1; k=rsa; p=" + public_key_of(load_key(PEM_1024)).encode(),
}
AMAZONSES = Signer("amazonses.com", SES, KEY_1024, feedback_id=True)
PAIR = [Signer("jagalactic.com", OWN, KEY_2048), AMAZONSES]
MAIL = (
    b"From: J <me@jagalactic.com>\r\nTo: you@example.com\r\nSubject: s\r\nX-Mailer: mine\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain\r\nMessage-ID: <m@email.amazonses.com>\r\nDate: Tue, 24 Mar 2026 00:37:13 +0000\r\n"
    b"Feedback-ID: ::1.us-east-1.x:AmazonSES\r\nX-SES-Outgoing: 2026.03.24-54.240.8.19\r\n\r\nHello.\r\n"
)


def verifies(data: bytes, index: int) -> bool:
    def txt(name: bytes, timeout: int = 5) -> bytes | None:
        return DNS.get(name)

    return bool(dkim.DKIM(data).verify(index, dnsfunc=txt))


def lines_of(message: Message, index: int) -> list[str]:
    return message.fields[index].raw.decode("ascii").split("\r\n")


def one(sender: bytes, domain: str, selector: str, now: float) -> list[str]:
    return lines_of(sign(parse(b"From: " + sender + b"\r\n\r\n"), [Signer(domain, selector, KEY_1024)], now), 0)


def test_both_signatures_are_laid_out_as_in_observed_mail() -> None:
    signed = sign(parse(MAIL), PAIR, NOW)
    own, amazonses = lines_of(signed, 0), lines_of(signed, 1)
    names = "From:To:Subject:MIME-Version:Content-Type:Message-ID:Date"
    assert own[:3] == [
        "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;",
        f"\ts={OWN}; d=jagalactic.com; t=1774312633;",
        f"\th={names};",
    ]
    assert amazonses[:3] == [
        "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;",
        f"\ts={SES}; d=amazonses.com; t=1774312633;",
        f"\th={names}:Feedback-ID;",
    ]
    assert own[3] == amazonses[3]
    assert own[3].startswith("\tbh=")
    assert len(own[3]) == len("\tbh=;") + 44
    for lines, size in ((own, 344), (amazonses, 172)):
        value = lines[4:-1]
        assert lines[-1] == ""
        assert value[0].startswith("\tb=")
        assert len(value[0]) == len("\tb=") + 64
        assert {len(line) for line in value[1:-1]} == {len("\t") + 67}
        assert sum(len(line) - 1 for line in value) == 2 + size
    assert signed.fields[2:] == parse(MAIL).fields


def test_a_short_selector_stays_on_the_first_line() -> None:
    assert one(b"me@mgml.me", "mgml.me", "resend", 1)[:2] == [
        "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple; s=resend;",
        "\td=mgml.me; t=1; h=From;",
    ]


def test_a_long_domain_pushes_the_time_to_a_line_of_its_own() -> None:
    lines = one(b"me@dailycodingproblem.com", "dailycodingproblem.com", OWN, 1599752945.0)
    assert lines[1] == f"\ts={OWN}; d=dailycodingproblem.com;"
    assert lines[2].startswith("\tt=1599752945;")


def test_the_identity_is_named_only_for_a_subdomain() -> None:
    below = one(b"A <a@Transactions.indmoney.com>", "indmoney.com", OWN, 1740664351.0)
    assert below[1:3] == [f"\ts={OWN}; d=indmoney.com; t=1740664351;", "\ti=@transactions.indmoney.com; h=From;"]
    for sender in (b"a@indmoney.com", b"a@notindmoney.com", b"nobody"):
        assert "i=" not in "".join(one(sender, "indmoney.com", OWN, 1.0)[:3])


def test_only_recommended_fields_are_signed_in_the_messages_order_and_spelling() -> None:
    data = (
        b"X-A: 1\r\nReceived: r\r\ncC: c@x\r\nlist-unsubscribe: <u>\r\nList-Unsubscribe-Post: x\r\n"
        b"FROM: a@x\r\nUser-Agent: u\r\nThread-Topic: t\r\nContent-Language: de\r\n"
        b"Resent-From: r@x\r\nResent-Bcc: s@x\r\nReferences: <r>\r\n\r\n"
    )
    (names,) = [line for line in lines_of(sign(parse(data), [AMAZONSES], NOW), 0) if line.startswith("\th=")]
    assert names == "\th=cC:list-unsubscribe:List-Unsubscribe-Post:FROM:Resent-From:References;"


def test_dkimpy_accepts_both_signatures_and_sees_every_change() -> None:
    signed = sign(parse(MAIL), PAIR, NOW).to_bytes()
    assert verifies(signed, 0)
    assert verifies(signed, 1)
    changed_trailer = signed.replace(b"X-SES-Outgoing: 2026", b"X-SES-Outgoing: 2027")
    assert verifies(changed_trailer, 0)
    changed_feedback = signed.replace(b"::1.us-east-1", b"::1.us-east-2")
    assert verifies(changed_feedback, 0)
    assert not verifies(changed_feedback, 1)
    changed_subject = signed.replace(b"Subject: s", b"Subject: t")
    assert not verifies(changed_subject, 0)
    with pytest.raises(dkim.ValidationError, match="body hash"):
        verifies(signed.replace(b"Hello", b"hello"), 0)


FIELD = st.sampled_from(
    [
        b"To: a@x\r\n",
        b"TO:  b@x ,\r\n\t c@x  \r\n",
        b"Subject:\r\n",
        b"Subject: a \t b\r\n  c\r\n",
        b"X-Other: 1\r\n",
        b"List-Id: l\r\n",
        b"List-Id: m\r\n",
        b"Resent-To: a@x\r\n",
        b"Resent-To: b@x\r\n",
        b"References: \xc3\xa9\r\n",
    ]
)


@settings(max_examples=40)
@given(
    st.lists(FIELD, max_size=12), st.lists(st.sampled_from([b"\r\n", b"a", b" ", b"\t", b".", b"\xff"]), max_size=12)
)
def test_dkimpy_accepts_whatever_was_signed(fields: list[bytes], body: list[bytes]) -> None:
    data = b"From: me@jagalactic.com\r\n" + b"".join(fields) + b"\r\n" + b"".join(body)
    signed = sign(parse(data), PAIR, NOW).to_bytes()
    assert signed.endswith(data)
    assert verifies(signed, 0)
    assert verifies(signed, 1)


def test_bare_line_feeds_are_signed_as_smtp_will_carry_them() -> None:
    signed = sign(parse(MAIL.replace(b"\r\n", b"\n")), PAIR, NOW).to_bytes()
    assert signed == sign(parse(MAIL), PAIR, NOW).to_bytes()
    assert verifies(signed, 0)


@given(st.lists(st.sampled_from([b"\r\n", b"x", b" \t", b"\r\n\r\n"]), max_size=8).map(b"".join))
def test_canonical_forms_are_those_of_dkimpy(text: bytes) -> None:
    assert canonical_body(text) == Simple.canonicalize_body(text)
    value = text.replace(b"\r\n", b"\r\n ") + b"\r\n"
    ((name, canonical),) = Relaxed.canonicalize_headers([(b"X-Name", value)])
    assert canonical_field(b"X-Name:" + value) == name + b":" + canonical.removesuffix(b"\r\n")


def test_without_signers_nothing_is_added() -> None:
    assert sign(parse(MAIL), [], NOW).to_bytes() == MAIL


def test_keys_load_from_pem_and_from_byodkims_bare_base64() -> None:
    bare = "".join(line for line in PEM_1024.splitlines() if "-----" not in line)
    assert public_key_of(load_key(bare)) == public_key_of(load_key(PEM_1024))
    assert load_key(make_key(1024)).key_size == 1024
    for wrong in ("", "not base64!", "AAAA", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"):
        with pytest.raises(ValueError, match=r".+"):
            load_key(wrong)


def test_a_key_that_is_not_rsa_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="not an RSA"):
        load_key(pem.decode())


def test_a_megabyte_is_hashed_once_and_quickly() -> None:
    data = MAIL + (b"y" * 76 + b"\r\n") * 14000 + b"\r\n" * 100_000
    started = time.thread_time()
    signed = sign(parse(data), PAIR, NOW)
    assert time.thread_time() - started < 2
    assert verifies(signed.to_bytes(), 1)
