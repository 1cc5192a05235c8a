"""Tokens to a template: recursive descent over the grammar of Handlebars 4.

Refused here and by Handlebars only when it renders: decorators other than ``{{#*inline "name"}}``, and an inline
partial whose name is not a literal. Raw blocks are blocks whose body is text.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from emulator.handlebars import javascript
from emulator.handlebars.drafts import NO_STRIP, DraftBlock, DraftProgram, DraftTag, DraftText, Strip, freeze
from emulator.handlebars.lexer import Kind, Token, problem, tokens
from emulator.handlebars.nodes import Call, Expression, Literal, Mustache, Partial, Path, Template
from emulator.handlebars.whitespace import control

# Blocks, ``{{else if}}`` and sub-expressions within each other.
DEEPEST = 100

_ENDS_PROGRAM = frozenset({Kind.INVERSE, Kind.OPEN_CHAIN, Kind.OPEN_END, Kind.END})
_LITERALS = frozenset({Kind.STRING, Kind.NUMBER, Kind.BOOLEAN, Kind.NOTHING})
_BEGINS_PARAM = _LITERALS | {Kind.NAME, Kind.DATA, Kind.OPEN_CALL}
_BRACKETED = re.compile(r"\[[^\n\r\u2028\u2029]*\]")
_SCOPED = re.compile(r"\A\.|this(?![A-Za-z0-9_])")

_Named = tuple[tuple[str, Expression], ...]


class _Opening(NamedTuple):
    """A tag that has a body, and the name that its end must repeat."""

    token: Token
    name: object
    call: Call
    params: tuple[str, ...]
    strip: Strip


class _Otherwise(NamedTuple):
    """From an ``{{else}}`` on: its own strip, and what follows it."""

    strip: Strip
    program: DraftProgram


def parse(source: str) -> Template:
    """The template. Raises SyntaxProblem, nothing else, for text that is none."""
    try:
        draft = _Parser(source).template()
        control(draft)
        return Template(source, freeze(draft))
    except RecursionError as cause:
        # Only on a stack that was nearly full before: DEEPEST is far from Python's own bound.
        raise problem(source, 0, "Nested too deeply") from cause


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = tokens(source)
        self._next = 0
        self._depth = 0

    def template(self) -> DraftProgram:
        program = self._program()
        if self._kind is not Kind.END:
            self._unexpected()
        return program

    @property
    def _kind(self) -> Kind:
        return self._tokens[self._next].kind

    def _at(self, kind: Kind) -> bool:
        return self._kind is kind

    def _take(self, *kinds: Kind) -> Token:
        token = self._tokens[self._next]
        if kinds and token.kind not in kinds:
            self._unexpected(" or ".join(kind.value for kind in kinds))
        self._next += 1
        return token

    def _unexpected(self, wanted: str = "") -> NoReturn:
        token = self._tokens[self._next]
        expected = f", expected {wanted}" if wanted else ""
        self._refuse(token, f"Unexpected {token.kind.value}{expected}")

    def _refuse(self, token: Token, reason: str) -> NoReturn:
        raise problem(self._source, token.at, reason)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse(self._tokens[self._next], f"Nested more than {DEEPEST} deep")

    # --- statements ------------------------------------------------------------------------------

    def _program(self) -> DraftProgram:
        self._deeper()
        program = DraftProgram()
        while self._kind not in _ENDS_PROGRAM:
            program.body.append(self._statement())
        self._depth -= 1
        return program

    def _statement(self) -> DraftText | DraftTag | DraftBlock:
        token = self._take()
        match token.kind:
            case Kind.CONTENT:
                return DraftText(token.text, token.text)
            case Kind.COMMENT:
                return DraftTag(None, _strip(token, token), alone=True)
            case Kind.OPEN | Kind.OPEN_UNESCAPED:
                return self._mustache(token)
            case Kind.OPEN_PARTIAL:
                _, partial = self._partial()
                return DraftTag(partial, _strip(token, self._take(Kind.CLOSE)), alone=True)
            case Kind.OPEN_PARTIAL_BLOCK:
                return self._partial_block(token)
            case Kind.OPEN_BLOCK if token.text.endswith("*"):
                return self._inline(token)
            case Kind.OPEN_BLOCK | Kind.OPEN_INVERSE:
                return self._block(token)
            case Kind.OPEN_RAW:
                return self._raw_block()
        self._next -= 1
        self._unexpected()

    def _mustache(self, token: Token) -> DraftTag:
        _, call = self._call()
        close = self._take(Kind.CLOSE if token.kind is Kind.OPEN else Kind.CLOSE_UNESCAPED)
        if token.text.endswith("*"):
            self._refuse(token, f"There is no decorator {call.path.written}")
        return DraftTag(Mustache(call), _strip(token, close))

    def _block(self, token: Token) -> DraftBlock:
        opening = self._opening(token)
        program = self._program()
        program.params = opening.params
        if token.kind is Kind.OPEN_INVERSE and self._kind is Kind.OPEN_CHAIN:
            self._unexpected("{{else}} or {{/")
        otherwise = self._otherwise()
        end = self._end(opening)
        if otherwise is not None and otherwise.program.chained:
            _chained(otherwise.program).close = end
        inverse = otherwise.program if otherwise is not None else None
        between = otherwise.strip if otherwise is not None else NO_STRIP
        if token.kind is Kind.OPEN_INVERSE:
            return DraftBlock(opening.call, inverse, program, opening.strip, between, end)
        return DraftBlock(opening.call, program, inverse, opening.strip, between, end)

    def _otherwise(self) -> _Otherwise | None:
        """``{{else}}…`` or ``{{else if x}}…`` with all that follows of the chain, None when neither comes."""
        if self._kind is Kind.INVERSE:
            token = self._take()
            return _Otherwise(_strip(token, token), self._program())
        if self._kind is not Kind.OPEN_CHAIN:
            return None
        self._deeper()
        opening = self._opening(self._take())
        program = self._program()
        program.params = opening.params
        rest = self._otherwise()
        self._depth -= 1
        block = DraftBlock(opening.call, program, None, opening.strip)
        if rest is not None:
            block.inverse, block.between, block.close = rest.program, rest.strip, rest.strip
            if rest.program.chained:
                _chained(rest.program).close = rest.strip
        return _Otherwise(opening.strip, DraftProgram([block], chained=True))

    def _opening(self, token: Token) -> _Opening:
        name, call = self._call()
        params = self._block_params()
        return _Opening(token, name, call, params, _strip(token, self._take(Kind.CLOSE)))

    def _block_params(self) -> tuple[str, ...]:
        if self._kind is not Kind.OPEN_PARAMS:
            return ()
        self._take()
        names = [_segment(self._take(Kind.NAME).text)]
        while self._at(Kind.NAME):
            names.append(_segment(self._take().text))
        self._take(Kind.CLOSE_PARAMS)
        return tuple(names)

    def _end(self, opening: _Opening) -> Strip:
        token = self._take(Kind.OPEN_END)
        name, _ = self._path_or_literal()
        if (type(name), name) != (type(opening.name), opening.name):
            self._refuse(token, f"{{{{/{javascript.text(name)}}}}} does not end {javascript.text(opening.name)}")
        return _strip(token, self._take(Kind.CLOSE))

    def _inline(self, token: Token) -> DraftBlock:
        opening = self._opening(token)
        call = opening.call
        if call.path.written != "inline":
            self._refuse(token, f"There is no decorator {call.path.written}")
        if len(call.params) != 1 or not isinstance(call.params[0], Literal):
            self._refuse(token, "An inline partial has one literal, its name")
        program = self._program()
        return DraftBlock(call.params[0].written, program, None, opening.strip, close=self._end(opening))

    def _partial_block(self, token: Token) -> DraftBlock:
        name, partial = self._partial()
        strip = _strip(token, self._take(Kind.CLOSE))
        opening = _Opening(token, name, Call(_path((), "")), (), strip)
        program = self._program()
        return DraftBlock(partial, program, None, strip, close=self._end(opening))

    def _partial(self) -> tuple[object, Partial]:
        token = self._tokens[self._next]
        name: object
        called: str | Call
        if self._kind is Kind.OPEN_CALL:
            called = self._parenthesised()
            name = None
        else:
            name, path = self._path_or_literal()
            called = path.written
        params, named = self._arguments()
        if len(params) > 1:
            self._refuse(token, "A partial takes one context")
        return name, Partial(called, params[0] if params else None, named, "", None)

    def _raw_block(self) -> DraftBlock:
        name, call = self._call()
        self._take(Kind.CLOSE_RAW)
        program = DraftProgram()
        if self._kind is Kind.CONTENT:
            text = self._take().text
            program.body.append(DraftText(text, text))
        end = self._take(Kind.END_RAW)
        if end.text != name:
            self._refuse(end, f"{{{{{{{{/{end.text}}}}}}}}} does not end {javascript.text(name)}")
        return DraftBlock(call, program, None)

    # --- expressions -----------------------------------------------------------------------------

    def _call(self) -> tuple[object, Call]:
        name, path = self._path_or_literal()
        params, named = self._arguments()
        return name, Call(path, params, named)

    def _arguments(self) -> tuple[tuple[Expression, ...], _Named]:
        params: list[Expression] = []
        while self._kind in _BEGINS_PARAM and not self._at_named():
            params.append(self._param())
        named: list[tuple[str, Expression]] = []
        while self._at(Kind.NAME):
            key = _segment(self._take().text)
            self._take(Kind.EQUALS)
            named.append((key, self._param()))
        # Handlebars assigns them from the last to the first: of two with one name the first stays.
        return tuple(params), tuple(reversed(named))

    def _at_named(self) -> bool:
        return self._kind is Kind.NAME and self._tokens[self._next + 1].kind is Kind.EQUALS

    def _param(self) -> Expression:
        token = self._tokens[self._next]
        if token.kind is Kind.OPEN_CALL:
            return self._parenthesised()
        value, path = self._path_or_literal()
        if token.kind in _LITERALS:
            assert value is None or isinstance(value, str | int | float)
            return Literal(value, path.written)
        return path

    def _parenthesised(self) -> Call:
        self._take(Kind.OPEN_CALL)
        self._deeper()
        _, call = self._call()
        self._depth -= 1
        self._take(Kind.CLOSE_CALL)
        return call

    def _path_or_literal(self) -> tuple[object, Path]:
        """The value of a literal or a path as written, and the path; ``{{"a b"}}`` and ``{{12}}`` are paths of one
        part."""
        token = self._take(Kind.NAME, Kind.DATA, *_LITERALS)
        match token.kind:
            case Kind.DATA:
                path = self._segments(self._take(Kind.NAME), "@")
                return path.written, path
            case Kind.NAME:
                path = self._segments(token, "")
                return path.written, path
            case Kind.NOTHING:
                return None, _path((token.text,), token.text)
        value = _value(token)
        written = javascript.text(value)
        return value, _path((written,), written)

    def _segments(self, first: Token, written: str) -> Path:
        parts: list[str] = []
        depth = 0
        data = written == "@"
        token = first
        while True:
            part = _segment(token.text)
            written += part
            if part == token.text and part in ("..", ".", "this"):
                if parts:
                    self._refuse(token, f"Invalid path: {written}")
                depth += part == ".."
            else:
                parts.append(part)
            if self._kind is not Kind.SEPARATOR:
                return _path(tuple(parts), written, depth, data)
            written += self._take().text
            token = self._take(Kind.NAME)


def _path(parts: tuple[str, ...], written: str, depth: int = 0, data: bool = False) -> Path:
    if parts[:1] == ("",):
        # To Handlebars an empty first name, as in {{[]}} and {{""}}, is none: it stands for the context.
        parts = ()
    return Path(parts, depth, data, _SCOPED.search(written) is not None, written)


def _segment(written: str) -> str:
    """A name, or what stands in the brackets of a literal segment."""
    return written[1:-1] if _BRACKETED.fullmatch(written) else written


def _value(token: Token) -> str | int | float | bool:
    if token.kind is Kind.NUMBER:
        return javascript.number_literal(token.text)
    return token.text == "true" if token.kind is Kind.BOOLEAN else token.text


def _strip(open_token: Token, close_token: Token) -> Strip:
    return Strip(open_token.text[2:3] == "~", close_token.text[-3:-2] == "~")


def _chained(program: DraftProgram) -> DraftBlock:
    block = program.body[-1]
    assert isinstance(block, DraftBlock)
    return block
