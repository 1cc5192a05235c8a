"""What white space a template loses: beside ``~``, and the lines on which a block tag, comment or partial stands alone.

The behaviour is Handlebars 4's, with its corners: in a chain of ``{{else if}}`` the closing tag takes its line break
but not the white space before it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from emulator.handlebars.drafts import DraftBlock, DraftProgram, DraftTag, DraftText
from emulator.handlebars.javascript import SPACE
from emulator.handlebars.nodes import Partial

_Body = list[DraftText | DraftTag | DraftBlock]
_FIRST_LINE = re.compile(r"[ \t]*\r?\n?")


class _Wants(NamedTuple):
    """What a statement asks of the text beside it. ``opens`` and ``closes``: its inside allows the opening and the
    closing tag to be alone on their lines; ``whole``: the statement may be alone on its line."""

    left: bool
    right: bool
    opens: bool = False
    closes: bool = False
    whole: bool = False


def control(program: DraftProgram, *, root: bool = True) -> None:
    """Cuts the texts of the program and of all within it."""
    body = program.body
    for index, current in enumerate(body):
        if isinstance(current, DraftText):
            continue
        if isinstance(current, DraftTag):
            wants = _Wants(current.strip.left, current.strip.right, whole=current.alone)
        else:
            wants = _block(current)
        line_begins = _line_begins(body, index, root)
        line_ends = _line_ends(body, index, root)
        if wants.right:
            _cut_right(body, index + 1, everything=True)
        if wants.left:
            _cut_left(body, index - 1, everything=True)
        if wants.whole and line_begins and line_ends:
            _cut_right(body, index + 1)
            if _cut_left(body, index - 1) and isinstance(current, DraftTag) and isinstance(current.made, Partial):
                current.made = replace(current.made, indent=_indent(body[index - 1]))
        if isinstance(current, DraftTag):
            continue
        if wants.opens and line_begins:
            _cut_right(_first(current).body, 0)
            _cut_left(body, index - 1)
        if wants.closes and line_ends:
            _cut_right(body, index + 1)
            last = current.inverse if current.inverse is not None else _first(current)
            _cut_left(last.body, len(last.body) - 1)


def _first(block: DraftBlock) -> DraftProgram:
    program = block.program if block.program is not None else block.inverse
    assert program is not None
    return program


def _block(block: DraftBlock) -> _Wants:
    for part in (block.program, block.inverse):
        if part is not None:
            control(part, root=False)
    first = _first(block)
    inverse = block.inverse if block.program is not None else None
    next_part = last_part = inverse
    if inverse is not None and inverse.chained:
        next_part = _chained(inverse)
        while last_part is not None and last_part.chained:
            last_part = _chained(last_part)
    closing = next_part if next_part is not None else first
    wants = _Wants(
        block.open.left,
        block.close.right,
        opens=_line_ends(first.body, -1, False),
        closes=_line_begins(closing.body, len(closing.body), False),
    )
    if block.open.right:
        _cut_right(first.body, 0, everything=True)
    if next_part is None or last_part is None:
        if block.close.left:
            _cut_left(first.body, len(first.body) - 1, everything=True)
        return wants
    if block.between.left:
        _cut_left(first.body, len(first.body) - 1, everything=True)
    if block.between.right:
        _cut_right(next_part.body, 0, everything=True)
    if block.close.left:
        _cut_left(last_part.body, len(last_part.body) - 1, everything=True)
    if _line_begins(first.body, len(first.body), False) and _line_ends(next_part.body, -1, False):
        _cut_left(first.body, len(first.body) - 1)
        _cut_right(next_part.body, 0)
    return wants


def _chained(program: DraftProgram) -> DraftProgram:
    block = program.body[-1]
    assert isinstance(block, DraftBlock)
    return _first(block)


def _line_begins(body: _Body, index: int, root: bool) -> bool:
    """Whether only blanks stand between the statement and the beginning of its line."""
    if index == 0:
        return root
    before = body[index - 1]
    if not isinstance(before, DraftText):
        return False
    rest = before.written.rstrip(SPACE)
    return "\n" in before.written[len(rest) :] or (root and index == 1 and not rest)


def _line_ends(body: _Body, index: int, root: bool) -> bool:
    """Whether only blanks stand between the statement and the end of its line."""
    if index + 1 >= len(body):
        return root
    after = body[index + 1]
    if not isinstance(after, DraftText):
        return False
    rest = after.written.lstrip(SPACE)
    blanks = after.written[: len(after.written) - len(rest)]
    return "\n" in blanks or (root and index + 2 == len(body) and not rest)


def _cut_right(body: _Body, index: int, *, everything: bool = False) -> None:
    """Takes the blanks up to and with the line break from the beginning of a text, or all white space."""
    text = body[index] if index < len(body) else None
    if not isinstance(text, DraftText) or (text.right_cut and not everything):
        return
    before = text.value
    text.value = before.lstrip(SPACE) if everything else _FIRST_LINE.sub("", before, count=1)
    text.right_cut = text.value != before


def _cut_left(body: _Body, index: int, *, everything: bool = False) -> bool:
    """Takes the blanks after the last line break from the end of a text, or all white space; tells whether there were
    some."""
    text = body[index] if 0 <= index < len(body) else None
    if not isinstance(text, DraftText) or (text.left_cut and not everything):
        return False
    before = text.value
    text.value = before.rstrip(SPACE if everything else " \t")
    text.left_cut = text.value != before
    return text.left_cut


def _indent(text: DraftText | DraftTag | DraftBlock) -> str:
    assert isinstance(text, DraftText)
    return text.written[len(text.written.rstrip(" \t")) :]
