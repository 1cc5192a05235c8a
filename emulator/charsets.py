"""Names of charsets as mail has them."""

from __future__ import annotations

import codecs

# Encodings of Python's that are no charsets of mail.
_NOT_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "mbcs", "oem"})


def codec(charset: str) -> str | None:
    """Python's name of a charset of mail; None for a name that is none. Any text may be asked about."""
    try:
        name = codecs.lookup(charset).name
        "".encode(name)  # fails for codecs between bytes, as base64 is
    except (LookupError, ValueError):
        return None
    return None if name in _NOT_CHARSETS else name
