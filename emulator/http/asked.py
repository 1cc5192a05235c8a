"""What a request to the inspection API asks for, read from its query string and body. Every function raises 400
(``BadRequest``, with a sentence for the caller) for what it cannot mean."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import BadRequest

from emulator.aws.sigv4 import is_account
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from emulator.store.ports import MessageFilter
from emulator.store.search import SearchError, parse
from emulator.values import Scope

FILTERS = ("to", "from", "subject", "text", "message_id", "region", "account", "q")
GREATEST_ID = 2**62
LONGEST_TEXT = 1000


def text(name: str) -> str | None:
    """A query parameter as it stands; None when it is not there."""
    value = request.args.get(name)
    if value is not None and ("\x00" in value or len(value) > LONGEST_TEXT):
        raise BadRequest(f"{name} must be a text of at most {LONGEST_TEXT} characters, without NUL.")
    return value


def whole(name: str, default: int, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    number = whole_or_none(name, least, most)
    return default if number is None else number


def whole_or_none(name: str, least: int = 0, most: int = GREATEST_ID) -> int | None:
    """As ``whole``; None when it is not there."""
    value = request.args.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most):
        raise BadRequest(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def seconds(name: str, default: float, most: float) -> float:
    """A number of seconds from 0 to ``most``, fractions allowed."""
    value = request.args.get(name)
    if value is None:
        return default
    try:
        given = float(value)
    except ValueError:
        given = math.nan
    if not 0 <= given <= most:
        raise BadRequest(f"{name} must be a number of seconds from 0 to {most:g}.")
    return given


def flag(name: str) -> bool | None:
    """``true`` or ``false``; None when it is not there."""
    value = request.args.get(name)
    if value is None:
        return None
    if value not in ("true", "false"):
        raise BadRequest(f"{name} must be true or false.")
    return value == "true"


def scope() -> Scope:
    """Whose SES is meant; the default account in the default region unless ``account`` and ``region`` say otherwise."""
    account, region = text("account"), text("region")
    return Scope(DEFAULT_ACCOUNT if account is None else account, DEFAULT_REGION if region is None else region)


def account_number(account: str) -> str:
    """``account`` once it is known to be one."""
    if not is_account(account):
        raise BadRequest("account must be the 12 digits of an account.")
    return account


def message_filter(*, before: int | None = None, after: int | None = None) -> MessageFilter:
    """The filters for captured mails; an empty one does not filter."""
    values = {name: text(name) or None for name in FILTERS}
    try:
        parse(values["q"] or "")
    except SearchError as problem:
        raise BadRequest(str(problem)) from None
    return MessageFilter(
        to=values["to"],
        from_=values["from"],
        subject=values["subject"],
        text=values["text"],
        q=values["q"],
        message_id=values["message_id"],
        region=values["region"],
        account=values["account"],
        after=after,
        before=before,
    )


def nothing_but(*names: str) -> None:
    """Refuses other query parameters: where a mistyped filter would destroy what it was to spare."""
    for name in request.args:
        if name not in names:
            raise BadRequest(f"There is no filter {name:.60}; there are {', '.join(names)}.")


def json_object() -> dict[str, Any]:
    """The body, a JSON object whatever its content type says."""
    try:
        given = json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise BadRequest("The body must be a JSON object.")
    return given


def _no_number(word: str) -> NoReturn:
    """JSON has no NaN and no Infinity, though Python's reader takes them (RFC 8259 6)."""
    raise ValueError(word)
