"""Verification mails with a customer's own words: their templates, and sending them. v1 and v2 on the same state.

Source: API1/API2, reference sending.md 6.4, events-and-api.md 7. The order of checks when sending: the address, the
template (observed), production access, the template's sender, then the rules of every send. v1's update leaves members
that are not given as they are, v2's replaces all.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from emulator.documents.templates import CustomVerificationTemplate
from emulator.errors import Fault
from emulator.errors import custom_verification as errors
from emulator.mail.custom_verification import problem_of
from emulator.policy.addresses import parse
from emulator.policy.identity import candidates, covers
from emulator.policy.identity_names import email_address
from emulator.post import custom_verification
from emulator.ses import account, paging, resources, sending, tags
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader
from emulator.values import Scope, SimpleContent

_KIND = "custom-verification-templates"
_PAGE = 50
_MOST = 50
_MEMBERS = {
    "FromEmailAddress": "from_address",
    "TemplateSubject": "subject",
    "TemplateContent": "content",
    "SuccessRedirectionURL": "success_url",
    "FailureRedirectionURL": "failure_url",
}


def create(desk: Desk, call: Call, params: Params) -> Result:
    """Its sender must be verified. At most 50 in an account and region."""
    name = params["TemplateName"]
    if not name.strip():
        raise errors.name_must_be_given()
    now = desk.clock.now()
    given = {field: params[member] for member, field in _MEMBERS.items()}
    template = CustomVerificationTemplate(scope=call.scope, name=name, created_at=now, updated_at=now, **given)
    attached = tags.given(params.get("Tags"))
    _check(desk, template)
    with desk.store.write() as writer:
        if writer.document_for_update(CustomVerificationTemplate, call.scope, name) is not None:
            raise errors.already_exists(name)
        if writer.count_documents(CustomVerificationTemplate, call.scope) >= _MOST:
            raise errors.too_many(_MOST)
        writer.save_document(template)
        tags.attach(writer, call.scope, resources.part(resources.CUSTOM_VERIFICATION, name), attached)
    return {}


def update(desk: Desk, call: Call, params: Params) -> Result:
    """What it would become is checked as a new one is."""
    name = params["TemplateName"]
    given = {field: params[member] for member, field in _MEMBERS.items() if params.get(member) is not None}
    with desk.store.read() as reader:
        _check(desk, replace(existing(reader, call.scope, name), **given))
    now = desk.clock.now()
    with desk.store.write() as writer:
        template = writer.document_for_update(CustomVerificationTemplate, call.scope, name)
        if template is None:
            raise errors.does_not_exist(name)
        writer.save_document(replace(template, updated_at=now, **given))
    return {}


def get_v1(desk: Desk, call: Call, params: Params) -> Result:
    with desk.store.read() as reader:
        return _told(existing(reader, call.scope, params["TemplateName"]), content=True)


def get_v2(desk: Desk, call: Call, params: Params) -> Result:
    """As v1, with its tags."""
    with desk.store.read() as reader:
        template = existing(reader, call.scope, params["TemplateName"])
        part = resources.part(resources.CUSTOM_VERIFICATION, template.name)
        return {**_told(template, content=True), "Tags": tags.told(reader, call.scope, part)}


def delete_v1(desk: Desk, call: Call, params: Params) -> Result:
    """Succeeds when there is none (v1 models no error)."""
    _delete(desk, call, params["TemplateName"])
    return {}


def delete_v2(desk: Desk, call: Call, params: Params) -> Result:
    """404 when there is none."""
    if not _delete(desk, call, params["TemplateName"]):
        raise errors.does_not_exist(params["TemplateName"])
    return {}


def list_v1(desk: Desk, call: Call, params: Params) -> Result:
    """A size out of range is served as 50 (observed)."""
    size = params.get("MaxResults", _PAGE)
    return _list(desk, call, size if 1 <= size <= _PAGE else _PAGE, params.get("NextToken"))


def list_v2(desk: Desk, call: Call, params: Params) -> Result:
    """By name, without the contents."""
    size = params.get("PageSize", _PAGE)
    if not 1 <= size <= _PAGE:
        raise errors.page_size()
    return _list(desk, call, size, params.get("NextToken"))


def send(desk: Desk, call: Call, params: Params) -> Result:
    """Asks for the address with the template's mail; whoever opens the link in it is led to the template's URLs."""
    address = _asked(params["EmailAddress"])
    name = params["TemplateName"]
    with desk.store.read() as reader:
        template = reader.document(CustomVerificationTemplate, call.scope, name)
        production = account.of(desk, reader, call.scope).production
    if template is None:
        raise errors.does_not_exist_to_send(name, call.door)
    if not production:
        raise errors.production_access_not_granted()
    _require_verified(desk, template)

    def mail(content: SimpleContent) -> str:
        submission = sending.submission_of(call, params, template.from_address, content, ())
        addressed = sending.addressed(submission, {"ToAddresses": [address]}, None)
        return str(sending.accept(desk, call, addressed)["MessageId"])

    asking = (desk.identities, desk.clock, call.scope, address, call.caller, template, mail)
    return {"MessageId": custom_verification.ask(*asking)}


def existing(reader: Reader, scope: Scope, name: str) -> CustomVerificationTemplate:
    """The template of that name. Raises that it does not exist."""
    template = reader.document(CustomVerificationTemplate, scope, name)
    if template is None:
        raise errors.does_not_exist(name)
    return template


# --- inside -------------------------------------------------------------------------------------


def _asked(address: str) -> str:
    if not address.strip():
        raise errors.address_not_specified()
    try:
        return email_address(address)
    except Fault:
        raise errors.invalid_address(address) from None


def _check(desk: Desk, template: CustomVerificationTemplate) -> None:
    _require_verified(desk, template)
    for which, url in (("success", template.success_url), ("failure", template.failure_url)):
        if not _is_url(url):
            raise errors.invalid_redirection_url(which)
    problem = problem_of(template.content)
    if problem is not None:
        raise errors.invalid_content(problem)


def _require_verified(desk: Desk, template: CustomVerificationTemplate) -> None:
    """As senders are: by the address itself, or a domain above it."""
    try:
        address = parse(template.from_address).addr_spec
    except Fault:
        raise errors.from_address_not_verified(template.from_address) from None
    with desk.store.read() as reader:
        known = {one.name: one for one in reader.identities(template.scope, candidates(address))}
    if not desk.settings.auto_verify and covers(address, known) is None:
        raise errors.from_address_not_verified(template.from_address)


def _is_url(text: str) -> bool:
    if not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _delete(desk: Desk, call: Call, name: str) -> bool:
    with desk.store.write() as writer:
        tags.drop(writer, call.scope, resources.part(resources.CUSTOM_VERIFICATION, name))
        return writer.delete_document(CustomVerificationTemplate, call.scope, name)


def _list(desk: Desk, call: Call, size: int, token: str | None) -> Result:
    after = paging.begin(desk, call, _KIND, token, errors.invalid_page_token(token or ""), empty_is_none=True)
    with desk.store.read() as reader:
        found = reader.list_documents(CustomVerificationTemplate, call.scope, after=after, limit=size + 1)
    told = [_told(one, content=False) for one in found]
    return paging.told(desk, call, _KIND, "CustomVerificationEmailTemplates", told, [one.name for one in found], size)


def _told(template: CustomVerificationTemplate, *, content: bool) -> Result:
    told: Result = {"TemplateName": template.name}
    told |= {member: getattr(template, field) for member, field in _MEMBERS.items()}
    if not content:
        del told["TemplateContent"]
    return told


V1: dict[str, Operation] = {
    "CreateCustomVerificationEmailTemplate": create,
    "UpdateCustomVerificationEmailTemplate": update,
    "GetCustomVerificationEmailTemplate": get_v1,
    "DeleteCustomVerificationEmailTemplate": delete_v1,
    "ListCustomVerificationEmailTemplates": list_v1,
    "SendCustomVerificationEmail": send,
}
V2: dict[str, Operation] = {
    "CreateCustomVerificationEmailTemplate": create,
    "UpdateCustomVerificationEmailTemplate": update,
    "GetCustomVerificationEmailTemplate": get_v2,
    "DeleteCustomVerificationEmailTemplate": delete_v2,
    "ListCustomVerificationEmailTemplates": list_v2,
    "SendCustomVerificationEmail": send,
}
