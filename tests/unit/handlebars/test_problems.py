"""What cannot be parsed or rendered is refused in this package's own words, and nothing takes for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.handlebars import (
    LimitExceeded,
    Limits,
    MissingAttribute,
    Problem,
    SyntaxProblem,
    UnknownHelper,
    UnknownPartial,
    WrongUse,
    only_substitutes,
    parse,
    render,
)


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        ("{{", 1, 3),
        ("ab {{x y z", 1, 10),
        ("ab {{x y ", 1, 10),
        ("a\nb {{/if}}", 2, 3),
        ("a\n\n  {{#if x}}\n{{/each}}", 4, 1),
        ("{{#if x}}\nend", 2, 4),
        ("{{a}}\n {{b,c}}", 2, 4),
        ("é\n{{!-- x", 2, 1),
        ("{{{{raw}}}} x", 1, 12),
        ("{{#*other 'x'}}{{/other}}", 1, 1),
        ("{{x/}}", 1, 5),
    ],
)
def test_a_syntax_problem_tells_where(source: str, line: int, column: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse(source)
    assert (caught.value.line, caught.value.column) == (line, column), str(caught.value)
    assert f"line {line}, column {column}" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "data", "name"),
    [
        ("{{attributeName}}", {}, "attributeName"),
        ("{{contact.firstName}}", {"contact": {}}, "contact.firstName"),
        ("{{contact.firstName}}", {}, "contact.firstName"),
        ("{{website}}", {"website": None}, "website"),
        ("{{#each l}}{{name}}{{/each}}", {"l": [{"name": 1}, {}]}, "name"),
        ("{{#each l}}{{../x}}{{/each}}", {"l": [1]}, "../x"),
        ("{{[first name]}}", {}, "first name"),
        ("{{@index}}", {}, "@index"),
        ("{{#missing}}x{{/missing}}", {}, "missing"),
        ("{{a}}{{b}}", {}, "a"),
        ("{{#if a}}{{b}}{{/if}}", {"a": 1}, "b"),
    ],
)
def test_a_missing_attribute_is_named_in_the_words_of_ses(source: str, data: dict[str, object], name: str) -> None:
    with pytest.raises(MissingAttribute) as caught:
        render(parse(source), data)
    assert caught.value.name == name
    assert str(caught.value) == f"Attribute '{name}' is not present in the rendering data."


@pytest.mark.parametrize(
    "source",
    [
        "{{#if a}}{{a}}{{/if}}",
        "{{#if a.b.c}}x{{/if}}",
        "{{#unless a.b}}{{else}}x{{/unless}}",
        "{{#each a.b}}x{{/each}}",
        "{{#with a.b}}x{{/with}}",
        "{{#if nil}}{{nil}}{{/if}}",
        "{{lookup here 'key'}}",
    ],
)
def test_a_missing_attribute_may_be_asked_about(source: str) -> None:
    assert render(parse(source), {"nil": None, "here": {}}) == ""


def test_helpers_that_ses_does_not_have_are_missing_attributes() -> None:
    for source, name in [
        ("{{#IF a}}x{{/IF}}", "IF"),
        ("{{log a}}", "log"),
        ("{{upper a}}", "upper"),
        ("{{a 1}}", "a"),
        ("{{#if (eq a 1)}}x{{/if}}", "eq"),
    ]:
        with pytest.raises(UnknownHelper) as caught:
            render(parse(source), {"a": 1})
        assert str(caught.value) == f"Attribute '{name}' is not present in the rendering data."


def test_partials_and_helpers_are_refused_by_name() -> None:
    with pytest.raises(UnknownPartial, match="The partial header could not be found"):
        render(parse("{{> header}}"), {})
    with pytest.raises(WrongUse, match="#each takes exactly one argument"):
        render(parse("{{#each a b}}{{/each}}"), {})
    with pytest.raises(WrongUse, match="if begins a block"):
        render(parse("{{if a}}"), {"a": 1})
    with pytest.raises(SyntaxProblem, match="There is no decorator other"):
        parse("{{#*other 'x'}}{{/other}}")


@pytest.mark.parametrize(
    "source",
    [
        "{{#*inline 'p'}}{{> p}}{{/inline}}{{> p}}",
        "{{#*inline 'p'}}{{#each @root.l}}{{> p}}{{/each}}{{/inline}}{{> p}}",
        "{{#*inline 'p'}}{{> p a=1}}{{> p a=2}}{{/inline}}{{> p}}",
        "{{#*inline 'p'}}{{#> p}}{{> @partial-block}}{{/p}}{{/inline}}{{#> p}}x{{/p}}",
        "{{#each l}}{{#each ../l}}{{#each ../../l}}{{#each ../../../l}}{{/each}}{{/each}}{{/each}}{{/each}}",
        "{{#each l}}{{#each ../l}}{{> p l=@root.l}}{{/each}}{{/each}}{{#*inline 'p'}}{{#each l}}{{/each}}{{/inline}}",
        "{{#each l}}{{#each ../l}}{{@root.l}}{{/each}}{{/each}}",
        "{{#each l}}{{#each ../l}}{{@root.deep}}{{/each}}{{/each}}",
        "{{#each l}}{{#each ../l}}{{@root.wide.length}}{{/each}}{{/each}}",
        "{{#each l}}{{#each ../l}}{{> p @root x=1}}{{/each}}{{/each}}{{#*inline 'p'}}{{/inline}}",
    ],
)
def test_rendering_ends(source: str) -> None:
    deep: object = "x"
    for _ in range(90):
        deep = [deep]
    data = {"l": list(range(2000)), "deep": deep, "wide": "\u0101" * 10_000}
    with pytest.raises(LimitExceeded):
        render(parse(source), data, limits=Limits(output=100_000, steps=50_000))


def test_limits_are_the_callers() -> None:
    template = parse("{{#each l}}ab{{/each}}")
    data = {"l": [1, 2, 3]}
    assert render(template, data, limits=Limits(output=6, depth=2)) == "ababab"
    with pytest.raises(LimitExceeded, match="longer than 5 characters"):
        render(template, data, limits=Limits(output=5))
    with pytest.raises(LimitExceeded, match="more than 1 deep"):
        render(template, data, limits=Limits(depth=1))
    with pytest.raises(LimitExceeded, match="more than 4 steps"):
        render(template, data, limits=Limits(steps=4))


def test_indentation_counts_as_output() -> None:
    source = "{{#*inline 'p'}}a\na\na\n{{/inline}}\n        {{> p}}\n"
    assert render(parse(source), {}) == "        a\n        a\n        a\n"
    with pytest.raises(LimitExceeded):
        render(parse(source), {}, limits=Limits(output=20))


@pytest.mark.parametrize(
    "source",
    [
        "{{#if a}}" * 5000,
        "{{#if a}}" * 5000 + "{{/if}}" * 5000,
        "{{#if a}}x" + "{{else if a}}x" * 5000 + "{{/if}}",
        "{{#if " + "(lookup " * 5000 + "}}",
        "{{lookup " + "(lookup a " * 5000 + "b" + ")" * 5000 + "}}",
    ],
)
def test_deep_nesting_is_a_syntax_problem(source: str) -> None:
    with pytest.raises(SyntaxProblem, match="Nested more than 100 deep"):
        parse(source)


def test_nesting_is_allowed_as_deep_as_anybody_needs() -> None:
    blocks = "{{#if a}}" * 90 + "x" + "{{/if}}" * 90
    chain = "{{#if b}}" + "{{else if b}}" * 90 + "{{else}}y{{/if}}"
    assert render(parse(blocks), {"a": 1}) == "x"
    assert render(parse(chain), {}) == "y"


def test_data_too_deep_to_print_is_a_problem_of_this_package() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(LimitExceeded):
        render(parse("{{deep}}"), {"deep": deep})
    # Not even freeing it may recurse.
    while deep:
        deep = deep.pop()  # type: ignore[assignment]


@pytest.mark.parametrize(
    "piece", ["{{", "}}", "{{a", "{{{{", "\\{{", "{{!", "{{!--", '{{"', "{{[", " ", "\n", "{{a}}\n", "{{ else", "{{as "]
)
def test_long_texts_are_read_in_one_go(piece: str) -> None:
    """Quadratic reading of 400 000 characters would not come back within the time that a test has."""
    with suppress(SyntaxProblem):
        parse(piece * (400_000 // len(piece)) + "{{a}}")


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(
    source=st.text() | st.text(alphabet="{}#/^>!-~ ifeach.[]@\"'\\|=()\x00\ud800\n"),
    data=st.dictionaries(
        st.text(max_size=3),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        ),
        max_size=3,
    ),
)
def test_any_text_renders_or_is_refused(source: str, data: dict[str, object]) -> None:
    with suppress(Problem):
        assert isinstance(render(parse(source), data), str)


def test_a_template_is_kept_and_shared_and_data_stays_as_it_is() -> None:
    template = parse("{{#*inline 'p'}}{{x}}{{y}}{{/inline}}{{#each l}}{{> p this y=@index}}{{/each}}")
    data = {"l": [{"x": "a"}, {"x": "b"}]}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: render(template, data), range(200)))
    assert set(answers) == {"a0b1"}
    assert data == {"l": [{"x": "a"}, {"x": "b"}]}
    with pytest.raises(AttributeError):
        template.source = "other"  # type: ignore[misc]


@pytest.mark.parametrize("source", ["", "text", "{{a}} {{{b.c}}}{{& d}}{{! no }}", "{{this.a}}"])
def test_plain_substitutions_are_told_from_the_rest(source: str) -> None:
    assert only_substitutes(parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "{{#if a}}{{/if}}",
        "{{lookup a b}}",
        "{{a x=1}}",
        "{{> p}}",
        "{{#*inline 'p'}}{{/inline}}",
        "{{#a}}{{/a}}",
        "{{{{a}}}}{{{{/a}}}}",
    ],
)
def test_whatever_else_is_no_plain_substitution(source: str) -> None:
    assert not only_substitutes(parse(source))
