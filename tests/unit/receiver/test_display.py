import pytest

from emulator.receiver.display import display
from emulator.receiver.organizational import OrganizationalDomains
from emulator.verdicts import Display, DkimVerdict, SpfVerdict


@pytest.fixture(scope="module")
def organizational():
    return OrganizationalDomains()


OWN, SES = "abashiri.domain", "amazonses.com"
CUSTOM, DEFAULT = "mail.abashiri.domain", "ap-northeast-1.amazonses.com"


@pytest.mark.parametrize(
    ("from_domain", "envelope", "signatures", "shown"),
    [
        # The article's table, reference 5.3.
        (OWN, f"pass {CUSTOM}", [f"pass {OWN}", f"pass {SES}"], (CUSTOM, OWN, None)),
        (OWN, f"pass {CUSTOM}", [f"pass {SES}"], (CUSTOM, SES, None)),
        (OWN, f"pass {DEFAULT}", [f"pass {SES}"], (DEFAULT, SES, SES)),
        (OWN, f"pass {DEFAULT}", [f"pass {OWN}", f"pass {SES}"], (DEFAULT, OWN, None)),
        # Which of several signatures is shown: the aligned one, wherever it stands, and only if it passed.
        (OWN, f"pass {DEFAULT}", [f"pass {SES}", f"pass {OWN}"], (DEFAULT, OWN, None)),
        (OWN, f"pass {DEFAULT}", [f"fail {OWN}", f"pass {SES}"], (DEFAULT, SES, SES)),
        (OWN, f"pass {DEFAULT}", ["pass one.example", f"pass {SES}"], (DEFAULT, "one.example", "one.example")),
        # What did not pass is not shown.
        (OWN, f"softfail {CUSTOM}", [f"pass {SES}"], (None, SES, SES)),
        (OWN, f"pass {DEFAULT}", [], (DEFAULT, None, DEFAULT)),
        (OWN, f"pass {DEFAULT}", [f"policy {OWN}"], (DEFAULT, None, DEFAULT)),
        (OWN, f"fail {CUSTOM}", [f"fail {OWN}"], (None, None, None)),
        (OWN, "none ", [], (None, None, None)),
        # Subdomains are aligned, in both directions.
        ("news.abashiri.domain", f"pass {DEFAULT}", [f"pass {OWN}"], (DEFAULT, OWN, None)),
        (CUSTOM, f"pass {CUSTOM}", [f"pass {SES}"], (CUSTOM, SES, None)),
        # Nobody in From.
        ("", f"pass {CUSTOM}", [f"pass {OWN}"], (CUSTOM, OWN, OWN)),
    ],
)
def test_what_gmail_shows(from_domain, envelope, signatures, shown, organizational):
    result, _, domain = envelope.partition(" ")
    verdicts = tuple(
        DkimVerdict(outcome, signer, "s", f"@{signer}", "b")
        for outcome, signer in (signature.split() for signature in signatures)
    )
    assert display(from_domain, SpfVerdict(result, domain, "192.0.2.1"), verdicts, organizational) == Display(*shown)
