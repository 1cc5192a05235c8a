"""What a submission is made of; ``emulator.values`` has them beside ``Submission`` itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of SES ``Content``; ``charset`` as the caller named it, None when not named."""

    data: str
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A v2 ``Attachment``. ``disposition``: ATTACHMENT or INLINE; ``transfer_encoding``: BASE64,
    QUOTED_PRINTABLE or SEVEN_BIT; None where the caller said nothing."""

    file_name: str
    content: bytes
    content_type: str | None = None
    disposition: str | None = None
    content_id: str | None = None
    description: str | None = None
    transfer_encoding: str | None = None


@dataclass(frozen=True, slots=True)
class SimpleContent:
    """Content that SES composes into MIME itself. At least one of ``text`` and ``html`` is set."""

    subject: Text
    text: Text | None = None
    html: Text | None = None
    headers: tuple[Header, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class RawContent:
    """A whole message as the caller made it."""

    data: bytes


@dataclass(frozen=True, slots=True)
class IdentityArns:
    """Whose identities a call rests on (sending authorization), as ARNs: for Source, for the message's From, for the
    return path; None where the caller named none for it."""

    source: str | None = None
    from_: str | None = None
    return_path: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """The template that composed content was rendered from. ``name`` is "" for one given with the call. ``missing``:
    there is none of that name. ``failure``: why it cannot be rendered; such a mail is accepted, and not delivered."""

    name: str
    missing: bool = False
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ListManagement:
    """The contact list that a mail is for, and the topic of it."""

    contact_list: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class TrackingOverrides:
    """What of one mail is tracked, whatever its configuration set says; None: what that says."""

    opens: bool | None = None
    clicks: bool | None = None
