"""Mails whose content is rendered from a template: SendTemplatedEmail (v1), and SendEmail with Content.Template (v2).

Source: API1/API2, reference sending.md 8. Whether the template is there is asked after the addresses and lengths, by
the rules of every send. A mail that cannot be rendered is accepted, and then not delivered (documented): its outcome is
RENDERING_FAILED for every recipient. Data that is no JSON object is refused at once, before the addresses are looked at
(decided: v1 has InvalidRenderingParameter for it). A v1 TemplateArn of the caller's own names what Template names
already, so it changes nothing; another account's is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emulator import handlebars
from emulator.documents.templates import EmailTemplate, Parts
from emulator.errors import feature_not_emulated
from emulator.errors import templates as errors
from emulator.post import rendering
from emulator.ses import sending, templates
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.values import Attachment, Header, SimpleContent, TemplateUse, Text

NOTHING = SimpleContent(Text(""))
"""What stands for content that there is not."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A template to render from. ``name`` is "" for inline content; ``parts`` None: there is none of that name."""

    name: str
    parts: Parts | None


def send_templated_email(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API1 SendTemplatedEmail."""
    require_own_arn(call, params.get("TemplateArn"))
    content, use = rendered(stored(desk, call, params["Template"]), params["TemplateData"])
    submission = sending.submission_of(call, params, params["Source"], content, params.get("Tags", ()), use)
    addressed = sending.addressed(submission, params["Destination"], params.get("ReturnPath"))
    return sending.accept(desk, call, addressed)


def content_v2(desk: Desk, call: Call, template: Params, source: str | None) -> tuple[SimpleContent, TemplateUse]:
    """Of v2's ``Template``, with its headers and attachments. ``source``: FromEmailAddress, which is asked first."""
    if not source:
        raise errors.source_cannot_be_empty()
    content, use = rendered(chosen_v2(desk, call, template, "Content.Template"), template.get("TemplateData"))
    headers, attachments = template.get("Headers", ()), template.get("Attachments", ())
    return with_parts(content, sending.headers_of(headers), sending.attachments_of(attachments)), use


# --- for bulk sends too -------------------------------------------------------------------------


def chosen_v2(desk: Desk, call: Call, template: Params, what: str) -> Chosen:
    """By TemplateName, TemplateArn or TemplateContent, exactly one of them. Inline content is judged as a stored one is
    when it is created, and may hold nothing but text and attributes."""
    name, arn, content = (template.get(member) for member in ("TemplateName", "TemplateArn", "TemplateContent"))
    if sum(map(bool, (name, arn, content is not None))) != 1:
        raise errors.one_template_please(what)
    if content is None:
        return stored(desk, call, name or _name_in(call, arn or ""))
    parts = templates.checked("", templates.parts_v2(content))
    if not rendering.only_substitutes(parts):
        raise errors.unsupported_operations()
    return Chosen("", parts)


def stored(desk: Desk, call: Call, name: str) -> Chosen:
    """By name, whether or not there is one."""
    with desk.store.read() as reader:
        template = reader.document(EmailTemplate, call.scope, name)
    return Chosen(name, template.parts if template is not None else None)


def rendered(chosen: Chosen, data: str | None) -> tuple[SimpleContent, TemplateUse]:
    """The content, or nothing and why. ``data`` as the caller gave it: raises for what is no JSON object."""
    if chosen.parts is None:
        return NOTHING, TemplateUse(chosen.name, missing=True)
    return filled_in(chosen.name, chosen.parts, data_of(data, chosen.name))


def filled_in(name: str, parts: Parts, data: Mapping[str, object]) -> tuple[SimpleContent, TemplateUse]:
    """The content, or nothing and why."""
    try:
        return rendering.render(parts, data), TemplateUse(name)
    except handlebars.Problem as problem:
        return NOTHING, TemplateUse(name, failure=str(problem))


def data_of(data: str | None, name: str = "") -> dict[str, object]:
    """Raises SES's refusal of what is no JSON object."""
    try:
        return rendering.data_of(data)
    except ValueError as problem:
        raise errors.invalid_rendering_data(name) from problem


def with_parts(
    content: SimpleContent, headers: tuple[Header, ...], attachments: tuple[Attachment, ...]
) -> SimpleContent:
    return replace(content, headers=headers, attachments=attachments)


def require_own_arn(call: Call, arn: str | None) -> None:
    if arn:
        _name_in(call, arn)


def _name_in(call: Call, arn: str) -> str:
    fields = arn.split(":", 5)
    if len(fields) < 6 or fields[0] != "arn" or fields[2] != "ses" or not fields[5].startswith("template/"):
        raise errors.not_a_template_arn(arn)
    if fields[3:5] != [call.scope.region, call.scope.account]:
        raise feature_not_emulated(f"{call.operation} TemplateArn of another account or region")
    return fields[5].removeprefix("template/")


V1: dict[str, Operation] = {"SendTemplatedEmail": send_templated_email}
V2: dict[str, Operation] = {}
