"""Header text as JavaMail writes it: encoded words, folding, address lists, parameters.

JavaMail is the oracle because SES composes with it (reference sending.md 3.4); its rules are those of MimeUtility,
InternetAddress and ParameterList. Nothing here lets a caller's CR or LF end a field: they become one blank first.
That, and encoding an unbroken word that no line could hold, are our only departures.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable

from emulator.mail.raw import split_name

_LINE = 76
_LONGEST = 990  # RFC 5322 2.1.1 allows 998 in a line
_LINE_ENDS = re.compile(r"[\r\n]\s*")
_FIRST_BLANK = re.compile(r"(?<![ \t])[ \t]")
_NOT_PLAIN = re.compile(r"[^\t\r\n -~]")
_PHRASE_SPECIALS = re.compile(r'[()<>@,;:\\".\[\]\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')
# RFC 2045's tspecials, and the three signs that RFC 2231 gives a meaning: readers stumble over them unquoted.
_PARAMETER_SPECIALS = re.compile(r"""[()<>@,;:\\"\t \[\]/?=*'%]""")
_ADDRESS_SPECIALS = re.compile(r'[()<>,;:\\"\[\]]')
_BEYOND_UTF16_UNIT = re.compile("[\U00010000-\U0010ffff]")
_ATTRIBUTE_CHARS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+-.^_`{|}~")
_TEXT_SPECIALS = frozenset(b"=_?")
_WORD_SPECIALS = frozenset(b"=_?\"#$%&'(),.:;<>@[\\]^`{|}~")
_PARAMETER_SECTION = 60


def one_line(value: str) -> str:
    """``value`` with CR or LF and the blanks after it turned into one blank."""
    return _LINE_ENDS.sub(" ", value) if "\r" in value or "\n" in value else value


def printable(text: str) -> str:
    """One line of printable ASCII; what else was in it is ``?``."""
    return "".join([sign if " " <= sign <= "~" else "?" for sign in one_line(text)])


def encode_text(value: str, charset: str, *, word: bool = False) -> str:
    """RFC 2047 by MimeUtility.encodeText (``word``: encodeWord): plain ASCII stays, else Q where ASCII characters are
    the majority, else B; pieces of at most 75 characters, made by halving. ``charset`` must be one that Python knows;
    what it cannot express becomes ``?``."""
    unusual = len(_NOT_PLAIN.findall(value))
    if not unusual:
        return value
    plain = len(value) - unusual
    unusual += len(_BEYOND_UTF16_UNIT.findall(value))
    return _encoded(value, charset, quoted=plain > unusual, word=word)


def _encoded(value: str, charset: str, *, quoted: bool, word: bool = False) -> str:
    prefix = f"=?{charset}?{'Q' if quoted else 'B'}?"
    room = 68 - len(charset)
    pieces: list[str] = []
    pending = [value]
    while pending:
        piece = pending.pop()
        if len(piece) > room:
            half = _half(piece)
            pending += [piece[half:], piece[:half]]
            continue
        data = piece.encode(charset, "replace")
        if quoted:
            specials = _WORD_SPECIALS if word else _TEXT_SPECIALS
            code = "".join([_Q[byte] if byte not in specials else f"={byte:02X}" for byte in data])
        else:
            code = binascii.b2a_base64(data, newline=False).decode("ascii")
        if len(code) > room and len(piece) > 1:
            half = _half(piece)
            pending += [piece[half:], piece[:half]]
        else:
            pieces.append(f"{prefix}{code}?=")
    return " ".join(pieces)


def _half(piece: str) -> int:
    """The middle counted in UTF-16 units, as Java does, never within a character and never 0."""
    pairs = len(_BEYOND_UTF16_UNIT.findall(piece))
    if not pairs:
        return len(piece) // 2
    left = (len(piece) + pairs) // 2
    index = 0
    while (left := left - (2 if piece[index] > "\uffff" else 1)) >= 0:
        index += 1
    return max(index, 1)


_Q = tuple("_" if byte == 32 else chr(byte) if 32 < byte < 127 else f"={byte:02X}" for byte in range(256))


