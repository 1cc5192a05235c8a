"""What a configuration set does to the mail that is sent with it, at every door."""

from __future__ import annotations

import smtplib
import ssl

import pytest
from botocore.exceptions import ClientError

from emulator.smtp.credentials import password

TO = "to@reader.example"


@pytest.fixture
def ready(lab):
    lab.verify("letters.example")
    lab.production()
    lab.ses.create_configuration_set(ConfigurationSet={"Name": "s"})
    return lab


def by_v1(lab, name=None, sender="ann@letters.example"):
    return lab.ses.send_email(
        Source=sender,
        Destination={"ToAddresses": [TO]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}},
        **({"ConfigurationSetName": name} if name else {}),
    )["MessageId"]


def by_v2(lab, name=None, sender="ann@letters.example", to=(TO,)):
    return lab.sesv2.send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": list(to)},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "b"}}}},
        **({"ConfigurationSetName": name} if name else {}),
    )["MessageId"]


def raw(name=None, sender="ann@letters.example") -> bytes:
    header = f"X-SES-CONFIGURATION-SET: {name}\r\n" if name else ""
    return f"From: {sender}\r\nTo: {TO}\r\n{header}Subject: s\r\n\r\nb\r\n".encode()


def by_raw(lab, name=None, sender="ann@letters.example"):
    return lab.ses.send_raw_email(RawMessage={"Data": raw(name, sender)})["MessageId"]


def by_smtp(lab, name=None, sender="ann@letters.example"):
    host, _, port = lab.addresses.smtp.rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.starttls(context=context)
        client.login(lab.account, password("test", lab.region))
        client.sendmail(sender, [TO], raw(name, sender))


def refusal(call, *arguments):
    """Code (or SMTP reply code) and text."""
    try:
        call(*arguments)
    except ClientError as problem:
        return problem.response["Error"]["Code"], problem.response["Error"].get("Message")
    except smtplib.SMTPDataError as problem:
        return str(problem.smtp_code), problem.smtp_error.decode()
    pytest.fail("accepted")


def set_of(lab, message_id):
    """The request log's ruling on the configuration set."""
    requests = lab.api("GET", f"requests?account={lab.account}&limit=50")["requests"]
    call = next(one for one in requests if one["message_id"] == message_id)
    return next(ruling["fact"] for ruling in call["rules"] if ruling["rule"] == "configuration set")


@pytest.mark.parametrize("send", [by_v1, by_v2, by_raw])
def test_a_known_set_passes_at_every_door_and_its_header_is_consumed(ready, send):
    message_id = send(ready, "s")
    mail = ready.wait(message_id=message_id)
    assert not [name for name, _ in mail["headers"] if name.lower().startswith("x-ses-conf")]
    assert set_of(ready, message_id) == "configuration set s"


@pytest.mark.parametrize(
    ("send", "code"),
    [(by_v1, "ConfigurationSetDoesNotExist"), (by_v2, "NotFoundException"), (by_raw, "ConfigurationSetDoesNotExist")],
)
def test_an_unknown_set_refuses_the_mail(ready, send, code):
    assert refusal(send, ready, "gone") == (code, "Configuration set <gone> does not exist.")


@pytest.mark.parametrize(
    ("send", "code"),
    [
        (by_v1, "ConfigurationSetSendingPausedException"),
        (by_v2, "SendingPausedException"),
        (by_raw, "ConfigurationSetSendingPausedException"),
    ],
)
def test_a_paused_set_pauses_its_mail_only_until_it_is_enabled(ready, send, code):
    ready.ses.update_configuration_set_sending_enabled(ConfigurationSetName="s", Enabled=False)
    assert refusal(send, ready, "s") == (code, "Sending is paused for configuration set s")
    assert send(ready)
    ready.sesv2.put_configuration_set_sending_options(ConfigurationSetName="s", SendingEnabled=True)
    assert send(ready, "s")


def test_smtp_says_so_after_the_message(ready):
    by_smtp(ready, "s")
    assert ready.wait(to=TO)["subject"] == "s"
    unknown = "Configuration Set does not exist: Configuration set <gone> does not exist."
    assert refusal(by_smtp, ready, "gone") == ("554", unknown)
    ready.ses.update_configuration_set_sending_enabled(ConfigurationSetName="s", Enabled=False)
    assert refusal(by_smtp, ready, "s") == ("554", "Message rejected: Sending is paused for configuration set s")


