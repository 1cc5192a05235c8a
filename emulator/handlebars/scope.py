"""Where a program runs: its context, what ``../`` and ``@`` lead to, block parameters and partials in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.handlebars import javascript
from emulator.handlebars.nodes import Program


@dataclass(slots=True)
class Frame:
    """The ``@variables``. ``each`` makes a frame of its own, which begins with the values of the one above."""

    values: dict[str, object]
    above: Frame | None

    def inner(self, values: Mapping[str, object]) -> Frame:
        """A new frame in this one."""
        return Frame({**self.values, **values}, self)

    def variable(self, name: str, depth: int) -> object:
        """``@name``, or ``@../name`` from ``depth`` frames above; None without it."""
        frame: Frame | None = self
        for _ in range(depth):
            frame = frame.above if frame is not None else None
        value = frame.values.get(name) if frame is not None else None
        return None if isinstance(value, Closure) else value


@dataclass(frozen=True, slots=True)
class Closure:
    """A partial: its program and the scope in which that was made, None for the template itself. ``block``: it is the
    block of a ``{{#> name}}``, and ``@partial-block`` inside of it means ``before``."""

    program: Program
    made_in: Scope | None
    block: bool = False
    before: object = None


@dataclass(frozen=True, slots=True)
class Scope:
    """``outer`` is what ``../`` leads to, ``params`` the block parameters in sight, by name."""

    context: object
    outer: Scope | None
    frame: Frame
    params: Mapping[str, object]
    partials: Mapping[str, Closure]

    def above(self, depth: int) -> object:
        """The context ``depth`` steps of ``../`` away, None beyond the root."""
        at: Scope | None = self
        for _ in range(depth):
            at = at.outer if at is not None else None
        return at.context if at is not None else None

    def inner(self, context: object, frame: Frame, params: Mapping[str, object]) -> Scope:
        """The scope of a block: ``../`` leads back to this one only when the context is another."""
        outer = self.outer if javascript.same(context, self.context) else self
        return Scope(context, outer, frame, params, self.partials)

    def with_partials(self, partials: Mapping[str, Closure]) -> Scope:
        return Scope(self.context, self.outer, self.frame, self.params, partials)


def of_partial(closure: Closure, context: object, caller: Scope, frame: Frame) -> Scope:
    """A partial sees the contexts and block parameters around its definition, but the variables and partials of
    whoever calls it."""
    home = closure.made_in
    if home is None:
        return Scope(context, None, frame, {}, caller.partials)
    outer = home.outer if javascript.same(context, home.context) else home
    return Scope(context, outer, frame, home.params, caller.partials)