def fold(used: int, value: str) -> str:
    """MimeUtility.fold: lines of at most 76 characters, broken before blanks where there are any; ``used`` characters
    of the first line are taken. Trailing blanks go."""
    value = value.rstrip(" \t\r\n")
    lines: list[str] = []
    start = 0
    while used + len(value) - start > _LINE:
        at = _last_blank(value, start, start + _LINE - used)
        if at < 0:
            break
        lines.append(value[start:at])
        start, used = at, 0
    lines.append(value[start:])
    return "\r\n".join(lines)


def _last_blank(value: str, start: int, limit: int) -> int:
    """Where the line from ``start`` breaks: at the last run of blanks that begins by ``limit``, else the next one."""
    best = -1
    for match in _FIRST_BLANK.finditer(value, start + 1):
        if best >= 0 and match.start() > limit:
            break
        best = match.start()
        if best > limit:
            break
    return best


def text_field(name: str, value: str, charset: str) -> str:
    """An unstructured field (Subject, Content-Description), without its line end."""
    value = one_line(value)
    folded = fold(len(name) + 2, encode_text(value, charset))
    if len(folded) > _LONGEST and max(map(len, folded.split("\r\n"))) > _LONGEST:
        folded = fold(len(name) + 2, _encoded(value, charset, quoted=True))
    return f"{name}: {folded}"


def address(raw: str) -> str:
    """One address string as InternetAddress prints it: ``System<me@x>`` is ``System <me@x>``, ``<me@x>`` is ``me@x``,
    a name with specials is quoted. A name that the caller left outside ASCII (SES asks for encoded words) is encoded
    as UTF-8."""
    name, bare = split_name(one_line(raw))
    if not name:
        return f"<{bare}>" if _ADDRESS_SPECIALS.search(bare) else bare
    name = encode_text(name, "UTF-8", word=True)
    if '"' in name or "\\" in name:
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    elif _PHRASE_SPECIALS.search(name):
        name = f'"{name}"'
    return f"{name} <{bare}>"


def address_field(name: str, raws: Iterable[str]) -> str:
    """An address list (InternetAddress.toString): an address that would pass column 76 begins a line after TAB."""
    used = len(name) + 2
    pieces = [f"{name}: "]
    for index, raw in enumerate(raws):
        printed = fold(0, address(raw))
        if index:
            used += 2
        wraps = used + len(printed.partition("\r\n")[0]) > _LINE
        if index:
            pieces.append("," if wraps else ", ")
        if wraps:
            pieces.append("\r\n\t")
            used = 8
        pieces.append(printed)
        last = printed.rfind("\r\n")
        used = len(printed) - last - 2 if last >= 0 else used + len(printed)
    return "".join(pieces)


def with_parameters(name: str, value: str, parameters: Iterable[tuple[str, str]]) -> str:
    """A structured field with parameters (ParameterList): quoted where need be, RFC 2231 outside ASCII, in sections
    when longer than 60 characters; a parameter that would pass column 76 begins a line after TAB."""
    pieces = [f"{name}: {value}"]
    used = len(pieces[0])
    for key, printed in (item for parameter in parameters for item in _parameter(*parameter)):
        used += 2
        length = len(key) + len(printed) + 1
        wraps = used + length > _LINE
        pieces.append(f"; \r\n\t{key}={printed}" if wraps else f"; {key}={printed}")
        used = (8 if wraps else used) + length
    return "".join(pieces)


def _parameter(name: str, value: str) -> list[tuple[str, str]]:
    value = one_line(value)
    if not _NOT_PLAIN.search(value):
        if len(value) <= _PARAMETER_SECTION:
            return [(name, _quoted(value))]
        sections = [value[at : at + _PARAMETER_SECTION] for at in range(0, len(value), _PARAMETER_SECTION)]
        return [(f"{name}*{number}", _quoted(section)) for number, section in enumerate(sections)]
    units = [chr(byte) if byte in _ATTRIBUTE_CHARS else f"%{byte:02X}" for byte in value.encode("utf-8", "replace")]
    if sum(map(len, units)) <= _PARAMETER_SECTION:
        return [(f"{name}*", "UTF-8''" + "".join(units))]
    encoded = [""]
    for unit in units:
        if len(encoded[-1]) + len(unit) > _PARAMETER_SECTION:
            encoded.append("")
        encoded[-1] += unit
    encoded[0] = "UTF-8''" + encoded[0]
    return [(f"{name}*{number}*", section) for number, section in enumerate(encoded)]


def _quoted(value: str) -> str:
    if value and not _PARAMETER_SPECIALS.search(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
