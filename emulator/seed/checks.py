"""What only all seeds together can have wrong: records that cannot stand beside each other."""

from __future__ import annotations

from collections import defaultdict

from emulator.dns.records import check_record
from emulator.policy.dns_records import mail_from_records
from emulator.seed.model import Seed
from emulator.seed.problems import Problems
from emulator.values import Identity, Record


def check_together(seed: Seed, problems: Problems) -> None:
    """Adds each record that may not stand beside another one of the seeds, or of what they publish."""
    at: dict[str, list[Record]] = defaultdict(list)
    for _, record in seed.records:
        at[record.name].append(record)
    for place, identity in seed.identities.values():
        if "mail_from" in identity.publish:
            made = Identity(identity.scope, identity.name, identity.kind, 0.0, mail_from=identity.mail_from)
            for record in mail_from_records(made):
                at[record.name].append(record)
                _check(record, at, place, problems)
    for place, record in seed.records:
        _check(record, at, place, problems)


def _check(record: Record, at: dict[str, list[Record]], place: str, problems: Problems) -> None:
    try:
        check_record(record, [other for other in at[record.name] if other is not record])
    except ValueError as problem:
        problems.add(place, str(problem))
