"""Configuration sets through boto3: v1 and v2 on one state, every option block, and the words of every refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.refusals import refused_with as refused

TEXTS = json.loads((Path(__file__).parents[2] / "fixtures" / "aws" / "configuration_sets.json").read_text("utf-8"))
ARCHIVE = "arn:aws:ses:ap-northeast-1:123456789012:mailmanager-archive/a-abcdefghijklmnopqrstuvwx"


def made(lab, name: str = "s", **options):
    lab.sesv2.create_configuration_set(ConfigurationSetName=name, **options)
    return lab.sesv2.get_configuration_set(ConfigurationSetName=name)


def told(lab, name: str = "s", **wanted):
    answer = lab.sesv2.get_configuration_set(ConfigurationSetName=name)
    answer.pop("ResponseMetadata")
    return answer


def described(lab, *attributes: str, name: str = "s"):
    answer = lab.ses.describe_configuration_set(
        ConfigurationSetName=name, ConfigurationSetAttributeNames=list(attributes)
    )
    answer.pop("ResponseMetadata")
    return answer


@pytest.fixture(scope="module")
def furnished(emulator, account_numbers):
    """An account with what the texts' requests speak of; none of them changes anything."""
    from tests.conftest import Lab

    lab = Lab(emulator, str(next(account_numbers)))
    lab.verify("own.example")
    made(lab, "there")
    made(lab, "tracked", TrackingOptions={"CustomRedirectDomain": "own.example"})
    lab.sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="there",
        EventDestinationName="known",
        EventDestination={"MatchingEventTypes": ["SEND"], "EventBridgeDestination": {"EventBusArn": bus(lab)}},
    )
    return lab


def bus(lab) -> str:
    return f"arn:aws:events:{lab.region}:{lab.account}:event-bus/default"


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: f"{case['service']}-{str(case['text'])[:50]}")
def test_the_texts_of_refusals_are_ses_own(furnished, case):
    request = json.loads(json.dumps(case["request"]).replace("{bus}", bus(furnished)))
    call = getattr(furnished.client(case["service"]), case["operation"])
    assert refused(call, **request) == (case["code"], case["text"])


def test_a_set_is_the_same_to_both_versions_until_one_deletes_it(lab):
    lab.ses.create_configuration_set(ConfigurationSet={"Name": "one"})
    assert told(lab, "one") == {
        "ConfigurationSetName": "one",
        "Tags": [],
        "SendingOptions": {"SendingEnabled": True},
        "ReputationOptions": {"ReputationMetricsEnabled": False},
    }
    assert described(lab, name="one") == {"ConfigurationSet": {"Name": "one"}}
    made(lab, "two")
    assert lab.ses.list_configuration_sets()["ConfigurationSets"] == [{"Name": "one"}, {"Name": "two"}]
    assert lab.sesv2.list_configuration_sets()["ConfigurationSets"] == ["one", "two"]
    lab.sesv2.delete_configuration_set(ConfigurationSetName="one")
    lab.ses.delete_configuration_set(ConfigurationSetName="two")
    assert lab.sesv2.list_configuration_sets()["ConfigurationSets"] == []


def test_every_block_is_put_at_once_and_read_back(lab):
    lab.verify("own.example")
    lab.sesv2.create_dedicated_ip_pool(PoolName="pool")
    blocks = {
        "TrackingOptions": {"CustomRedirectDomain": "links.own.example", "HttpsPolicy": "REQUIRE"},
        "DeliveryOptions": {"TlsPolicy": "REQUIRE", "SendingPoolName": "pool", "MaxDeliverySeconds": 300},
        "ReputationOptions": {"ReputationMetricsEnabled": False},
        "SendingOptions": {"SendingEnabled": False},
        "Tags": [{"Key": "team", "Value": "post"}],
        "SuppressionOptions": {
            "SuppressedReasons": ["BOUNCE"],
            "SuppressionScope": "ACCOUNT",
            "ValidationOptions": {
                "ConditionThreshold": {
                    "ConditionThresholdEnabled": "ENABLED",
                    "OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "HIGH"},
                }
            },
        },
        "VdmOptions": {
            "DashboardOptions": {"EngagementMetrics": "ENABLED"},
            "GuardianOptions": {"OptimizedSharedDelivery": "DISABLED"},
        },
        "ArchivingOptions": {"ArchiveArn": ARCHIVE},
        "MessageSecurityOptions": {"SigningScheme": {"SmimeScheme": {"SignatureFormat": "DETACHED"}}},
    }
    made(lab, **blocks)
    assert told(lab) == {"ConfigurationSetName": "s", **blocks}
    arn = f"arn:aws:ses:{lab.region}:{lab.account}:configuration-set/s"
    assert lab.sesv2.list_tags_for_resource(ResourceArn=arn)["Tags"] == blocks["Tags"]
    lab.sesv2.delete_configuration_set(ConfigurationSetName="s")
    made(lab)
    assert told(lab)["Tags"] == []


