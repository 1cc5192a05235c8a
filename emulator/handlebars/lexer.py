"""A template's text as tokens, by the rules of Handlebars 4's own scanner: the first rule that fits wins.

Text outside of tags is one or more CONTENT tokens: an escaped ``\\{{`` begins a new one, which whitespace control can
tell. Inside of tags white space only separates.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from emulator.handlebars.javascript import SPACE
from emulator.handlebars.problems import SyntaxProblem


class Kind(Enum):
    """``value`` is what an error message calls it."""

    CONTENT = "text"
    COMMENT = "comment"
    OPEN = "{{"
    OPEN_UNESCAPED = "{{{"
    OPEN_BLOCK = "{{#"
    OPEN_INVERSE = "{{^"
    OPEN_CHAIN = "{{else …"
    INVERSE = "{{else}}"
    OPEN_END = "{{/"
    OPEN_PARTIAL = "{{>"
    OPEN_PARTIAL_BLOCK = "{{#>"
    OPEN_RAW = "{{{{"
    CLOSE_RAW = "}}}}"
    END_RAW = "{{{{/…}}}}"
    CLOSE = "}}"
    CLOSE_UNESCAPED = "}}}"
    OPEN_CALL = "("
    CLOSE_CALL = ")"
    OPEN_PARAMS = "as |"
    CLOSE_PARAMS = "|"
    EQUALS = "="
    SEPARATOR = "separator"
    DATA = "@"
    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NOTHING = "null or undefined"
    END = "end of the template"


class Token(NamedTuple):
    """``text`` is what was written, for STRING its content, for END_RAW the name; ``at`` its offset."""

    kind: Kind
    text: str
    at: int


_S = f"[{SPACE}]"
_NAME = rf"""[^{SPACE}!"#%-,./;->@\[-^`{{-~]+"""
_AFTER_LITERAL = rf"(?=[~}})]|{_S})"

# In the scanner's order. A name must be followed by something that can end it, a literal by the end of the argument.
_IN_TAG: tuple[tuple[Kind | None, str], ...] = (
    (Kind.OPEN_CALL, r"\("),
    (Kind.CLOSE_CALL, r"\)"),
    (Kind.OPEN_RAW, r"\{\{\{\{"),
    (Kind.CLOSE_RAW, r"\}\}\}\}"),
    (Kind.OPEN_PARTIAL, r"\{\{~?>"),
    (Kind.OPEN_PARTIAL_BLOCK, r"\{\{~?#>"),
    (Kind.OPEN_BLOCK, r"\{\{~?#\*?"),
    (Kind.OPEN_END, r"\{\{~?/"),
    (Kind.INVERSE, rf"\{{\{{~?(?:\^|{_S}*else){_S}*~?\}}\}}"),
    (Kind.OPEN_INVERSE, r"\{\{~?\^"),
    (Kind.OPEN_CHAIN, rf"\{{\{{~?{_S}*else(?![A-Za-z0-9_])"),
    (Kind.OPEN_UNESCAPED, r"\{\{~?\{"),
    (Kind.OPEN, r"\{\{~?&"),
    (Kind.COMMENT, r"\{\{~?!"),
    (Kind.OPEN, r"\{\{~?\*?"),
    (Kind.EQUALS, r"="),
    (Kind.NAME, r"\.\."),
    (Kind.NAME, rf"\.(?=[=~}}/.)|]|{_S})"),
    (Kind.SEPARATOR, r"[/.]"),
    (None, rf"{_S}+"),
    (Kind.CLOSE_UNESCAPED, r"\}~?\}\}"),
    (Kind.CLOSE, r"~?\}\}"),
    (Kind.STRING, r'"(?:\\"|[^"])*"'),
    (Kind.STRING, r"'(?:\\'|[^'])*'"),
    (Kind.DATA, r"@"),
    (Kind.BOOLEAN, rf"(?:true|false){_AFTER_LITERAL}"),
    (Kind.NOTHING, rf"(?:undefined|null){_AFTER_LITERAL}"),
    (Kind.NUMBER, rf"-?[0-9]+(?:\.[0-9]+)?{_AFTER_LITERAL}"),
    (Kind.OPEN_PARAMS, rf"as{_S}+\|"),
    (Kind.CLOSE_PARAMS, r"\|"),
    (Kind.NAME, rf"{_NAME}(?=[=~}}/.)|]|{_S})"),
    (Kind.NAME, r"\[(?:\\\]|[^\]])*\]"),
)
_KINDS = tuple(kind for kind, _ in _IN_TAG)
_TAG = re.compile("|".join(f"({pattern})" for _, pattern in _IN_TAG))
_END_OF_LONG_COMMENT = re.compile(r"--~?\}\}")
_END_OF_RAW = re.compile(rf"\{{\{{\{{\{{/({_NAME})\}}\}}\}}\}}")
_AFTER_ESCAPED = re.compile(r"\\{0,2}\{\{")
_ENDS_TAG = frozenset({Kind.CLOSE, Kind.CLOSE_UNESCAPED, Kind.INVERSE, Kind.COMMENT})


def problem(source: str, at: int, reason: str) -> SyntaxProblem:
    """The error at an offset of the text."""
    before = source[:at]
    return SyntaxProblem(reason, before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)


def tokens(source: str) -> list[Token]:
    """All of them, END last. Raises SyntaxProblem."""
    found: list[Token] = []
    at = 0
    while at < len(source):
        at = _content(source, at, found)
        if at < len(source):
            at = _tag(source, at, found)
    found.append(Token(Kind.END, "", len(source)))
    return found


def _content(source: str, at: int, found: list[Token]) -> int:
    """Reads text up to the next tag and returns where that begins."""
    while True:
        tag = source.find("{{", at)
        if tag < 0:
            found.append(Token(Kind.CONTENT, source[at:], at))
            return len(source)
        escaped = source.endswith("\\", at, tag) and not source.endswith("\\\\", at, tag)
        until = tag - 1 if source.endswith("\\", at, tag) else tag
        if until > at:
            found.append(Token(Kind.CONTENT, source[at:until], at))
        if not escaped:
            return tag
        following = _AFTER_ESCAPED.search(source, tag + 2)
        at = following.start() if following else len(source)
        found.append(Token(Kind.CONTENT, source[tag:at], tag))
        if at == len(source):
            return at


def _tag(source: str, at: int, found: list[Token]) -> int:
    """Reads from ``{{`` to the end of the tag, for a raw block to the end of the block."""
    while True:
        match = _TAG.match(source, at)
        if match is None:
            raise problem(source, at, "Unexpected " + (repr(source[at]) if at < len(source) else Kind.END.value))
        assert match.lastindex is not None
        kind = _KINDS[match.lastindex - 1]
        start, at = at, match.end()
        if kind is None:
            continue
        if kind is Kind.COMMENT:
            at = _end_of_comment(source, start, at)
        written = source[start:at]
        if kind is Kind.STRING:
            written = written[1:-1].replace("\\" + written[0], written[0])
        elif written.startswith("["):
            written = re.sub(r"\\([\\\]])", r"\1", written)
        found.append(Token(kind, written, start))
        if kind is Kind.CLOSE_RAW:
            return _raw(source, at, found)
        if kind in _ENDS_TAG:
            return at


def _end_of_comment(source: str, start: int, at: int) -> int:
    if source.startswith("--", at):
        long = _END_OF_LONG_COMMENT.search(source, at)
        if long is None:
            raise problem(source, start, "The comment has no end: '--}}' is missing")
        return long.end()
    end = source.find("}}", at)
    if end < 0:
        raise problem(source, start, "The comment has no end: '}}' is missing")
    return end + 2


def _raw(source: str, at: int, found: list[Token]) -> int:
    """The inside of ``{{{{name}}}}…{{{{/name}}}}``: raw blocks may stand in raw blocks, nothing else is read."""
    start, level = at, 1
    while True:
        brace = source.find("{{{{", at)
        if brace < 0:
            raise problem(source, start, "The raw block has no end")
        end = _END_OF_RAW.match(source, brace)
        if end is None and source.startswith("/", brace + 4):
            at = brace + 1
            continue
        level += -1 if end else 1
        at = end.end() if end else brace + 4
        if level == 0:
            assert end is not None
            if brace > start:
                found.append(Token(Kind.CONTENT, source[start:brace], start))
            found.append(Token(Kind.END_RAW, end.group(1), brace))
            return at
