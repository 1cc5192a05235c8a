"""SendEmail and SendRawEmail of v1, SendEmail of v2: translate, hand to the acceptance.

Identities named by ARN are those that another account lets the caller use (sending authorization,
``policy/authorization.py``); v2's FromEmailAddressIdentityArn speaks for the message's From too (API2).

Source: API1/API2, reference sending.md 1 to 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from emulator import errors
from emulator.policy.screen import REFUSED, Ruling
from emulator.ses.call import Call, Desk, Params, Result
from emulator.values import (
    Attachment,
    Header,
    IdentityArns,
    ListManagement,
    RawContent,
    SimpleContent,
    Submission,
    Tag,
    TemplateUse,
    Text,
    TrackingOverrides,
)


def send_email_v1(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API1 SendEmail. ``Message.Body`` needs Text or Html."""
    submission = submission_of(call, params, params["Source"], _simple(params["Message"]), params.get("Tags", ()))
    return accept(desk, call, addressed(submission, params["Destination"], params.get("ReturnPath")))


def send_raw_email(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API1 SendRawEmail. ``Destinations`` override the message's own To, Cc and Bcc."""
    content = RawContent(bytes(params["RawMessage"]["Data"]))
    submission = submission_of(call, params, params.get("Source"), content, params.get("Tags", ()))
    return accept(desk, call, replace(submission, to=tuple(params.get("Destinations", ()))))


def send_email_v2(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API2 SendEmail. Exactly one of Simple, Raw and Template. A Simple without FromEmailAddress is
    answered with a null message (observed second-hand); a Raw one falls back to its From header."""
    if params.get("EndpointId"):
        from emulator.ses.multi_region_endpoints import routed

        call = routed(desk, call, params["EndpointId"])
    content = params["Content"]
    given = [kind for kind in ("Simple", "Raw", "Template") if content.get(kind) is not None]
    if len(given) != 1:
        raise errors.invalid_parameter(
            "Please specify exactly one of Simple, Raw or Template content.",
            "SES's own text for this is not known; v2 Content takes one kind.",
        )
    source = params.get("FromEmailAddress")
    if source is None and given == ["Simple"]:
        raise errors.invalid_parameter(None, "Give FromEmailAddress.")
    tenant = params.get("TenantName") or None
    if tenant is not None:
        from emulator.ses.tenant_sends import require_resources, require_tenant

        require_tenant(desk, call, tenant)
    made: SimpleContent | RawContent
    template = None
    if given == ["Template"]:
        from emulator.ses.templated import content_v2

        made, template = content_v2(desk, call, content["Template"], source)
    else:
        made = _simple(content["Simple"]) if given == ["Simple"] else RawContent(bytes(content["Raw"]["Data"]))
    submission = submission_of(call, params, source, made, params.get("EmailTags", ()), template)
    if tenant is not None:
        require_resources(desk, call, submission)
    return_path = params.get("FeedbackForwardingEmailAddress")
    return accept(desk, call, addressed(submission, params.get("Destination", {}), return_path))


def submission_of(
    call: Call,
    params: Params,
    source: str | None,
    content: SimpleContent | RawContent,
    tags: Any,
    template: TemplateUse | None = None,
) -> Submission:
    """What every way of sending has in common."""
    return Submission(
        scope=call.scope,
        door=call.door,
        operation=call.operation,
        caller=call.caller,
        source_ip=call.source_ip,
        source=source,
        content=content,
        reply_to=tuple(params.get("ReplyToAddresses", ())),
        configuration_set=params.get("ConfigurationSetName"),
        tags=tuple(Tag(tag["Name"], tag["Value"]) for tag in tags),
        arns=_arns(params),
        template=template,
        list_management=_list_management(params.get("ListManagementOptions")),
        tenant=params.get("TenantName") or None,
        tracking=_tracking((params.get("ConfigurationOverrides") or {}).get("Tracking")),
    )


def _tracking(given: Params | None) -> TrackingOverrides | None:
    if given is None:
        return None
    said = [given.get(name) for name in ("OpenTrackingEnabled", "ClickTrackingEnabled")]
    opens, clicks = (None if one is None else one == "ENABLED" for one in said)
    return TrackingOverrides(opens, clicks)


def _list_management(options: Params | None) -> ListManagement | None:
    return None if options is None else ListManagement(options["ContactListName"], options.get("TopicName") or None)


def addressed(submission: Submission, destination: Params, return_path: str | None) -> Submission:
    return replace(
        submission,
        to=tuple(destination.get("ToAddresses", ())),
        cc=tuple(destination.get("CcAddresses", ())),
        bcc=tuple(destination.get("BccAddresses", ())),
        return_path=return_path,
    )


def accept(desk: Desk, call: Call, submission: Submission) -> Result:
    """Accepted, or refused by a rule. That a template could not be rendered stands beside the rulings, for SES does not
    answer with it."""
    message_id = desk.acceptance().accept(submission, call.rulings.append)
    template = submission.template
    if template is not None and template.failure is not None:
        call.rulings.append(Ruling("rendering", REFUSED, f"accepted, but never delivered: {template.failure}"))
    return {"MessageId": message_id}


def _arns(params: Params) -> IdentityArns | None:
    """Of either version: they share no name."""
    v2 = params.get("FromEmailAddressIdentityArn")
    source = params.get("SourceArn") or v2
    from_ = params.get("FromArn") or v2
    return_path = params.get("ReturnPathArn") or params.get("FeedbackForwardingEmailAddressIdentityArn")
    if not (source or from_ or return_path):
        return None
    return IdentityArns(source or None, from_ or None, return_path or None)


def _simple(message: Params) -> SimpleContent:
    body = message["Body"]
    if body.get("Text") is None and body.get("Html") is None:
        raise errors.invalid_parameter(
            "Message body must contain Text or Html.", "SES needs one of the two; its own text is not known."
        )
    return SimpleContent(
        subject=_text(message["Subject"]),
        text=_text(body["Text"]) if body.get("Text") is not None else None,
        html=_text(body["Html"]) if body.get("Html") is not None else None,
        headers=headers_of(message.get("Headers", ())),
        attachments=attachments_of(message.get("Attachments", ())),
    )


def _text(content: Params) -> Text:
    return Text(content["Data"], content.get("Charset") or None)


def headers_of(fields: Sequence[Params]) -> tuple[Header, ...]:
    return tuple(Header(field["Name"], field["Value"]) for field in fields)


def attachments_of(parts: Sequence[Params]) -> tuple[Attachment, ...]:
    return tuple(_attachment(part) for part in parts)


def _attachment(part: Params) -> Attachment:
    return Attachment(
        file_name=part["FileName"],
        content=bytes(part["RawContent"]),
        content_type=part.get("ContentType"),
        disposition=part.get("ContentDisposition"),
        content_id=part.get("ContentId"),
        description=part.get("ContentDescription"),
        transfer_encoding=part.get("ContentTransferEncoding"),
    )


V1 = {"SendEmail": send_email_v1, "SendRawEmail": send_raw_email}
V2 = {"SendEmail": send_email_v2}
