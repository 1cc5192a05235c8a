"""Documents to JSON and back, by the types of their fields. Keys that this version does not know are passed over,
missing ones get the field's default. JSON is ASCII: it holds every Python string unchanged.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from emulator.documents.document import Document

D = TypeVar("D", bound=Document)
Reading = Callable[[Any], Any]

_COLUMNS = frozenset(field.name for field in fields(Document))
_PLAIN = (str, int, float, bool, NoneType)


def document_json(document: Document) -> str:
    """All of a document that is not a column. TypeError for a field of a type that documents do not have."""
    cls: Any = type(document)
    return json.dumps(
        {field.name: _tree(getattr(document, field.name)) for field in _own_fields(cls)}, separators=(",", ":")
    )


def document_of(cls: type[D], columns: dict[str, Any], body: str) -> D:
    """``columns`` are the fields of ``Document``; ``body`` is what ``document_json`` made."""
    tree = json.loads(body)
    of_cls: Any = cls
    readings = _readings(of_cls)
    return cls(**columns, **{name: readings[name](value) for name, value in tree.items() if name in readings})


def _tree(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, tuple):
        return [_tree(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if is_dataclass(value):
        return {field.name: _tree(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"documents hold no {type(value).__name__}")


@cache
def _own_fields(cls: Any) -> tuple[Any, ...]:
    return tuple(field for field in fields(cls) if field.name not in _COLUMNS)


@cache
def _readings(cls: Any) -> dict[str, Reading]:
    hints = get_type_hints(cls)
    return {field.name: _reading(hints[field.name]) for field in fields(cls) if field.name not in _COLUMNS}


def _reading(hint: Any) -> Reading:
    """What makes a value of this type from JSON's."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        (wanted,) = [one for one in arguments if one is not NoneType]
        read = _reading(wanted)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        item, more = arguments
        if more is not Ellipsis:
            raise TypeError(f"documents hold no {hint}: a tuple has items of one type")
        read_item = _reading(item)
        return lambda value: tuple(read_item(one) for one in value)
    if hint is bytes:
        return base64.b64decode
    if hint in _PLAIN:
        return lambda value: value
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if is_dataclass(hint):
        return _dataclass_reading(hint)
    raise TypeError(f"documents hold no {hint}")


def _dataclass_reading(cls: Any) -> Reading:
    hints = get_type_hints(cls)
    names = [field.name for field in fields(cls)]

    @cache
    def readings() -> dict[str, Reading]:
        return {name: _reading(hints[name]) for name in names}

    def read(value: Any) -> Any:
        known = readings()
        return cls(**{name: known[name](item) for name, item in value.items() if name in known})

    return read
