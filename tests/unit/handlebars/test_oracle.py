"""Random templates, of all that Handlebars has, render as handlebars.js renders them."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.handlebars import Problem, parse, render

# Names that the data below has at some level, and one that it never has.
NAMES = st.sampled_from(["a", "b", "list", "o", "s", "zero", "no", "nil", "absent", "x"])
BLANKS = st.sampled_from(["", "", " ", "\n", "\n  ", "  \n", "\r\n", "\t", "\n\n", " \n \n "])
WORDS = st.sampled_from(["", "-", "text", "{", "}", "} }", "\\", "ü\u00a0", '<b>&"'])
TILDE = st.sampled_from(["", "", "", "~"])

SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, -3, 1e21, 1e-7, "", "x", "yz", "a"])
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "s", "x", "2", "10"]), SCALARS, max_size=3)
DATA = st.fixed_dictionaries(
    {
        "a": SCALARS,
        "b": OBJECTS,
        "list": st.lists(SCALARS.filter(lambda value: value is not None) | OBJECTS, max_size=3),
        "o": st.fixed_dictionaries({"a": SCALARS, "list": st.lists(OBJECTS, max_size=2), "o": OBJECTS}),
        "s": st.just("str"),
        "zero": st.just(0),
        "no": st.just(False),
        "nil": st.none(),
    }
)


@st.composite
def paths(draw: st.DrawFn) -> str:
    parts = draw(st.lists(NAMES, min_size=1, max_size=3))
    if draw(st.booleans()):
        parts[-1] = f"[{parts[-1]}]"
    prefix = draw(st.sampled_from(["", "", "", "this.", "./", "../", "../../", "@root.", "@root.o."]))
    if prefix.startswith("@"):
        # Without strict, Handlebars prints the 0 of {{@root.zero.x}}: on the way through an @-path falsy values stay.
        parts = parts[-1:]
    whole = [prefix + draw(st.sampled_from([".", "/"])).join(parts)]
    whole += ["this", ".", "..", "@index", "@key", "@first", "@last", "@../index", "p", "q.a", "list.length"]
    return draw(st.sampled_from([whole[0], whole[0], *whole]))


ARGUMENTS = paths() | st.sampled_from(['"a"', "'x'", "1", "-2.50", "true", "false", "null", "undefined"])
CALLS = st.one_of(
    ARGUMENTS,
    ARGUMENTS,
    st.builds("(lookup {} {})".format, paths(), ARGUMENTS),
    st.builds("(lookup . {})".format, ARGUMENTS),
)


@st.composite
def tags(draw: st.DrawFn) -> str:
    left, right = draw(TILDE), draw(TILDE)
    kind = draw(
        st.sampled_from(["value", "value", "triple", "and", "comment", "long", "partial", "named", "lookup", "escaped"])
    )
    match kind:
        case "value":
            return f"{{{{{left}{draw(paths())}{right}}}}}"
        case "triple":
            return f"{{{{{left}{{{draw(paths())}}}{right}}}}}"
        case "and":
            return f"{{{{{left}& {draw(paths())}{right}}}}}"
        case "comment":
            return f"{{{{{left}! no {right}}}}}"
        case "long":
            return f"{{{{{left}!-- }} {{{{no --{right}}}}}"
        case "partial":
            return f"{{{{{left}> {draw(st.sampled_from(['one', 'two']))}{right}}}}}"
        case "named":
            return f"{{{{{left}> one {draw(paths())} x={draw(CALLS)} a={draw(CALLS)}{right}}}}}"
        case "lookup":
            return f"{{{{{left}lookup {draw(CALLS)} {draw(CALLS)}{right}}}}}"
    return f"\\{{{{{draw(paths())}}}}}"


@st.composite
def blocks(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    def tag(content: str) -> str:
        return f"{draw(BLANKS)}{{{{{draw(TILDE)}{content}{draw(TILDE)}}}}}{draw(BLANKS)}"

    kind = draw(st.sampled_from(["if", "if", "unless", "each", "each", "with", "path", "partial", "inline", "raw"]))
    if kind == "path":
        path = draw(paths())
        return tag(draw(st.sampled_from("#^")) + path) + draw(inside) + tag("/" + path)
    if kind == "partial":
        name = draw(st.sampled_from(["one", "two", "three"]))
        return tag("#> " + name) + draw(inside) + tag("/" + name)
    if kind == "inline":
        return tag(f'#*inline "{draw(st.sampled_from(["one", "two"]))}"') + draw(inside) + tag("/inline")
    if kind == "raw":
        path = draw(paths())
        return f"{{{{{{{{{path}}}}}}}}}{draw(BLANKS)}raw {{{{x}}}}{draw(BLANKS)}{{{{{{{{/{path}}}}}}}}}"
    params = draw(st.sampled_from(["", "", " as |p|", " as |p q|"])) if kind in ("each", "with") else ""
    text = tag(f"#{kind} {draw(CALLS)}{params}") + draw(inside)
    for _ in range(draw(st.integers(0, 2))):
        text += tag(f"else {draw(st.sampled_from(['if', 'unless', 'each', 'with']))} {draw(CALLS)}") + draw(inside)
    if draw(st.booleans()):
        text += tag(draw(st.sampled_from(["else", "^"]))) + draw(inside)
    return text + tag("/" + kind)


def _sequence(one: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    piece = st.builds("{}{}{}".format, BLANKS, st.one_of(WORDS, one, one), BLANKS)
    return st.lists(piece, max_size=4).map("".join)


INLINE = (
    '{{#*inline "one"}}<{{a}}{{../b}}{{x}}>\n{{/inline}}'
    '{{#*inline "two"}}\n {{@index}}{{> @partial-block}}\n{{/inline}}\n'
)
TEMPLATES = st.builds(
    "{}{}".format,
    st.sampled_from(["", INLINE]),
    _sequence(st.recursive(tags(), lambda inside: blocks(_sequence(inside)), max_leaves=6)),
)


def _ours(template: str, data: dict[str, object], *, strict: bool = False) -> str | None:
    try:
        return render(parse(template), data, strict=strict)
    except Problem:
        return None


SETTINGS = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SETTINGS
@given(template=TEMPLATES, data=DATA)
def test_random_templates_render_as_handlebars_does(oracle: Any, template: str, data: dict[str, object]) -> None:
    assert _ours(template, data) == oracle.render(template, data)


@settings(SETTINGS, max_examples=1500)
@given(
    source=st.text(alphabet="{}~#/^>!-&*|@.[]()=\"'\\ \nabif01else", max_size=30).map(lambda text: "{{" + text + "}}")
)
def test_random_text_is_a_template_where_handlebars_finds_one(oracle: Any, source: str) -> None:
    assert _ours(source, {"a": 1, "b": "x", "f": [1]}) == oracle.render(source, {"a": 1, "b": "x", "f": [1]})


@SETTINGS
@given(template=TEMPLATES, data=DATA)
def test_strict_rendering_refuses_or_changes_nothing(template: str, data: dict[str, object]) -> None:
    strictly = _ours(template, data, strict=True)
    assert strictly is None or strictly == _ours(template, data)