def test_an_addresss_default_set_comes_before_its_domains(ready):
    for name in ("domains", "addresss"):
        ready.sesv2.create_configuration_set(ConfigurationSetName=name)
    ready.verify("bob@letters.example", "eve@letters.example")
    put = ready.sesv2.put_email_identity_configuration_set_attributes
    put(EmailIdentity="letters.example", ConfigurationSetName="domains")
    put(EmailIdentity="bob@letters.example", ConfigurationSetName="addresss")
    told = "configuration set {}, the identity's default"
    assert set_of(ready, by_v1(ready)) == told.format("domains")
    assert set_of(ready, by_v2(ready, None, "bob@letters.example")) == told.format("addresss")
    assert set_of(ready, by_raw(ready, None, "Bob <bob+label@letters.example>")) == told.format("addresss")
    assert set_of(ready, by_v1(ready, None, "eve@letters.example")) == told.format("domains")
    assert set_of(ready, by_v1(ready, "s", "bob@letters.example")) == "configuration set s"


@pytest.mark.parametrize(("send", "code"), [(by_v1, "ConfigurationSetDoesNotExist"), (by_v2, "BadRequestException")])
def test_a_default_set_that_was_deleted_refuses_the_mail(ready, send, code):
    put = ready.sesv2.put_email_identity_configuration_set_attributes
    put(EmailIdentity="letters.example", ConfigurationSetName="s")
    ready.ses.delete_configuration_set(ConfigurationSetName="s")
    assert refusal(send, ready) == (code, "Configuration set <s> does not exist.")
    put(EmailIdentity="letters.example")
    assert send(ready)


def test_required_tls_is_used(ready):
    ready.sesv2.put_configuration_set_delivery_options(ConfigurationSetName="s", TlsPolicy="REQUIRE")
    for name, started in (("s", True), (None, False)):
        message_id = by_v2(ready, name)
        (state,) = ready.settled(message_id)
        assert state.outcome == "DELIVERED"
        assert ("C: STARTTLS" in state.dialogue.splitlines()) is started


def test_mail_leaves_from_an_address_of_the_sending_pool(ready):
    ready.sesv2.create_dedicated_ip_pool(PoolName="pool", ScalingMode="MANAGED")
    (address,) = ready.sesv2.get_dedicated_ips(PoolName="pool")["DedicatedIps"]
    ready.sesv2.put_configuration_set_delivery_options(ConfigurationSetName="s", SendingPoolName="pool")
    mail = ready.wait(message_id=by_v2(ready, "s"))
    assert mail["envelope"]["client_ip"] == address["Ip"]
    assert dict(mail["headers"])["X-SES-Outgoing"].endswith(f"-{address['Ip']}")
    assert mail["authentication"]["spf"]["result"] == "pass"
    other = ready.wait(message_id=by_v2(ready))
    assert other["envelope"]["client_ip"] != address["Ip"]


def test_mail_that_cannot_be_delivered_in_its_time_is_given_up(fresh):
    lab = fresh(production=True)
    lab.verify("letters.example")
    lab.sesv2.create_configuration_set(ConfigurationSetName="s", DeliveryOptions={"MaxDeliverySeconds": 300})
    lab.api("PUT", "faults", {"faults": [{"kind": "4xx", "recipient": TO, "reply": "421 4.4.1 later"}]})
    message_id = by_v2(lab, "s", to=(TO, "prompt@reader.example"))
    lab.until(lambda: fate(lab, message_id)["attempts"])
    lab.advance(301)
    lab.until(lambda: fate(lab, message_id)["outcome"] == "BOUNCED")
    assert fate(lab, message_id)["reply"] == (
        "554 4.4.7 Message expired: unable to deliver in 5 minutes.<421 4.4.1 later>"
    )


def fate(lab, message_id, recipient=TO):
    """Of one copy, as told by the message's copy that is in the inbox."""
    return next(one for one in lab.wait(message_id=message_id)["deliveries"] if one["recipient"] == recipient)


def test_a_set_that_asks_for_s_mime_refuses_its_mail_by_name(ready):
    smime = {"SigningScheme": {"SmimeScheme": {}}}
    ready.sesv2.update_configuration_set(ConfigurationSetName="s", MessageSecurityOptions=smime)
    assert refusal(by_v2, ready, "s")[0] == "UnsupportedOperation"
    assert by_v2(ready)


def test_a_set_that_asks_for_recipients_to_be_validated_refuses_its_mail_by_name(ready):
    def put(enabled):
        threshold = {"ConditionThreshold": {"ConditionThresholdEnabled": enabled}}
        ready.sesv2.put_configuration_set_suppression_options(ConfigurationSetName="s", ValidationOptions=threshold)

    put("ENABLED")
    assert refusal(by_v2, ready, "s")[0] == "UnsupportedOperation"
    put("DISABLED")
    assert by_v2(ready, "s")


def test_sets_are_those_of_the_region_and_account(ready):
    ready.client("ses", "eu-west-1").create_configuration_set(ConfigurationSet={"Name": "europe"})
    assert refusal(by_v1, ready, "europe")[0] == "ConfigurationSetDoesNotExist"
