"""Random sequences of operations at v1 and v2, in two accounts and two regions, against a small model: what one version
does the other sees, no place sees another's, every refusal is the one that the state explains, nothing is a 5xx.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.flow import small_model as model
from tests.flow.small_model import BEHAVIOURS, IDENTITIES, QUIET, REGIONS, Contact, Known, Place, Set, told

PLACES = range(4)
# What stands first is drawn more often than the rest, so that operations meet.
places, versions = st.sampled_from((0, 0, 0, *PLACES)), st.sampled_from((1, 2))
identities = st.sampled_from(("a.example", *IDENTITIES))
senders = st.sampled_from(("box@a.example", "any@a.example", "any@a.example", "stranger@c.example"))
recipients = st.sampled_from(("ann@reader.example", "ann@reader.example", "Bob@reader.example"))
templates, sets = st.sampled_from(("hello", "hello", "bye")), st.sampled_from(("first", "first", "second"))
lists, topics = st.sampled_from(("people", "people", "others")), st.sampled_from((None, "OPT_IN", "OPT_OUT"))
reasons = st.sampled_from(((), ("BOUNCE",), ("COMPLAINT",), ("BOUNCE", "COMPLAINT")))


class Machine(RuleBasedStateMachine):
    def __init__(self, start: Callable[[], list[Place]]) -> None:
        super().__init__()
        self.places = start()
        self.others = itertools.cycle(PLACES)

    @initialize(some=st.sets(st.sampled_from(PLACES), min_size=2))
    def begin(self, some: set[int]) -> None:
        """Some of the places have what mail needs."""
        for at in sorted({0, *some}):
            self.ask_identity(at, 2, "a.example", dkim=True)
            self.verify(at, "a.example")
            self.ask_identity(at, 1, QUIET, dkim=False)
            self.write_template(at, 1, "hello", True, "Hi")
            self.make_or_drop_set(at, 2, "first", True)
            self.make_or_drop_list(at, "people", True)
            self.keep_contact(at, "people", "Bob@reader.example", "create", False, "OPT_OUT")

    def look(self, at: int, area: Callable[[Place], None]) -> None:
        """At the place that was changed, and at another in turn."""
        area(self.places[at])
        area(self.places[next(self.others)])

    # --- identities -----------------------------------------------------------------------------

    @rule(at=places, version=versions, name=identities, dkim=st.booleans())
    def ask_identity(self, at: int, version: int, name: str, dkim: bool) -> None:
        here = self.places[at]
        known = here.holds.identities
        if version == 2:
            short = {} if "@" in name else {"DkimSigningAttributes": {"NextSigningKeyLength": "RSA_1024_BIT"}}
            expected = "AlreadyExistsException" if name in known else None
            told(expected, here.v2.create_email_identity, EmailIdentity=name, **short)
            if expected is None:
                known[name] = Known(enabled="@" not in name, signing="@" not in name)
        elif "@" in name:
            told(None, here.v1.verify_email_identity, EmailAddress=name)
            known.setdefault(name, Known())
        else:
            told(None, here.v1.verify_domain_dkim if dkim else here.v1.verify_domain_identity, Domain=name)
            one = known.setdefault(name, Known())
            if dkim and not one.signing:
                one.signing = one.enabled = True
        self.look(at, model.identities_agree)

    @rule(at=places, name=identities)
    def verify(self, at: int, name: str) -> None:
        here = self.places[at]
        where = f"identities/{name}/verify?account={here.lab.account}&region={here.region}"
        status, _ = here.lab.raw_api("POST", where)
        one = here.holds.identities.get(name)
        assert status == (404 if one is None else 200)
        if one is not None:
            one.verified, one.signed = True, one.signing
        self.look(at, model.identities_agree)

    @rule(at=places, version=versions, name=identities)
    def forget_identity(self, at: int, version: int, name: str) -> None:
        here = self.places[at]
        if version == 1:
            told(None, here.v1.delete_identity, Identity=name)
        else:
            there = name in here.holds.identities
            told(None if there else "NotFoundException", here.v2.delete_email_identity, EmailIdentity=name)
        here.holds.identities.pop(name, None)
        self.look(at, model.identities_agree)

    @rule(at=places, version=versions, name=identities, on=st.booleans())
    def switch_dkim(self, at: int, version: int, name: str, on: bool) -> None:
        here = self.places[at]
        known = here.holds.identities
        if version == 2:
            expected = None if name in known else "NotFoundException"
            told(expected, here.v2.put_email_identity_dkim_attributes, EmailIdentity=name, SigningEnabled=on)
        else:
            domain = known.get(name.rpartition("@")[2])
            refused = domain is None or (on and not domain.signed)
            expected = "InvalidParameterValue" if refused else None
            told(expected, here.v1.set_identity_dkim_enabled, Identity=name, DkimEnabled=on)
        if expected is None and "@" not in name:
            known[name].enabled = on
        self.look(at, model.identities_agree)

    @rule(
        at=places,
        version=versions,
        name=identities,
        label=st.sampled_from(("", "bounce", "mail")),
        reject=st.booleans(),
    )
    def set_mail_from(self, at: int, version: int, name: str, label: str, reject: bool) -> None:
        here = self.places[at]
        one = here.holds.identities.get(name)
        behaviour = "RejectMessage" if reject and name == QUIET else "UseDefaultValue"
        domain = {"MailFromDomain": f"{label}.{name.rpartition('@')[2]}"} if label else {}
        if version == 1:
            call, given = here.v1.set_identity_mail_from_domain, {"Identity": name, "BehaviorOnMXFailure": behaviour}
        else:
            call = here.v2.put_email_identity_mail_from_attributes
            given = {"EmailIdentity": name, "BehaviorOnMxFailure": BEHAVIOURS[behaviour]}
        missing = "InvalidParameterValue" if version == 1 else "NotFoundException"
        told(None if one is not None else missing, call, **given, **domain)
        if one is not None:
            one.mail_from, one.behaviour = domain.get("MailFromDomain"), behaviour
        self.look(at, model.identities_agree)

    @rule(at=places, name=identities, used=st.none() | sets)
    def choose_default_set(self, at: int, name: str, used: str | None) -> None:
        here = self.places[at]
        one = here.holds.identities.get(name)
        given = {} if used is None else {"ConfigurationSetName": used}
        fits = one is not None and (used is None or used in here.holds.sets)
        call = here.v2.put_email_identity_configuration_set_attributes
        told(None if fits else "NotFoundException", call, EmailIdentity=name, **given)
        if fits and one is not None:
            one.default_set = used
        self.look(at, model.identities_agree)

    # --- templates and configuration sets -------------------------------------------------------

    @rule(at=places, version=versions, name=templates, new=st.booleans(), word=st.sampled_from(("Hi", "Dear")))
    def write_template(self, at: int, version: int, name: str, new: bool, word: str) -> None:
        here = self.places[at]
        there = name in here.holds.templates
        subject, text = f"{word} {{{{name}}}}", "t"
        if version == 1:
            call = here.v1.create_template if new else here.v1.update_template
            given: dict[str, Any] = {"Template": {"TemplateName": name, "SubjectPart": subject, "TextPart": text}}
            codes = ("AlreadyExists", "TemplateDoesNotExist")
        else:
            call = here.v2.create_email_template if new else here.v2.update_email_template
            given = {"TemplateName": name, "TemplateContent": {"Subject": subject, "Text": text}}
            codes = ("AlreadyExistsException", "NotFoundException")
        told(None if new != there else codes[0 if new else 1], call, **given)
        if new != there:
            here.holds.templates[name] = subject
        self.look(at, model.templates_agree)

    @rule(at=places, version=versions, name=templates)
    def drop_template(self, at: int, version: int, name: str) -> None:
        here = self.places[at]
        there = here.holds.templates.pop(name, None) is not None
        call = here.v1.delete_template if version == 1 else here.v2.delete_email_template
        told(None if there or version == 1 else "NotFoundException", call, TemplateName=name)
        self.look(at, model.templates_agree)

    @rule(at=places, version=versions, name=sets, new=st.booleans())
    def make_or_drop_set(self, at: int, version: int, name: str, new: bool) -> None:
        here = self.places[at]
        there = name in here.holds.sets
        codes = (
            ("ConfigurationSetAlreadyExists", "ConfigurationSetDoesNotExist"),
            ("AlreadyExistsException", "NotFoundException"),
        )
        expected = None if new != there else codes[version - 1][0 if new else 1]
        client = here.v1 if version == 1 else here.v2
        if new and version == 1:
            told(expected, client.create_configuration_set, ConfigurationSet={"Name": name})
        else:
            call = client.create_configuration_set if new else client.delete_configuration_set
            told(expected, call, ConfigurationSetName=name)
        if new and not there:
            here.holds.sets[name] = Set()
        elif not new:
            here.holds.sets.pop(name, None)
        self.look(at, model.sets_agree)

    @rule(at=places, version=versions, name=sets, on=st.booleans())
    def pause_set(self, at: int, version: int, name: str, on: bool) -> None:
        here = self.places[at]
        one = here.holds.sets.get(name)
        if version == 1:
            call = here.v1.update_configuration_set_sending_enabled
            told(None if one else "ConfigurationSetDoesNotExist", call, ConfigurationSetName=name, Enabled=on)
        else:
            call = here.v2.put_configuration_set_sending_options
            told(None if one else "NotFoundException", call, ConfigurationSetName=name, SendingEnabled=on)
        if one is not None:
            one.sending = on
        self.look(at, model.sets_agree)
        self.mail(at, 3 - version, "any@a.example", "ann@reader.example", name)

    @rule(at=places, name=sets, reasons=reasons)
    def suppress_in_set(self, at: int, name: str, reasons: tuple[str, ...]) -> None:
        here = self.places[at]
        one = here.holds.sets.get(name)
        call = here.v2.put_configuration_set_suppression_options
        told(None if one else "NotFoundException", call, ConfigurationSetName=name, SuppressedReasons=list(reasons))
        if one is not None:
            one.reasons = reasons
        self.look(at, model.sets_agree)
        self.mail(at, 2, "any@a.example", "ann@reader.example", name)

    # --- suppression, contacts, the account -----------------------------------------------------

    @rule(at=places, address=recipients, reason=st.sampled_from(("BOUNCE", "COMPLAINT", None)))
    def suppress(self, at: int, address: str, reason: str | None) -> None:
        here = self.places[at]
        known = here.holds.suppressed
        if reason is not None:
            told(None, here.v2.put_suppressed_destination, EmailAddress=address, Reason=reason)
            known[address] = reason
        else:
            there = known.pop(address, None) is not None
            told(None if there else "NotFoundException", here.v2.delete_suppressed_destination, EmailAddress=address)
        self.mail(at, 1, "any@a.example", address)

    @rule(at=places, name=lists, new=st.booleans())
    def make_or_drop_list(self, at: int, name: str, new: bool) -> None:
        here = self.places[at]
        known = here.holds.lists
        if new:
            topic = {"TopicName": "news", "DisplayName": "News", "DefaultSubscriptionStatus": "OPT_IN"}
            expected = "BadRequestException" if known else None
            told(expected, here.v2.create_contact_list, ContactListName=name, Topics=[topic])
            if not known:
                known[name] = {}
        else:
            there = known.pop(name, None) is not None
            told(None if there else "NotFoundException", here.v2.delete_contact_list, ContactListName=name)
        self.look(at, model.contacts_agree)

    @rule(
        at=places,
        name=lists,
        address=recipients,
        what=st.sampled_from(("update", "update", "create", "delete")),
        everything=st.booleans(),
        news=topics,
    )
    def keep_contact(self, at: int, name: str, address: str, what: str, everything: bool, news: str | None) -> None:
        here = self.places[at]
        known = here.holds.lists.get(name)
        of = {"ContactListName": name, "EmailAddress": address}
        said = {} if news is None else {"TopicPreferences": [{"TopicName": "news", "SubscriptionStatus": news}]}
        there = known is not None and address in known
        expected = None if known is not None and there != (what == "create") else "NotFoundException"
        if what == "create" and there:
            expected = "AlreadyExistsException"
        if what == "delete":
            told(expected, here.v2.delete_contact, **of)
        else:
            call = here.v2.create_contact if what == "create" else here.v2.update_contact
            told(expected, call, **of, **said, UnsubscribeAll=everything)
        if expected is None and known is not None:
            before = known.pop(address, Contact())
            if what != "delete":
                known[address] = Contact(everything, news or before.news)
        self.mail(at, 2, "any@a.example", address, of_list=name, topic=True)

    @rule(at=places, version=versions, on=st.booleans())
    def pause_account(self, at: int, version: int, on: bool) -> None:
        here = self.places[at]
        if version == 1:
            told(None, here.v1.update_account_sending_enabled, Enabled=on)
        else:
            told(None, here.v2.put_account_sending_attributes, SendingEnabled=on)
        here.holds.sending = on
        self.mail(at, 3 - version, "any@a.example", "ann@reader.example")

    @rule(at=places, reasons=reasons)
    def suppress_in_account(self, at: int, reasons: tuple[str, ...]) -> None:
        here = self.places[at]
        told(None, here.v2.put_account_suppression_attributes, SuppressedReasons=list(reasons))
        here.holds.reasons = reasons
        self.mail(at, 1, "any@a.example", "ann@reader.example")

    # --- mail -----------------------------------------------------------------------------------

    @rule(at=places, version=versions, source=senders, to=recipients, asked=st.none() | sets)
    def send(self, at: int, version: int, source: str, to: str, asked: str | None) -> None:
        self.mail(at, version, source, to, asked)

    @rule(at=places, version=versions, to=recipients, asked=st.none() | sets, template=templates)
    def send_template(self, at: int, version: int, to: str, asked: str | None, template: str) -> None:
        self.mail(at, version, "box@a.example", to, asked, template)

    @rule(at=places, to=recipients, name=lists, topic=st.booleans())
    def send_to_contact(self, at: int, to: str, name: str, topic: bool) -> None:
        self.mail(at, 2, "any@a.example", to, of_list=name, topic=topic)

    def mail(
        self,
        at: int,
        version: int,
        source: str,
        to: str,
        asked: str | None = None,
        template: str | None = None,
        of_list: str | None = None,
        topic: bool = False,
    ) -> None:
        here = self.places[at]
        holds = here.holds
        expected = holds.refusal(version, source, asked, template, of_list)
        call, given = model.letter(here, version, source, to, template)
        if asked is not None:
            given["ConfigurationSetName"] = asked
        if of_list is not None:
            given["ListManagementOptions"] = {"ContactListName": of_list} | ({"TopicName": "news"} if topic else {})
        answer = told(expected, call, **given)
        if expected is None:
            holds.sent += 1
            contact = holds.lists[of_list].setdefault(to, Contact()) if of_list is not None else None
            outcome = holds.outcome(to, holds.set_for(source, asked), contact, topic)
            assert model.fate(here, answer["MessageId"]) == outcome
            # A mail makes a contact of whom it goes to.
            model.contacts_agree(here)
        model.account_agrees(here)

    def teardown(self) -> None:
        for here in self.places:
            for area in (
                model.identities_agree,
                model.templates_agree,
                model.sets_agree,
                model.contacts_agree,
                model.account_agrees,
            ):
                area(here)


@pytest.fixture
def start(fresh: Callable[..., Any]) -> Callable[[], list[Place]]:
    """``start()``: the four places, with nothing in them."""
    lab = fresh(production=True, max_send_rate=-1.0)
    other = type(lab)(lab.emulator, "210987654321")

    def empty() -> list[Place]:
        lab.api("POST", "reset")
        return [Place(one, region) for one in (lab, other) for region in REGIONS]

    return empty


def test_both_versions_do_as_a_small_model_does_wherever_they_are_called(start):
    bounds = settings(
        max_examples=8,
        stateful_step_count=50,
        derandomize=True,
        deadline=None,
        database=None,
        # Shrinking would take minutes; the steps that led to a failure are printed as they were.
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: Machine(start), settings=bounds)
