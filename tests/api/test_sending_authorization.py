"""Mail sent with another account's identity, by leave of its policies; and policies that deny."""

from __future__ import annotations

import json

import pytest

from tests.api.refusals import refused_with as refused

TO = "to@reader.example"
FROM = "Shop <orders@lender.example>"


def statement(lender, **more):
    arn = f"arn:aws:ses:{lender.region}:{lender.account}:identity/lender.example"
    return {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["ses:Send*"], "Resource": arn, **more}


def allow(lender, *statements, name: str = "p", identity: str = "lender.example"):
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    lender.ses.put_identity_policy(Identity=identity, PolicyName=name, Policy=policy)


@pytest.fixture
def lender(lab, account_numbers):
    """An account with a verified domain that signs."""
    one = type(lab)(lab.emulator, str(next(account_numbers)))
    one.verify("lender.example")
    return one


@pytest.fixture
def sender(lab):
    lab.production()
    return lab


def arn(lender, name: str = "lender.example") -> str:
    return f"arn:aws:ses:{lender.region}:{lender.account}:identity/{name}"


def by_v1(sender, lender, **more):
    options = {"Source": FROM, "SourceArn": arn(lender), "Destination": {"ToAddresses": [TO]}, **more}
    message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}
    return sender.ses.send_email(Message=message, **options)["MessageId"]


def by_v2(sender, lender, **more):
    options = {
        "FromEmailAddress": FROM,
        "FromEmailAddressIdentityArn": arn(lender),
        "Destination": {"ToAddresses": [TO]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}},
        **more,
    }
    return sender.sesv2.send_email(**options)["MessageId"]


def by_raw(sender, lender, *fields: str, **more):
    data = "\r\n".join((f"From: {FROM}", f"To: {TO}", *fields, "Subject: s", "", "b", "")).encode()
    return sender.ses.send_raw_email(RawMessage={"Data": data}, **{"SourceArn": arn(lender), **more})["MessageId"]


def by_raw_v2(sender, lender):
    data = f"From: {FROM}\r\nTo: {TO}\r\nSubject: s\r\n\r\nb\r\n".encode()
    return by_v2(sender, lender, Content={"Raw": {"Data": data}})


def by_header(sender, lender):
    return by_raw(sender, lender, f"X-SES-SOURCE-ARN: {arn(lender)}", SourceArn="")


DOORS = [by_v1, by_v2, by_raw, by_raw_v2, by_header]


@pytest.mark.parametrize("send", DOORS)
def test_with_leave_the_mail_is_the_lenders_and_the_quota_the_senders(sender, lender, send):
    allow(lender, statement(lender, Principal={"AWS": sender.account}))
    mail = sender.wait(message_id=send(sender, lender))
    assert mail["account"] == sender.account
    assert mail["from"] == FROM
    assert ("lender.example", "pass") in [(one["domain"], one["result"]) for one in mail["authentication"]["dkim"]]
    assert not [name for name, _ in mail["headers"] if name.lower().startswith("x-ses-source")]
    assert sender.ses.get_send_quota()["SentLast24Hours"] == 1.0
    assert lender.ses.get_send_quota()["SentLast24Hours"] == 0.0


@pytest.mark.parametrize("send", DOORS)
def test_without_leave_it_is_denied_in_ses_words(sender, lender, send):
    v2 = send in (by_v2, by_raw_v2)
    action = "ses:SendEmail" if send in (by_v1, by_v2) else "ses:SendRawEmail"
    assert refused(send, sender, lender) == (
        "AccessDeniedException" if v2 else "AccessDenied",
        f"User `arn:aws:iam::{sender.account}:root' is not authorized to perform `{action}' on resource "
        f"`{arn(lender)}'",
    )


def test_without_the_arn_the_lenders_domain_is_a_strangers(sender, lender):
    allow(lender, statement(lender))
    message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}
    code, text = refused(sender.ses.send_email, Source=FROM, Destination={"ToAddresses": [TO]}, Message=message)
    assert (code, text.endswith(f"AP-NORTHEAST-1: {FROM}")) == ("MessageRejected", True)


