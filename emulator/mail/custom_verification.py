"""The content of a custom verification mail: the customer's HTML, the link, and the disclaimer that SES adds to each.

Source: reference sending.md 6.4 (DG:creating-identities). Images that the HTML holds as base64 travel as attachments
beside it. How SES lays out link and disclaimer is not known: here they come last, before ``</body>`` where that is.
"""

from __future__ import annotations

import base64
import re
from html import escape

from emulator.values import Attachment, SimpleContent, Text

DISCLAIMER = (
    "If you did not request to verify this email address, please disregard this message. If you have any concerns, "
    "please forward this message to the following email address along with your questions or comments."
)
CONTACT = "aws-email-domain-verification@amazon.com"
MOST_BYTES = 10 * 1024 * 1024

# The guide's list of what such a mail may contain.
_TAGS = (
    "a abbr acronym address area b basefont bdo big blockquote body br button caption center cite code col "
    "colgroup dd del dfn dir div dl dt em fieldset font form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label "
    "legend li map menu ol optgroup option p pre q s samp select small span strike strong sub sup table tbody td "
    "textarea tfoot th thead title tr tt u ul var"
)
_ALLOWED = frozenset(_TAGS.split())
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]*)")
_IMAGE = re.compile(
    r"""(<img\b[^<>]*?\ssrc\s*=\s*)(["'])data:image/([a-z0-9.+-]{1,40});base64,([A-Za-z0-9+/=\s]*)\2""", re.IGNORECASE
)


def problem_of(html: str) -> str | None:
    """What forbids ``html`` as a template's content: its size, a comment, a tag that is not allowed; None: nothing."""
    if len(html.encode("utf-8", "replace")) > MOST_BYTES:
        return "The template content is larger than 10 MB."
    if "<!--" in html:
        return "The template content contains a comment, which is not allowed."
    for tag in _TAG.finditer(html):
        if tag.group(1).lower() not in _ALLOWED:
            return f"The template content contains the tag <{tag.group(1)}>, which is not allowed."
    return None


def content(subject: str, html: str, link: str) -> SimpleContent:
    """``link`` is the URL that verifies the address."""
    attachments: list[Attachment] = []

    def beside(image: re.Match[str]) -> str:
        start, quote, kind, code = image.groups()
        try:
            data = base64.b64decode("".join(code.split()), validate=True)
        except ValueError:
            return image.group()
        number = len(attachments) + 1
        attachments.append(
            Attachment(
                file_name=f"image{number}.{kind.partition('+')[0]}",
                content=data,
                content_type=f"image/{kind}",
                disposition="INLINE",
                content_id=f"image{number}",
                transfer_encoding="BASE64",
            )
        )
        return f"{start}{quote}cid:image{number}{quote}"

    html = _IMAGE.sub(beside, html)
    shown = escape(link)
    end = f'<p><a href="{shown}">{shown}</a></p>\n<p>{DISCLAIMER} <a href="mailto:{CONTACT}">{CONTACT}</a></p>\n'
    at = html.lower().rfind("</body>")
    # Lower case may be longer than what it is of (U+0130): then the place is another, and the end will do.
    if at < 0 or html[at : at + 7].lower() != "</body>":
        at = len(html)
    return SimpleContent(Text(subject), html=Text(html[:at] + end + html[at:]), attachments=tuple(attachments))
