"""What the state machine test knows of a place (an account in a region): a small model of what it holds and of what
becomes of mail, and the comparison with what v1 and v2 tell.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

REGIONS = ("eu-west-1", "us-east-1")
# Nobody sends from it: MAIL FROM domains that are rejected when their MX is not there are its alone.
QUIET = "quiet.example"
IDENTITIES = ("a.example", "box@a.example", QUIET)
BEHAVIOURS = {"UseDefaultValue": "USE_DEFAULT_VALUE", "RejectMessage": "REJECT_MESSAGE"}


@dataclass
class Known:
    """An identity. ``signing``: whether its DKIM is set up (its keys are there), ``signed``: and found."""

    verified: bool = False
    enabled: bool = False
    signing: bool = False
    signed: bool = False
    mail_from: str | None = None
    behaviour: str = "UseDefaultValue"
    default_set: str | None = None


@dataclass
class Set:
    sending: bool = True
    reasons: tuple[str, ...] | None = None


@dataclass
class Contact:
    everything: bool = False
    news: str | None = None


@dataclass
class Model:
    identities: dict[str, Known] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    sets: dict[str, Set] = field(default_factory=dict)
    suppressed: dict[str, str] = field(default_factory=dict)
    lists: dict[str, dict[str, Contact]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    sending: bool = True
    sent: int = 0

    def covering(self, address: str) -> list[Known]:
        """Most specific first."""
        names = (address, address.partition("@")[2])
        return [self.identities[name] for name in names if name in self.identities]

    def set_for(self, source: str, asked: str | None) -> str | None:
        """The configuration set of a mail."""
        return asked or next((one.default_set for one in self.covering(source) if one.default_set is not None), None)

    def refusal(
        self, version: int, source: str, asked: str | None, template: str | None, of_list: str | None
    ) -> str | None:
        """The code with which a mail is refused, None: it is accepted."""
        used, second = self.set_for(source, asked), version == 2
        if used is not None and used not in self.sets:
            if second:
                return "NotFoundException" if asked else "BadRequestException"
            return "ConfigurationSetDoesNotExist"
        if template is not None and template not in self.templates:
            return "NotFoundException" if second else "TemplateDoesNotExist"
        if not self.sending:
            return "SendingPausedException" if second else "AccountSendingPausedException"
        if used is not None and not self.sets[used].sending:
            return "SendingPausedException" if second else "ConfigurationSetSendingPausedException"
        if not any(one.verified for one in self.covering(source)):
            return "MessageRejected"
        return "NotFoundException" if of_list is not None and of_list not in self.lists else None

    def outcome(self, to: str, used: str | None, contact: Contact | None, topic: bool) -> str:
        if contact is not None and (contact.everything or (topic and contact.news == "OPT_OUT")):
            return "UNSUBSCRIBED"
        of_set = self.sets[used].reasons if used is not None else None
        reason = self.suppressed.get(to)
        if reason is not None and reason in (self.reasons if of_set is None else of_set):
            return {"BOUNCE": "SUPPRESSED", "COMPLAINT": "SUPPRESSED_COMPLAINT"}[reason]
        return "DELIVERED"


class Place:
    """An account in a region: its clients, and what it should hold."""

    def __init__(self, lab: Any, region: str) -> None:
        self.lab, self.region = lab, region
        self.v1, self.v2 = lab.client("ses", region), lab.client("sesv2", region)
        self.holds = Model()


def code_of(call: Callable[..., Any], **params: Any) -> tuple[str | None, Any]:
    """The code of its refusal, or None and its answer."""
    try:
        return None, call(**params)
    except ClientError as problem:
        answer = problem.response
        assert 400 <= answer["ResponseMetadata"]["HTTPStatusCode"] < 500, answer
        return answer["Error"]["Code"], None


def told(expected: str | None, call: Callable[..., Any], **params: Any) -> Any:
    code, answer = code_of(call, **params)
    assert code == expected, (call.__name__, params)
    return answer


def letter(here: Place, version: int, source: str, to: str, template: str | None) -> tuple[Any, dict[str, Any]]:
    destination, data = {"ToAddresses": [to]}, json.dumps({"name": "you"})
    simple = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    if version == 2:
        stored = {"Template": {"TemplateName": template, "TemplateData": data}}
        content = stored if template is not None else {"Simple": simple}
        return here.v2.send_email, {"FromEmailAddress": source, "Destination": destination, "Content": content}
    given: dict[str, Any] = {"Source": source, "Destination": destination}
    if template is None:
        return here.v1.send_email, {**given, "Message": simple}
    return here.v1.send_templated_email, {**given, "Template": template, "TemplateData": data}


def fate(here: Place, message_id: str) -> str:
    """What became of the only copy, once that is known."""
    deadline = time.monotonic() + 20
    while True:
        with here.lab.emulator._store.read() as reader:
            (state,) = reader.deliveries(message_id)
            message = reader.outbound(message_id)
        assert message is not None
        assert (message.scope.account, message.scope.region) == (here.lab.account, here.region)
        if state.outcome != "QUEUED" or time.monotonic() > deadline:
            return str(state.outcome)
        time.sleep(0.005)


# --- what both versions say of a place --------------------------------------------------------------


def identities_agree(here: Place) -> None:
    known = here.holds.identities
    names = list(IDENTITIES)
    assert here.v1.list_identities()["Identities"] == sorted(known)
    states = here.v1.get_identity_verification_attributes(Identities=names)["VerificationAttributes"]
    assert {name: one["VerificationStatus"] == "Success" for name, one in states.items()} == {
        name: one.verified for name, one in known.items()
    }
    dkim = {name: known.get(name.rpartition("@")[2], Known()) for name in known}
    of_v1 = here.v1.get_identity_dkim_attributes(Identities=names)["DkimAttributes"]
    assert {name: one["DkimEnabled"] for name, one in of_v1.items()} == {n: one.enabled for n, one in dkim.items()}
    mail_from = here.v1.get_identity_mail_from_domain_attributes(Identities=names)["MailFromDomainAttributes"]
    assert {name: (one["MailFromDomain"], one["BehaviorOnMXFailure"]) for name, one in mail_from.items()} == {
        name: (one.mail_from or "", one.behaviour) for name, one in known.items()
    }
    listed = here.v2.list_email_identities()["EmailIdentities"]
    assert {one["IdentityName"]: one["SendingEnabled"] for one in listed} == {
        n: one.verified for n, one in known.items()
    }
    for name, one in known.items():
        found = here.v2.get_email_identity(EmailIdentity=name)
        assert found["VerifiedForSendingStatus"] == one.verified
        assert found["DkimAttributes"]["SigningEnabled"] == dkim[name].enabled
        assert (found["DkimAttributes"]["Status"] == "SUCCESS") == dkim[name].signed
        assert found["MailFromAttributes"].get("MailFromDomain") == one.mail_from
        assert found["MailFromAttributes"]["BehaviorOnMxFailure"] == BEHAVIOURS[one.behaviour]
        assert found.get("ConfigurationSetName") == one.default_set


def templates_agree(here: Place) -> None:
    known = here.holds.templates
    of_v1 = here.v1.list_templates(MaxItems=100)["TemplatesMetadata"]
    of_v2 = here.v2.list_email_templates(PageSize=100)["TemplatesMetadata"]
    assert [one["Name"] for one in of_v1] == [one["TemplateName"] for one in of_v2]
    assert {one["Name"] for one in of_v1} == set(known)
    for name, subject in known.items():
        assert here.v1.get_template(TemplateName=name)["Template"]["SubjectPart"] == subject
        assert here.v2.get_email_template(TemplateName=name)["TemplateContent"] == {"Subject": subject, "Text": "t"}


def sets_agree(here: Place) -> None:
    known = here.holds.sets
    assert [one["Name"] for one in here.v1.list_configuration_sets()["ConfigurationSets"]] == sorted(known)
    assert here.v2.list_configuration_sets()["ConfigurationSets"] == sorted(known)
    for name, one in known.items():
        asked = {"ConfigurationSetName": name, "ConfigurationSetAttributeNames": ["reputationOptions"]}
        assert here.v1.describe_configuration_set(**asked)["ReputationOptions"]["SendingEnabled"] == one.sending
        found = here.v2.get_configuration_set(ConfigurationSetName=name)
        assert found["SendingOptions"]["SendingEnabled"] == one.sending
        reasons = (found.get("SuppressionOptions") or {}).get("SuppressedReasons")
        assert (None if reasons is None else tuple(reasons)) == one.reasons


def contacts_agree(here: Place) -> None:
    known = here.holds.lists
    listed = here.v2.list_contact_lists().get("ContactLists", [])
    assert [one["ContactListName"] for one in listed] == list(known)
    for name, contacts in known.items():
        found = {}
        for one in here.v2.list_contacts(ContactListName=name)["Contacts"]:
            said = {each["TopicName"]: each["SubscriptionStatus"] for each in one["TopicPreferences"]}
            found[one["EmailAddress"]] = Contact(one["UnsubscribeAll"], said.get("news"))
        assert found == contacts


def account_agrees(here: Place) -> None:
    model = here.holds
    assert here.v1.get_account_sending_enabled()["Enabled"] == model.sending
    assert here.v1.get_send_quota()["SentLast24Hours"] == model.sent
    account = here.v2.get_account()
    assert account["SendingEnabled"] == model.sending
    assert account["SendQuota"]["SentLast24Hours"] == model.sent
    assert tuple(account["SuppressionAttributes"]["SuppressedReasons"]) == model.reasons
    found = here.v2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert {one["EmailAddress"]: one["Reason"] for one in found} == model.suppressed
