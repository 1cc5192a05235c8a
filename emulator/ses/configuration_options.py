"""The option blocks of a configuration set, each changed by an operation of its own.

Source: API1/API2, events-and-api.md 4, 5.1 and 7. v2's operations replace a block; an empty body resets it, and absent
booleans are false (observed second-hand). What holds at send time: sending (``policy/configuration.py``), the sending
pool (``post/circumstances.py``), TLS and the longest delivery (``post/deliver.py``), suppression, engagement metrics
and the redirect domain (``policy/tracking.py``, ``post/tracking.py``; HttpsPolicy changes nothing there). Stored and
shown: reputation metrics (CloudWatch tells of them), optimized delivery, the archive (Mail Manager's, another service).
A set that asks for S/MIME, or for recipients to be validated, refuses its mail by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator.documents.configuration_sets import ConfigurationSet, DeliveryOptions, Tracking
from emulator.errors import configuration_sets as errors
from emulator.ses import configuration_shapes as shapes
from emulator.ses.call import Call, Desk, Params, Result
from emulator.ses.configuration_sets import locked
from emulator.store.ports import Writer

Change = Callable[[Writer, ConfigurationSet], ConfigurationSet]


# --- v1 -----------------------------------------------------------------------------------------


def create_tracking_options(desk: Desk, call: Call, params: Params) -> Result:
    """Refused where there are some."""

    def change(writer: Writer, one: ConfigurationSet) -> ConfigurationSet:
        if one.tracking is not None:
            raise errors.tracking_options_already_exist(one.name)
        return _tracked(writer, one, params)

    return _change(desk, call, params, change)


def update_tracking_options(desk: Desk, call: Call, params: Params) -> Result:
    """Refused where there are none. v2's HttpsPolicy stays."""

    def change(writer: Writer, one: ConfigurationSet) -> ConfigurationSet:
        if one.tracking is None:
            raise errors.tracking_options_do_not_exist(one.name)
        return _tracked(writer, one, params)

    return _change(desk, call, params, change)


def delete_tracking_options(desk: Desk, call: Call, params: Params) -> Result:
    """Back to SES's own domain."""

    def change(writer: Writer, one: ConfigurationSet) -> ConfigurationSet:
        if one.tracking is None:
            raise errors.tracking_options_do_not_exist(one.name)
        return replace(one, tracking=None)

    return _change(desk, call, params, change)


def put_delivery_options_v1(desk: Desk, call: Call, params: Params) -> Result:
    """The TLS policy; without DeliveryOptions there is none any longer. v2's other delivery options stay."""
    policy = (params.get("DeliveryOptions") or {}).get("TlsPolicy")

    def change(writer: Writer, one: ConfigurationSet) -> ConfigurationSet:
        options = replace(one.delivery or DeliveryOptions(), tls_policy=policy.upper() if policy else None)
        return replace(one, delivery=options if options != DeliveryOptions() else None)

    return _change(desk, call, params, change)


def update_sending_enabled(desk: Desk, call: Call, params: Params) -> Result:
    return _set_sending(desk, call, params, bool(params.get("Enabled", False)))


def update_reputation_metrics_enabled(desk: Desk, call: Call, params: Params) -> Result:
    return _set_reputation_metrics(desk, call, params, bool(params.get("Enabled", False)))


# --- v2 -----------------------------------------------------------------------------------------


def put_sending_options(desk: Desk, call: Call, params: Params) -> Result:
    return _set_sending(desk, call, params, bool(params.get("SendingEnabled", False)))


def put_reputation_options(desk: Desk, call: Call, params: Params) -> Result:
    return _set_reputation_metrics(desk, call, params, bool(params.get("ReputationMetricsEnabled", False)))


def put_tracking_options(desk: Desk, call: Call, params: Params) -> Result:
    """An empty body takes the custom domain away."""

    def change(writer: Writer, one: ConfigurationSet) -> ConfigurationSet:
        return replace(one, tracking=shapes.tracking_from(writer, call.scope, params))

    return _change(desk, call, params, change)


def put_delivery_options_v2(desk: Desk, call: Call, params: Params) -> Result:
    """The pool must be there."""

    def change(writer: Writer, one: ConfigurationSet) -> ConfigurationSet:
        return replace(one, delivery=shapes.delivery_from(writer, call.scope, params))

    return _change(desk, call, params, change)


