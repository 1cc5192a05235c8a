import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.documents.configuration_sets import ConfigurationSet
from emulator.errors import Fault
from emulator.policy.screen import Facts, names_to_load, screen
from emulator.values import (
    Account,
    Attachment,
    Dkim,
    Door,
    Header,
    Identity,
    IdentityKind,
    Letter,
    MailFrom,
    OnMxFailure,
    RawContent,
    Scope,
    SendQuota,
    SimpleContent,
    Status,
    Submission,
    Tag,
    Text,
    Verification,
)

SCOPE = Scope("123456789012", "ap-northeast-1")
FROM = "test@abashiri.domain"
TO = "hoge@domain.example"
SIMULATOR = "success@simulator.amazonses.com"
CONTENT = SimpleContent(Text("Subject"), text=Text("Body"))
SANDBOX = SendQuota(200, 1)
ORDER = ["address syntax", "destinations", "authorization", "tags", "configuration set", "headers", "limits", "size",
         "pausing", "verification", "MAIL FROM", "daily quota", "send rate"]  # fmt: skip


def identity(name, status=Status.SUCCESS, **more):
    kind = IdentityKind.EMAIL_ADDRESS if "@" in name else IdentityKind.DOMAIN
    return Identity(SCOPE, name, kind, 0.0, Verification(status), **more)


def facts(*identities, production=False, enabled=True, quota=SANDBOX, sent=0, now=1000.0, **more):
    account = Account(SCOPE, production=production, sending_enabled=enabled)
    return Facts(account, quota, sent, {one.name: one for one in identities}, now, **more)


def simple(source=FROM, to=(TO,), cc=(), bcc=(), reply_to=(), return_path=None, door=Door.V1, content=CONTENT, **more):
    """A composed submission and what the rules see of it."""
    submission = Submission(
        SCOPE, door, "SendEmail", "caller", "127.0.0.1", source, content, to, cc, bcc, reply_to, return_path, **more
    )
    senders = tuple(one for one in (source, return_path) if one)
    return submission, Letter((source,) if source else (), senders, to, cc, bcc, reply_to, return_path, None, 2000)


def raw(from_=(FROM,), source=None, to=(TO,), senders=(), headers=None, size=2000, door=Door.V1, data=b"x", **more):
    submission = Submission(SCOPE, door, "SendRawEmail", "caller", "127.0.0.1", source, RawContent(data), to, **more)
    if headers is None:
        headers = tuple(Header("From", one) for one in from_)
    all_senders = tuple(dict.fromkeys((*from_, *((source,) if source else ()), *senders)))
    return submission, Letter(from_, all_senders, to, (), (), (), None, headers, size)


def refusal(mail, known):
    """The fault, and the rulings that were heard before it."""
    heard = []
    with pytest.raises(Fault) as caught:
        screen(*mail, known, heard.append)
    assert [ruling.rule for ruling in heard] == ORDER[: len(heard)]
    assert [ruling.verdict for ruling in heard] == ["passed"] * (len(heard) - 1) + ["refused"]
    assert all(ruling.fact for ruling in heard)
    assert caught.value.hint
    assert caught.value.hint.isascii()
    assert "\n" not in caught.value.hint
    return caught.value, heard


BOTH = (identity("abashiri.domain"), identity("domain.example"))


def test_an_accepted_mail_carries_what_the_next_rooms_need_and_every_ruling():
    known = facts(
        identity(
            "abashiri.domain",
            dkim=Dkim(True, Status.SUCCESS, tokens=("a", "b", "c"), private_key="pem"),
            mail_from=MailFrom("mail.abashiri.domain", status=Status.SUCCESS),
        ),
        identity("domain.example"),
    )
    heard = []
    mail = simple(f"Me <{FROM}>", (f"You <{TO}>", TO), bcc=(SIMULATOR, "hoge@Domain.example"))
    passed = screen(*mail, known, heard.append)
    assert (passed.sender.name, passed.sender.addr_spec) == ("Me", FROM)
    assert passed.recipients == (TO, SIMULATOR)
    assert passed.counted == 1
    assert passed.identity.name == passed.dkim.name == "abashiri.domain"
    assert passed.mail_from_domain == "mail.abashiri.domain"
    assert passed.account == dataclasses.replace(known.account, sent_total=1, bucket_level=-1.0, bucket_at=1000.0)
    assert [ruling.rule for ruling in heard] == ORDER


