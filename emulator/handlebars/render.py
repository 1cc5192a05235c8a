"""A template and data to text.

The behaviour is handlebars.js 4's under ``noEscape``, measured case by case in fixtures/handlebars. Where numbers
touch, ``noEscape`` adds them (``{{a}}{{b}}`` of 1 and 2 gives 3); here each is written out.

SES's own (reference sending.md 8), which ``strict`` switches on:

- a ``{{path}}``, or a section ``{{#path}}``, of something that is absent *or null* is a MissingAttribute. Handlebars'
  ``strict`` lets null pass, and what hangs on a block parameter;
- arguments of helpers may be absent at any depth: ``{{#if a.b}}`` is false without ``a``, ``each`` and ``with`` go to
  their ``{{else}}``, a partial gets no context. Handlebars' ``strict`` breaks when ``a`` is absent;
- only ``if unless each with lookup`` are helpers. Handlebars' ``log`` writes to a console, not into the mail: it is
  unknown here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.handlebars import javascript
from emulator.handlebars.nodes import Block, Call, Expression, Literal, Mustache, Partial, Path, Program, Template, Text
from emulator.handlebars.problems import (
    LimitExceeded,
    MissingAttribute,
    UnknownHelper,
    UnknownPartial,
    WrongUse,
)
from emulator.handlebars.scope import Closure, Frame, Scope, of_partial

_BLOCK_HELPERS = frozenset({"if", "unless", "each", "with"})
HELPERS = _BLOCK_HELPERS | {"lookup"}

_PARTIAL_BLOCK = "partial-block"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one rendering may use. ``output`` counts characters, ``steps`` statements, iterations and copied keys: half
    a million take about a second. ``depth`` counts blocks and partials within each other."""

    output: int = 10_000_000
    steps: int = 500_000
    depth: int = 100


DEFAULT_LIMITS = Limits()


def render(
    template: Template, data: Mapping[str, object], *, strict: bool = True, limits: Limits = DEFAULT_LIMITS
) -> str:
    """The text. ``data`` holds what ``json.loads`` gives; it is not changed.

    Raises RenderProblem: MissingAttribute, UnknownHelper, UnknownPartial, WrongUse or LimitExceeded.
    """
    rendering = _Rendering(strict, limits)
    root = dict(data)
    try:
        rendering.run(template.program, Scope(root, None, Frame({"root": root}, None), {}, {}), None)
    except RecursionError as problem:
        raise LimitExceeded("The data or the template is nested too deeply.") from problem
    return "".join(rendering.out)


