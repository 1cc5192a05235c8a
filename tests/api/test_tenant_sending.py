"""Mail of tenants through boto3: what a tenant may send with, its own suppression list, and what is counted as its."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from emulator.diagnostics import ON_ACCOUNT_LIST, ON_TENANT_LIST
from emulator.ses import exports
from emulator.values import Scope
from tests.api.refusals import refused

SENDER = "news@acme.example"
ANN = "ann@reader.example"


def arn(lab, part):
    return f"arn:aws:ses:{lab.region}:{lab.account}:{part}"


def give(lab, *parts, tenant="acme"):
    for part in parts:
        lab.sesv2.create_tenant_resource_association(TenantName=tenant, ResourceArn=arn(lab, part))


@pytest.fixture
def acme(lab):
    """Production; a tenant ``acme`` that has nothing yet, its domain, a set and a template."""
    lab.production()
    lab.verify("acme.example")
    lab.sesv2.create_tenant(TenantName="acme")
    lab.sesv2.create_configuration_set(ConfigurationSetName="set")
    lab.sesv2.create_email_template(TemplateName="hi", TemplateContent={"Subject": "Hi {{name}}", "Text": "t"})
    yield lab
    lab.api("DELETE", "faults")


def call(*to, **changes):
    given = {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": list(to or (ANN,))},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        "TenantName": "acme",
    }
    return given | changes


def bulk(*to, **changes):
    given = {
        "FromEmailAddress": SENDER,
        "DefaultContent": {"Template": {"TemplateName": "hi", "TemplateData": json.dumps({"name": "you"})}},
        "BulkEmailEntries": [{"Destination": {"ToAddresses": [one]}} for one in to],
        "TenantName": "acme",
    }
    return given | changes


def fate(lab, message_id):
    """Outcome and reply of the message's only copy, once it has one."""
    deadline = time.monotonic() + 20
    while True:
        with lab.emulator._store.read() as reader:
            (state,) = reader.deliveries(message_id)
        if state.outcome != "QUEUED" or time.monotonic() > deadline:
            return state.outcome.value, state.reply
        time.sleep(0.02)


def sent(lab, *to, **changes):
    return fate(lab, lab.sesv2.send_email(**call(*to, **changes))["MessageId"])


def missing(lab, *parts):
    arns = ", ".join(arn(lab, part) for part in parts)
    return 403, "AccessDeniedException", f"Tenant not associated with resources [{arns}]."


def listed(lab, **params):
    found = lab.sesv2.list_suppressed_destinations(**params)["SuppressedDestinationSummaries"]
    return {one["EmailAddress"]: one["Reason"] for one in found}


def test_a_tenant_sends_with_its_own_identity_set_and_template_only(acme):
    send = acme.sesv2.send_email
    template = {"Template": {"TemplateName": "hi", "TemplateData": json.dumps({"name": "Ann"})}}
    everything = call(ConfigurationSetName="set", Content=template)
    parts = ("identity/acme.example", "configuration-set/set", "template/hi")
    assert refused(send, **everything) == missing(acme, *parts)
    give(acme, parts[0])
    assert refused(send, **everything) == missing(acme, *parts[1:])
    give(acme, parts[1])
    assert refused(send, **everything) == missing(acme, parts[2])
    give(acme, parts[2])
    message_id = send(**everything)["MessageId"]
    assert acme.wait(message_id=message_id)["subject"] == "Hi Ann"
    # The account itself needs no association, and has none.
    acme.sesv2.delete_tenant_resource_association(TenantName="acme", ResourceArn=arn(acme, parts[0]))
    assert refused(send, **call()) == missing(acme, parts[0])
    assert send(**{name: value for name, value in call().items() if name != "TenantName"})["MessageId"]