def test_dkim_that_is_not_verified_does_not_sign():
    pending = identity("abashiri.domain", dkim=Dkim(True, Status.PENDING, tokens=("a",), private_key="pem"))
    assert screen(*simple(to=(SIMULATOR,)), facts(pending)).dkim is None


def test_both_sides_fail_in_one_list_with_the_region_in_upper_case():
    fault, heard = refusal(simple("Foo <from@example.com>", ("to@example.com",), ("<cc@example.com>",)), facts())
    assert fault.message == (
        "Email address is not verified. The following identities failed the check in region AP-NORTHEAST-1: "
        "to@example.com, <cc@example.com>, Foo <from@example.com>"
    )
    assert (fault.v1, fault.v2) == ("MessageRejected", "MessageRejected")
    assert fault.reply() == f"554 Message rejected: {fault.message}"
    assert heard[-1].rule == "verification"
    assert "aws ses verify-email-identity --email-address to@example.com --region ap-northeast-1" in fault.hint
    assert "--production" in fault.hint


def test_a_pending_sender_is_told_how_to_finish():
    fault, _ = refusal(simple(to=(SIMULATOR,)), facts(identity("abashiri.domain", Status.PENDING)))
    assert fault.message.endswith(f": {FROM}")
    assert "POST /_ses/api/identities/abashiri.domain/verify?region=ap-northeast-1" in fault.hint
    assert "--production" not in fault.hint


def test_raw_mail_lists_header_from_and_envelope_source():
    fault, _ = refusal(raw(("yoyo <yoyo@domain.com>",), "yoyo@domain.com", (SIMULATOR,), door=Door.SMTP), facts())
    assert fault.reply() == (
        "554 Message rejected: Email address is not verified. The following identities failed the check in region "
        "AP-NORTHEAST-1: yoyo <yoyo@domain.com>, yoyo@domain.com"
    )


def test_return_path_and_sender_must_be_verified_and_reply_to_need_not():
    fault, _ = refusal(simple(return_path="bounces@elsewhere.example"), facts(*BOTH))
    assert fault.message.endswith(": bounces@elsewhere.example")
    fault, _ = refusal(raw(senders=("sender@elsewhere.example",)), facts(*BOTH))
    assert fault.message.endswith(": sender@elsewhere.example")
    screen(*simple(reply_to=("anyone@elsewhere.example",)), facts(*BOTH))


def test_in_production_recipients_need_no_verification():
    screen(*simple(), facts(identity(FROM), production=True, quota=SendQuota(50_000, 14)))


