"""How many, how large, and which attachments and headers. Source: reference sending.md 2.1, 2.2.

Not enforced: the 1 000 characters of a line (RFC 5321 4.5.3.1.6), since no capture shows SES refusing one. Undocumented
and decided here: the texts for no recipients, refused v2 headers and blocked attachments. What the model itself limits
(lengths of a v2 attachment's members) is judged by the protocol room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from emulator import errors
from emulator.policy.addresses import shown
from emulator.values import Door, Header, RawContent, SimpleContent, Submission

RECIPIENTS = 50
SIZE_V1 = 10 * 1024 * 1024
SIZE_V2_AND_SMTP = 40 * 1024 * 1024
HEADERS = 15
HEADER_NAME_LENGTH = 126
HEADER_VALUE_LENGTH = 995
HEADER_LENGTH = 996

_REFUSED = "bcc cc content-disposition content-type date from message-id mime-version reply-to return-path subject to"
REFUSED_HEADERS = frozenset(_REFUSED.split())
_HEADER_NAME = re.compile(r"[!-9;-@A-~]+")
_HEADER_VALUE = re.compile(r"[ -~]*")

# DG:mime-types, "Unsupported attachment types".
_BLOCKED = (
    "ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib "
    "lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml "
    "msh2xml msi msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp "
    "url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk"
)
BLOCKED_EXTENSIONS = frozenset(_BLOCKED.split())
_DISPOSITION = re.compile(rb"^content-disposition:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)
_LINE_END = re.compile(r"[\r\n]+")
_MOST_FIELDS = 1000
_LONGEST_FIELD = 4096


def require_some_recipient(count: int) -> None:
    if count == 0:
        raise errors.invalid_parameter(
            "No recipients specified.", "Give at least one address in To, Cc or Bcc (raw: Destinations or headers)."
        )


def require_recipients(count: int) -> None:
    """To, Cc and Bcc together, each address as often as it is named."""
    if count > RECIPIENTS:
        raise errors.recipient_count_exceeds(RECIPIENTS)


def size_limit(door: Door) -> int:
    """Bytes after base64: 10 MB through v1; 40 MB through v2 and SMTP (older captures of SMTP still say 10 MB)."""
    return SIZE_V1 if door is Door.V1 else SIZE_V2_AND_SMTP


def require_size(size: int, door: Door) -> None:
    """Raises the door's own fault for more than its limit; the limit itself is allowed."""
    limit = size_limit(door)
    if size > limit:
        raise errors.message_too_long(size, limit)


def require_headers(headers: Sequence[Header]) -> None:
    """v2's own ``Headers`` of composed content."""
    if len(headers) > HEADERS:
        raise errors.invalid_parameter(
            f"Header count exceeds {HEADERS}.", f"Simple content takes at most {HEADERS} headers; send raw for more."
        )
    for header in headers:
        name, value = header.name, header.value
        if not name.strip():
            raise errors.invalid_parameter("The header name must be specified.", "A header has an empty name.")
        if len(name) > HEADER_NAME_LENGTH or _HEADER_NAME.fullmatch(name) is None:
            raise errors.invalid_parameter(
                f"Invalid header name <{name}>.", "Names are 1 to 126 printable ASCII characters without colon."
            )
        if name.lower() in REFUSED_HEADERS:
            raise errors.invalid_parameter(
                f"Header <{name}> cannot be specified.", "SES writes this field itself; use the call's own parameter."
            )
        too_long = len(value) > HEADER_VALUE_LENGTH or len(name) + len(value) > HEADER_LENGTH
        if too_long or _HEADER_VALUE.fullmatch(value) is None:
            raise errors.invalid_parameter(
                f"Invalid header value for <{name}>.",
                "Values are printable ASCII, 995 characters at most; encode anything else (RFC 2047).",
            )


def require_attachments(submission: Submission) -> str:
    """Refuses the first blocked extension; returns what was looked at. In raw content the names are those in the
    Content-Disposition of its parts, and of the parts of mails in it."""
    content = submission.content
    names = (
        [attachment.file_name for attachment in content.attachments]
        if isinstance(content, SimpleContent)
        else _file_names(content)
    )
    for name in names:
        if _is_blocked(name):
            raise errors.invalid_parameter(
                f"Illegal filename '{name}'.",
                f"SES blocks this extension ('{shown(name)}'); rename or zip the file.",
            )
    return f"{len(names)} attachments"


def _is_blocked(name: str) -> bool:
    return "." in name and name.rstrip(" .").rpartition(".")[2].lower() in BLOCKED_EXTENSIONS


def _file_names(content: RawContent) -> list[str]:
    """Fields are looked for wherever a line could begin one; a message is taken apart only where one of them would
    have it refused, since that line may be text. The first thousand are looked at."""
    fields = [found.group().partition(b":")[2] for found in islice(_DISPOSITION.finditer(content.data), _MOST_FIELDS)]
    names = [_file_name(field.decode("utf-8", "replace")) for field in fields]
    if not any(map(_is_blocked, names)):
        return names
    from email import message_from_bytes

    try:
        parts = list(message_from_bytes(content.data).walk())
    except RecursionError:
        return names
    there = (str(field) for part in parts for field in part.get_all("Content-Disposition", []))
    return [_file_name(field) for field in islice(there, _MOST_FIELDS)]


def _file_name(disposition: str) -> str:
    """The name in a field's value, RFC 2231 undone; "" where there is none."""
    from email.message import Message

    field = Message()
    field["Content-Disposition"] = _LINE_END.sub("", disposition[:_LONGEST_FIELD])
    try:
        name = field.get_filename("")
    except ValueError:  # a number or a charset that is none
        return ""
    return name.encode("utf-8", "replace").decode("utf-8")  # some charsets decode to lone surrogates
