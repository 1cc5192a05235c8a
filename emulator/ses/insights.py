"""GetMessageInsights and GetEmailAddressInsights (v2): from what really happened, and from the world's DNS.

Source: API2, events-and-api.md 1 and 8. Nothing is known of how SES judges an address; here a verdict says what can be
found out: syntax by the rules of sending, MX or A records by the world's DNS, a mailbox by the suppression list (a hard
bounce says it is not there; no other does), roles by RFC 2142's names and the usual others, disposable domains by a
short list, random input by consonants and digits that nobody could say.
"""

from __future__ import annotations

import re
from typing import Any

from emulator.documents.suppression import SuppressedDestination
from emulator.errors import Fault
from emulator.errors import insights as errors
from emulator.mail import raw
from emulator.policy import addresses, insights, simulator, suppression
from emulator.policy.insights import Event
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.ses.metrics import require_vdm
from emulator.values import OutboundMessage

_ROLES = frozenset(
    {
        "abuse",
        "admin",
        "administrator",
        "billing",
        "contact",
        "help",
        "hostmaster",
        "info",
        "jobs",
        "marketing",
        "no-reply",
        "noc",
        "noreply",
        "office",
        "postmaster",
        "root",
        "sales",
        "security",
        "support",
        "usenet",
        "webmaster",
        "www",
    }
)
_DISPOSABLE = frozenset(
    {
        "10minutemail.com",
        "guerrillamail.com",
        "mailinator.com",
        "sharklasers.com",
        "temp-mail.org",
        "trashmail.com",
        "yopmail.com",
    }
)
_RANDOM = re.compile(r"[bcdfghjklmnpqrstvwxz0-9]{7}", re.IGNORECASE)


def get_message_insights(desk: Desk, call: Call, params: Params) -> Result:
    """VDM is asked for first, then whether the message is there (observed). Recipients in the order of the store."""
    message_id = params["MessageId"]
    with desk.store.read() as reader:
        require_vdm(reader, call.scope)
        message = reader.outbound(message_id)
        if message is None or message.scope != call.scope:
            raise errors.message_not_found(message_id, call.scope.account)
        copies = [
            copy
            for copy in reader.sent(call.scope, message.accepted_at, message.accepted_at + 0.001)
            if copy.message_id == message_id
        ]
    return {
        "MessageId": message_id,
        "FromEmailAddress": message.source,
        "Subject": subject_of(message),
        "EmailTags": _tags(message),
        "Insights": [
            {
                "Destination": copy.recipient,
                "Isp": insights.UNKNOWN_ISP,
                "Events": [_event(event) for event in insights.events(copy)],
            }
            for copy in copies
        ],
    }


def get_email_address_insights(desk: Desk, call: Call, params: Params) -> Result:
    """Six verdicts, and one over all: HIGH only where syntax, records and mailbox are."""
    given = params["EmailAddress"]
    try:
        mailbox = addresses.parse(given)
    except Fault:
        mailbox = None
    if mailbox is None or mailbox.addr_spec != given:
        return _judged(False, False, False, "", "")
    local, domain = mailbox.local, mailbox.domain.lower()
    resolver = desk.resolver()
    # The mailbox simulator is SES's own: its records are not in the world's zone.
    simulated = domain == simulator.DOMAIN
    takes_mail = simulated or any(resolver.query(domain, type).values for type in ("MX", "A", "AAAA"))
    with desk.store.read() as reader:
        entry = reader.document(SuppressedDestination, call.scope, suppression.listed(given))
    bounced = entry is not None and entry.reason == suppression.BOUNCE
    exists = takes_mail and (simulator.is_simulator(given) or not simulated) and not bounced
    return _judged(True, takes_mail, exists, local, domain)


def subject_of(message: OutboundMessage) -> str:
    """As the message has it, encoded words included; at most 998 characters."""
    return next(iter(raw.parse(message.data).values("subject")), "")[:998]


def _judged(syntax: bool, records: bool, mailbox: bool, local: str, domain: str) -> Result:
    evaluations = {
        "HasValidSyntax": syntax,
        "HasValidDnsRecords": records,
        "MailboxExists": mailbox,
        "IsRoleAddress": local.partition("+")[0].lower() in _ROLES,
        "IsDisposable": domain in _DISPOSABLE,
        "IsRandomInput": _RANDOM.search(local) is not None,
    }
    return {
        "MailboxValidation": {
            "IsValid": _verdict(syntax and records and mailbox),
            "Evaluations": {name: _verdict(true) for name, true in evaluations.items()},
        }
    }


def _verdict(true: bool) -> dict[str, str]:
    return {"ConfidenceVerdict": "HIGH" if true else "LOW"}


def _tags(message: OutboundMessage) -> list[dict[str, str]]:
    domain = message.source.rpartition("@")[2].rstrip("> ").lower()
    known = {
        "ses:operation": message.operation,
        "ses:recipient-isp": insights.UNKNOWN_ISP,
        "ses:from-domain": domain,
        "ses:sender-identity": (message.source_arn or "").partition(":identity/")[2],
        "ses:caller-identity": message.caller,
        "ses:configuration-set": message.configuration_set,
    }
    told = [{"Name": name, "Value": value} for name, value in known.items() if value]
    return told + [{"Name": tag.name, "Value": tag.value} for tag in message.tags]


def _event(event: Event) -> dict[str, Any]:
    told: dict[str, Any] = {"Timestamp": event.at, "Type": event.type}
    if event.type == "BOUNCE":
        bounce = {"BounceType": event.bounce_type, "BounceSubType": event.subtype, "DiagnosticCode": event.diagnostic}
        told["Details"] = {"Bounce": {name: value for name, value in bounce.items() if value is not None}}
    elif event.type == "COMPLAINT" and event.subtype is not None:
        told["Details"] = {"Complaint": {"ComplaintSubType": event.subtype}}
    return told


V1: dict[str, Operation] = {}
V2 = {
    "GetMessageInsights": get_message_insights,
    "GetEmailAddressInsights": get_email_address_insights,
}
