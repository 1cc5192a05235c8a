"""Reads the hosted zones of a Route 53, ours or any other that speaks its API, as records of the world.

What the public DNS would show is read: private zones are not. Alias records point into AWS, where nothing is
emulated that they could point to: they are skipped. So is the SOA that Route 53 makes for each zone: the world has one
SOA, at its root, with which nobody remembers a "no", while Route 53's would let them do so for 15 minutes. Its NS
stay. Several record sets of one name and type (weighted, by region …) are read as one, with the values of all.

Source: Route 53 Developer Guide, "DNS domain name format" (octal escapes, ``\\052`` for ``*``) and "Supported DNS
record types" (several quoted strings are one TXT).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Any, Final

from emulator.aws.clients import Clients
from emulator.dns.records import parse_record, unquote
from emulator.settings import DEFAULT_REGION
from emulator.store.ports import Store
from emulator.values import Record, Scope

log = logging.getLogger(__name__)

_OCTAL: Final = re.compile(r"\\([0-3][0-7]{2})")
_MADE_BY_ROUTE53: Final = "SOA"


class Route53Records:
    """The records that accounts keep in Route 53, as the world's: their origin is ``route53:account:zone``.
    Thread-safe; ``changed`` is called when the world has them."""

    def __init__(self, store: Store, clients: Clients, changed: Callable[[], None]) -> None:
        self._store = store
        self._clients = clients
        self._changed = changed
        # One reading at a time: an older one must not be written over a newer, nor over a reset.
        self._reading = Lock()

    def read(self, account: str) -> None:
        """An account's Route 53 changed: what stands there now replaces what stood there before."""
        client = self._client(account)
        origin = f"route53:{account}"
        with self._reading:
            records = records_of(client, lambda what: log.warning("Route 53: %s", what))
            with self._store.write() as writer:
                writer.replace_origin(
                    origin, [replace(one, origin=origin + one.origin.removeprefix("route53")) for one in records]
                )
        self._changed()

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Nothing is read meanwhile: who forgets everything here and there is not told of what was there before."""
        with self._reading:
            yield

    def delete_zones(self, account: str) -> None:
        """Deletes the account's zones in Route 53 itself, which tells of it as of any other change."""
        delete_zones(self._client(account))

    def _client(self, account: str) -> Any:
        # Route 53 knows no regions.
        return self._clients("route53", Scope(account, DEFAULT_REGION))


def _silently(_: str) -> None:
    """Nobody wants to hear what was skipped."""


def records_of(client: Any, skipped: Callable[[str], None] = _silently) -> tuple[Record, ...]:
    """Everything in all public hosted zones, each record once. ``client`` is a boto3 Route 53 client; what it raises
    (botocore's ClientError, EndpointConnectionError …) goes through. ``skipped`` hears a sentence about each value
    that the world cannot keep: of a type that it does not know, or malformed."""
    records: dict[tuple[str, str, str], Record] = {}
    for page in client.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            if zone.get("Config", {}).get("PrivateZone"):
                continue
            for record in _zone(client, zone["Id"].removeprefix("/hostedzone/"), skipped):
                records.setdefault((record.name, record.type, record.value), record)
    return tuple(records.values())


def delete_zones(client: Any) -> None:
    """Deletes every hosted zone with all its records; what ``client`` raises goes through."""
    for page in client.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            zone_id = zone["Id"].removeprefix("/hostedzone/")
            changes = [
                {"Action": "DELETE", "ResourceRecordSet": record_set}
                for records in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
                for record_set in records["ResourceRecordSets"]
                if not (record_set["Type"] in ("NS", "SOA") and record_set["Name"] == zone["Name"])
            ]
            if changes:
                client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})
            client.delete_hosted_zone(Id=zone_id)


def _zone(client: Any, zone_id: str, skipped: Callable[[str], None]) -> Iterator[Record]:
    origin = f"route53:{zone_id}"
    for page in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id):
        for record_set in page["ResourceRecordSets"]:
            if record_set["Type"] == _MADE_BY_ROUTE53:
                continue
            for entry in record_set.get("ResourceRecords", ()):
                try:
                    yield _record(record_set, entry["Value"], origin)
                except ValueError as why:
                    skipped(f"Route 53 zone {zone_id}: {record_set['Name']} {record_set['Type']}: {why}")


def _record(record_set: dict[str, Any], value: str, origin: str) -> Record:
    type = record_set["Type"]
    name = _OCTAL.sub(lambda escape: chr(int(escape[1], 8)), record_set["Name"])
    if type == "TXT":
        # Undone here, where escapes are octal, and quoted again so that it is taken as presentation form.
        text = unquote(value, radix=8).replace("\\", "\\\\").replace('"', '\\"')
        value = f'"{text}"'
    return parse_record(name, type, value, int(record_set.get("TTL", 300)), origin)
