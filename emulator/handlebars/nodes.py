"""A parsed template: immutable, without positions, whitespace control already applied."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Path:
    """``../a.b``: ``depth`` contexts up, then ``parts``. ``data`` for ``@a.b``. ``scoped`` when it says ``this`` or
    begins with a dot: then it never means a helper or a block parameter. ``written`` is the path without brackets."""

    parts: tuple[str, ...]
    depth: int
    data: bool
    scoped: bool
    written: str

    @property
    def simple(self) -> bool:
        """Whether it could be the name of a helper."""
        return len(self.parts) == 1 and not self.depth and not self.scoped


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean, or None for ``null`` and ``undefined``. ``written`` is its name where a literal
    stands for a path or a partial."""

    value: str | int | float | bool | None
    written: str


@dataclass(frozen=True, slots=True)
class Call:
    """``name param key=value``: a helper with arguments, or only a path, as it turns out when rendered."""

    path: Path
    params: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression], ...] = ()


Expression = Path | Literal | Call


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Mustache:
    """``{{x}}``, ``{{{x}}}`` and ``{{&x}}``: the same, since nothing is escaped."""

    call: Call


@dataclass(frozen=True, slots=True)
class Block:
    """``program`` None for ``{{^x}}…{{/x}}``."""

    call: Call
    program: Program | None
    inverse: Program | None


@dataclass(frozen=True, slots=True)
class Partial:
    """``{{> name context key=value}}``, or with ``block`` ``{{#> name}}…{{/name}}``. ``name`` is a Call where it is
    computed. ``indent`` goes before every line of a partial that stands alone on its line."""

    name: str | Call
    context: Expression | None
    named: tuple[tuple[str, Expression], ...]
    indent: str
    block: Program | None


Statement = Text | Mustache | Block | Partial


@dataclass(frozen=True, slots=True)
class Program:
    """``params`` are the names of ``as |a b|``; ``inlines`` the partials defined here, known before the first
    statement runs."""

    body: tuple[Statement, ...]
    params: tuple[str, ...] = ()
    inlines: tuple[tuple[str, Program], ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """What ``parse`` gives: safe to keep and to render from several threads."""

    source: str
    program: Program
