"""A mistake in a seed is told by file, line and key, with what was expected and what was found; all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.mail.sign import make_key
from emulator.seed.files import read_seeds
from emulator.seed.problems import SeedError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def mistakes(tmp_path, monkeypatch):
    """``mistakes(text)``: what is said of a.yaml with this text."""
    monkeypatch.chdir(tmp_path)

    def read(text: str | bytes, name: str = "a.yaml") -> list[str]:
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(SeedError) as wrong:
            read_seeds([Path(name)])
        return list(wrong.value.problems)

    return read


IDENTITY = "identities:\n  - name: example.com\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # The form.
        (
            IDENTITY + "    dkim:\n      bits: 512\n",
            "a.yaml:4: identities[0].dkim.bits: expected 1024 or 2048, found 512",
        ),
        (
            IDENTITY + "    dkim: {bits: '2048'}\n",
            "a.yaml:3: identities[0].dkim.bits: expected 1024 or 2048, found '2048'",
        ),
        (
            IDENTITY + "    dkmi: true\n",
            "a.yaml:3: identities[0].dkmi: there is no such key; did you mean dkim?",
        ),
        (
            IDENTITY + "    zzz: true\n",
            "a.yaml:3: identities[0].zzz: there is no such key, expected one of name, account, region, verified, "
            "status, token, dkim, mail_from, publish",
        ),
        (IDENTITY + "    verified: yess\n", "a.yaml:3: identities[0].verified: expected true or false, found 'yess'"),
        (
            "account: 12345\n",
            "a.yaml:1: account: expected the 12 digits of an account, in quotes, found 12345",
        ),
        ("region: Tokyo\n", "a.yaml:1: region: expected a region like us-east-1, found 'Tokyo'"),
        ("\n\nidentities: example.com\n", "a.yaml:3: identities: expected a list, found 'example.com'"),
        (
            "identities:\n  - 17\n",
            "a.yaml:2: identities[0]: expected an address or a domain or an identity with its keys, found 17",
        ),
        ("identities:\n  - verified: true\n", "a.yaml:2: identities[0]: expected the key name here, found none"),
        ("- a\n", "a.yaml:1: expected keys and values, found a list"),
        ("version: 2\n", "a.yaml:1: version: expected 1, found 2"),
        (
            "dns:\n  records:\n    - {name: a.example, type: TXT, value: 5}\n",
            "a.yaml:3: dns.records[0].value: expected the record's value, in quotes, found 5",
        ),
        (
            "dns: {records: [{name: a.example, type: SPF, value: x}]}",
            "a.yaml:1: dns.records[0].type: expected A, AAAA, CNAME, MX, TXT, NS, SOA, PTR, SRV or CAA, found 'SPF'",
        ),
        (
            "dns: {records: [{name: a.example, type: A, value: 192.0.2.1, ttl: -1}]}",
            "a.yaml:1: dns.records[0].ttl: expected a whole number from 0 to 2147483647, found -1",
        ),
        (IDENTITY + "    name: b.example\n", "a.yaml:3: identities[0].name: the key stands here twice"),
        # The meaning.
        (
            "identities:\n  - you@@example.com\n",
            "a.yaml:2: identities[0].name: expected an address or a domain, found 'you@@example.com': "
            "'you@@example.com' is not a bare address like user@example.com.",
        ),
        (
            IDENTITY + "    verified: true\n    status: FAILED\n",
            "a.yaml:4: identities[0].status: expected either verified or status, found both",
        ),
        (
            IDENTITY + "    mail_from: mail.other.com\n",
            "a.yaml:3: identities[0].mail_from: expected a domain below example.com, found 'mail.other.com' (Provided "
            "MAIL-FROM domain <mail.other.com> is not subdomain of the domain of the identity <example.com>.)",
        ),
        (
            "identities:\n  - name: a@example.com\n    dkim: true\n",
            "a.yaml:3: identities[0].dkim: expected no DKIM of an address: it has that of its domain's identity",
        ),
        (
            IDENTITY + "    dkim: {selector: s}\n",
            "a.yaml:3: identities[0].dkim: expected private_key or private_key_file beside selector",
        ),
        (
            IDENTITY + "    dkim: {selector: s, private_key: nonsense}\n",
            "a.yaml:3: identities[0].dkim.private_key: expected an RSA private key: ",
        ),
        (
            IDENTITY + "    dkim: {selector: s, bits: 1024, private_key_file: none.pem}\n",
            "a.yaml:3: identities[0].dkim.bits: expected none beside a selector: it belongs to Easy DKIM",
        ),
        (
            IDENTITY + "    dkim: {tokens: [a, a, b]}\n",
            "a.yaml:3: identities[0].dkim.tokens: expected 3 different tokens, or none, found 2",
        ),
        (
            IDENTITY + "  - Example.com\n",
            "a.yaml:3: identities[1]: example.com in account 123456789012, us-east-1 is there already "
            "(a.yaml:2: identities[0])",
        ),
        (
            "accounts:\n  - production: true\n  - account: 123456789012\n",
            "a.yaml:3: accounts[1]: account 123456789012 in us-east-1 is there already (a.yaml:2: accounts[0])",
        ),
        (
            "dns:\n  records:\n    - {name: a.example, type: A, value: 1.2.3}\n",
            "a.yaml:3: dns.records[0]: An A record holds an IPv4 address like 192.0.2.1, not '1.2.3'.",
        ),
        ("dns:\n  zones:\n    - origin: a.example\n", "a.yaml:3: dns.zones[0]: expected either file or text"),
        ("dns: {zones: [{file: none.zone}]}\n", "a.yaml:1: dns.zones[0].file: there is no file none.zone"),
        (
            "dns:\n  zones:\n    - origin: a.example\n      text: |\n        @ A 192.0.2.1\n\n        b A oops\n",
            "a.yaml:7: not a zone file: ",
        ),
        # No YAML.
        ("identities: [\n", "a.yaml:2: not YAML: "),
        ("a: !!python/object/apply:os.system ['true']\n", "a.yaml:1: a: there is no such key"),
        ("? [a]\n: b\n", "a.yaml:1: expected a word as key"),
        (b"\xff\xfe", "a.yaml: a.yaml is not UTF-8 text"),
        ("\x07", "a.yaml:1: not YAML: "),
        ("identities: &a [*a]\n", "a.yaml:"),
    ],
)
def test_one_mistake(mistakes, text, said):
    found = mistakes(text)
    assert found[0].startswith(said), found


def test_all_mistakes_of_all_files_are_told_together(tmp_path):
    (tmp_path / "1.yaml").write_text("region: x\nidentities:\n  - {name: b.example, dkim: 5}\n")
    (tmp_path / "2.zone").write_text("a A 192.0.2.1\nb HINFO x y\n")
    (tmp_path / "3.yaml").write_text("identities: [c@d@e]\n")
    with pytest.raises(SeedError) as wrong:
        read_seeds([tmp_path])
    assert [problem.removeprefix(f"{tmp_path}/").split(": ")[0] for problem in wrong.value.problems] == [
        "1.yaml:1",
        "1.yaml:3",
        "2.zone:2",
        "3.yaml:1",
    ]


def test_many_mistakes_are_counted(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("".join(f"k{number}: 1\n" for number in range(50)))
    with pytest.raises(SeedError) as wrong:
        read_seeds([file])
    assert len(wrong.value.problems) == 50
    assert str(wrong.value).splitlines()[-1] == "… and 30 more"


def test_what_unfolds_without_end_is_stopped(tmp_path):
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    file = tmp_path / "laugh.yaml"
    file.write_text("\n".join(levels))
    with pytest.raises(SeedError, match="more than 500000 values"):
        read_seeds([file])


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SeedError, match="there is no file"):
        read_seeds([tmp_path / "none.yaml"])


def test_records_that_cannot_stand_beside_each_other_are_told(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "identities:\n  - name: example.com\n    mail_from: mail.example.com\n"
        "dns:\n  records:\n    - {name: mail.example.com, type: CNAME, value: elsewhere.example}\n"
    )
    with pytest.raises(SeedError, match=r"mail\.example\.com.*CNAME"):
        read_seeds([tmp_path])


def test_what_two_files_say_of_one_identity_is_told_with_both_places(tmp_path):
    (tmp_path / "a.yaml").write_text("identities: [a@example.com]\n")
    (tmp_path / "b.yaml").write_text("\nidentities: [a@example.com]\n")
    with pytest.raises(SeedError, match=r"b\.yaml:2: identities\[0\]: .* is there already \(.*a\.yaml:1: identities"):
        read_seeds([tmp_path])


def test_a_brought_key_that_is_too_long_is_none_that_verifies(mistakes):
    Path("long.pem").write_text(make_key(3072))
    brought = IDENTITY + "    dkim: {selector: s, private_key_file: long.pem}\n"
    assert mistakes(brought) == [
        "a.yaml:3: identities[0].dkim.private_key_file: expected a key of 1024 to 2048 bits, found one of 3072"
    ]


@pytest.mark.parametrize(
    ("ttl", "said"),
    [
        ("0x" + "f" * 20_000, "expected a whole number from 0 to 2147483647, found a number of more than 60 digits"),
        ("1:" * 3000 + "1.0", "not YAML: int too large to convert to float"),
        ("!!int abc", "not YAML: invalid literal for int() with base 10: 'abc'"),
        ("2024-13-01", "not YAML: month must be in 1..12"),
    ],
)
def test_a_number_that_is_none_is_told_at_its_line(mistakes, ttl, said):
    record = "dns:\n  records:\n    - {name: a.example, type: A, value: 192.0.2.1,\n       ttl: %s}\n"
    assert mistakes(record % ttl) == [f"a.yaml:4: dns.records[0].ttl: {said}"]


def test_what_a_terminal_obeys_is_told_by_number(mistakes):
    [said] = mistakes('"\\e[31m": 1\n')
    assert said.startswith("a.yaml:1: \\x1b[31m: there is no such key")
    assert mistakes('"\\e[1m": 1\n"\\e[1m": 2\n') == ["a.yaml:2: \\x1b[1m: the key stands here twice"]


def test_a_place_that_may_not_be_looked_at_is_told(tmp_path):
    # The system refuses to look at a name of this length, as it would behind a closed folder.
    far = tmp_path / ("x" * 5000)
    with pytest.raises(SeedError, match="cannot be read: "):
        read_seeds([far])
