"""A template while it is being parsed: whitespace control still changes its texts. ``freeze`` ends that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from emulator.handlebars.nodes import Block, Call, Mustache, Partial, Program, Statement, Text


class Strip(NamedTuple):
    """Whether a tag has ``~`` at its left and at its right end."""

    left: bool = False
    right: bool = False


NO_STRIP = Strip()


@dataclass(slots=True)
class DraftText:
    """``written`` never changes; ``value`` is what is left of it."""

    written: str
    value: str
    left_cut: bool = False
    right_cut: bool = False


@dataclass(slots=True)
class DraftTag:
    """A tag without a body. ``made`` None for a comment. ``alone`` when it may take its whole line away."""

    made: Mustache | Partial | None
    strip: Strip
    alone: bool = False


@dataclass(slots=True)
class DraftBlock:
    """A tag with a body: a helper or section (``made`` its call), a partial with a block, or an inline partial
    (``made`` its name). ``program`` None for ``{{^x}}``."""

    made: Call | Partial | str
    program: DraftProgram | None
    inverse: DraftProgram | None
    open: Strip = NO_STRIP
    between: Strip = NO_STRIP
    close: Strip = NO_STRIP


@dataclass(slots=True)
class DraftProgram:
    """``chained`` when it is all of an ``{{else if}}``: its only statement is that block."""

    body: list[DraftText | DraftTag | DraftBlock] = field(default_factory=list)
    params: tuple[str, ...] = ()
    chained: bool = False


def freeze(draft: DraftProgram) -> Program:
    """The program as it is rendered: without comments and empty texts."""
    body: list[Statement] = []
    inlines: list[tuple[str, Program]] = []
    for one in draft.body:
        if isinstance(one, DraftText):
            if one.value:
                body.append(Text(one.value))
        elif isinstance(one, DraftTag):
            if one.made is not None:
                body.append(one.made)
        elif isinstance(one.made, str):
            assert one.program is not None
            inlines.append((one.made, freeze(one.program)))
        elif isinstance(one.made, Partial):
            assert one.program is not None
            body.append(Partial(one.made.name, one.made.context, one.made.named, "", freeze(one.program)))
        else:
            body.append(
                Block(
                    one.made,
                    freeze(one.program) if one.program is not None else None,
                    freeze(one.inverse) if one.inverse is not None else None,
                )
            )
    return Program(tuple(body), draft.params, tuple(inlines))