@pytest.mark.parametrize(
    ("mail", "rule", "text"),
    [
        (simple("foo"), "address syntax", "Missing final '@domain'"),
        (simple("foo", to=("@x",)), "address syntax", "Missing final '@domain'"),
        (simple(to=("foo@",), cc=("@x",)), "address syntax", "Missing domain"),
        (simple(cc=("@x.org",), bcc=("foo",)), "address syntax", "Missing local name"),
        (simple(reply_to=("a b@x.org",)), "address syntax", "Local address contains control or whitespace"),
        (simple("foo", to=()), "address syntax", "Missing final '@domain'"),
        (simple(to=("",), door=Door.V2), "address syntax", "Invalid email address ."),
        (simple(None, door=Door.V2), "address syntax", None),
        (simple(to=()), "destinations", "No recipients specified."),
        (simple(to=(), tags=(Tag("", ""),)), "destinations", "No recipients specified."),
        (simple(tags=(Tag("a:b", "c"),), configuration_set="x"), "tags",
         "Invalid tag name <a:b>: only alphanumeric ASCII characters, '_',  '-' are allowed."),
        (simple(configuration_set="x", to=(TO,) * 51), "configuration set",
         "Configuration set <x> does not exist."),
        (simple(to=(TO,) * 51), "limits", "Recipient count exceeds 50."),
        (simple(to=(TO,) * 30, cc=(TO,) * 11, bcc=(TO,) * 10), "limits", "Recipient count exceeds 50."),
        (simple(to=("a" * 309 + "@example.com",)), "limits",
         f"Address length is more than 320 characters long: '{'a' * 309}@example.com'."),
        (raw((), FROM, headers=(Header("Subject", "s"),)), "headers", "Missing required header 'From'."),
        (raw((), None, headers=()), "headers", "Missing required header 'From'."),
        (raw(headers=(Header("From", FROM), Header("DKIM-Signature", "a"), Header("dkim-signature", "b"))),
         "headers", "Duplicate header 'dkim-signature'."),
        (raw(headers=(Header("From", FROM), Header("List-Unsubscribe", "a"), Header("List-Unsubscribe", "b"))),
         "headers", "Duplicate header 'List-Unsubscribe'."),
        (raw(headers=(Header("From", FROM), Header("", "x"))), "headers", "Empty header names are illegal."),
        (raw(size=10 * 1024 * 1024 + 1), "size", "Message length is more than the allowed 10485760 bytes."),
        (raw(size=40 * 1024 * 1024 + 1, door=Door.V2), "size",
         "Message length is more than the allowed 41943040 bytes."),
        (raw(data=b'X: y\r\nContent-Disposition: attachment;\r\n filename="virus.EXE"\r\n'), "limits",
         "Illegal filename 'virus.EXE'."),
        (simple(content=dataclasses.replace(CONTENT, attachments=(Attachment("a.js", b""),)), door=Door.V2), "limits",
         "Illegal filename 'a.js'."),
        (simple(content=dataclasses.replace(CONTENT, headers=(Header("Subject", "x"),)), door=Door.V2), "headers",
         "Header <Subject> cannot be specified."),
        (simple(content=dataclasses.replace(CONTENT, headers=(Header("", "x"),)), door=Door.V2), "headers",
         "The header name must be specified."),
        (simple(content=dataclasses.replace(CONTENT, headers=(Header("X-A", "b\r\nBcc: c"),)), door=Door.V2),
         "headers", "Invalid header value for <X-A>."),
        (simple(content=dataclasses.replace(CONTENT, headers=(Header("X-A", "b"),) * 16), door=Door.V2), "headers",
         "Header count exceeds 15."),
    ],
)  # fmt: skip
def test_the_first_rule_in_order_that_refuses_speaks(mail, rule, text):
    fault, heard = refusal(mail, facts())
    assert (heard[-1].rule, fault.message) == (rule, text)


def test_sizes_at_the_limit_pass():
    screen(*raw(size=10 * 1024 * 1024), facts(*BOTH))
    screen(*raw(size=40 * 1024 * 1024, door=Door.V2), facts(*BOTH))
    screen(*raw(size=40 * 1024 * 1024, door=Door.SMTP), facts(*BOTH))


def test_an_oversize_message_is_552_at_smtp():
    fault, _ = refusal(raw(size=40 * 1024 * 1024 + 1, door=Door.SMTP), facts(*BOTH))
    assert fault.smtp == "552 Message is too long."


def test_a_known_configuration_set_passes_and_the_header_asks_too():
    asked = (Header("From", FROM), Header("X-SES-Configuration-Set", "mine"))
    screen(*raw(headers=asked), facts(*BOTH, configuration_sets={"mine": ConfigurationSet(scope=SCOPE, name="mine")}))
    fault, _ = refusal(raw(headers=asked, door=Door.SMTP), facts(*BOTH))
    assert fault.reply() == "554 Configuration Set does not exist: Configuration set <mine> does not exist."
    screen(*raw(headers=(Header("From", FROM), Header("X-SES-CONFIGURATION-SET", ""))), facts(*BOTH))


def test_tags_in_the_header_count_unless_the_call_has_its_own():
    tagged = (Header("From", FROM), Header("X-SES-MESSAGE-TAGS", "a=b, c=é"))
    fault, _ = refusal(raw(headers=tagged), facts(*BOTH))
    assert fault.message.startswith("Invalid tag value <é>")
    screen(*raw(headers=tagged, tags=(Tag("a", "b"),)), facts(*BOTH))


def test_a_raw_message_without_any_header_is_accepted_with_source_and_destinations():
    passed = screen(*raw((), FROM, headers=()), facts(*BOTH))
    assert passed.sender.addr_spec == FROM


@pytest.mark.parametrize("source", ["", "<>", None])
def test_the_null_sender_names_nobody(source):
    assert screen(*raw(source=source, door=Door.SMTP, senders=("<>",)), facts(*BOTH)).sender.addr_spec == FROM


