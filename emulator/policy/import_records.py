"""The records of import files, as CSV or as a JSON object a line.

Source: Developer Guide, "Manually adding addresses in bulk" (``address,REASON``; only the address for a deletion) and
"Bulk importing contacts" (a head line names the columns ``emailAddress``, ``unsubscribeAll``, ``attributesData``,
``topicPreferences.<topic>``; in JSON a list ``topicPreferences``). Nothing here raises: a record is read, or is None.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.documents.contacts import OPT_IN, OPT_OUT, ContactList, Preference
from emulator.errors import Fault
from emulator.policy.contacts import contact_name
from emulator.policy.suppression import BOUNCE, COMPLAINT

_TOPIC = "topicpreferences."


@dataclass(frozen=True, slots=True)
class Row:
    """``text`` as it stands in the file, or as CSV again; ``fields`` by lower-case name, None when it cannot be
    read."""

    text: str
    fields: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ContactRecord:
    address: str
    preferences: tuple[Preference, ...]
    unsubscribe_all: bool
    attributes: str | None


def rows(text: str, format: str, *, contacts: bool) -> Iterator[Row]:
    """Blank lines are no records."""
    text = text.removeprefix("\ufeff")
    if format == "JSON":
        yield from (Row(line, _object(line)) for line in text.splitlines() if line.strip())
        return
    reader = csv.reader(io.StringIO(text), strict=False)
    names = ["emailaddress", "reason"]
    first = contacts
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if first:
                names, first = [cell.strip().lower() for cell in row], False
                continue
            whole = len(row) <= len(names)
            yield Row(",".join(row), dict(zip(names, row, strict=False)) if whole else None)
    except csv.Error as problem:
        yield Row(f"line {reader.line_num}: {problem}", None)


def suppressed(row: Row, action: str) -> tuple[str, str] | None:
    """Address and reason ("" for a deletion)."""
    fields = row.fields or {}
    address = _address(fields)
    reason = fields.get("reason")
    reason = reason.strip().upper() if isinstance(reason, str) else ""
    if address is None or (action == "PUT" and reason not in (BOUNCE, COMPLAINT)):
        return None
    return address, reason


def contact(row: Row, of: ContactList) -> ContactRecord | None:
    """None also where it names a topic that the list has not."""
    fields = row.fields or {}
    address, unsubscribed = _address(fields), _truth(fields.get("unsubscribeall"))
    attributes = fields.get("attributesdata") or None
    preferences = _preferences(fields, of)
    if address is None or unsubscribed is None or preferences is None:
        return None
    if attributes is not None and not isinstance(attributes, str):
        attributes = json.dumps(attributes)
    return ContactRecord(address, preferences, unsubscribed, attributes)


def _object(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return {name.lower(): item for name, item in value.items()} if isinstance(value, dict) else None


def _address(fields: Mapping[str, Any]) -> str | None:
    given = fields.get("emailaddress")
    if not isinstance(given, str):
        return None
    try:
        return contact_name(given)
    except Fault:
        return None


def _truth(given: Any) -> bool | None:
    if given is None or isinstance(given, bool):
        return bool(given)
    return {"true": True, "false": False, "": False}.get(str(given).strip().lower())


def _preferences(fields: Mapping[str, Any], of: ContactList) -> tuple[Preference, ...] | None:
    topics = {topic.name.lower(): topic.name for topic in of.topics}
    said: list[tuple[Any, Any]] = [
        (name.removeprefix(_TOPIC), status) for name, status in fields.items() if name.startswith(_TOPIC) and status
    ]
    listed = fields.get("topicpreferences", [])
    if not isinstance(listed, list):
        return None
    for one in listed:
        if not isinstance(one, dict):
            return None
        member = {name.lower(): item for name, item in one.items()}
        said.append((member.get("topicname"), member.get("subscriptionstatus")))
    found = []
    for topic, status in said:
        name, status = topics.get(str(topic).lower()), str(status).strip().upper()
        if name is None or status not in (OPT_IN, OPT_OUT):
            return None
        found.append(Preference(name, status))
    return tuple({one.topic: one for one in found}.values())
