"""Master files (RFC 1035 5.1) as records of the world. ``$ORIGIN`` and ``$TTL`` are followed; ``$INCLUDE`` is not, the
other file is a seed of its own."""

from __future__ import annotations

from emulator.dns.records import normal_name, parse_record
from emulator.seed.problems import Problems
from emulator.values import Record

_TTL = 300


def parse_zone(
    name: str, text: str, origin: str | None, problems: Problems, first_line: int = 1
) -> list[tuple[str, Record]]:
    """Each record with its place (``a.zone:7``). ``origin`` stands for ``@`` until ``$ORIGIN`` says otherwise; None:
    relative names are a mistake before it. ``first_line`` is where ``text`` begins in the file ``name``."""
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.tokenizer
    import dns.zonefile

    found: list[tuple[str, Record]] = []

    def place(line: int) -> str:
        return f"{name}:{line + first_line - 1}"

    class Lines(dns.tokenizer.Tokenizer):
        """Remembers where the last word stood: the line end after it has been read when something is found wrong."""

        last = 1

        def get(self, want_leading: bool = False, want_comment: bool = False) -> dns.tokenizer.Token:
            before = self.last
            if self.ungotten_token is None:
                self.last = self.line_number
            token = super().get(want_leading, want_comment)
            if token.is_eol_or_eof():
                self.last = before
            return token

    class Reading(dns.zonefile.RRsetsReaderTransaction):
        """Is told of one record after the other, when it has been read."""

        def add(self, *given: object) -> None:
            owner, ttl, rdata = given
            assert isinstance(owner, dns.name.Name)
            assert isinstance(ttl, int)
            assert isinstance(rdata, dns.rdata.Rdata)
            at = place(tokenizer.last)
            kind = rdata.rdtype.name
            try:
                found.append((at, parse_record(owner.to_text(), kind, rdata.to_text(), ttl, "seed")))
            except ValueError as problem:
                problems.add(at, str(problem))

    if not text.endswith("\n"):
        text += "\n"
    tokenizer = Lines(text, name)
    try:
        start = dns.name.from_text(normal_name(origin) + ".") if origin is not None else None
        manager = dns.zonefile.RRSetsReaderManager(start, False, dns.rdataclass.IN)
        # dnspython's Transaction, which Reading is, has no type for what makes it.
        transaction = Reading(manager, True, False)  # type: ignore[no-untyped-call]
        reader = dns.zonefile.Reader(
            tokenizer, dns.rdataclass.IN, transaction, allow_directives=("$ORIGIN", "$TTL"), default_ttl=_TTL
        )
        reader.read()
    except dns.exception.DNSException as problem:
        # dnspython begins a syntax error with the file and the line.
        said = str(problem).removeprefix(f"{name}:{tokenizer.where()[1]}: ") or type(problem).__name__
        problems.add(place(tokenizer.last), f"not a zone file: {said:.300}")
    except (ValueError, UnicodeError) as problem:
        problems.add(place(tokenizer.last), f"not a zone file: {problem!s:.300}")
    return found
