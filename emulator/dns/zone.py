"""What the world's DNS answers to a question. Pure.

One tree of names holds everything: there are no delegations, a CNAME is followed wherever it leads, and one SOA at
the root stands behind every "no". Wildcards by RFC 4592, names that only lead to others by RFC 8020 (they exist), a
chain that ends nowhere by RFC 6604 (NXDOMAIN, with the chain).

Left out: DNSSEC, DNAME, zone transfer, and ANY (refused, as RFC 8482 allows).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from emulator.dns.amazonses import OwnRecords
from emulator.values import Record

_NAME_SERVER: Final = "ns.ses-emulator.internal"
_MOST_CNAMES: Final = 8
_REFUSED_TYPES: Final = frozenset({"ANY", "AXFR", "IXFR", "MAILA", "MAILB", "OPT", "TSIG", "TKEY"})


@dataclass(frozen=True, slots=True)
class ZoneAnswer:
    """``status``: NOERROR, NXDOMAIN, SERVFAIL or REFUSED. ``answers``: the CNAMEs on the way, then the asked type's
    records; none of the latter with NOERROR is NODATA. ``authority``: the SOA of a negative answer.

    ``unknown``: the name for which the world holds no record at all (the asked one, or where the CNAMEs led), so
    that an upstream resolver may be asked; None when the world has the last word.
    """

    status: str
    answers: tuple[Record, ...] = ()
    authority: Record | None = None
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What Amazon publishes and what the store holds, as one. A type that the store holds at one of Amazon's names
    stands in for Amazon's own of that type: a test may break SES's SPF and see what happens."""

    own: OwnRecords
    stored_at: Callable[[str], Sequence[Record]]
    stored_below: Callable[[str], bool]

    def records_at(self, name: str) -> Sequence[Record]:
        stored = self.stored_at(name)
        own = self.own.records_at(name)
        if not own:
            return stored
        types = {record.type for record in stored}
        return (*(record for record in own if record.type not in types), *stored)

    def exists_below(self, name: str) -> bool:
        return self.own.exists_below(name) or self.stored_below(name)


def answer(
    name: str,
    type: str,
    records_at: Callable[[str], Sequence[Record]],
    exists_below: Callable[[str], bool],
    serial: Callable[[], int] = lambda: 0,
) -> ZoneAnswer:
    """Answers from records alone. ``name`` in any case, final dot or not, "" or "." is the root; ``type`` by its
    mnemonic. ``exists_below``: whether any record stands at or below a name. ``serial`` becomes the SOA's and is
    asked only when an SOA is needed."""
    if type in _REFUSED_TYPES:
        return ZoneAnswer("REFUSED")
    name = name.lower().removesuffix(".")
    chain: tuple[Record, ...] = ()
    for _ in range(_MOST_CNAMES + 1):
        if name == "":
            return _root(type, chain, serial)
        found: Sequence[Record] | None = records_at(name)
        if not found:
            if exists_below(name):
                return ZoneAnswer("NOERROR", chain, _soa(serial()), unknown=name)
            found = _from_wildcard(name, records_at, exists_below)
            if found is None:
                return ZoneAnswer("NXDOMAIN", chain, _soa(serial()), unknown=name)
        wanted = tuple(record for record in found if record.type == type)
        if wanted:
            return ZoneAnswer("NOERROR", chain + wanted)
        alias = next((record for record in found if record.type == "CNAME"), None)
        if alias is None:
            return ZoneAnswer("NOERROR", chain, _soa(serial()))
        chain += (alias,)
        name = alias.value
    return ZoneAnswer("SERVFAIL")


def _root(type: str, chain: tuple[Record, ...], serial: Callable[[], int]) -> ZoneAnswer:
    """The root has the world's SOA, whose serial tells whether any record changed, and its one name server."""
    soa = _soa(serial())
    if type == "SOA":
        return ZoneAnswer("NOERROR", (*chain, soa))
    if type == "NS":
        return ZoneAnswer("NOERROR", (*chain, Record("", "NS", _NAME_SERVER, 0, "world")))
    return ZoneAnswer("NOERROR", chain, soa)


def _soa(serial: int) -> Record:
    """ttl and minimum are 0: a "no" may be a "yes" as soon as somebody publishes, so nobody should keep it."""
    value = f"{_NAME_SERVER} hostmaster.ses-emulator.internal {serial % 2**32} 7200 900 1209600 0"
    return Record("", "SOA", value, 0, "world")


def _from_wildcard(
    name: str, records_at: Callable[[str], Sequence[Record]], exists_below: Callable[[str], bool]
) -> Sequence[Record] | None:
    """What ``*.<closest encloser>`` gives to a name that does not exist; None when there is no such wildcard."""
    encloser = name
    while encloser:
        encloser = encloser.partition(".")[2]
        if encloser == "" or exists_below(encloser):
            break
    source = records_at(f"*.{encloser}" if encloser else "*")
    return [replace(record, name=name) for record in source] if source else None
