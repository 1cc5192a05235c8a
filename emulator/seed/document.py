"""A YAML file as plain data, with the line of every key and list item in it.

YAML 1.1 as PyYAML reads it, JSON included; its safe types only. A key that stands twice is a mistake, not the last one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.seed.problems import SeedError, printable

if TYPE_CHECKING:
    import yaml

    Node = yaml.nodes.Node

Where = tuple[str | int, ...]
"""The way to a value: keys and list places from the top."""

_DEEPEST = 20
# Anchors may repeat a part any number of times: what they unfold to is counted.
_MOST_NODES = 500_000


@dataclass(slots=True)
class Document:
    """``content``: dicts, lists and scalars. ``name`` is the file's, as it was given."""

    name: str
    folder: Path
    content: Any = None
    lines: dict[Where, int] = field(default_factory=dict)

    def place(self, where: Where) -> str:
        """``seeds/a.yaml:12: identities[0].dkim.bits``; of a value that is not there the nearest thing around it."""
        there = where
        while there not in self.lines and there:
            there = there[:-1]
        return f"{self.name}:{self.lines.get(there, 1)}: {path(where)}" if where else f"{self.name}:1"


def path(where: Where) -> str:
    """``identities[0].dkim``."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def load(name: str, folder: Path, text: str) -> Document:
    """Raises SeedError where it is no YAML."""
    import yaml

    document = Document(name, folder)
    try:
        # The pure one: it alone reads every text in the same way, and seeds are small.
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            document.content = _Builder(document, loader).build(root, (), 0) if root is not None else {}
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise SeedError([f"{name}:{line}: not YAML: {problem.problem or problem.context}"]) from problem
    except (yaml.YAMLError, ValueError) as problem:
        if isinstance(problem, SeedError):
            raise
        raise SeedError([f"{name}:1: not YAML: {' '.join(str(problem).split()):.200}"]) from problem
    except RecursionError as problem:
        raise SeedError([f"{name}:1: nested too deeply"]) from problem
    return document


class _Builder:
    def __init__(self, document: Document, loader: yaml.SafeLoader) -> None:
        self._document = document
        self._loader = loader
        self._nodes = 0

    def build(self, node: Node, where: Where, depth: int) -> Any:
        import yaml

        self._nodes += 1
        if depth > _DEEPEST:
            raise self._wrong(node, where, "nested too deeply")
        if self._nodes > _MOST_NODES:
            raise self._wrong(node, where, f"more than {_MOST_NODES} values in one file")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where, depth)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, where, depth)
        try:
            return self._loader.construct_object(node)
        except (ValueError, OverflowError) as problem:
            # A number or a date by its looks, or by its tag.
            said = " ".join(str(problem).split())
            raise self._wrong(node, where, f"not YAML: {said:.200}") from problem

    def _mapping(self, node: yaml.MappingNode, where: Where, depth: int) -> dict[str, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self._key(key_node, where)
            if key in seen:
                raise self._wrong(key_node, (*where, key), "the key stands here twice")
            seen.add(key)
        # Brings in what "<<" names, first, so that the mapping's own keys win.
        self._loader.flatten_mapping(node)
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, where)
            self._document.lines[*where, key] = key_node.start_mark.line + 1
            found[key] = self.build(value_node, (*where, key), depth + 1)
        return found

    def _sequence(self, node: yaml.SequenceNode, where: Where, depth: int) -> list[Any]:
        found = []
        for number, item in enumerate(node.value):
            self._document.lines[*where, number] = item.start_mark.line + 1
            found.append(self.build(item, (*where, number), depth + 1))
        return found

    def _key(self, node: Node, where: Where) -> str:
        import yaml

        if not isinstance(node, yaml.ScalarNode):
            raise self._wrong(node, where, "expected a word as key")
        return str(node.value)

    def _wrong(self, node: Node, where: Where, problem: str) -> SeedError:
        key = f" {path(where)}:" if where else ""
        return SeedError([printable(f"{self._document.name}:{node.start_mark.line + 1}:{key} {problem}")])
