"""The JSON of the inspection API, from the values it shows. What its members are stands in ``json_types.py``;
instants are ISO 8601 in UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime

from emulator.dns.responder import Asked
from emulator.http.json_types import (
    Authentication,
    DeliveryJson,
    DisplayJson,
    DnsQuery,
    DnsRecord,
    IdentityJson,
    Message,
    MessageSummary,
    OutcomeJson,
    PublishedEvent,
    RequestEntry,
)
from emulator.post.happenings import CopyEnded
from emulator.post.journal import Entry
from emulator.post.published import Published
from emulator.receiver.reading import read
from emulator.store.ports import DeliveryState
from emulator.values import Captured, Identity, Record
from emulator.verdicts import Verdict


def instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def message_summary(mail: Captured) -> MessageSummary:
    """A captured mail as lists show it: without bodies, headers and attachments."""
    return {
        "id": str(mail.id),
        "message_id": mail.message_id,
        "account": mail.scope.account if mail.scope else None,
        "region": mail.scope.region if mail.scope else None,
        "received_at": instant(mail.received_at),
        "envelope": {
            "mail_from": mail.envelope.mail_from,
            "rcpt_to": list(mail.envelope.rcpt_to),
            "client_ip": mail.envelope.client_ip,
        },
        "from": mail.from_,
        "to": list(mail.to),
        "cc": list(mail.cc),
        "reply_to": list(mail.reply_to),
        "subject": mail.subject,
        "size": mail.size,
        "attachments_count": mail.attachments,
        "unread": mail.unread,
        "authentication": authentication(mail.verdict),
        "display": display(mail.verdict),
    }


def message(mail: Captured, deliveries: list[DeliveryState]) -> Message:
    """Everything of one captured mail. ``attachments`` are numbered as ``…/attachments/{n}`` serves them."""
    reading = read(mail.raw)
    return {
        **message_summary(mail),
        "text": reading.text,
        "html": reading.html,
        "headers": [[name, value] for name, value in reading.headers],
        "attachments": [
            {
                "n": part.number,
                "file_name": part.file_name,
                "content_type": part.content_type,
                "disposition": part.disposition,
                "content_id": part.content_id,
                "size": len(part.content),
                "sha256": part.sha256,
            }
            for part in reading.attachments
        ],
        "explanation": [
            {"about": reason.about, "sentence": reason.sentence, "change": reason.change}
            for reason in mail.verdict.reasons
        ],
        "deliveries": [delivery(state) for state in deliveries],
    }


def authentication(verdict: Verdict) -> Authentication:
    return {
        "spf": {
            "result": verdict.spf.result,
            "domain": verdict.spf.domain,
            "client_ip": verdict.spf.client_ip,
        },
        "dkim": [
            {
                "result": one.result,
                "domain": one.domain,
                "selector": one.selector,
                "identity": one.identity,
                "reason": one.reason,
            }
            for one in verdict.dkim
        ],
        "dmarc": {
            "result": verdict.dmarc.result,
            "policy": verdict.dmarc.policy,
            "aligned_by": verdict.dmarc.aligned_by,
        },
        "header": verdict.header,
    }


def display(verdict: Verdict) -> DisplayJson:
    """What Gmail shows beside the sender; null where it shows nothing."""
    shown = verdict.display
    return {"mailed_by": shown.mailed_by, "signed_by": shown.signed_by, "via": shown.via}


def delivery(state: DeliveryState) -> DeliveryJson:
    return {
        "recipient": state.recipient,
        "outcome": state.outcome.value,
        "reply": state.reply,
        "attempts": state.attempts,
        "dialogue": state.dialogue,
        "updated_at": instant(state.updated_at) if state.updated_at is not None else None,
    }


def request_entry(entry: Entry) -> RequestEntry:
    return {
        "number": entry.number,
        "at": instant(entry.at),
        "request_id": entry.request_id,
        "account": entry.scope.account,
        "region": entry.scope.region,
        "door": entry.door.value,
        "operation": entry.operation,
        "caller": entry.caller,
        "source_ip": entry.source_ip,
        "accepted": entry.accepted,
        "status": entry.status,
        "code": entry.code or None,
        "message": entry.message or None,
        "hint": entry.hint or None,
        "message_id": entry.message_id or None,
        "rules": [{"rule": one.rule, "verdict": one.verdict, "fact": one.fact} for one in entry.rulings],
    }


def published_event(one: Published) -> PublishedEvent:
    return {
        "number": one.number,
        "at": instant(one.at),
        "message_id": one.message_id,
        "account": one.scope.account,
        "region": one.scope.region,
        "type": str(one.type),
        "channel": one.channel,
        "target": one.target,
        "of": one.of,
        "body": one.body,
        "failure": one.failure or None,
    }


def outcome(one: CopyEnded) -> OutcomeJson:
    return {
        "message_id": one.message_id,
        "recipient": one.recipient,
        "outcome": one.outcome.value,
        "reply": one.reply,
        "account": one.scope.account,
        "region": one.scope.region,
    }


def dns_query(one: Asked) -> DnsQuery:
    return {
        "at": instant(one.at),
        "client": one.client,
        "protocol": one.proto,
        "name": one.name,
        "type": one.type,
        "status": one.status,
    }


def record(one: Record) -> DnsRecord:
    return {"name": one.name, "type": one.type, "value": one.value, "ttl": one.ttl, "origin": one.origin}


def identity(one: Identity, records: tuple[Record, ...]) -> IdentityJson:
    return {
        "identity": one.name,
        "kind": one.kind.value,
        "account": one.scope.account,
        "region": one.scope.region,
        "verification": one.verification.status.value,
        "dkim": {"enabled": one.dkim.enabled, "status": one.dkim.status.value, "tokens": list(one.dkim.tokens)},
        "mail_from": {
            "domain": one.mail_from.domain,
            "status": one.mail_from.status.value if one.mail_from.status else None,
        },
        "records": [record(needed) for needed in records],
    }