def test_the_most_specific_identity_counts_and_its_default_set_too(acme):
    give(acme, "identity/acme.example")
    assert sent(acme)[0] == "DELIVERED"
    acme.sesv2.put_email_identity_configuration_set_attributes(EmailIdentity="acme.example", ConfigurationSetName="set")
    assert refused(acme.sesv2.send_email, **call()) == missing(acme, "configuration-set/set")
    give(acme, "configuration-set/set")
    assert sent(acme)[0] == "DELIVERED"
    acme.verify(SENDER)
    assert refused(acme.sesv2.send_email, **call()) == missing(acme, f"identity/{SENDER}")
    give(acme, f"identity/{SENDER}")
    assert sent(acme)[0] == "DELIVERED"


def test_what_a_raw_message_says_of_itself_counts(acme):
    give(acme, "identity/acme.example")
    raw = f"From: {SENDER}\r\nTo: {ANN}\r\nSubject: raw\r\nX-SES-CONFIGURATION-SET: set\r\n\r\nt\r\n".encode()
    mail = {"Content": {"Raw": {"Data": raw}}, "TenantName": "acme"}
    assert refused(acme.sesv2.send_email, **mail) == missing(acme, "configuration-set/set")
    give(acme, "configuration-set/set")
    message_id = acme.sesv2.send_email(**mail)["MessageId"]
    assert acme.wait(message_id=message_id)["subject"] == "raw"


def test_a_tenant_that_is_not_there_is_said_before_anything_of_the_call(acme):
    text = f"Tenant ghost for AwsAccountId {acme.account} not found."
    bad = {"Destination": {"ToAddresses": ["no address"]}, "TenantName": "ghost"}
    assert refused(acme.sesv2.send_email, **call(**bad)) == (404, "NotFoundException", text)
    assert refused(acme.sesv2.send_bulk_email, **bulk("no address", TenantName="ghost"))[2] == text
    assert refused(acme.client("sesv2", "eu-west-1").send_email, **call())[0] == 404


def test_what_is_not_there_is_refused_in_the_words_of_every_send(acme):
    give(acme, "identity/acme.example")
    without = refused(acme.sesv2.send_email, **call(ConfigurationSetName="ghost"))
    assert without == (404, "NotFoundException", "Configuration set <ghost> does not exist.")
    stranger = refused(acme.sesv2.send_email, **call(FromEmailAddress="a@stranger.example"))
    assert stranger[2].startswith("Email address is not verified.")
    ghost = {"Template": {"TemplateName": "ghost", "TemplateData": "{}"}}
    assert refused(acme.sesv2.send_email, **call(Content=ghost))[2] == "Template ghost does not exist."


def test_an_identity_of_another_account_is_no_tenants(acme):
    give(acme, "identity/acme.example")
    theirs = f"arn:aws:ses:{acme.region}:999999999999:identity/acme.example"
    answer = refused(acme.sesv2.send_email, **call(FromEmailAddressIdentityArn=theirs))
    assert answer == (403, "AccessDeniedException", f"Tenant not associated with resources [{theirs}].")
    assert sent(acme, FromEmailAddressIdentityArn=arn(acme, "identity/acme.example"))[0] == "DELIVERED"


def test_a_paused_tenant_sends_nothing_until_it_is_reinstated(acme):
    give(acme, "identity/acme.example", "template/hi")
    of_tenant = acme.sesv2.get_tenant(TenantName="acme")["Tenant"]["TenantArn"]
    entity = {"ReputationEntityType": "RESOURCE", "ReputationEntityReference": of_tenant}
    acme.sesv2.update_reputation_entity_customer_managed_status(**entity, SendingStatus="DISABLED")
    assert refused(acme.sesv2.send_email, **call())[:2] == (400, "SendingPausedException")
    assert refused(acme.sesv2.send_bulk_email, **bulk(ANN))[:2] == (400, "SendingPausedException")
    acme.sesv2.update_reputation_entity_customer_managed_status(**entity, SendingStatus="REINSTATED")
    assert sent(acme)[0] == "DELIVERED"


