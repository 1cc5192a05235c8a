"""pyspf's query with our resolver under it.

A module of its own, imported with the first mail: pyspf brings dnspython along and is no matter of start-up.
"""

from __future__ import annotations

from typing import Any

import spf

from emulator.dns.resolver import Resolver

_LONGEST_RECORD = 4096
_LONGEST_TERM = 512
_FAILED = ("SERVFAIL", "TIMEOUT")


class Query(spf.query):  # type: ignore[misc]
    """One SPF evaluation. ``record`` is the SPF record of the domain asked about, "" when it has none; ``crowded`` the
    domain, that one or an included one, that has several.

    pyspf evaluates in its strict mode: 10 lookups, 10 MX and PTR names and 2 void lookups (RFC 7208 4.6.4).
    """

    def __init__(
        self, address: str, local: str, domain: str, helo: str, receiver: str, resolver: Resolver, now: float
    ) -> None:
        super().__init__(i=address, s=f"{local}@{domain}", h=helo, receiver=receiver)
        # pyspf cuts at the first @, a quoted local part may hold one; and it asks the system's clock for %{t}.
        self.l, self.o, self.d = local, domain, domain
        self.t = str(int(now))
        self.record = ""
        self.crowded = ""
        self._resolver = resolver
        self.set_default_explanation("")

    def dns_spf(self, domain: str) -> str | None:
        try:
            record: str | None = super().dns_spf(domain)
        except spf.PermError:
            if sum(bool(spf.RE_SPF.match(text)) for text in self.dns_txt(domain)) > 1:
                self.crowded = domain
                raise spf.PermError(f"{domain} has several SPF records") from None
            raise
        if record and len(record) > _LONGEST_RECORD:
            # RFC 7208 3.4 wants under 450 characters; pyspf's expressions take the square of what they are given.
            raise spf.PermError(f"SPF record of {domain} is longer than {_LONGEST_RECORD} characters")
        if domain == self.o and not self.record:
            self.record = record or ""
        return record

    def expand(self, s: str, stripdot: bool = True) -> str:
        if len(s) > _LONGEST_TERM:
            # Twice the length of any domain; pyspf searches the whole of it once for each label.
            raise spf.PermError(f"Term is longer than {_LONGEST_TERM} characters")
        expanded: str = super().expand(s, stripdot)
        return expanded

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        """What pyspf asks of DNS: TXT as tuples of bytes, MX as (preference, host), others as text.

        The resolver has followed CNAMEs. An answer is kept for the life of this query, as in pyspf; an empty one
        still counts as a void lookup each time.
        """
        name = str(name).removesuffix(".").lower()
        if not all(0 < len(label) < 64 for label in name.split(".")):
            return []
        found: list[Any] | None = self.cache.get((name, qtype))
        if found is None:
            answer = self._resolver.query(name, qtype)
            if answer.status in _FAILED:
                raise spf.TempError(f"DNS {answer.status} for {name} {qtype}")
            found = [value for text in answer.values if (value := _value(qtype, text)) is not None]
            self.cache[(name, qtype)] = found
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError(f"Void lookup limit of {spf.MAX_VOID_LOOKUPS} exceeded")
        return found


def _value(qtype: str, text: str) -> Any:
    if qtype in ("TXT", "SPF"):
        return (text.encode("utf-8", "backslashreplace"),)
    if qtype == "MX":
        preference, _, host = text.strip().partition(" ")
        return (int(preference), host.strip().removesuffix(".")) if preference.isdecimal() else None
    return text.removesuffix(".")
