"""What an account sets for all its sending (v2), and how GetAccount tells it.

Source: API2, events-and-api.md 7 and 8: VdmAttributes, PricingAttributes and DeliveryAttributes are left out until they
are set; Dashboard and Guardian are shown only while VDM is enabled. Whoever decides by them reads ``of``.

A pricing plan changes nothing but the bill. It begins, as at SES, with the next month; what it replaces holds until
then. GLOBAL and REGIONAL differ in which of SES's shared addresses bring a mail: here each region has one, so mail
always leaves in its region.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.clock import next_month
from emulator.documents.account_attributes import ACCOUNT, DISABLED, ENABLED, AccountAttributes, VdmAttributes
from emulator.errors import feature_not_emulated
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader, Writer
from emulator.values import Scope

_NO_PLAN = "NONE"


def put_account_suppression_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """The reasons replace those before; none given is no suppression (API2). Suppression by validation of addresses is
    refused aloud: no address is judged before it is sent to."""
    threshold = params.get("ValidationAttributes", {}).get("ConditionThreshold", {})
    if threshold.get("ConditionThresholdEnabled") == ENABLED:
        raise feature_not_emulated("PutAccountSuppressionAttributes ValidationAttributes")
    reasons = tuple(dict.fromkeys(params.get("SuppressedReasons", ())))
    return _change(desk, call, suppressed_reasons=reasons)


def put_account_vdm_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """What is left out is DISABLED (observed)."""
    given = params["VdmAttributes"]
    vdm = VdmAttributes(
        enabled=given["VdmEnabled"],
        engagement_metrics=given.get("DashboardAttributes", {}).get("EngagementMetrics", DISABLED),
        optimized_shared_delivery=given.get("GuardianAttributes", {}).get("OptimizedSharedDelivery", DISABLED),
    )
    return _change(desk, call, vdm=vdm)


def put_account_dedicated_ip_warmup_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Absent is false. It holds for addresses leased from then on (API2)."""
    return _change(desk, call, dedicated_ip_auto_warmup=bool(params.get("AutoWarmupEnabled", False)))


def put_account_pricing_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """Begins with the next month. The plan that is in force already is asked for to take a change back."""
    now = desk.clock.now()
    with desk.store.write() as writer:
        account = _locked(writer, call.scope)
        before, _ = plans(account, now)
        writer.save_document(
            replace(account, plan=params["Plan"], plan_before=before, plan_since=next_month(now), updated_at=now)
        )
    return {}


def put_account_delivery_attributes(desk: Desk, call: Call, params: Params) -> Result:
    return _change(desk, call, shared_pool_delivery_mode=params["SharedPoolDeliveryMode"])


def of(reader: Reader, scope: Scope) -> AccountAttributes:
    """The account's, or SES's defaults."""
    return reader.document(AccountAttributes, scope, ACCOUNT) or AccountAttributes(scope=scope)


def plans(account: AccountAttributes, now: float) -> tuple[str, str | None]:
    """The plan in force, and the one that follows it when there is another."""
    if account.plan is None or account.plan_before is None:
        return account.plan or _NO_PLAN, None
    if now >= account.plan_since or account.plan == account.plan_before:
        return account.plan, None
    return account.plan_before, account.plan


def told(account: AccountAttributes, now: float) -> Result:
    """The members of GetAccount that come from here."""
    result: Result = {
        "DedicatedIpAutoWarmupEnabled": account.dedicated_ip_auto_warmup,
        "SuppressionAttributes": {"SuppressedReasons": list(account.suppressed_reasons)},
    }
    vdm = account.vdm
    if vdm is not None:
        result["VdmAttributes"] = {"VdmEnabled": vdm.enabled}
        if vdm.enabled == ENABLED:
            result["VdmAttributes"]["DashboardAttributes"] = {"EngagementMetrics": vdm.engagement_metrics}
            result["VdmAttributes"]["GuardianAttributes"] = {"OptimizedSharedDelivery": vdm.optimized_shared_delivery}
    if account.plan is not None:
        current, following = plans(account, now)
        result["PricingAttributes"] = {"CurrentPlan": current, "NextPlan": following}
    if account.shared_pool_delivery_mode is not None:
        result["DeliveryAttributes"] = {"SharedPoolDeliveryMode": account.shared_pool_delivery_mode}
    return result


def _change(desk: Desk, call: Call, **changes: Any) -> Result:
    with desk.store.write() as writer:
        account = _locked(writer, call.scope)
        writer.save_document(replace(account, updated_at=desk.clock.now(), **changes))
    return {}


def _locked(writer: Writer, scope: Scope) -> AccountAttributes:
    return writer.document_for_update(AccountAttributes, scope, ACCOUNT) or AccountAttributes(scope=scope)


V1: dict[str, Operation] = {}
V2 = {
    "PutAccountSuppressionAttributes": put_account_suppression_attributes,
    "PutAccountVdmAttributes": put_account_vdm_attributes,
    "PutAccountDedicatedIpWarmupAttributes": put_account_dedicated_ip_warmup_attributes,
    "PutAccountPricingAttributes": put_account_pricing_attributes,
    "PutAccountDeliveryAttributes": put_account_delivery_attributes,
}
# Which of the operations change nothing but what is told, and why (docs/coverage.md).
STORES = {
    "PutAccountPricingAttributes": "nothing is billed",
    "PutAccountDeliveryAttributes": "each region has one shared address",
}