class _Rendering:
    def __init__(self, strict: bool, limits: Limits) -> None:
        self.out: list[str] = []
        self._strict = strict
        self._limits = limits
        self._written = 0
        self._steps = 0
        self._depth = 0

    # --- limits ----------------------------------------------------------------------------------

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > self._limits.steps:
            raise LimitExceeded(f"Rendering takes more than {self._limits.steps} steps.")

    def _write(self, text: str) -> None:
        self._grow(len(text))
        self.out.append(text)

    def _grow(self, characters: int) -> None:
        self._written += characters
        if self._written > self._limits.output:
            raise LimitExceeded(f"The output is longer than {self._limits.output} characters.")

    # --- statements ------------------------------------------------------------------------------

    def run(self, program: Program | None, scope: Scope, made_in: Scope | None) -> None:
        """``made_in`` is the scope around the program: its inline partials belong there, not to the context that the
        program has got."""
        if program is None:
            return
        self._spend(1 + len(program.body))
        if program.inlines:
            partials = {**scope.partials, **{name: Closure(inline, made_in) for name, inline in program.inlines}}
            self._spend(len(partials))
            scope = scope.with_partials(partials)
        self._depth += 1
        if self._depth > self._limits.depth:
            raise LimitExceeded(f"Blocks and partials are nested more than {self._limits.depth} deep.")
        for node in program.body:
            if isinstance(node, Text):
                self._write(node.value)
            elif isinstance(node, Mustache):
                self._mustache(node.call, scope)
            elif isinstance(node, Block):
                self._block(node, scope)
            else:
                self._partial(node, scope)
        self._depth -= 1

    def _mustache(self, call: Call, scope: Scope) -> None:
        helper = _helper(call, scope)
        value = self._called(helper, call, scope) if helper is not None else self._present(call.path, scope)
        self._write(self._text(value))

    def _block(self, node: Block, scope: Scope) -> None:
        call = node.call
        match _helper(call, scope):
            case None:
                self._section(node, self._present(call.path, scope), scope)
            case "if":
                self._branch(node, self._condition(call, scope), scope)
            case "unless":
                self._branch(node, not self._condition(call, scope), scope)
            case "each":
                self._each(node, self._argument(call, scope), scope)
            case "with":
                value = self._argument(call, scope)
                if javascript.is_empty(value):
                    self.run(node.inverse, scope, scope)
                elif node.program is not None:
                    self.run(node.program, self._inner(node.program, scope, value, scope.frame, (value,)), scope)
            case helper:
                self._write(self._text(self._called(helper, call, scope)))

    def _branch(self, node: Block, condition: bool, scope: Scope) -> None:
        program = node.program if condition else node.inverse
        if program is not None and program.params:
            scope = self._inner(program, scope, scope.context, scope.frame, ())
        self.run(program, scope, scope)

    def _section(self, node: Block, value: object, scope: Scope) -> None:
        """``{{#path}}``: once for an object or a plain value, for each entry of an array, never for false and null."""
        if isinstance(value, list) and value:
            self._each(node, value, scope)
        elif value is None or value is False or value == []:
            self.run(node.inverse, scope, scope)
        elif value is True:
            self._branch(node, True, scope)
        elif node.program is not None:
            self.run(node.program, self._inner(node.program, scope, value, scope.frame, ()), scope)

    def _each(self, node: Block, value: object, scope: Scope) -> None:
        entries: Iterable[tuple[object, object]] = ()
        count = 0
        if isinstance(value, list):
            count = len(value)
            entries = enumerate(value)
        elif isinstance(value, dict):
            count = len(value)
            self._spend(count)
            entries = ((key, value[key]) for key in javascript.keys(value))
        if count == 0:
            self.run(node.inverse, scope, scope)
            return
        program = node.program
        if program is None:
            return
        frame = scope.frame.inner({})
        for index, (key, entry) in enumerate(entries):
            frame.values.update(key=key, index=index, first=index == 0, last=index == count - 1)
            self.run(program, self._inner(program, scope, entry, frame, (entry, key)), scope)

    def _inner(self, program: Program, scope: Scope, context: object, frame: Frame, given: tuple[object, ...]) -> Scope:
        """The scope of a block's program, with ``given`` for its block parameters as far as they reach."""
        params = scope.params
        if program.params:
            params = {**params, **dict.fromkeys(program.params), **dict(zip(program.params, given, strict=False))}
            self._spend(len(params))
        return scope.inner(context, frame, params)

    # --- partials --------------------------------------------------------------------------------

    def _partial(self, node: Partial, scope: Scope) -> None:
        context = scope.context if node.context is None else self._value(node.context, scope)
        if node.named:
            context = self._extended(context, node, scope)
        target, name = self._find(node, scope)
        frame = scope.frame
        if node.block is not None:
            own = Closure(node.block, scope, block=True, before=frame.values.get(_PARTIAL_BLOCK))
            frame = frame.inner({_PARTIAL_BLOCK: own})
            target = target or own
        if target is None:
            raise UnknownPartial(name)
        if target.block:
            frame = frame.inner({_PARTIAL_BLOCK: target.before})
        inner = of_partial(target, context, scope, frame)
        if not node.indent:
            self.run(target.program, inner, target.made_in)
            return
        kept, self.out = self.out, []
        self.run(target.program, inner, target.made_in)
        written, self.out = "".join(self.out), kept
        lines = written.split("\n")
        last = len(lines) - 1
        text = "\n".join(line if index == last and not line else node.indent + line for index, line in enumerate(lines))
        self._grow(len(text) - len(written))
        self.out.append(text)

    def _find(self, node: Partial, scope: Scope) -> tuple[Closure | None, str]:
        if isinstance(node.name, str):
            if node.name == "@" + _PARTIAL_BLOCK:
                block = scope.frame.values.get(_PARTIAL_BLOCK)
                return (block if isinstance(block, Closure) else None), node.name
            return scope.partials.get(node.name), node.name
        name = self._text(self._value(node.name, scope))
        return scope.partials.get(name), name

    def _extended(self, context: object, node: Partial, scope: Scope) -> dict[str, object]:
        """The context's own keys and the named arguments, in a new object."""
        copied: dict[str, object] = {}
        if isinstance(context, dict):
            copied = dict(context)
        elif isinstance(context, list):
            copied = {str(index): entry for index, entry in enumerate(context)}
        self._spend(len(copied))
        copied.update((key, self._value(value, scope)) for key, value in node.named)
        return copied

    # --- values ----------------------------------------------------------------------------------

    def _present(self, path: Path, scope: Scope) -> object:
        """The value of a path that stands for itself in the template."""
        value = self._look_up(path, scope)
        if self._strict and value is None:
            raise MissingAttribute(path.written)
        return value

    def _value(self, expression: Expression, scope: Scope) -> object:
        """The value of an argument."""
        if isinstance(expression, Path):
            return self._look_up(expression, scope)
        if isinstance(expression, Literal):
            return expression.value
        path = expression.path
        if path.simple and path.parts[0] in scope.params:
            return self._look_up(path, scope)
        return self._called(path.parts[0] if path.parts else path.written, expression, scope)

    def _look_up(self, path: Path, scope: Scope) -> object:
        parts = path.parts
        if not parts:
            return scope.above(path.depth)
        if scope.params and not path.depth and not path.scoped and parts[0] in scope.params:
            value = scope.params[parts[0]]
        elif path.data:
            value = scope.frame.variable(parts[0], path.depth)
        else:
            value = self._own(scope.above(path.depth), parts[0])
        for part in parts[1:]:
            value = self._own(value, part)
        return value

    def _own(self, value: object, name: str) -> object:
        if isinstance(value, str):
            # A string that is not ASCII is walked through to find its length.
            self._spend(len(value) // 64)
        return javascript.own(value, name)

    def _text(self, value: object) -> str:
        return javascript.text(value, self._spend)

    # --- helpers ---------------------------------------------------------------------------------

    def _called(self, helper: str, call: Call, scope: Scope) -> object:
        """The value of a helper that is no block."""
        if helper == "lookup":
            if len(call.params) != 2:
                raise WrongUse("lookup takes an object and a key.")
            value = self._value(call.params[0], scope)
            key = self._value(call.params[1], scope)
            return self._own(value, "null" if key is None else self._text(key)) if javascript.is_true(value) else value
        if helper in _BLOCK_HELPERS:
            raise WrongUse(f"{helper} begins a block: {{{{#{helper} …}}}}…{{{{/{helper}}}}}.")
        if not self._strict and not call.params and not javascript.is_true(self._look_up(call.path, scope)):
            return None
        raise UnknownHelper(call.path.written)

    def _argument(self, call: Call, scope: Scope) -> object:
        if len(call.params) != 1:
            raise WrongUse(f"#{call.path.parts[0]} takes exactly one argument.")
        for _, value in call.named:
            self._value(value, scope)
        return self._value(call.params[0], scope)

    def _condition(self, call: Call, scope: Scope) -> bool:
        value = self._argument(call, scope)
        zero_counts = javascript.is_true(self._value(dict(call.named).get("includeZero", _NO), scope))
        return (zero_counts or javascript.is_true(value)) and not javascript.is_empty(value)


_NO = Literal(False, "false")


def _helper(call: Call, scope: Scope) -> str | None:
    """The name when this is a helper's call, None when it is a path. A block parameter is never a helper; anything
    with arguments always is; a bare name is one if there is such a helper, whatever the data holds."""
    path = call.path
    if path.simple and path.parts[0] in scope.params:
        return None
    if call.params or call.named:
        return path.parts[0] if path.parts else path.written
    return path.parts[0] if path.simple and path.parts[0] in HELPERS else None
