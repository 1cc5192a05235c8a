"""Header values as SES shows them in events: encoded words read, address lists taken apart.

SES reads mail with JavaMail, whose MimeUtility.decodeText and InternetAddress.toUnicodeString are the oracle. Observed
(FXR): a name sent as ``=?utf-8?b?…?=`` stands decoded in ``headers``, and once more quoted in ``commonHeaders`` where
what was decoded has quotes itself. Everything is linear in the length of the value, and no value is an error: what
cannot be read stays as it is.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

from emulator.charsets import codec

_ENCODED = r"=\?[^?\s]{1,75}\?[BbQq]\?[^?\s]*\?="
# Words in a row are one text: the blanks between them mean nothing (RFC 2047 6.2).
_WORDS = re.compile(rf"(?<!\S){_ENCODED}(?:\s+{_ENCODED})*")
_WORD = re.compile(r"=\?([^?\s]{1,75})\?([BbQq])\?([^?\s]*)\?=")
# A quoted string, an escaped character, a run without meaning, or one character.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[^"\\(),:;<>\[\]]+|.', re.DOTALL)
_COMMENT_TOKENS = re.compile(r"[^()\\]+|\\.|.", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PHRASE_SPECIALS = re.compile(r'[()<>@,;:\\".\[\]\x00-\x08\x0b\x0c\x0e-\x1f]|[^\x00-~]')
_ADDRESS_SPECIALS = re.compile(r'[()<>,;:\\"\[\]]')


def decoded(value: str) -> str:
    """``value`` with its encoded words (RFC 2047) as the text they stand for."""
    return _WORDS.sub(_row, value) if "=?" in value else value


def _row(found: re.Match[str]) -> str:
    """The text of encoded words in a row. Bytes of neighbours with one charset are joined before they are read, since
    many mailers cut a character in two."""
    pieces: list[tuple[str, bytes]] = []
    for word in _WORD.finditer(found.group()):
        charset = word[1].partition("*")[0].lower()
        try:
            code = word[3].encode("ascii")
            data = binascii.a2b_base64(code) if word[2] in "Bb" else binascii.a2b_qp(code, header=True)
        except ValueError:
            return found.group()
        if pieces and pieces[-1][0] == charset:
            data = pieces.pop()[1] + data
        pieces.append((charset, data))
    try:
        return "".join([_text(charset, data) for charset, data in pieces])
    except (LookupError, ValueError):
        return found.group()


def _text(charset: str, data: bytes) -> str:
    known = codec(charset)
    if known is None:
        raise LookupError(charset)
    return data.decode(known, "replace")


def addresses(values: Iterable[str]) -> list[str]:
    """The addresses of all fields of one name, each as JavaMail shows it: ``"Ann" <a@x>`` is ``Ann <a@x>``, a name
    that needs quotes has them, one outside ASCII too. A group is one entry, as written."""
    return [_shown(raw) for value in values for raw in _separated(value)]


def domain_of(value: str) -> str:
    """The domain of the first address in a field's value, lower case; "" when there is none."""
    first = next(_separated(value), "")
    return _split(first)[1].rpartition("@")[2].lower() if "@" in first else ""


def _separated(value: str) -> Iterator[str]:
    """The entries of an address list, one raw string each, empty ones left out."""
    current: list[str] = []
    last_semicolon = value.rfind(";")
    comment = position = 0
    angle = literal = group = False
    while position < len(value):
        match = (_COMMENT_TOKENS if comment else _TOKENS).match(value, position)
        assert match is not None  # both patterns end in "any one character"
        token, position = match.group(), match.end()
        if comment:
            comment += {"(": 1, ")": -1}.get(token, 0)
        elif token == "(":
            comment = 1
        elif literal:
            literal = token != "]"
        elif token == "[":
            literal = "]" in value[position : position + 256]  # a lone bracket is no literal
        elif token == "<":
            angle = ">" in value[position : position + 1000]
        elif token == ">":
            angle = False
        elif token == ":" and not angle:
            group = group or position <= last_semicolon
        elif token == ";" and group and not angle:
            group = False
        elif token == "," and not angle and not group:
            if entry := "".join(current).strip():
                yield entry
            current.clear()
            continue
        current.append(token)
    if entry := "".join(current).strip():
        yield entry


def _shown(raw: str) -> str:
    name, bare = _split(raw)
    name = decoded(name)
    if not name:
        return f"<{bare}>" if raw.startswith("<") and _ADDRESS_SPECIALS.search(bare) else bare
    if '"' in name or "\\" in name:
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    elif _PHRASE_SPECIALS.search(name):
        name = f'"{name}"'
    return f"{name} <{bare}>"


def _split(raw: str) -> tuple[str, str]:
    """Display name ("" when none, its quotes taken off) and bare address of one entry."""
    comment = ""
    if raw.endswith(")") and (opening := raw.rfind("(")) > 0:
        comment, raw = raw[opening + 1 : -1].strip(), raw[:opening].rstrip()
    opening = raw.rfind("<")
    if not raw.endswith(">") or opening < 0:
        return comment, raw
    name = raw[:opening].strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = _ESCAPED.sub(r"\1", name[1:-1])
    return name or comment, raw[opening + 1 : -1].strip()