def test_a_refused_set_is_not_half_there(lab):
    assert refused(made, lab=lab, DeliveryOptions={"SendingPoolName": "gone"})[0] == "BadRequestException"
    assert refused(made, lab=lab, Tags=[{"Key": "", "Value": "v"}])[0] == "BadRequestException"
    assert lab.sesv2.list_configuration_sets()["ConfigurationSets"] == []


def test_each_block_is_replaced_and_reset_by_an_empty_body(lab):
    lab.verify("own.example")
    made(lab)
    of = {"ConfigurationSetName": "s"}
    before = told(lab)
    lab.sesv2.put_configuration_set_delivery_options(**of, TlsPolicy="OPTIONAL", MaxDeliverySeconds=600)
    assert told(lab)["DeliveryOptions"] == {"TlsPolicy": "OPTIONAL", "MaxDeliverySeconds": 600}
    lab.sesv2.put_configuration_set_delivery_options(**of, SharedPoolDeliveryMode="REGIONAL")
    assert told(lab)["DeliveryOptions"] == {"SharedPoolDeliveryMode": "REGIONAL"}
    lab.sesv2.put_configuration_set_delivery_options(**of)
    lab.sesv2.put_configuration_set_tracking_options(**of, CustomRedirectDomain="own.example")
    assert told(lab)["TrackingOptions"] == {"CustomRedirectDomain": "own.example"}
    lab.sesv2.put_configuration_set_tracking_options(**of)
    put, no_domain = lab.sesv2.put_configuration_set_tracking_options, "me@own.example"
    refusal = refused(put, **of, CustomRedirectDomain=no_domain)
    assert refusal == ("BadRequestException", f"Domain <{no_domain}> is not verified under this account.")
    lab.sesv2.put_configuration_set_vdm_options(**of, VdmOptions={"DashboardOptions": {"EngagementMetrics": "ENABLED"}})
    assert told(lab)["VdmOptions"] == {"DashboardOptions": {"EngagementMetrics": "ENABLED"}}
    lab.sesv2.put_configuration_set_vdm_options(**of)
    lab.sesv2.put_configuration_set_archiving_options(**of, ArchiveArn=ARCHIVE)
    assert told(lab)["ArchivingOptions"] == {"ArchiveArn": ARCHIVE}
    lab.sesv2.put_configuration_set_archiving_options(**of)
    assert told(lab) == before
    lab.sesv2.put_configuration_set_suppression_options(**of, SuppressedReasons=["COMPLAINT"])
    assert told(lab)["SuppressionOptions"] == {"SuppressedReasons": ["COMPLAINT"]}
    lab.sesv2.put_configuration_set_suppression_options(**of)
    assert told(lab)["SuppressionOptions"] == {"SuppressedReasons": []}
    lab.sesv2.put_configuration_set_reputation_options(**of)
    assert told(lab)["ReputationOptions"] == {"ReputationMetricsEnabled": False}
    lab.sesv2.put_configuration_set_sending_options(**of)
    assert told(lab)["SendingOptions"] == {"SendingEnabled": False}


def test_the_signing_scheme_is_updated_and_what_is_absent_stays(lab):
    made(lab)
    smime = {"SigningScheme": {"SmimeScheme": {"SignatureFormat": "DETACHED"}}}
    lab.sesv2.update_configuration_set(ConfigurationSetName="s", MessageSecurityOptions=smime)
    lab.sesv2.update_configuration_set(ConfigurationSetName="s")
    assert told(lab)["MessageSecurityOptions"] == smime
    default = {"SigningScheme": {"DefaultScheme": {}}}
    lab.sesv2.update_configuration_set(ConfigurationSetName="s", MessageSecurityOptions=default)
    assert told(lab)["MessageSecurityOptions"] == default
    assert refused(lab.sesv2.update_configuration_set, ConfigurationSetName="gone")[0] == "NotFoundException"


