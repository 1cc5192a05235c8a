"""What can be wrong with a template or its data. Nothing else is ever raised by this package."""

from __future__ import annotations


class Problem(Exception):
    """Any of them; ``str()`` is a sentence for people."""


class SyntaxProblem(Problem):
    """The text is not a Handlebars template. ``line`` and ``column`` count from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"{reason} (line {line}, column {column})")
        self.reason = reason
        self.line = line
        self.column = column


class RenderProblem(Problem):
    """The template cannot be rendered with this data."""


class MissingAttribute(RenderProblem):
    """The data has no value for ``name``, the path as the template writes it (``contact.firstName``).

    ``str()`` is SES's own sentence (reference sending.md 8). What SES names for a nested path is not documented:
    the whole path is ours.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"Attribute '{name}' is not present in the rendering data.")
        self.name = name


class UnknownHelper(MissingAttribute):
    """Something called like a helper is none. SES words it as a missing attribute: users of it report
    ``Attribute 'IF' is not present in the rendering data.`` for ``{{#IF x}}``."""


class UnknownPartial(RenderProblem):
    """``{{> name}}`` without a ``{{#*inline "name"}}`` in reach."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The partial {name} could not be found.")
        self.name = name


class WrongUse(RenderProblem):
    """A built-in helper with the wrong number of arguments, or a block helper that is not used as a block."""


class LimitExceeded(RenderProblem):
    """Rendering was stopped: it would nest too deeply, write too much or take too many steps."""
