"""Email templates: create, read, change, list, delete, try out. v1 and v2 on the same state.

Source: API1/API2, reference sending.md 2.1 and 8, events-and-api.md 7. Decided, as SES does not say: a name has 1 to 64
characters of any kind (the guide names 64), a template is at most 500 KB of UTF-8 in all its parts, and one part is
enough. Handlebars that cannot be parsed is refused when it is stored (v1 models InvalidTemplate there).
"""

from __future__ import annotations

from dataclasses import replace

from emulator import handlebars, ids
from emulator.documents.templates import EmailTemplate, Parts
from emulator.errors import templates as errors
from emulator.instants import date_value
from emulator.mail import compose, raw, stamp
from emulator.post import rendering
from emulator.ses import paging, resources, tags, tenants
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader
from emulator.values import Scope, SimpleContent

_KIND = "email-templates"
_PAGE = 10
_PAGE_MAX = 100
_MOST = 10_000
_NAME_LENGTH = 64


# --- v1 -----------------------------------------------------------------------------------------


def create_template(desk: Desk, call: Call, params: Params) -> Result:
    """Refused when there is one of that name."""
    given = params["Template"]
    _create(desk, call, given["TemplateName"], _parts_v1(given), None)
    return {}


def update_template(desk: Desk, call: Call, params: Params) -> Result:
    """The parts are replaced, all of them; refused when there is none of that name."""
    given = params["Template"]
    _update(desk, call, given["TemplateName"], _parts_v1(given))
    return {}


def get_template(desk: Desk, call: Call, params: Params) -> Result:
    """Parts that the template has not are absent."""
    with desk.store.read() as reader:
        template = existing(reader, call.scope, params["TemplateName"])
    names = {"subject": "SubjectPart", "text": "TextPart", "html": "HtmlPart"}
    parts = {names[name]: source for name, source in rendering.named(template.parts)}
    return {"Template": {"TemplateName": template.name, **parts}}


def delete_template(desk: Desk, call: Call, params: Params) -> Result:
    """Succeeds when there is none (observed)."""
    _delete(desk, call, params["TemplateName"])
    return {}


def list_templates(desk: Desk, call: Call, params: Params) -> Result:
    """A size out of range is served as 100 (observed)."""
    size = params.get("MaxItems", _PAGE)
    return _list(desk, call, "Name", size if 1 <= size <= _PAGE_MAX else _PAGE_MAX, params.get("NextToken"))


# --- v2 -----------------------------------------------------------------------------------------


def create_email_template(desk: Desk, call: Call, params: Params) -> Result:
    """Refused when there is one of that name."""
    _create(desk, call, params["TemplateName"], parts_v2(params["TemplateContent"]), params.get("Tags"))
    return {}


def update_email_template(desk: Desk, call: Call, params: Params) -> Result:
    """The content is replaced whole; tags stay."""
    _update(desk, call, params["TemplateName"], parts_v2(params["TemplateContent"]))
    return {}


def get_email_template(desk: Desk, call: Call, params: Params) -> Result:
    """Parts that the template has not are absent."""
    with desk.store.read() as reader:
        template = existing(reader, call.scope, params["TemplateName"])
        attached = tags.told(reader, call.scope, resources.part(resources.TEMPLATE, template.name))
    names = {"subject": "Subject", "text": "Text", "html": "Html"}
    content = {names[name]: source for name, source in rendering.named(template.parts)}
    return {"TemplateName": template.name, "TemplateContent": content, "Tags": attached}


def delete_email_template(desk: Desk, call: Call, params: Params) -> Result:
    """404 when there is none, unlike v1."""
    name = params["TemplateName"]
    if not _delete(desk, call, name):
        raise errors.template_does_not_exist(name)
    return {}


def list_email_templates(desk: Desk, call: Call, params: Params) -> Result:
    """Newest first, 10 a page unless ``PageSize`` says otherwise."""
    size = params.get("PageSize", _PAGE)
    if not 1 <= size <= _PAGE_MAX:
        raise errors.template_page_size()
    return _list(desk, call, "TemplateName", size, params.get("NextToken"))


# --- both ---------------------------------------------------------------------------------------


def test_render(desk: Desk, call: Call, params: Params) -> Result:
    """``RenderedTemplate`` is the mail as MIME, without addresses: Date and Message-ID, Subject, then what SES composes
    (its layout at SES is inferred)."""
    name = params["TemplateName"]
    with desk.store.read() as reader:
        template = existing(reader, call.scope, name)
    try:
        content = rendering.render(template.parts, rendering.data_of(params["TemplateData"]))
    except ValueError as problem:
        raise errors.invalid_rendering_data(name) from problem
    except handlebars.MissingAttribute as problem:
        raise errors.missing_rendering_attribute(name, str(problem)) from problem
    except handlebars.Problem as problem:
        raise errors.cannot_be_rendered(name, str(problem)) from problem
    return {"RenderedTemplate": _mime(content, call.scope.region, desk.clock.now())}


