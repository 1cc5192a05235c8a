"""Many mails from one template in one call: SendBulkTemplatedEmail (v1) and SendBulkEmail (v2).

Source: API1/API2, reference sending.md 1.3, 2.1 and 8. Every destination is a mail of its own, rendered with its own
data and judged by the rules of every send; its status says what became of it, and the call succeeds. The whole call is
refused for a sender or return path that is no address, a template that is not there (second-hand), no or more than 50
destinations, and default data that is no JSON object (decided; an entry's own bad data fails that entry alone).

An entry's data replaces the default data whole, unless it is empty (documented; whether SES merges them by key is not
confirmed). Tags and headers of an entry replace the defaults of the same name, and are added otherwise (documented).
A mail that cannot be rendered is a success with a MessageId, as in single sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from emulator.documents.templates import Parts
from emulator.errors import Fault
from emulator.errors import templates as errors
from emulator.policy.addresses import parse
from emulator.policy.screen import PASSED, Ruling
from emulator.ses import sending, templated
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.values import Header, SimpleContent, Submission, Tag, TemplateUse

MOST_DESTINATIONS = 50
_SUCCESS = ("Success", "SUCCESS")
_INVALID = ("InvalidParameterValue", "INVALID_PARAMETER")
# A refusal's code at v1, and the statuses that stand for it at v1 and v2.
_STATUSES = {
    "MessageRejected": ("MessageRejected", "MESSAGE_REJECTED"),
    "MailFromDomainNotVerifiedException": ("MailFromDomainNotVerified", "MAIL_FROM_DOMAIN_NOT_VERIFIED"),
    "ConfigurationSetDoesNotExist": ("ConfigurationSetDoesNotExist", "CONFIGURATION_SET_NOT_FOUND"),
    "TemplateDoesNotExist": ("TemplateDoesNotExist", "TEMPLATE_NOT_FOUND"),
    "AccountSendingPausedException": ("AccountSendingPaused", "ACCOUNT_SENDING_PAUSED"),
    "ConfigurationSetSendingPausedException": ("ConfigurationSetSendingPaused", "CONFIGURATION_SET_SENDING_PAUSED"),
    "InvalidParameterValue": _INVALID,
    "InternalFailure": ("TransientFailure", "TRANSIENT_FAILURE"),
    "ServiceUnavailable": ("TransientFailure", "TRANSIENT_FAILURE"),
}
_THROTTLED = ("AccountThrottled", "ACCOUNT_THROTTLED")
_DAILY = ("AccountDailyQuotaExceeded", "ACCOUNT_DAILY_QUOTA_EXCEEDED")
_FAILED = ("Failed", "FAILED")


@dataclass(frozen=True, slots=True)
class _Entry:
    destination: Params
    data: str | None
    tags: tuple[Tag, ...]
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sent:
    """What became of an entry. ``status`` as v1 and v2 write it."""

    status: tuple[str, str]
    message_id: str = ""
    error: str | None = None

    def told(self, version: int) -> Result:
        told: Result = {"Status": self.status[version]}
        if self.message_id:
            told["MessageId"] = self.message_id
        else:
            told["Error"] = self.error or ""
        return told


@dataclass(frozen=True, slots=True)
class _Common:
    """What all mails of a call share. ``submission`` is without destination; of ``content`` headers and attachments
    count."""

    submission: Submission
    content: SimpleContent
    name: str
    parts: Parts
    data: dict[str, object]


def send_bulk_templated_email(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API1 SendBulkTemplatedEmail."""
    entries = [
        _Entry(one["Destination"], one.get("ReplacementTemplateData"), _tags(one.get("ReplacementTags", ())))
        for one in params["Destinations"]
    ]
    templated.require_own_arn(call, params.get("TemplateArn"))
    _check(entries, params["Source"], params.get("ReturnPath"))
    common = _common(
        sending.submission_of(call, params, params["Source"], templated.NOTHING, params.get("DefaultTags", ())),
        params.get("ReturnPath"),
        templated.stored(desk, call, params["Template"]),
        params["DefaultTemplateData"],
    )
    return {"Status": [sent.told(0) for sent in _send_all(desk, call, common, entries)]}


