"""Option blocks of configuration sets between the API's members and the document's fields, and what SES asks of them.

Source: API2; texts events-and-api.md 3.5, 4, 5.1, 7. A block's own rules first, then what it rests on: the redirect
domain a verified identity, the sending pool there.
"""

from __future__ import annotations

from typing import Any

from emulator.documents.configuration_sets import (
    ConfigurationSet,
    DeliveryOptions,
    SigningScheme,
    SuppressionOptions,
    Tracking,
    VdmOptions,
)
from emulator.errors import configuration_sets as errors
from emulator.policy.identity import candidates
from emulator.policy.identity_names import is_domain
from emulator.post.dedicated_ips import pool_exists
from emulator.ses.call import Params, Result
from emulator.store.ports import Reader
from emulator.values import Scope

_REASONS = ("BOUNCE", "COMPLAINT")


# --- asked --------------------------------------------------------------------------------------


def tracking_from(reader: Reader, scope: Scope, params: Params) -> Tracking | None:
    """None where nothing is said: that is how a set goes back to SES's own domain."""
    domain, policy = params.get("CustomRedirectDomain"), params.get("HttpsPolicy")
    if domain is None and policy is None:
        return None
    if not domain or not domain.strip():
        raise errors.redirect_domain_must_be_specified()
    require_verified_domain(reader, scope, domain)
    return Tracking(domain, policy)


def require_verified_domain(reader: Reader, scope: Scope, domain: str) -> None:
    """A verified domain identity, or a name below one (DG:configure-custom-open-click-domains)."""
    known = reader.identities(scope, candidates(f"x@{domain}")[1:]) if is_domain(domain) else ()
    if not any(identity.verified for identity in known):
        raise errors.redirect_domain_not_verified(domain)


def delivery_from(reader: Reader, scope: Scope, params: Params) -> DeliveryOptions | None:
    """None where nothing is said. Raises where the sending pool is not there."""
    pool = params.get("SendingPoolName")
    if pool is not None and not pool.strip():
        raise errors.blank_sending_pool()
    if pool is not None and not pool_exists(reader, scope, pool):
        raise errors.sending_pool_does_not_exist(pool)
    options = DeliveryOptions(
        params.get("TlsPolicy"), pool, params.get("MaxDeliverySeconds"), params.get("SharedPoolDeliveryMode")
    )
    return options if options != DeliveryOptions() else None


def suppression_from(params: Params) -> SuppressionOptions:
    """No reasons at all are none: the set suppresses nothing (observed)."""
    reasons = tuple(params.get("SuppressedReasons") or ())
    for reason in reasons:
        if reason not in _REASONS:
            raise errors.invalid_suppression_reason(reason)
    threshold = (params.get("ValidationOptions") or {}).get("ConditionThreshold") or {}
    confidence = threshold.get("OverallConfidenceThreshold") or {}
    return SuppressionOptions(
        tuple(dict.fromkeys(reasons)),
        params.get("SuppressionScope"),
        threshold.get("ConditionThresholdEnabled"),
        confidence.get("ConfidenceVerdictThreshold"),
    )


def vdm_from(params: Params) -> VdmOptions | None:
    """None where nothing is said."""
    dashboard, guardian = params.get("DashboardOptions") or {}, params.get("GuardianOptions") or {}
    options = VdmOptions(dashboard.get("EngagementMetrics"), guardian.get("OptimizedSharedDelivery"))
    return options if options != VdmOptions() else None


def signing_from(params: Params) -> SigningScheme | None:
    """None where nothing is said; DETACHED is the only format of signatures that there is."""
    scheme = params.get("SigningScheme")
    if not scheme:
        return None
    smime = scheme.get("SmimeScheme")
    return SigningScheme() if smime is None else SigningScheme(True, smime.get("SignatureFormat") or "DETACHED")


# --- told ---------------------------------------------------------------------------------------


def options_told(one: ConfigurationSet) -> Result:
    """v2's blocks. Sending and reputation are always there, the others once they were put (observed)."""
    reputation: Result = {"ReputationMetricsEnabled": one.reputation_metrics_enabled}
    if one.last_fresh_start is not None:
        reputation["LastFreshStart"] = one.last_fresh_start
    told: Result = {
        "SendingOptions": {"SendingEnabled": one.sending_enabled},
        "ReputationOptions": reputation,
    }
    if one.tracking is not None:
        told["TrackingOptions"] = _given(
            CustomRedirectDomain=one.tracking.redirect_domain, HttpsPolicy=one.tracking.https_policy
        )
    if one.delivery is not None:
        told["DeliveryOptions"] = _given(
            TlsPolicy=one.delivery.tls_policy,
            SendingPoolName=one.delivery.sending_pool,
            MaxDeliverySeconds=one.delivery.max_delivery_seconds,
            SharedPoolDeliveryMode=one.delivery.shared_pool_delivery_mode,
        )
    if one.suppression is not None:
        told["SuppressionOptions"] = _suppression_told(one.suppression)
    if one.vdm is not None:
        told["VdmOptions"] = _vdm_told(one.vdm)
    if one.archive is not None:
        told["ArchivingOptions"] = {"ArchiveArn": one.archive}
    if one.signing is not None:
        scheme = {"SmimeScheme": _given(SignatureFormat=one.signing.signature_format)}
        told["MessageSecurityOptions"] = {"SigningScheme": scheme if one.signing.smime else {"DefaultScheme": {}}}
    return told


def _suppression_told(options: SuppressionOptions) -> Result:
    told: Result = {"SuppressedReasons": list(options.reasons or ())}
    if options.scope is not None:
        told["SuppressionScope"] = options.scope
    if options.validation is not None:
        threshold: Result = {"ConditionThresholdEnabled": options.validation}
        if options.confidence is not None:
            threshold["OverallConfidenceThreshold"] = {"ConfidenceVerdictThreshold": options.confidence}
        told["ValidationOptions"] = {"ConditionThreshold": threshold}
    return told


def _vdm_told(options: VdmOptions) -> Result:
    told: Result = {}
    if options.engagement_metrics is not None:
        told["DashboardOptions"] = {"EngagementMetrics": options.engagement_metrics}
    if options.optimized_shared_delivery is not None:
        told["GuardianOptions"] = {"OptimizedSharedDelivery": options.optimized_shared_delivery}
    return told


def _given(**members: Any) -> Result:
    return {name: value for name, value in members.items() if value is not None}