def test_the_senders_sandbox_holds_and_the_lenders_does_not(lab, lender):
    lender.production()
    allow(lender, statement(lender))
    code, text = refused(by_v1, lab, lender)
    assert (code, text.endswith(f"AP-NORTHEAST-1: {TO}")) == ("MessageRejected", True)
    lab.verify(TO)
    assert by_v1(lab, lender)


@pytest.mark.parametrize(
    ("more", "passes"),
    [
        ({"Action": "ses:SendEmail"}, True),
        ({"Action": "SES:sendemail"}, True),
        ({"Action": "ses:SendRawEmail"}, False),
        ({"Principal": {"AWS": ["111111111111", "arn:aws:iam::{sender}:root"]}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::{sender}:user/bob"}}, False),
        ({"Principal": {"Service": "cognito-idp.amazonaws.com"}}, False),
        ({"Resource": "*"}, True),
        ({"Resource": "arn:aws:ses:*:*:identity/*.example"}, True),
        ({"Resource": "arn:aws:ses:us-east-1:111111111111:identity/lender.example"}, False),
        ({"Condition": {"StringEquals": {"ses:FromAddress": "orders@lender.example"}}}, True),
        ({"Condition": {"StringLike": {"ses:FromAddress": "billing@*"}}}, False),
        ({"Condition": {"StringEquals": {"ses:FromDisplayName": "Shop"}}}, True),
        ({"Condition": {"StringLike": {"ses:FromDisplayName": "Bank*"}}}, False),
        ({"Condition": {"ForAllValues:StringLike": {"ses:Recipients": ["*@reader.example"]}}}, True),
        ({"Condition": {"ForAllValues:StringLike": {"ses:Recipients": ["*@other.example"]}}}, False),
        ({"Condition": {"StringEquals": {"ses:FeedbackAddress": "orders@lender.example"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}, True),
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": ["127.0.0.1"]}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}}, False),
        ({"Condition": {"StringEquals": {"ses:ApiVersion": "1"}, "Null": {"ses:Recipients": "false"}}}, True),
    ],
)
def test_every_part_of_a_statement_counts(sender, lender, more, passes):
    more = json.loads(json.dumps(more).replace("{sender}", sender.account))
    allow(lender, statement(lender, **more))
    if passes:
        assert by_v1(sender, lender)
    else:
        assert refused(by_v1, sender, lender)[0] == "AccessDenied"


def test_templated_mail_needs_the_permission_of_its_operation(sender, lender):
    sender.ses.create_template(Template={"TemplateName": "t", "SubjectPart": "s", "TextPart": "b"})
    template = {"Template": {"TemplateName": "t", "TemplateData": "{}"}}
    allow(lender, statement(lender, Action="ses:SendEmail"))
    assert "`ses:SendTemplatedEmail'" in refused(by_v2, sender, lender, Content=template)[1]
    allow(lender, statement(lender, Action="ses:SendTemplatedEmail"))
    assert by_v2(sender, lender, Content=template)
    assert refused(by_v2, sender, lender)[0] == "AccessDeniedException"


def test_a_user_is_told_from_the_root_by_the_access_key(lab, fresh):
    """An access key that is no account number belongs to the default account, as the user of that name."""
    default = fresh(production=True)
    lender = type(lab)(default.emulator, "210987654321")
    lender.verify("lender.example")
    allow(lender, statement(lender, Principal={"AWS": "arn:aws:iam::123456789012:user/bob"}))
    bob = type(lab)(default.emulator, "bob")
    assert by_v1(bob, lender)
    assert refused(by_v1, default, lender)[0] == "AccessDenied"


def test_a_denial_beats_every_leave_until_it_is_taken_back(sender, lender):
    allow(lender, statement(lender))
    denied = statement(lender, Effect="Deny", Condition={"StringLike": {"ses:Recipients": "*@reader.example"}})
    allow(lender, denied, name="denial")
    assert refused(by_v1, sender, lender)[0] == "AccessDenied"
    assert by_v1(sender, lender, Destination={"ToAddresses": ["to@elsewhere.example"]})
    lender.ses.delete_identity_policy(Identity="lender.example", PolicyName="denial")
    assert by_v1(sender, lender)
    lender.ses.delete_identity_policy(Identity="lender.example", PolicyName="p")
    assert refused(by_v1, sender, lender)[0] == "AccessDenied"


def test_what_a_policy_denies_is_denied_to_the_owner_too(lender):
    lender.production()
    allow(
        lender, statement(lender, Effect="Deny", Condition={"StringEquals": {"ses:FromAddress": "no@lender.example"}})
    )
    assert by_v1(lender, lender, SourceArn="")
    code, text = refused(by_v1, lender, lender, Source="no@lender.example", SourceArn="")
    assert (code, text.startswith(f"User `arn:aws:iam::{lender.account}:root' is not")) == ("AccessDenied", True)


def test_an_identity_that_is_not_verified_or_does_not_cover_the_address_does_not_help(sender, lender):
    allow(lender, statement(lender))
    code, text = refused(by_v1, sender, lender, Source="orders@other.example")
    assert (code, text.endswith(": orders@other.example")) == ("MessageRejected", True)
    lender.sesv2.create_email_identity(EmailIdentity="pending.example")
    allow(lender, statement(lender, Resource="*"), identity="pending.example")
    pending = {"Source": "a@pending.example", "SourceArn": arn(lender, "pending.example")}
    assert refused(by_v1, sender, lender, **pending)[0] == "MessageRejected"
    assert refused(by_v1, sender, lender, SourceArn=arn(lender, "gone.example"))[0] == "AccessDenied"


def test_identities_are_lent_in_their_own_region(sender, lender):
    lender.verify("lender.example", region="eu-west-1")
    elsewhere = arn(lender).replace(lender.region, "eu-west-1")
    lender.client("ses", "eu-west-1").put_identity_policy(
        Identity="lender.example", PolicyName="p", Policy=json.dumps({"Statement": statement(lender, Resource="*")})
    )
    assert refused(by_v1, sender, lender, SourceArn=elsewhere)[0] == "AccessDenied"


def test_an_arn_that_is_none_is_refused(sender, lender):
    assert refused(by_v1, sender, lender, SourceArn="lender.example") == (
        "InvalidParameterValue",
        "Invalid SourceArn <lender.example>.",
    )


def test_from_and_return_path_may_be_lent_by_different_accounts(sender, lender, account_numbers):
    other = type(sender)(sender.emulator, str(next(account_numbers)))
    other.verify("back.example")
    allow(lender, statement(lender))
    paths = {"ReturnPath": "bounces@back.example", "ReturnPathArn": arn(other, "back.example")}
    assert refused(by_v1, sender, lender, **paths)[0] == "AccessDenied"
    allow(other, statement(other, Resource="*"), identity="back.example")
    assert by_v1(sender, lender, **paths)
    code, text = refused(by_v1, sender, lender, ReturnPath="bounces@back.example")
    assert (code, text.endswith(": bounces@back.example")) == ("MessageRejected", True)


def test_the_parameter_beats_the_header(sender, lender):
    allow(lender, statement(lender))
    header = f"X-SES-SOURCE-ARN: {arn(lender, 'gone.example')}"
    assert by_raw(sender, lender, header)
    assert refused(by_raw, sender, lender, header, SourceArn="")[0] == "AccessDenied"
    from_only = f"X-SES-FROM-ARN: {arn(lender)}"
    assert by_raw(sender, lender, from_only, SourceArn="")


def test_the_lenders_mail_from_is_used_and_its_default_set_is_not(sender, lender):
    lender.ses.set_identity_mail_from_domain(Identity="lender.example", MailFromDomain="bounce.lender.example")
    lender.api("POST", f"identities/lender.example/verify?account={lender.account}&region={lender.region}")
    lender.ses.create_configuration_set(ConfigurationSet={"Name": "lenders"})
    lender.sesv2.put_email_identity_configuration_set_attributes(
        EmailIdentity="lender.example", ConfigurationSetName="lenders"
    )
    allow(lender, statement(lender))
    mail = sender.wait(message_id=by_v1(sender, lender))
    assert mail["envelope"]["mail_from"].endswith("@bounce.lender.example")
    assert mail["authentication"]["spf"]["result"] == "pass"
