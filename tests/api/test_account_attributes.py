"""What an account sets for all its sending, through boto3, and how GetAccount tells it."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.api.refusals import refused_with as refused


def test_what_was_never_set_is_left_out(lab):
    account = lab.sesv2.get_account()
    assert account["DedicatedIpAutoWarmupEnabled"] is True
    assert account["SuppressionAttributes"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    for name in ("Details", "VdmAttributes", "PricingAttributes", "DeliveryAttributes"):
        assert name not in account


def test_the_reasons_of_suppression_are_replaced(lab):
    def reasons():
        return lab.sesv2.get_account()["SuppressionAttributes"]["SuppressedReasons"]

    lab.sesv2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    assert reasons() == ["COMPLAINT"]
    lab.sesv2.put_account_suppression_attributes(SuppressedReasons=[])
    assert reasons() == []
    lab.sesv2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"])
    assert reasons() == ["BOUNCE"]
    assert refused(lab.sesv2.put_account_suppression_attributes, SuppressedReasons=["NOPE"]) == (
        "BadRequestException",
        "1 validation error detected: Value at 'suppressedReasons' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]",
    )
    threshold = {"ConditionThreshold": {"ConditionThresholdEnabled": "ENABLED"}}
    put = lab.sesv2.put_account_suppression_attributes
    assert refused(put, ValidationAttributes=threshold)[0] == "UnsupportedOperation"
    assert reasons() == ["BOUNCE"]


def test_vdm_shows_dashboard_and_guardian_only_while_it_is_enabled(lab):
    put = lab.sesv2.put_account_vdm_attributes
    put(VdmAttributes={"VdmEnabled": "ENABLED", "DashboardAttributes": {"EngagementMetrics": "ENABLED"}})
    assert lab.sesv2.get_account()["VdmAttributes"] == {
        "VdmEnabled": "ENABLED",
        "DashboardAttributes": {"EngagementMetrics": "ENABLED"},
        "GuardianAttributes": {"OptimizedSharedDelivery": "DISABLED"},
    }
    put(VdmAttributes={"VdmEnabled": "DISABLED", "DashboardAttributes": {"EngagementMetrics": "ENABLED"}})
    assert lab.sesv2.get_account()["VdmAttributes"] == {"VdmEnabled": "DISABLED"}
    assert refused(put, VdmAttributes={})[1] == (
        "1 validation error detected: Value null at 'vdmAttributes.vdmEnabled' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_auto_warmup_absent_is_off(lab):
    lab.sesv2.put_account_dedicated_ip_warmup_attributes()
    assert lab.sesv2.get_account()["DedicatedIpAutoWarmupEnabled"] is False
    lab.sesv2.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=True)
    assert lab.sesv2.get_account()["DedicatedIpAutoWarmupEnabled"] is True


def test_a_plan_begins_with_the_next_month(fresh):
    lab = fresh()

    def plans():
        told = lab.sesv2.get_account()["PricingAttributes"]
        return told["CurrentPlan"], told.get("NextPlan")

    # In the middle of a month, whatever day it is.
    now = datetime.now(UTC)
    middle = datetime(now.year + 1, 1, 15, tzinfo=UTC)
    lab.api("POST", "clock", {"now": middle.isoformat().replace("+00:00", "Z")})
    lab.sesv2.put_account_pricing_attributes(Plan="PRO")
    assert plans() == ("NONE", "PRO")
    lab.advance(20 * 86400)
    assert plans() == ("PRO", None)
    lab.sesv2.put_account_pricing_attributes(Plan="ESSENTIALS")
    assert plans() == ("PRO", "ESSENTIALS")
    lab.sesv2.put_account_pricing_attributes(Plan="PRO")
    assert plans() == ("PRO", None)
    assert refused(lab.sesv2.put_account_pricing_attributes, Plan="GOLD")[0] == "BadRequestException"


def test_the_delivery_mode_is_told(lab):
    lab.sesv2.put_account_delivery_attributes(SharedPoolDeliveryMode="REGIONAL")
    assert lab.sesv2.get_account()["DeliveryAttributes"] == {"SharedPoolDeliveryMode": "REGIONAL"}
    assert refused(lab.sesv2.put_account_delivery_attributes, SharedPoolDeliveryMode="X")[0] == "BadRequestException"


def test_regions_are_separate_and_what_was_set_goes_with_the_account(lab):
    lab.sesv2.put_account_delivery_attributes(SharedPoolDeliveryMode="GLOBAL")
    lab.sesv2.put_account_suppression_attributes(SuppressedReasons=[])
    elsewhere = lab.client("sesv2", "eu-west-1").get_account()
    assert "DeliveryAttributes" not in elsewhere
    assert elsewhere["SuppressionAttributes"]["SuppressedReasons"] == ["BOUNCE", "COMPLAINT"]
    lab.api("POST", f"reset?account={lab.account}")
    assert "DeliveryAttributes" not in lab.sesv2.get_account()