def test_a_bulk_send_is_asked_for_as_a_whole(acme):
    give(acme, "identity/acme.example")
    assert refused(acme.sesv2.send_bulk_email, **bulk(ANN, "bob@reader.example")) == missing(acme, "template/hi")
    give(acme, "template/hi")
    results = acme.sesv2.send_bulk_email(**bulk(ANN, "no address"))["BulkEmailEntryResults"]
    assert [one["Status"] for one in results] == ["SUCCESS", "INVALID_PARAMETER"]
    assert fate(acme, results[0]["MessageId"])[0] == "DELIVERED"


def test_a_bulk_send_through_an_endpoint_is_one_of_its_regions(fresh, ask):
    lab = fresh(max_send_rate=-1.0, production=True)
    regions = (lab.region, "eu-west-1")
    for region in regions:
        lab.api("PUT", f"identities/acme.example?region={region}")
        content = {"Subject": f"from {region}", "Text": "t"}
        lab.client("sesv2", region).create_email_template(TemplateName="hi", TemplateContent=content)
    details = {"RoutesDetails": [{"Region": regions[1]}]}
    endpoint = lab.sesv2.create_multi_region_endpoint(EndpointName="two", Details=details)["EndpointId"]
    lab.advance(10)
    # SDKs sign such a call for all regions with SigV4a, which boto3 can only do with an extra package.
    headers = {
        "Authorization": f"AWS4-ECDSA-P256-SHA256 Credential={lab.account}/20261124/ses/aws4_request, "
        "SignedHeaders=host;x-amz-region-set, Signature=00",
        "X-Amz-Region-Set": "*",
        "X-Amz-Date": "20261124T000000Z",
        "Content-Type": "application/json",
    }

    def send(**more):
        body = json.dumps(bulk(ANN, **{"EndpointId": endpoint, "TenantName": "", **more})).encode()
        return ask(lab, "POST", "/v2/email/outbound-bulk-emails", body, headers)

    seen = set()
    for _ in range(24):
        (result,) = send().json["BulkEmailEntryResults"]
        mail = lab.wait(message_id=result["MessageId"])
        assert mail["subject"] == f"from {mail['region']}"
        seen.add(mail["region"])
    assert seen == set(regions)
    assert send(EndpointId="ghost.abc").status == 404
    # The tenant is looked for where the mail is sent.
    assert send(TenantName="ghost").json["message"] == f"Tenant ghost for AwsAccountId {lab.account} not found."


def test_the_own_list_of_a_tenant_withholds_its_mail_and_nobody_elses(acme):
    give(acme, "identity/acme.example", "template/hi")
    acme.sesv2.create_tenant(TenantName="other")
    give(acme, "identity/acme.example", tenant="other")
    both = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"], "SuppressionScope": "TENANT"}
    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme", **both)
    acme.sesv2.put_suppressed_destination(EmailAddress=ANN, Reason="BOUNCE", TenantName="acme")
    acme.sesv2.put_suppressed_destination(EmailAddress="all@reader.example", Reason="BOUNCE")

    assert sent(acme) == ("SUPPRESSED", ON_TENANT_LIST)
    (result,) = acme.sesv2.send_bulk_email(**bulk(ANN))["BulkEmailEntryResults"]
    assert fate(acme, result["MessageId"]) == ("SUPPRESSED", ON_TENANT_LIST)
    assert sent(acme, TenantName="other")[0] == "DELIVERED"
    assert fate(acme, acme.send(SENDER, ANN))[0] == "DELIVERED"
    # Its own list stands in place of the account's.
    assert sent(acme, "all@reader.example")[0] == "DELIVERED"
    assert sent(acme, "all@reader.example", TenantName="other") == ("SUPPRESSED", ON_ACCOUNT_LIST)

    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme", **(both | {"SuppressionScope": "ACCOUNT"}))
    assert sent(acme)[0] == "DELIVERED"
    assert sent(acme, "all@reader.example") == ("SUPPRESSED", ON_ACCOUNT_LIST)


