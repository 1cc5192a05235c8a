"""For what reason a copy was not delivered, in the text that is kept of it: an MX's reply, or a sentence of SES's where
no MX was asked. And what SES concludes from that text.

Source: reference events-and-api.md 2.1 and 5.1, RFC 3463. Decided: which bounces SES calls Transient is told by the
enhanced status. 4.x was given up after temporary failures, 5.2.2 is MailboxFull, 5.2.3 and 5.3.4 MessageTooLarge, 5.6.x
ContentRejected. A delivery given up after SES's own 840 minutes is General, after any other time CustomTimeoutExceeded:
only ``MaxDeliverySeconds`` of the set can have been that. AttachmentRejected, NoEmail and Undetermined do not occur.
"""

from __future__ import annotations

import re

from emulator.values import Outcome

DELIVERY_SECONDS = 14 * 3600
"""For so long SES tries to deliver when the configuration set says nothing (observed: 840 minutes)."""

WITHHELD = frozenset({Outcome.SUPPRESSED, Outcome.SUPPRESSED_COMPLAINT, Outcome.UNSUBSCRIBED})
"""What becomes of copies that SES itself kept back: the text is a sentence of its own."""

# The diagnostic code of such a bounce (observed 2022 and 2026).
ON_ACCOUNT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. For "
    "more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
)
# Inferred from that: a tenant's own list has a subtype of its own (documented) and no text in any source.
ON_TENANT_LIST = ON_ACCOUNT_LIST.replace(
    "the suppression list for your account", "the suppression list for your tenant"
)

_STATUS = re.compile(r"([245])\d\d(?:[ -]+\1\.(\d{1,3})\.(\d{1,3})\b|[ -]+4\.(\d{1,3})\.(\d{1,3})\b)?")
_EXPIRED = re.compile(r"\d{3} 4\.4\.7 Message expired: unable to deliver in (\d+) minutes\.")
_TRANSIENT = re.compile(r"5\d\d[ -](?:(4\.\d)|5\.(?:(2\.2)|(2\.3|3\.4)|(6\.\d{1,3})))\b")
_TRANSIENT_SUBTYPES = ("General", "MailboxFull", "MessageTooLarge", "ContentRejected")


def expired(seconds: int, reply: str) -> str:
    """Of a copy that SES tried to deliver for so long; ``reply`` is the last one (observed)."""
    return f"554 4.4.7 Message expired: unable to deliver in {seconds // 60} minutes.<{reply}>"


def has_expired(text: str) -> bool:
    return _EXPIRED.match(text) is not None


def suppression_subtype(sentence: str) -> str:
    """Which suppression list withheld the mail, as bounces and complaints name it."""
    return "OnTenantSuppressionList" if sentence == ON_TENANT_LIST else "OnAccountSuppressionList"


def transient_subtype(reply: str) -> str | None:
    """The bounceSubType of a bounce that SES calls Transient; None of one that is Permanent."""
    found = _TRANSIENT.match(reply)
    if found is None:
        return None
    given_up = _EXPIRED.match(reply)
    if given_up and int(given_up[1]) != DELIVERY_SECONDS // 60:
        return "CustomTimeoutExceeded"
    assert found.lastindex is not None  # every alternative is a group
    return _TRANSIENT_SUBTYPES[found.lastindex - 1]


def enhanced_status(text: str) -> str:
    """The enhanced status in an MX's reply, else one of the reply's first digit: ``5.0.0``. 5.1.1 for what is no reply:
    sentences of SES's (observed of the account's suppression list, inferred for the others)."""
    found = _STATUS.match(text)
    if found is None:
        return "5.1.1"
    digit, subject, detail, temporary_subject, temporary_detail = found.groups()
    if temporary_subject is not None:
        return f"4.{temporary_subject}.{temporary_detail}"
    return f"{digit}.{subject or 0}.{detail or 0}"