def send_bulk_email(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API2 SendBulkEmail."""
    if params.get("EndpointId"):
        from emulator.ses.multi_region_endpoints import routed

        call = routed(desk, call, params["EndpointId"])
    source, return_path = params.get("FromEmailAddress"), params.get("FeedbackForwardingEmailAddress")
    if not source:
        raise errors.source_cannot_be_empty()
    tenant = params.get("TenantName") or None
    if tenant is not None:
        from emulator.ses.tenant_sends import require_resources, require_tenant

        require_tenant(desk, call, tenant)
    entries = [_entry_v2(one) for one in params["BulkEmailEntries"]]
    _check(entries, source, return_path)
    template = params["DefaultContent"].get("Template") or {}
    headers, attachments = template.get("Headers", ()), template.get("Attachments", ())
    content = templated.with_parts(templated.NOTHING, sending.headers_of(headers), sending.attachments_of(attachments))
    common = _common(
        sending.submission_of(call, params, source, content, params.get("DefaultEmailTags", ())),
        return_path,
        templated.chosen_v2(desk, call, template, "DefaultContent.Template"),
        template.get("TemplateData"),
    )
    if tenant is not None:
        require_resources(desk, call, replace(common.submission, template=TemplateUse(common.name)))
    return {"BulkEmailEntryResults": [sent.told(1) for sent in _send_all(desk, call, common, entries)]}


def _entry_v2(one: Params) -> _Entry:
    replacement = (one.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
    return _Entry(
        one["Destination"],
        replacement.get("ReplacementTemplateData"),
        _tags(one.get("ReplacementTags", ())),
        sending.headers_of(one.get("ReplacementHeaders", ())),
    )


def _check(entries: Sequence[_Entry], source: str, return_path: str | None) -> None:
    if not entries:
        raise errors.no_destinations()
    if len(entries) > MOST_DESTINATIONS:
        raise errors.too_many_destinations(MOST_DESTINATIONS)
    for address in (source, return_path):
        if address:
            try:
                parse(address)
            except Fault:
                raise errors.invalid_bulk_address(address) from None


def _common(submission: Submission, return_path: str | None, chosen: templated.Chosen, data: str | None) -> _Common:
    if chosen.parts is None:
        raise errors.template_does_not_exist(chosen.name)
    content = submission.content
    assert isinstance(content, SimpleContent)
    default = templated.data_of(data, chosen.name)
    return _Common(replace(submission, return_path=return_path), content, chosen.name, chosen.parts, default)


def _send_all(desk: Desk, call: Call, common: _Common, entries: Iterable[_Entry]) -> list[_Sent]:
    """One after the other. The request log gets the rulings of the first entry that was refused, or of the last one:
    those of all would be fifty times the same."""
    sent, shown = [], list[Ruling]()
    for entry in entries:
        rulings: list[Ruling] = []
        sent.append(_send(desk, replace(call, rulings=rulings), common, entry))
        if all(ruling.verdict == PASSED for ruling in shown):
            shown = rulings or shown
    call.rulings.extend(shown)
    return sent


def _send(desk: Desk, call: Call, common: _Common, entry: _Entry) -> _Sent:
    try:
        data = templated.data_of(entry.data, common.name) or common.data
    except Fault as fault:
        return _Sent(_INVALID, error=fault.message)
    content, use = templated.filled_in(common.name, common.parts, data)
    headers = _replaced(common.content.headers, entry.headers)
    content = templated.with_parts(content, headers, common.content.attachments)
    tags = {tag.name: tag for tag in (*common.submission.tags, *entry.tags)}
    submission = replace(common.submission, content=content, template=use, tags=tuple(tags.values()))
    addressed = sending.addressed(submission, entry.destination, common.submission.return_path)
    try:
        return _Sent(_SUCCESS, sending.accept(desk, call, addressed)["MessageId"])
    except Fault as fault:
        return _Sent(_status(fault), error=fault.message)


def _status(fault: Fault) -> tuple[str, str]:
    if fault.v1 == "Throttling":
        return _DAILY if fault.v2 == "LimitExceededException" else _THROTTLED
    return _STATUSES.get(fault.v1, _FAILED)


def _replaced(default: tuple[Header, ...], own: tuple[Header, ...]) -> tuple[Header, ...]:
    names = {header.name.lower() for header in own}
    return (*(header for header in default if header.name.lower() not in names), *own)


def _tags(given: Iterable[Params]) -> tuple[Tag, ...]:
    return tuple(Tag(tag["Name"], tag["Value"]) for tag in given)


V1: dict[str, Operation] = {"SendBulkTemplatedEmail": send_bulk_templated_email}
V2: dict[str, Operation] = {"SendBulkEmail": send_bulk_email}
