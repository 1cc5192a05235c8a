"""Mail that SES takes and then rejects because of a virus.

Source: events-and-api.md 1 and 3.2: with the EICAR test file attached the call succeeds, the mail counts on the quota,
nobody gets it, and a Reject event gives the reason "Bad content", the only one there is. The test file is all that is
known here as a virus.

Decided: an attachment or a body is infected when the test file's 68 characters stand anywhere in it, its transfer
encoding undone; attached mails are looked into. Archives are not opened, and a mail that is encoded as a whole within
another is not decoded.

Every mail passes here, so the bytes are first searched for short runs of the test file as the transfer encodings write
them, and parts are taken apart only when one is found. A fold breaks a run; the two runs of each form lie so that
folds break both of them only where lines are shorter than 56 characters in base64, or 29 in quoted-printable: no
encoder writes those. Nor does one write letters as ``=45``. Mail made by hand in these ways is not found.
"""

from __future__ import annotations

import binascii

REASON = "Bad content"
# In two pieces: as one it would make scanners call this file a virus.
TEST_FILE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def _in_base64(start: int, stop: int) -> tuple[bytes, ...]:
    """How base64 writes the test file's bytes from ``start`` to ``stop``, at each of the three places within a group
    at which the file can begin; only letters that depend on nothing else."""
    return tuple(
        binascii.b2a_base64(bytes(before) + TEST_FILE)[-(-8 * (before + start) // 6) : 8 * (before + stop) // 6]
        for before in range(3)
    )


_RUNS = (b"EICAR-STANDARD", b"ANTIVIRUS-TEST", *_in_base64(18, 30), *_in_base64(45, 57))


def is_infected(mail: bytes) -> bool:
    """Whether a body or an attachment of the mail contains the EICAR test file. Any bytes may be asked about."""
    for run in _RUNS:
        if run in mail:
            return _has_infected_part(mail)
    return False


def _has_infected_part(mail: bytes) -> bool:
    """What Python cannot take apart is looked at as it stands."""
    # Loaded only by such a mail.
    from email import message_from_bytes

    try:
        contents = [part.get_payload(decode=True) for part in message_from_bytes(mail).walk()]
    except (RecursionError, ValueError):
        return TEST_FILE in mail
    return any(TEST_FILE in content for content in contents if isinstance(content, bytes))
