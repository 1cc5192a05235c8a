"""JSON Schema of annotations: what the type lets through, the schema lets through, and nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from jsonschema import Draft202012Validator

from emulator.http.json_schema import schema_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class LeafJson(TypedDict):
    """What hangs on a tree."""

    colour: Annotated[str, Colour]


class Tree(TypedDict):
    leaves: list[LeafJson]
    parent: Tree | None
    height: NotRequired[Annotated[float, ("minimum", 0), "metres"]]


class Oak(Tree):
    acorns: int


def allows(annotation: Any, value: Any) -> bool:
    components: dict[str, Any] = {}
    schema = schema_of(annotation, components)
    return bool(Draft202012Validator({**schema, "components": {"schemas": components}}).is_valid(value))


LEAF = {"colour": "red"}
TREE = {"leaves": [LEAF], "parent": None}


@pytest.mark.parametrize(
    ("annotation", "yes", "no"),
    [
        (str, ["", "a"], [1, None]),
        (int, [0], [1.5, "1", None]),
        (bool, [True], ["true", None]),
        (str | None, ["a", None], [1]),
        (int | str | None, ["a", 1, None], [[]]),
        (list[int], [[], [1]], [["a"], 1]),
        (Annotated[str, Colour], ["red"], ["green", None]),
        (Annotated[str | None, Colour], ["blue", None], ["green"]),
        (Annotated[str, ("enum", ("a", "b"))], ["a"], ["c"]),
        (Annotated[str, ("enum", ["a", "b"])], ["b"], ["c"]),
        (Annotated[bool, ("const", True)], [True], [False]),
        (Annotated[str, Colour] | None, ["red", None], ["green"]),
        (LeafJson, [LEAF], [{}, {**LEAF, "more": 1}, {"colour": "green"}]),
        (Tree, [TREE, {**TREE, "parent": TREE}, {**TREE, "height": 2.5}], [{**TREE, "height": -1}, {"leaves": []}]),
        (Oak, [{**TREE, "acorns": 1}], [TREE]),
        (LeafJson | Tree, [LEAF, TREE], [{**LEAF, **TREE}]),
    ],
)
def test_the_schema_means_what_the_type_means(annotation, yes, no):
    assert [value for value in yes if not allows(annotation, value)] == []
    assert [value for value in no if allows(annotation, value)] == []


def test_a_typed_dict_is_named_once_with_its_own_words():
    components: dict[str, Any] = {}
    assert schema_of(Oak, components) == {"$ref": "#/components/schemas/Oak"}
    assert set(components) == {"Oak", "Tree", "Leaf"}
    assert components["Leaf"]["description"] == "What hangs on a tree."
    assert "description" not in components["Oak"]
    assert components["Tree"]["properties"]["height"]["description"] == "metres"


@pytest.mark.parametrize("annotation", [bytes, object, dict[str, int], set[str]])
def test_what_is_no_json_is_refused(annotation):
    with pytest.raises(TypeError, match="no JSON Schema"):
        schema_of(annotation, {})
