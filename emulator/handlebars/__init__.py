"""Handlebars as SES renders templates: ``render(parse(source), data)``.

Pure: text and JSON values in, text out. No mail, no SES operation, no cache; a Template may be kept and shared.

Written here because no kept Python library behaves like Handlebars 4. Of the 286 cases of fixtures/handlebars, which
handlebars.js has answered, dotpromptz-handlebars 0.2 gets 232 right and pybars3 0.9.7 (last release 2019; it compiles
templates to Python source and runs that) 153; chevron is Mustache only.
"""

from emulator.handlebars.nodes import Mustache, Template, Text
from emulator.handlebars.parser import parse
from emulator.handlebars.problems import (
    LimitExceeded,
    MissingAttribute,
    Problem,
    RenderProblem,
    SyntaxProblem,
    UnknownHelper,
    UnknownPartial,
    WrongUse,
)
from emulator.handlebars.render import Limits, render


def only_substitutes(template: Template) -> bool:
    """Whether it holds nothing but text, comments and ``{{path}}``: SES takes nothing else inline ("Template contains
    unsupported operations.")."""
    program = template.program
    if program.inlines:
        return False
    for node in program.body:
        if isinstance(node, Mustache):
            if node.call.params or node.call.named:
                return False
        elif not isinstance(node, Text):
            return False
    return True


__all__ = [
    "LimitExceeded",
    "Limits",
    "MissingAttribute",
    "Problem",
    "RenderProblem",
    "SyntaxProblem",
    "Template",
    "UnknownHelper",
    "UnknownPartial",
    "WrongUse",
    "only_substitutes",
    "parse",
    "render",
]
