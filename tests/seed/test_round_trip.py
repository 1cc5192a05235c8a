"""An emulator that is started from an export has the state that was exported."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.cli.seeds import as_yaml
from emulator.clock import Clock
from emulator.mail.sign import make_key
from emulator.post.dkim_keys import ByoKey
from emulator.post.happenings import Happenings
from emulator.post.identities import Identities
from emulator.post.keyring import Keyring
from emulator.seed.export import export
from emulator.seed.files import read_seeds
from emulator.seed.plant import Seeds
from emulator.settings import Settings
from emulator.store.sql.engine import SqlStore, open_store, sqlite_url
from emulator.values import Account, AccountDetails, OnMxFailure, Record, Scope, Status

SCOPES = st.sampled_from(
    [Scope("123456789012", "us-east-1"), Scope("123456789012", "eu-west-1"), Scope("000000000001", "us-east-1")]
)
DOMAINS = st.sampled_from(["example.com", "sub.example.com", "other.example"])
ADDRESSES = st.sampled_from(["you@example.com", "You+tag@example.com", "o'neil@other.example"])
NASTY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


@cache
def _key(bits: int) -> str:
    return make_key(bits)


class World:
    """What the API does to identities, accounts and DNS, on a store of its own."""

    def __init__(self, folder: str) -> None:
        self.store: SqlStore = open_store(sqlite_url(Path(folder)))
        self.identities = Identities(
            self.store,
            Clock(),
            Settings(),
            Keyring(lambda: _key(1024), "secret"),
            base_url=lambda: "http://127.0.0.1:1",
            woken=lambda: None,
            changed=lambda: None,
            happenings=Happenings("session"),
        )

    def do(self, step: tuple[str, Scope, object]) -> None:
        what, scope, given = step
        match what, given:
            case "address", (str() as name, bool() as verified):
                self.identities.ask_address(scope, name, "caller")
                if verified:
                    self.identities.mark_verified(scope, name)
            case "domain", (str() as name, str() as how, bool() as verified):
                if self.identities.get(scope, name) is None:
                    if how == "v1":
                        self.identities.ask_domain(scope, name)
                    else:
                        byo = {"easy": None, "byo": ByoKey("sel", _key(1024)), "bad": ByoKey("sel", "bm9uc2Vuc2U=")}
                        self.identities.create_domain(scope, name, 1024, byo[how])
                if verified:
                    self.identities.mark_verified(scope, name)
            case "dkim", (str() as name, bool() as enabled):
                found = self.identities.get(scope, name)
                if found is not None:
                    self.identities.set_dkim_enabled(found, enabled)
            case "mail_from", (str() as name, OnMxFailure() as on_mx_failure, bool() as there):
                found = self.identities.get(scope, name)
                if found is not None:
                    domain = "mail." + name.rpartition("@")[2] if there else None
                    self.identities.set_mail_from(found, domain, on_mx_failure)
            case "publish", (str() as name, str() as part):
                self.identities.publish(scope, name, part)
            case "state", (str() as name, Status() as status):
                self._state(scope, name, status)
            case "record", Record() as record:
                with self.store.write() as writer:
                    writer.put_records([record])
            case "account", Account() as account:
                with self.store.write() as writer:
                    writer.account_for_update(scope)
                    writer.save_account(account)
            case _:
                raise AssertionError(step)

    def _state(self, scope: Scope, name: str, status: Status) -> None:
        """What time and DNS may make of an identity."""
        with self.store.write() as writer:
            found = writer.identity_for_update(scope, name)
            if found is None:
                return
            dkim, mail_from = found.dkim, found.mail_from
            if dkim.tokens and dkim.private_key != "bm9uc2Vuc2U=":
                dkim = replace(dkim, status=status)
            if mail_from.domain is not None:
                mail_from = replace(mail_from, status=status)
            verification = replace(found.verification, status=status)
            writer.save_identity(replace(found, verification=verification, dkim=dkim, mail_from=mail_from))

    def exported(self) -> dict[str, object]:
        with self.store.read() as reader:
            return export(reader)

    def keys(self) -> list[Record]:
        """What SES itself publishes for identities, which an export leaves to them."""
        with self.store.read() as reader:
            return [one for one in reader.records() if one.origin == "ses"]


def _account(scope: Scope) -> st.SearchStrategy[Account]:
    details = st.builds(
        AccountDetails,
        mail_type=st.sampled_from(["MARKETING", "TRANSACTIONAL"]),
        website_url=NASTY,
        contact_language=st.sampled_from([None, "EN", "JA"]),
        use_case_description=st.none() | NASTY,
        additional_contacts=st.lists(NASTY, max_size=2).map(tuple),
        review_status=st.sampled_from(["PENDING", "GRANTED"]),
        case_id=st.from_regex(r"[0-9]{10}", fullmatch=True),
    )
    return st.builds(
        Account,
        scope=st.just(scope),
        production=st.booleans(),
        sending_enabled=st.booleans(),
        details=st.none() | details,
    )


NAMES = DOMAINS | ADDRESSES
TXT = st.builds(
    Record,
    name=st.sampled_from(["txt.example", "*.txt.example", "_dmarc.example.com", "mail.example.com"]),
    type=st.just("TXT"),
    # What looks like a quoted string is read as one, so it is no value that DNS could hold here.
    value=NASTY.filter(lambda text: not text.lstrip().startswith('"')),
    ttl=st.integers(0, 2**31 - 1),
    origin=st.sampled_from(["api", "route53:123456789012:Z1", "publish"]),
)
STEPS = SCOPES.flatmap(
    lambda scope: st.one_of(
        st.tuples(st.just("address"), st.just(scope), st.tuples(ADDRESSES, st.booleans())),
        st.tuples(
            st.just("domain"),
            st.just(scope),
            st.tuples(DOMAINS, st.sampled_from(["v1", "easy", "byo", "bad"]), st.booleans()),
        ),
        st.tuples(st.just("dkim"), st.just(scope), st.tuples(DOMAINS, st.booleans())),
        st.tuples(
            st.just("mail_from"), st.just(scope), st.tuples(NAMES, st.sampled_from(list(OnMxFailure)), st.booleans())
        ),
        st.tuples(
            st.just("publish"),
            st.just(scope),
            st.tuples(NAMES, st.sampled_from(["dkim", "mail_from", "verification", "all"])),
        ),
        st.tuples(
            st.just("state"),
            st.just(scope),
            st.tuples(NAMES, st.sampled_from([one for one in Status if one is not Status.NOT_STARTED])),
        ),
        st.tuples(st.just("record"), st.just(scope), TXT),
        st.tuples(st.just("account"), st.just(scope), _account(scope)),
    )
)


@given(st.lists(STEPS, min_size=1, max_size=14))
@settings(max_examples=40, deadline=None)
def test_what_is_exported_comes_back(steps):
    with TemporaryDirectory() as here, TemporaryDirectory() as there, TemporaryDirectory() as between:
        first, second = World(here), World(there)
        try:
            for step in steps:
                first.do(step)
            wanted = first.exported()
            file = Path(between) / "export.yaml"
            text = as_yaml(wanted)
            assert text.isascii()
            assert yaml.safe_load(text) == wanted
            file.write_text(text)
            Seeds(read_seeds([file])).sow(second.store, 1000.0)
            assert second.exported() == wanted
            assert second.keys() == first.keys()
        finally:
            first.store.close()
            second.store.close()
