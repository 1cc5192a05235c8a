"""What seeds say, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.values import AccountDetails, DkimOrigin, IdentityKind, MailFrom, Record, Scope, Status

PARTS = ("verification", "dkim", "mail_from")
"""What an identity's owner publishes, by the names of ``post.identities.needed``."""


@dataclass(frozen=True, slots=True)
class SeededAccount:
    """``production`` None is as the emulator was started."""

    scope: Scope
    production: bool | None = None
    sending_enabled: bool = True
    details: AccountDetails | None = None


@dataclass(frozen=True, slots=True)
class SeededDkim:
    """``tokens`` and ``private_key`` None are drawn when the identity is made. No tokens: DKIM was never asked for."""

    enabled: bool = True
    status: Status = Status.NOT_STARTED
    origin: DkimOrigin = DkimOrigin.EASY_DKIM
    tokens: tuple[str, ...] | None = ()
    private_key: str | None = None
    bits: int | None = None


@dataclass(frozen=True, slots=True)
class SeededIdentity:
    """``token`` None is drawn where one is needed. ``publish`` are those of ``PARTS`` that the world's DNS holds."""

    scope: Scope
    name: str
    kind: IdentityKind
    status: Status
    token: str | None
    dkim: SeededDkim
    mail_from: MailFrom
    publish: tuple[str, ...]


@dataclass(slots=True)
class Seed:
    """Of all files together. Each thing has its place (file, line, key) beside it until all of it is checked."""

    accounts: dict[Scope, tuple[str, SeededAccount]] = field(default_factory=dict)
    identities: dict[tuple[Scope, str], tuple[str, SeededIdentity]] = field(default_factory=dict)
    records: list[tuple[str, Record]] = field(default_factory=list)
