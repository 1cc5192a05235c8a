"""The captured mail that a path names, for pages and API alike."""

from __future__ import annotations

from werkzeug.exceptions import NotFound

from emulator.store.ports import Store
from emulator.values import Captured


def id_of(number: str) -> int:
    """A mail's id; 404 for what can be none."""
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise no_message(number)
    return int(number)


def captured(store: Store, number: str) -> Captured:
    """The mail, or 404."""
    with store.read() as reader:
        mail = reader.captured(id_of(number))
    if mail is None:
        raise no_message(number)
    return mail


def no_message(number: str) -> NotFound:
    return NotFound(f"There is no message {number:.40}.")