def existing(reader: Reader, scope: Scope, name: str) -> EmailTemplate:
    """The template of that name. Raises that it does not exist."""
    template = reader.document(EmailTemplate, scope, name)
    if template is None:
        raise errors.template_does_not_exist(name)
    return template


def parts_v2(content: Params) -> Parts:
    return Parts(content.get("Subject"), content.get("Text"), content.get("Html"))


def checked(name: str, parts: Parts) -> Parts:
    """``parts`` when they may be a template's. Raises what SES says of others."""
    if not any(source.strip() for _, source in rendering.named(parts)):
        raise errors.template_without_parts(name)
    size = rendering.size(parts)
    if size > rendering.MOST_BYTES:
        raise errors.template_too_large(name, size, rendering.MOST_BYTES)
    try:
        rendering.check(parts)
    except rendering.BadPart as problem:
        raise errors.template_syntax(name, problem.part, str(problem)) from problem
    return parts


# --- inside -------------------------------------------------------------------------------------


def _parts_v1(template: Params) -> Parts:
    return Parts(template.get("SubjectPart"), template.get("TextPart"), template.get("HtmlPart"))


def _create(desk: Desk, call: Call, name: str, parts: Parts, given: list[Params] | None) -> None:
    if not name.strip():
        raise errors.template_name_must_be_given()
    if len(name) > _NAME_LENGTH:
        raise errors.template_name_too_long(name, _NAME_LENGTH)
    parts = checked(name, parts)
    attached = tags.given(given)
    now = desk.clock.now()
    with desk.store.write() as writer:
        if writer.document_for_update(EmailTemplate, call.scope, name) is not None:
            raise errors.template_already_exists(name)
        if writer.count_documents(EmailTemplate, call.scope) >= _MOST:
            raise errors.too_many_templates(_MOST)
        writer.save_document(EmailTemplate(scope=call.scope, name=name, parts=parts, created_at=now, updated_at=now))
        tags.attach(writer, call.scope, resources.part(resources.TEMPLATE, name), attached)


def _update(desk: Desk, call: Call, name: str, parts: Parts) -> None:
    parts = checked(name, parts)
    now = desk.clock.now()
    with desk.store.write() as writer:
        template = writer.document_for_update(EmailTemplate, call.scope, name)
        if template is None:
            raise errors.template_does_not_exist(name)
        writer.save_document(replace(template, parts=parts, updated_at=now))


def _delete(desk: Desk, call: Call, name: str) -> bool:
    """Whether it was there. Refused while tenants hold on to it."""
    part = resources.part(resources.TEMPLATE, name)
    with desk.store.write() as writer:
        tenants.require_not_associated(writer, call.scope, part)
        tags.drop(writer, call.scope, part)
        return writer.delete_document(EmailTemplate, call.scope, name)


def _list(desk: Desk, call: Call, member: str, size: int, token: str | None) -> Result:
    """Newest first. A token bears the instant and the name of the last one; both versions share them."""
    before = None
    last = paging.begin(desk, call, _KIND, token, errors.invalid_template_page_token(token or ""), empty_is_none=True)
    if last is not None:
        instant, _, name = last.partition(" ")
        before = float(instant), name
    with desk.store.read() as reader:
        found = reader.newest_documents(EmailTemplate, call.scope, before=before, limit=size + 1)
    page = found[:size]
    result: Result = {"TemplatesMetadata": [{member: one.name, "CreatedTimestamp": one.created_at} for one in page]}
    if len(found) > size:
        result["NextToken"] = desk.tokens.issue(_KIND, call.scope, f"{page[-1].created_at!r} {page[-1].name}")
    return result


def _mime(content: SimpleContent, region: str, now: float) -> str:
    composed = raw.parse(
        compose.compose(content, from_="nobody", to=(), cc=(), reply_to=(), now=now, boundaries=ids.boundary_numbers)
    )
    message_id = stamp.message_id_header(ids.message_id(region, now), region)
    fields = tuple(field for field in composed.fields if field.name.lower() != b"from")
    head = f"Date: {date_value(now)}\r\nMessage-ID: {message_id}\r\n"
    return head + raw.text(replace(composed, fields=fields).to_bytes())


V1: dict[str, Operation] = {
    "CreateTemplate": create_template,
    "UpdateTemplate": update_template,
    "GetTemplate": get_template,
    "DeleteTemplate": delete_template,
    "ListTemplates": list_templates,
    "TestRenderTemplate": test_render,
}
V2: dict[str, Operation] = {
    "CreateEmailTemplate": create_email_template,
    "UpdateEmailTemplate": update_email_template,
    "GetEmailTemplate": get_email_template,
    "DeleteEmailTemplate": delete_email_template,
    "ListEmailTemplates": list_email_templates,
    "TestRenderEmailTemplate": test_render,
}
