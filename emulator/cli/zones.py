"""The records of a domain identity, written for the tools that put them into the real world. Pure.

Sources: RFC 1035 5.1 (master files), Route 53 Developer Guide "DNS record types" (strings of 255 characters, octal
escapes), Terraform's aws_route53_record (a string of more than 255 characters is split by ``\\"\\"`` inside it).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_TTL = 300
_STRING = 255
_DMARC = "v=DMARC1; p=none;"


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All values of one name and type, in presentation form, TXT as plain text."""

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]


def wanted(domain: str, needed: Iterable[dict[str, object]]) -> list[RecordSet]:
    """The record sets of what the emulator says is needed, and the suggestion for DMARC, which SES asks for in its
    guide and nothing else needs."""
    sets: dict[tuple[str, str], RecordSet] = {}
    for one in needed:
        name, type, value = str(one["name"]), str(one["type"]), str(one["value"])
        before = sets.get((name, type))
        sets[name, type] = RecordSet(name, type, _TTL, (*(before.values if before else ()), value))
    dmarc = f"_dmarc.{domain}"
    sets.setdefault((dmarc, "TXT"), RecordSet(dmarc, "TXT", _TTL, (_DMARC,)))
    return list(sets.values())


def zone_file(domain: str, region: str, sets: Sequence[RecordSet]) -> str:
    """A master file with absolute names, to include in the domain's zone."""
    lines = [f"; {line}" for line in _notes(domain, region)]
    for one in sets:
        lines += [f"{one.name}. {one.ttl} IN {one.type} {_in_zone(one.type, value)}" for value in one.values]
    return "\n".join(lines) + "\n"


def terraform(domain: str, region: str, sets: Sequence[RecordSet]) -> str:
    """A resource for each record set, and the variable for the hosted zone's id."""
    lines = [f"# {line}" for line in _notes(domain, region)]
    lines += ['variable "zone_id" {', f'  description = "The hosted zone of {domain}"', "  type        = string", "}"]
    for one in sets:
        values = ", ".join(_in_terraform(one.type, value) for value in one.values)
        lines += [
            "",
            f'resource "aws_route53_record" "{_label(one)}" {{',
            "  zone_id = var.zone_id",
            f"  name    = {_hcl(one.name)}",
            f'  type    = "{one.type}"',
            f"  ttl     = {one.ttl}",
            f"  records = [{values}]",
            "}",
        ]
    return "\n".join(lines) + "\n"


def route53(domain: str, region: str, sets: Sequence[RecordSet]) -> str:
    """For ``aws route53 change-resource-record-sets --hosted-zone-id … --change-batch file://…``."""
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": f"{one.name}.",
                "Type": one.type,
                "TTL": one.ttl,
                "ResourceRecords": [{"Value": _in_route53(one.type, value)} for value in one.values],
            },
        }
        for one in sets
    ]
    # Route 53 takes 256 characters of comment.
    return json.dumps({"Comment": " ".join(_notes(domain, region))[:256], "Changes": changes}, indent=2) + "\n"


FORMS: dict[str, Callable[[str, str, Sequence[RecordSet]], str]] = {
    "zone": zone_file,
    "terraform": terraform,
    "route53": route53,
}


def _notes(domain: str, region: str) -> list[str]:
    return [
        f"What {domain} needs for Amazon SES in {region}.",
        "Tokens and keys are this emulator's: at AWS take those that SES gives you.",
    ]


def _in_zone(type: str, value: str) -> str:
    if type == "TXT":
        return _quoted(value, lambda octet: f"\\{octet:03d}")
    return f"{value}." if type in ("CNAME", "MX") else value


def _in_route53(type: str, value: str) -> str:
    if type == "TXT":
        return _quoted(value, lambda octet: f"\\{octet:03o}")
    return f"{value}." if type in ("CNAME", "MX") else value


def _in_terraform(type: str, value: str) -> str:
    if type != "TXT":
        return _hcl(value)
    # The provider puts the outermost quotation marks.
    return _hcl(_quoted(value, lambda octet: f"\\{octet:03o}")[1:-1])


def _quoted(text: str, escape: Callable[[int], str]) -> str:
    """Strings of at most 255 octets; what is not plain ASCII by ``escape``."""
    octets = text.encode("utf-8")
    strings = []
    for start in range(0, len(octets) or 1, _STRING):
        part = octets[start : start + _STRING]
        strings.append(
            "".join(
                f"\\{chr(octet)}" if octet in b'"\\' else chr(octet) if 32 <= octet < 127 else escape(octet)
                for octet in part
            )
        )
    return " ".join(f'"{one}"' for one in strings)


def _hcl(text: str) -> str:
    """A quoted template of HCL without templates in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return f'"{escaped}"'


def _label(one: RecordSet) -> str:
    """A name in Terraform: letters, digits and underscores, a letter first."""
    return "ses_" + re.sub(r"[^A-Za-z0-9_]", "_", f"{one.name}_{one.type}".lower())