def test_v1_changes_what_v2_shows(lab):
    lab.verify("own.example")
    made(lab, TrackingOptions={"CustomRedirectDomain": "own.example", "HttpsPolicy": "REQUIRE"})
    of = {"ConfigurationSetName": "s"}
    lab.ses.update_configuration_set_tracking_options(**of, TrackingOptions={"CustomRedirectDomain": "l.own.example"})
    assert told(lab)["TrackingOptions"] == {"CustomRedirectDomain": "l.own.example", "HttpsPolicy": "REQUIRE"}
    assert described(lab, "trackingOptions")["TrackingOptions"] == {"CustomRedirectDomain": "l.own.example"}
    lab.ses.delete_configuration_set_tracking_options(**of)
    assert "TrackingOptions" not in described(lab, "trackingOptions")
    lab.ses.create_configuration_set_tracking_options(**of, TrackingOptions={"CustomRedirectDomain": "own.example"})
    assert told(lab)["TrackingOptions"] == {"CustomRedirectDomain": "own.example"}
    lab.ses.put_configuration_set_delivery_options(**of, DeliveryOptions={"TlsPolicy": "Require"})
    assert told(lab)["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert described(lab, "deliveryOptions")["DeliveryOptions"] == {"TlsPolicy": "Require"}
    lab.ses.put_configuration_set_delivery_options(**of)
    assert "DeliveryOptions" not in told(lab)
    lab.ses.update_configuration_set_reputation_metrics_enabled(**of, Enabled=False)
    assert described(lab, "reputationOptions")["ReputationOptions"] == {
        "SendingEnabled": True,
        "ReputationMetricsEnabled": False,
    }


def test_sending_enabled_again_is_a_fresh_start(lab):
    made(lab)
    for enabled in (True, False):
        lab.ses.update_configuration_set_sending_enabled(ConfigurationSetName="s", Enabled=enabled)
        assert "LastFreshStart" not in told(lab)["ReputationOptions"]
    lab.sesv2.put_configuration_set_sending_options(ConfigurationSetName="s", SendingEnabled=True)
    started = told(lab)["ReputationOptions"]["LastFreshStart"]
    assert described(lab, "reputationOptions")["ReputationOptions"]["LastFreshStart"] == started


def test_lists_page_by_name_and_tokens_belong_to_region_and_filter(lab):
    for number in range(5):
        lab.ses.create_configuration_set(ConfigurationSet={"Name": f"Set{number}"})
    first = lab.ses.list_configuration_sets(MaxItems=2)
    assert first["ConfigurationSets"] == [{"Name": "Set0"}, {"Name": "Set1"}]
    second = lab.sesv2.list_configuration_sets(PageSize=2, NextToken=first["NextToken"])
    assert second["ConfigurationSets"] == ["Set2", "Set3"]
    third = lab.ses.list_configuration_sets(MaxItems=2, NextToken=second["NextToken"])
    assert (third["ConfigurationSets"], third.get("NextToken")) == ([{"Name": "Set4"}], None)
    assert len(lab.ses.list_configuration_sets(MaxItems=1001)["ConfigurationSets"]) == 5
    elsewhere = lab.client("sesv2", "eu-west-1")
    token = first["NextToken"]
    assert refused(elsewhere.list_configuration_sets, NextToken=token)[1] == f"invalid nextToken {token}"
    filtered = {"Filter": {"CONFIGURATION_SET_NAME_CONTAINS": "SET"}, "PageSize": 3}
    page = lab.sesv2.list_configuration_sets(**filtered)
    assert page["ConfigurationSets"] == ["Set0", "Set1", "Set2"]
    rest = lab.sesv2.list_configuration_sets(**filtered, NextToken=page["NextToken"])
    assert rest["ConfigurationSets"] == ["Set3", "Set4"]
    assert refused(lab.sesv2.list_configuration_sets, NextToken=page["NextToken"])[0] == "BadRequestException"
    two = {"CONFIGURATION_SET_NAME_CONTAINS": "Se"}
    assert refused(lab.sesv2.list_configuration_sets, Filter=two)[0] == "BadRequestException"


def test_regions_and_accounts_have_sets_of_their_own(lab, account_numbers):
    made(lab)
    assert lab.client("sesv2", "eu-west-1").list_configuration_sets()["ConfigurationSets"] == []
    other = type(lab)(lab.emulator, str(next(account_numbers)))
    assert other.ses.list_configuration_sets()["ConfigurationSets"] == []
    assert refused(other.ses.delete_configuration_set, ConfigurationSetName="s")[0] == "ConfigurationSetDoesNotExist"


def test_a_set_that_a_tenant_holds_cannot_be_deleted(lab):
    made(lab)
    lab.sesv2.create_tenant(TenantName="t")
    arn = f"arn:aws:ses:{lab.region}:{lab.account}:configuration-set/s"
    lab.sesv2.create_tenant_resource_association(TenantName="t", ResourceArn=arn)
    assert refused(lab.sesv2.delete_configuration_set, ConfigurationSetName="s")[1].startswith("Cannot delete <")
    assert refused(lab.ses.delete_configuration_set, ConfigurationSetName="s")[1].startswith("Cannot delete <")


def test_an_identity_has_a_default_set_from_its_creation_or_later_or_none(lab):
    made(lab)
    name = {"EmailIdentity": "default.example"}
    assert refused(lab.sesv2.create_email_identity, **name, ConfigurationSetName="gone")[0] == "NotFoundException"
    assert refused(lab.sesv2.get_email_identity, **name)[0] == "NotFoundException"
    lab.sesv2.create_email_identity(**name, ConfigurationSetName="s")
    assert lab.sesv2.get_email_identity(**name)["ConfigurationSetName"] == "s"
    lab.sesv2.put_email_identity_configuration_set_attributes(**name)
    assert "ConfigurationSetName" not in lab.sesv2.get_email_identity(**name)
    lab.sesv2.put_email_identity_configuration_set_attributes(**name, ConfigurationSetName="s")
    assert lab.sesv2.get_email_identity(**name)["ConfigurationSetName"] == "s"
    unknown = lab.sesv2.put_email_identity_configuration_set_attributes
    assert refused(unknown, EmailIdentity="gone.example", ConfigurationSetName="s")[0] == "NotFoundException"
