"""What is wrong with seeds, said to whoever wrote them: file, line, key, what was expected and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field

_SHOWN = 20


class SeedError(ValueError):
    """Seeds that cannot be meant. The text names every mistake, one a line."""

    def __init__(self, problems: list[str]) -> None:
        more = len(problems) - _SHOWN
        shown = problems[:_SHOWN] + ([f"… and {more} more"] if more > 0 else [])
        super().__init__("\n".join(shown))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Problems:
    """Collects, so that a person sees all mistakes at once."""

    found: list[str] = field(default_factory=list)

    def add(self, place: str, problem: str) -> None:
        self.found.append(printable(f"{place}: {problem}"))

    def raise_any(self) -> None:
        """SeedError when there is any."""
        if self.found:
            raise SeedError(self.found)


def printable(text: str) -> str:
    """Names of keys and files may hold what a terminal obeys: that is shown by number."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def shown(value: object) -> str:
    """What was found, short and harmless."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) >= 10**60:
            # Python writes no number of thousands of digits.
            return "a number of more than 60 digits"
        case int() | float():
            return f"{value!r:.60}"
        case str():
            return f"{value!r:.60}" if len(value) <= 60 else f"{value[:50]!r}…"
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "keys and values"
        case bytes():
            return "binary data"
        case _:
            return f"a {type(value).__name__}"
