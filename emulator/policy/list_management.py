"""Which contact list and topic a mail is for.

Source: events-and-api.md 5.3: v2 ``ListManagementOptions``, or the header ``X-SES-LIST-MANAGEMENT-OPTIONS: {list};
topic={topic}`` of a raw message at any door. The call's options beat the header, as with configuration sets (inferred).
"""

from __future__ import annotations

from emulator.policy.headers import first
from emulator.values import Letter, ListManagement, Submission

HEADER = "x-ses-list-management-options"
# The diagnostic code of such a bounce is in no source; its subtype is UnsubscribedRecipient.
OPTED_OUT = (
    "Amazon SES did not send the message to this address because the contact is unsubscribed from the contact list or "
    "topic of the message."
)


def asked(submission: Submission, letter: Letter) -> ListManagement | None:
    """None where the mail is for no list."""
    if submission.list_management is not None or letter.headers is None:
        return submission.list_management
    value = first(letter.headers, HEADER)
    return _read(value) if value else None


def _read(value: str) -> ListManagement:
    """``list; topic=name``; unknown parameters are passed over."""
    name, *parameters = (part.strip() for part in value.split(";"))
    for parameter in parameters:
        key, _, topic = parameter.partition("=")
        if key.strip().lower() == "topic" and topic.strip():
            return ListManagement(name, topic.strip())
    return ListManagement(name)
