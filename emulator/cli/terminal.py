"""What the commands print: tables and colour for a person, tabs for a pipe, JSON for a program.

Mail is written by strangers: nothing that a terminal would obey (RFC 3629 text with controls, escape sequences, marks
that turn the reading direction) reaches it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click

_NARROWEST = 12


def safe(text: object, *, lines: bool = False) -> str:
    """``text`` with everything that does not print written as ``\\x1b`` or ``\\u202e``; a blank for line ends and tabs
    unless ``lines``."""
    found = str(text).replace("\r\n", "\n")
    if not lines:
        found = " ".join(found.split("\n")).replace("\t", " ")
    return "".join(_shown(letter, lines) for letter in found)


def _shown(letter: str, lines: bool) -> str:
    if letter.isprintable() or (lines and letter in "\n\t"):
        return letter
    # Other kinds of blanks print as nothing worse than a blank.
    if unicodedata.category(letter) == "Zs":
        return " "
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def styled(text: str, **style: Any) -> str:
    """In colour on a terminal, unless NO_COLOR is set."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def verdict(result: str) -> str:
    """``pass`` green, what failed red, the rest as it is."""
    word = safe(result)
    if word in ("pass", "ok", "accepted"):
        return styled(word, fg="green")
    return styled(word, fg="red") if "fail" in word or "error" in word or word == "refused" else word


def print_json(value: object) -> None:
    """On one line; ASCII only, so that it is harmless wherever it goes."""
    click.echo(json.dumps(value).replace("\x7f", "\\u007f"))


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Aligned and cut to the width on a terminal, with the header; elsewhere whole, with tabs between and without
    one."""
    cells = [[safe(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            click.echo("\t".join(row))
        return
    for number, line in enumerate(aligned(header, cells, shutil.get_terminal_size().columns)):
        click.echo(styled(line, bold=True) if number == 0 else line)


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The lines of a table no wider than ``width``, where that is possible: the widest columns give way."""
    table = [list(header), *(list(row) for row in rows)]
    widths = [max(_width(row[column]) for row in table) for column in range(len(header))]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return ["  ".join(_cell(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in table]


def _cell(text: str, width: int) -> str:
    if _width(text) > width:
        kept = ""
        for letter in text:
            if _width(kept + letter) > width - 1:
                break
            kept += letter
        text = kept + "…"
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns on a terminal: two for wide letters, none for marks that stand on others (UAX 11)."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