def put_suppression_options(desk: Desk, call: Call, params: Params) -> Result:
    """No reasons switch suppression off for the set; only a set whose options were never put follows the account."""
    options = shapes.suppression_from(params)
    return _change(desk, call, params, lambda writer, one: replace(one, suppression=options))


def put_vdm_options(desk: Desk, call: Call, params: Params) -> Result:
    """An empty body follows the account again."""
    options = shapes.vdm_from(params.get("VdmOptions") or {})
    return _change(desk, call, params, lambda writer, one: replace(one, vdm=options))


def put_archiving_options(desk: Desk, call: Call, params: Params) -> Result:
    """Whether there is such an archive only Mail Manager knows."""
    archive = params.get("ArchiveArn")
    return _change(desk, call, params, lambda writer, one: replace(one, archive=archive))


def update_configuration_set(desk: Desk, call: Call, params: Params) -> Result:
    """What is absent stays as it is (observed second-hand)."""
    signing = shapes.signing_from(params.get("MessageSecurityOptions") or {})
    return _change(desk, call, params, lambda writer, one: replace(one, signing=signing or one.signing))


# --- shared -------------------------------------------------------------------------------------


def _change(desk: Desk, call: Call, params: Params, change: Change) -> Result:
    with desk.store.write() as writer:
        one = locked(writer, call, params["ConfigurationSetName"])
        writer.save_document(replace(change(writer, one), updated_at=desk.clock.now()))
    return {}


def _set_sending(desk: Desk, call: Call, params: Params, enabled: bool) -> Result:
    """Enabled again, a set makes a fresh start (API1 ReputationOptions)."""

    def change(writer: Writer, one: ConfigurationSet) -> ConfigurationSet:
        fresh = desk.clock.now() if enabled and not one.sending_enabled else one.last_fresh_start
        return replace(one, sending_enabled=enabled, last_fresh_start=fresh)

    return _change(desk, call, params, change)


def _set_reputation_metrics(desk: Desk, call: Call, params: Params, enabled: bool) -> Result:
    return _change(desk, call, params, lambda writer, one: replace(one, reputation_metrics_enabled=enabled))


def _tracked(writer: Writer, one: ConfigurationSet, params: Params) -> ConfigurationSet:
    domain = params["TrackingOptions"].get("CustomRedirectDomain")
    if not domain or not domain.strip():
        raise errors.tracking_options_empty()
    shapes.require_verified_domain(writer, one.scope, domain)
    return replace(one, tracking=Tracking(domain, one.tracking.https_policy if one.tracking is not None else None))


V1 = {
    "CreateConfigurationSetTrackingOptions": create_tracking_options,
    "UpdateConfigurationSetTrackingOptions": update_tracking_options,
    "DeleteConfigurationSetTrackingOptions": delete_tracking_options,
    "PutConfigurationSetDeliveryOptions": put_delivery_options_v1,
    "UpdateConfigurationSetSendingEnabled": update_sending_enabled,
    "UpdateConfigurationSetReputationMetricsEnabled": update_reputation_metrics_enabled,
}
V2 = {
    "PutConfigurationSetSendingOptions": put_sending_options,
    "PutConfigurationSetReputationOptions": put_reputation_options,
    "PutConfigurationSetTrackingOptions": put_tracking_options,
    "PutConfigurationSetDeliveryOptions": put_delivery_options_v2,
    "PutConfigurationSetSuppressionOptions": put_suppression_options,
    "PutConfigurationSetVdmOptions": put_vdm_options,
    "PutConfigurationSetArchivingOptions": put_archiving_options,
    "UpdateConfigurationSet": update_configuration_set,
}
_NO_METRICS = "no metrics go to CloudWatch"
# Which of the operations change nothing but what is told, and why (docs/coverage.md).
STORES = {
    "UpdateConfigurationSetReputationMetricsEnabled": _NO_METRICS,
    "PutConfigurationSetReputationOptions": _NO_METRICS,
    "PutConfigurationSetArchivingOptions": "archives are Mail Manager's, another service",
}
