"""Refusals of email templates and of what is rendered from them.

Source: reference sending.md 2.2 and 8, events-and-api.md 7. Texts that are marked so there are SES's own; the others
are ours, as nobody has published a sighting, and are said to be decided.
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter

_GIVE_DATA = 'TemplateData is a JSON object in a string, as {"name": "Ann"}; line ends in it are written \\n.'


def template_already_exists(name: str) -> Fault:
    """Second-hand."""
    return Fault(
        f"Template {name} already exists.",
        v1="AlreadyExists",
        v2="AlreadyExistsException",
        hint="Change it with UpdateTemplate (v1) or UpdateEmailTemplate (v2).",
        members={"Name": name},
    )


def template_does_not_exist(name: str) -> Fault:
    """Documented and second-hand."""
    return Fault(
        f"Template {name} does not exist.",
        v1="TemplateDoesNotExist",
        v2="NotFoundException",
        hint="Create it with CreateTemplate (v1) or CreateEmailTemplate (v2), in this account and region.",
        members={"TemplateName": name},
    )


def invalid_template(name: str, message: str, hint: str = "") -> Fault:
    return Fault(message, v1="InvalidTemplate", v2="BadRequestException", hint=hint, members={"TemplateName": name})


def template_without_parts(name: str) -> Fault:
    """Second-hand."""
    return invalid_template(name, "Template must have at least a subject, text, or html part.")


def template_syntax(name: str, part: str, problem: str) -> Fault:
    """Decided; ``problem`` says what is wrong and where."""
    return invalid_template(name, f"Template {part} part is invalid: {problem}", "Templates are written in Handlebars.")


def template_too_large(name: str, size: int, most: int) -> Fault:
    """Decided; the number is documented."""
    return invalid_template(
        name, f"Template size exceeds {most} bytes.", f"Subject, text and HTML together have {size} bytes."
    )


def template_name_must_be_given() -> Fault:
    """Decided."""
    return invalid_template("", "The template name must be specified.")


def template_name_too_long(name: str, most: int) -> Fault:
    """Decided; the number is documented."""
    return invalid_template(name, f"Template name cannot exceed {most} characters.")


def too_many_templates(most: int) -> Fault:
    """Decided; the number is documented."""
    return Fault(f"Number of templates exceeds the limit of {most}.", v1="LimitExceeded", v2="LimitExceededException")


def unsupported_operations() -> Fault:
    """Observed of inline content (v2)."""
    return invalid_parameter(
        "Template contains unsupported operations.",
        "TemplateContent takes text and {{attributes}} only; store the template to use blocks and partials.",
    )


def one_template_please(what: str) -> Fault:
    """Decided: v2 names a template, or gives its content, in exactly one way."""
    return invalid_parameter(f"Please specify exactly one of TemplateName, TemplateArn or TemplateContent in {what}.")


def not_a_template_arn(arn: str) -> Fault:
    """Decided."""
    return invalid_parameter(f"Invalid template ARN <{arn}>.", "As arn:aws:ses:<region>:<account>:template/<name>.")


def invalid_rendering_data(name: str = "") -> Fault:
    """The data is no JSON object. The code is documented (TestRenderTemplate), the text moto's, and that sending
    answers in the same way is decided."""
    return Fault(
        "Template rendering data is invalid",
        v1="InvalidRenderingParameter",
        v2="BadRequestException",
        hint=_GIVE_DATA,
        members={"TemplateName": name},
    )


def missing_rendering_attribute(name: str, message: str) -> Fault:
    """``message`` is SES's sentence, as ``handlebars.MissingAttribute`` writes it (documented)."""
    return Fault(message, v1="MissingRenderingAttribute", v2="BadRequestException", members={"TemplateName": name})


def cannot_be_rendered(name: str, message: str) -> Fault:
    """Decided: any other problem in rendering."""
    return Fault(message, v1="InvalidRenderingParameter", v2="BadRequestException", members={"TemplateName": name})


# --- lists --------------------------------------------------------------------------------------


def template_page_size() -> Fault:
    """Observed."""
    return invalid_parameter("The page size must be between 1 and 100")


def invalid_template_page_token(token: str) -> Fault:
    """Observed, at both versions."""
    return invalid_parameter(f"Invalid PageToken <{token}>.", "Tokens belong to one list, account and region.")


# --- sending ------------------------------------------------------------------------------------


def source_cannot_be_empty() -> Fault:
    """Second-hand: v2 Template content without FromEmailAddress."""
    return invalid_parameter("Source cannot be empty", "Give FromEmailAddress.")


def invalid_bulk_address(address: str) -> Fault:
    """Second-hand: the sender, or the return path, of a bulk send; no blank before ``<``."""
    return invalid_parameter(f"Invalid email address<{address}>.")


def no_destinations() -> Fault:
    """Decided."""
    return invalid_parameter("At least one destination must be specified.")


def too_many_destinations(most: int) -> Fault:
    """Decided; the number is documented."""
    return invalid_parameter(f"Destination count exceeds {most}.", "Split the destinations over several calls.")