def test_the_reasons_of_a_tenant_count_and_those_of_a_set_more(acme):
    give(acme, "identity/acme.example", "configuration-set/set")
    acme.sesv2.put_suppressed_destination(EmailAddress=ANN, Reason="COMPLAINT", TenantName="acme")
    bounces = {"SuppressedReasons": ["BOUNCE"], "SuppressionScope": "TENANT"}
    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme", **bounces)
    assert sent(acme)[0] == "DELIVERED"
    acme.sesv2.put_configuration_set_suppression_options(
        ConfigurationSetName="set", SuppressedReasons=["COMPLAINT"], SuppressionScope="TENANT"
    )
    assert sent(acme, ConfigurationSetName="set") == ("SUPPRESSED_COMPLAINT", ON_TENANT_LIST)
    acme.sesv2.put_configuration_set_suppression_options(ConfigurationSetName="set", SuppressedReasons=[])
    assert sent(acme, ConfigurationSetName="set")[0] == "DELIVERED"


def test_a_hard_bounce_comes_onto_the_list_of_the_tenant(acme):
    give(acme, "identity/acme.example")
    bounces = {"SuppressedReasons": ["BOUNCE"], "SuppressionScope": "TENANT"}
    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme", **bounces)
    order = {"kind": "5xx", "recipient": "gone@reader.example", "reply": "550 5.1.1 user unknown"}
    acme.api("PUT", "faults", {"faults": [order]})
    message_id = acme.sesv2.send_email(**call("gone@reader.example"))["MessageId"]
    assert fate(acme, message_id)[0] == "BOUNCED"
    assert listed(acme, TenantName="acme") == {"gone@reader.example": "BOUNCE"}
    assert listed(acme) == {}
    entry = acme.sesv2.get_suppressed_destination(EmailAddress="gone@reader.example", TenantName="acme")
    assert entry["SuppressedDestination"]["Attributes"]["MessageId"] == message_id
    assert sent(acme, "gone@reader.example")[0] == "SUPPRESSED"


def test_metrics_and_insights_know_whose_mail_it_was(acme):
    give(acme, "identity/acme.example")
    acme.sesv2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    both = {"SuppressedReasons": ["BOUNCE"], "SuppressionScope": "TENANT"}
    acme.sesv2.put_tenant_suppression_attributes(TenantName="acme", **both)
    acme.sesv2.put_suppressed_destination(EmailAddress="no@reader.example", Reason="BOUNCE", TenantName="acme")
    sent(acme)
    fate(acme, acme.send(SENDER, ANN))
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def count(metric, tenant):
        query = {
            "Id": "one",
            "Namespace": "VDM",
            "Metric": metric,
            "Dimensions": {"TENANT_NAME": tenant},
            "StartDate": midnight - timedelta(days=1),
            "EndDate": midnight + timedelta(days=2),
        }
        (result,) = acme.sesv2.batch_get_metric_data(Queries=[query])["Results"]
        return sum(result["Values"])

    assert (count("SEND", "acme"), count("DELIVERY", "acme"), count("SEND", "ghost")) == (1, 1, 0)

    withheld = acme.sesv2.send_email(**call("no@reader.example"))["MessageId"]
    assert fate(acme, withheld) == ("SUPPRESSED", ON_TENANT_LIST)
    (told,) = acme.sesv2.get_message_insights(MessageId=withheld)["Insights"]
    assert told["Events"][-1]["Details"]["Bounce"]["BounceSubType"] == "OnTenantSuppressionList"

    whole = {"StartDate": now.timestamp() - 86400, "EndDate": now.timestamp() + 3600}
    with acme.emulator._store.read() as reader:
        scope = Scope(acme.account, acme.region)
        records = list(exports.message_insights(reader, scope, {**whole, "Include": {"TenantName": ["acme"]}}))
        rest = list(exports.message_insights(reader, scope, {**whole, "Exclude": {"TenantName": ["acme"]}}))
    assert [(one["Destination"], one["TenantName"]) for one in records] == [
        (ANN, "acme"),
        ("no@reader.example", "acme"),
    ]
    assert [(one["Destination"], one["TenantName"]) for one in rest] == [(ANN, "")]
