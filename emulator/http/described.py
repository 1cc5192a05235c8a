"""What an operation of the inspection API reads and answers, declared at its handler and shown by ``openapi.json``.

A declared parameter reads itself from the request, so its bounds stand in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from emulator.http import asked
from emulator.http.json_schema import Schema
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION

_NOTE = "__described__"
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


class Parameter(Protocol):
    """A query parameter; none is ever required by its schema."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str: ...

    def schema(self) -> Schema: ...


@dataclass(frozen=True)
class Text:
    name: str
    about: str
    default: str | None = None
    one_of: tuple[str, ...] = ()
    example: str | None = None

    def read(self) -> str | None:
        return asked.text(self.name)

    def schema(self) -> Schema:
        limits: Schema = {"enum": list(self.one_of)} if self.one_of else {"maxLength": asked.LONGEST_TEXT}
        said = {"default": self.default, "examples": [self.example] if self.example else None}
        return {"type": "string", **limits, **{name: value for name, value in said.items() if value}}


@dataclass(frozen=True)
class Whole:
    """A whole number from ``least`` to ``most``."""

    name: str
    about: str
    least: int = 0
    most: int = asked.GREATEST_ID

    def read(self) -> int | None:
        return asked.whole_or_none(self.name, self.least, self.most)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Limit:
    """How many to answer with at most."""

    default: int
    most: int
    name: str = "limit"
    about: str = "how many at most"

    def read(self) -> int:
        return asked.whole(self.name, self.default, 1, self.most)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 1, "maximum": self.most, "default": self.default}


@dataclass(frozen=True)
class Seconds:
    """A number of seconds from 0 to ``most``."""

    name: str
    about: str
    default: float
    most: float

    def read(self) -> float:
        return asked.seconds(self.name, self.default, self.most)

    def schema(self) -> Schema:
        return {"type": "number", "minimum": 0, "maximum": self.most, "default": self.default}


@dataclass(frozen=True)
class Flag:
    name: str
    about: str

    def read(self) -> bool | None:
        return asked.flag(self.name)

    def schema(self) -> Schema:
        return {"type": "boolean"}


# What ``asked.scope`` reads.
SCOPE = (
    Text("account", "whose SES: the 12 digits of an account", default=DEFAULT_ACCOUNT),
    Text("region", "in which region", default=DEFAULT_REGION),
)


@dataclass(frozen=True)
class Described:
    """``answer`` is the type of the JSON, or ``Content``. ``variables`` of the path: name, meaning, an example;
    ``headers``: name and meaning.
    ``body`` is the type of the JSON that is read. ``errors`` are statuses besides 403, which the guard may give to any
    browser. ``also``: types that only the text names."""

    answer: Any
    parameters: tuple[Parameter, ...] = ()
    variables: tuple[tuple[str, str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None
    body_required: bool = True
    errors: tuple[int, ...] = ()
    also: tuple[Any, ...] = ()

    def __call__(self, handler: _Handler) -> _Handler:
        """Notes it at the handler."""
        setattr(handler, _NOTE, self)
        return handler


@dataclass(frozen=True)
class Content:
    """An answer that another standard describes."""

    media_type: str
    about: str


def description_of(handler: Callable[..., Any]) -> Described | None:
    """What was noted at it."""
    noted = getattr(handler, _NOTE, None)
    return noted if isinstance(noted, Described) else None