def test_a_malformed_from_of_v2_raw_content_has_its_own_words():
    for broken in ("a@", "やまだ@example.com", "a@例え.jp"):
        assert refusal(raw((broken,), door=Door.V2), facts())[0].message == "Invalid From address provided."
        assert refusal(raw((broken,), door=Door.V1), facts())[0].message != "Invalid From address provided."
        passed = screen(*raw((broken,), FROM, door=Door.V2), facts(*BOTH))
        assert passed.sender.addr_spec == FROM
    assert refusal(raw(("foo",), door=Door.V2), facts())[0].message == "Missing final '@domain'"


def test_a_paused_account_sends_nothing():
    fault, heard = refusal(simple(), facts(enabled=False))
    assert heard[-1].rule == "pausing"
    assert (fault.v1, fault.v2) == ("AccountSendingPausedException", "SendingPausedException")


def test_a_mail_from_without_mx_falls_back_or_refuses_as_it_was_told():
    own = identity(FROM, mail_from=MailFrom("m.abashiri.domain", OnMxFailure.USE_DEFAULT_VALUE, Status.PENDING))
    assert screen(*simple(to=(SIMULATOR,)), facts(own)).mail_from_domain is None
    own = dataclasses.replace(
        own, mail_from=dataclasses.replace(own.mail_from, on_mx_failure=OnMxFailure.REJECT_MESSAGE)
    )
    fault, heard = refusal(simple(to=(SIMULATOR,), door=Door.SMTP), facts(own))
    assert heard[-1].rule == "MAIL FROM"
    assert "m.abashiri.domain is PENDING" in heard[-1].fact
    assert fault.reply() == "554 MAIL FROM domain not verified: DNS setup for MAIL FROM domain is invalid."


def test_quota_and_rate_count_each_recipient_once():
    known = facts(*BOTH, sent=199)
    assert screen(*simple(to=(TO, TO)), known).account.sent_total == 1
    fault, heard = refusal(simple(to=(TO, "b@domain.example")), known)
    assert fault.message == "Daily message quota exceeded."
    assert heard[-1].fact == "199 sent in 24 h, 2 more, of 200"
    charged = screen(*simple(), facts(*BOTH)).account
    fault, heard = refusal(simple(), dataclasses.replace(facts(*BOTH), account=charged, now=1000.5))
    assert fault.message == "Maximum sending rate exceeded."
    assert heard[-1].fact == "0.5 left of 1 a second, 1 wanted"
    in_debt = dataclasses.replace(charged, bucket_level=-20.12345)
    _, heard = refusal(simple(), dataclasses.replace(facts(*BOTH), account=in_debt))
    assert heard[-1].fact == "20.12 owed of 1 a second, 1 wanted"


def test_the_names_to_load_are_those_of_everyone_who_takes_part():
    mail = simple("Me <me+x@a.example.com>", ("b@c.org", "broken"), return_path="r@c.org", reply_to=("no@one.org",))
    assert names_to_load(*mail) == (
        "me+x@a.example.com", "me@a.example.com", "a.example.com", "example.com", "r@c.org", "c.org", "b@c.org",
    )  # fmt: skip


ADDRESSES = st.one_of(
    st.sampled_from([FROM, TO, SIMULATOR, f"N <{FROM}>", "foo", "", "<>", "a@b.c, d@e.f", '"x"@y.z', "é@x.org"]),
    st.text(max_size=12),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(ADDRESSES, max_size=3), ADDRESSES, st.lists(ADDRESSES, max_size=4), st.sampled_from(Door), st.booleans()
)
def test_whatever_the_addresses_the_screen_accepts_or_faults(from_, source, to, door, composed):
    mail = simple(source, tuple(to), door=door) if composed else raw(tuple(from_), source, tuple(to), door=door)
    names_to_load(*mail)
    passed, fault = None, None
    try:
        passed = screen(*mail, facts(*BOTH, quota=SendQuota(-1, -1)))
    except Fault as caught:
        fault = caught
    if fault is not None:
        assert fault.hint
        return
    assert passed.recipients
    assert {name.rpartition("@")[2].lower() for name in passed.recipients} <= {
        "domain.example", "abashiri.domain", "simulator.amazonses.com",
    }  # fmt: skip
