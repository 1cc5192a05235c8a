"""The account: quota, statistics, pausing, and production access.

Production access is granted at once: waiting a day for a review teaches nothing offline. Started with
``--hold-production-review`` the review stays PENDING and a second PutAccountDetails conflicts, as at SES.

Source: API1/API2, reference sending.md 1.
"""

from __future__ import annotations

from dataclasses import replace

from emulator import errors, ids
from emulator.policy import quota
from emulator.ses.call import Call, Desk, Params, Result
from emulator.store.ports import Reader
from emulator.values import Account, AccountDetails, Scope

_DAY = 86400.0
_STATISTICS_DAYS = 14


def get_send_quota(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API1 GetSendQuota; three doubles, as observed in the article."""
    return _send_quota(desk, call)


def get_send_statistics(desk: Desk, call: Call, params: Params) -> Result:
    """15-minute points of the last 14 days (API1); empty intervals are left out (inferred)."""
    with desk.store.read() as reader:
        counts = reader.send_counts(call.scope, desk.clock.now() - _STATISTICS_DAYS * _DAY)
    return {
        "SendDataPoints": [
            {
                "Timestamp": point.at,
                "DeliveryAttempts": point.delivery_attempts,
                "Bounces": point.bounces,
                "Complaints": point.complaints,
                "Rejects": point.rejects,
            }
            for point in counts
        ]
    }


def get_account_sending_enabled(desk: Desk, call: Call, params: Params) -> Result:
    with desk.store.read() as reader:
        return {"Enabled": of(desk, reader, call.scope).sending_enabled}


def update_account_sending_enabled(desk: Desk, call: Call, params: Params) -> Result:
    """An absent ``Enabled`` is false (API1: Boolean without default)."""
    return _set_sending_enabled(desk, call, bool(params.get("Enabled", False)))


def get_account(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API2 GetAccount; Details are left out until set (observed second-hand)."""
    from emulator.ses import account_attributes

    with desk.store.read() as reader:
        account = of(desk, reader, call.scope)
        attributes = account_attributes.of(reader, call.scope)
    result: Result = {
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": account.production,
        "SendQuota": _send_quota(desk, call),
        "SendingEnabled": account.sending_enabled,
        **account_attributes.told(attributes, desk.clock.now()),
    }
    if account.details is not None:
        result["Details"] = _details(account.details)
    return result


def put_account_details(desk: Desk, call: Call, params: Params) -> Result:
    """Asks for production access. 409 ConflictException while a review is open (API2)."""
    with desk.store.write() as writer:
        account = writer.account_for_update(call.scope)
        if account.details is not None and account.details.review_status == "PENDING":
            raise errors.account_details_under_review()
        held = desk.settings.hold_production_review
        details = AccountDetails(
            mail_type=params["MailType"],
            website_url=params["WebsiteURL"],
            contact_language=params.get("ContactLanguage"),
            use_case_description=params.get("UseCaseDescription"),
            additional_contacts=tuple(params.get("AdditionalContactEmailAddresses", ())),
            review_status="PENDING" if held else "GRANTED",
            case_id=ids.case_id(),
        )
        # ProductionAccessEnabled false moves an account back into the sandbox: nothing to review.
        wanted = bool(params.get("ProductionAccessEnabled", True))
        production = account.production if held and wanted else wanted
        writer.save_account(replace(account, production=production, details=details))
    return {}


def put_account_sending_attributes(desk: Desk, call: Call, params: Params) -> Result:
    """An absent ``SendingEnabled`` is false (observed second-hand)."""
    return _set_sending_enabled(desk, call, bool(params.get("SendingEnabled", False)))


def of(desk: Desk, reader: Reader, scope: Scope) -> Account:
    """The account, or what it begins as."""
    return reader.account(scope) or Account(scope, production=desk.settings.production)


def _set_sending_enabled(desk: Desk, call: Call, enabled: bool) -> Result:
    with desk.store.write() as writer:
        writer.save_account(replace(writer.account_for_update(call.scope), sending_enabled=enabled))
    return {}


def _send_quota(desk: Desk, call: Call) -> Result:
    with desk.store.read() as reader:
        account = of(desk, reader, call.scope)
        sent_before = reader.sent_before(call.scope, desk.clock.now() - _DAY)
    limits = quota.limits(account, desk.settings.max_24_hour_send, desk.settings.max_send_rate)
    return {
        "Max24HourSend": float(limits.max_24_hour_send),
        "MaxSendRate": float(limits.max_send_rate),
        "SentLast24Hours": float(account.sent_total - sent_before),
    }


def _details(details: AccountDetails) -> Result:
    result: Result = {
        "MailType": details.mail_type,
        "WebsiteURL": details.website_url,
        "AdditionalContactEmailAddresses": list(details.additional_contacts),
        "ReviewDetails": {"Status": details.review_status, "CaseId": details.case_id},
    }
    if details.contact_language is not None:
        result["ContactLanguage"] = details.contact_language
    if details.use_case_description is not None:
        result["UseCaseDescription"] = details.use_case_description
    return result


V1 = {
    "GetSendQuota": get_send_quota,
    "GetSendStatistics": get_send_statistics,
    "GetAccountSendingEnabled": get_account_sending_enabled,
    "UpdateAccountSendingEnabled": update_account_sending_enabled,
}
V2 = {
    "GetAccount": get_account,
    "PutAccountDetails": put_account_details,
    "PutAccountSendingAttributes": put_account_sending_attributes,
}
