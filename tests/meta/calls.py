"""Which tests call which operation of SES through boto3, found by reading the tests and not by running them.

A call is an operation's method on a client: ``lab.ses.send_email(…)``, also when it is handed on uncalled
(``refused(lab.sesv2.get_tenant, …)``) or named for a paginator. It counts for a test when the test function makes it,
itself or through helpers of its file, and something is asserted no earlier than that. What fixtures do to prepare
counts for no test. Where both APIs have a method, the client must tell which is meant, or nobody is counted.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from emulator.values import Door

# An operation at its door.
Served = tuple[Door, str]
Methods = Mapping[str, Mapping[Door, str]]

_DOORS = {"ses": Door.V1, "sesv2": Door.V2}


def exercised(folder: Path, methods: Methods) -> dict[Served, Counter[str]]:
    """For every operation the files with tests of it, relative to ``folder``, and how many each has.

    ``methods`` gives for every method name of boto3 the operation behind it at each door that has one.
    """
    found: dict[Served, Counter[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder).as_posix()
        for _, served in called(path.read_text(encoding="utf-8"), methods):
            found.setdefault(served, Counter())[name] += 1
    return found


def called(source: str, methods: Methods) -> Iterator[tuple[str, Served]]:
    """Test functions of a file, each with every operation that it calls and asserts something after."""
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    for name, function in functions.items():
        if name.startswith("test_"):
            last = _last_assertion(function, functions)
            made = _calls(function, functions, methods, frozenset())
            yield from ((name, served) for served in dict.fromkeys(one for one, line in made if line <= last))


def _calls(
    function: ast.FunctionDef, helpers: Mapping[str, ast.FunctionDef], methods: Methods, seen: frozenset[str]
) -> Iterator[tuple[Served, int]]:
    """What a function calls, and in which of its lines; what a helper does, it does in the line that calls it."""
    names = dict(_named_clients(function))
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr in methods:
            yield from _at_door(node.value, methods[node.attr], names, node.lineno)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_paginator":
            wanted = _text(node.args[0])
            if wanted in methods:
                yield from _at_door(node.func.value, methods[wanted], names, node.lineno)
        elif isinstance(node, ast.Name) and node.id in helpers and node.id not in seen:
            helper = helpers[node.id]
            if not _is_fixture(helper):
                inner = _calls(helper, helpers, methods, seen | {node.id})
                yield from ((served, node.lineno) for served, _ in inner)


def _at_door(
    client: ast.expr, doors: Mapping[Door, str], names: Mapping[str, Door], line: int
) -> Iterator[tuple[Served, int]]:
    door = _door(client, names)
    if door is None and len(doors) == 1:
        (door,) = doors
    if door in doors:
        yield (door, doors[door]), line


def _door(client: ast.expr, names: Mapping[str, Door]) -> Door | None:
    """The API that an expression is a client of, when its text tells."""
    if isinstance(client, ast.Name):
        return names.get(client.id)
    if isinstance(client, ast.Attribute):
        return _DOORS.get(client.attr)
    if isinstance(client, ast.Call) and client.args:
        return _DOORS.get(_text(client.args[0]))
    return None


def _named_clients(function: ast.FunctionDef) -> Iterator[tuple[str, Door]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            door = _door(node.value, {})
            if door is not None:
                yield node.targets[0].id, door


def _last_assertion(function: ast.FunctionDef, helpers: Mapping[str, ast.FunctionDef]) -> int:
    """The last line that an assertion reaches to: an assert, pytest.raises, or a helper that has one of these."""
    return max((node.end_lineno or 0 for node in ast.walk(function) if _asserts(node, helpers)), default=0)


def _asserts(node: ast.AST, helpers: Mapping[str, ast.FunctionDef]) -> bool:
    if isinstance(node, ast.With):
        return any("raises" in ast.unparse(item.context_expr) for item in node.items)
    if isinstance(node, ast.Name) and node.id in helpers and not _is_fixture(helpers[node.id]):
        return any(isinstance(inner, ast.Assert) for inner in ast.walk(helpers[node.id]))
    return isinstance(node, ast.Assert)


def _is_fixture(function: ast.FunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
