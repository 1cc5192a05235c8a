"""What the members of the inspection API's JSON are: held to by mypy where the JSON is made, and shown by
``openapi.json`` as schemas (``json_schema.py``; what stands beside a type in ``Annotated`` says more of it).

Names of schemas are those of these classes without a final ``Json``.
"""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from emulator.dns.records import TYPES
from emulator.post import published
from emulator.values import Door, IdentityKind, Outcome, Status

Instant = Annotated[str, ("format", "date-time"), "ISO 8601 in UTC, on the emulator's clock"]
RecordType = Annotated[str, ("enum", TYPES)]
_CHANNELS = ("sns", "firehose", "cloudwatch", "eventbridge", "email", "s3", "lambda", "workmail", "connect")
_SPF = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")


# --- mail ---------------------------------------------------------------------------------------


class EnvelopeJson(TypedDict):
    """What SMTP said."""

    mail_from: Annotated[str, "the empty text is the null sender"]
    rcpt_to: list[str]
    client_ip: str


class Spf(TypedDict):
    """RFC 7208."""

    result: Annotated[str, ("enum", _SPF)]
    domain: str
    client_ip: str


class Dkim(TypedDict):
    """One DKIM-Signature (RFC 6376)."""

    result: str
    domain: str
    selector: str
    identity: str
    reason: Annotated[str, "why it did not pass; empty when it did"]


class Dmarc(TypedDict):
    """RFC 7489."""

    result: str
    policy: Annotated[str, "p= of the record found; empty when there is none"]
    aligned_by: Annotated[str, ("enum", ("", "dkim", "spf", "dkim,spf"))]


class Authentication(TypedDict):
    """What the receiver concluded from bytes, client address and DNS."""

    spf: Spf
    dkim: list[Dkim]
    dmarc: Dmarc
    header: Annotated[str, "the value of Authentication-Results"]


class DisplayJson(TypedDict):
    """What Gmail shows beside the sender; null where it shows nothing."""

    mailed_by: str | None
    signed_by: str | None
    via: str | None


_From = TypedDict("_From", {"from": Annotated[str, "the From field, decoded"]})


class MessageSummary(_From):
    """A captured mail as lists show it. A stranger's mail has neither message_id, account nor region."""

    id: Annotated[str, ("pattern", "^[0-9]+$")]
    message_id: Annotated[str | None, "SES's MessageId"]
    account: str | None
    region: str | None
    received_at: Instant
    envelope: EnvelopeJson
    to: list[str]
    cc: list[str]
    reply_to: list[str]
    subject: str
    size: Annotated[int, "bytes, as the receiver stored them"]
    attachments_count: int
    unread: Annotated[bool, "until somebody marks it as read; reading it here does not"]
    authentication: Authentication
    display: DisplayJson


class AttachmentJson(TypedDict):
    """A part that is no body; its bytes are at ``/messages/{id}/attachments/{n}``."""

    n: int
    file_name: str
    content_type: str
    disposition: str
    content_id: str
    size: int
    sha256: str


class ReasonJson(TypedDict):
    """Why SPF, DKIM, DMARC or via came out so, and the record or call that would change it (empty: nothing would)."""

    about: str
    sentence: str
    change: str


class DeliveryJson(TypedDict):
    """One recipient of the accepted message and what became of its copy."""

    recipient: str
    outcome: Annotated[str, Outcome]
    reply: Annotated[str, "the last reply of the recipient's MX"]
    attempts: int
    dialogue: Annotated[str, "what was said over SMTP at the last try, a line each, after C: or S:"]
    updated_at: Instant | None


class Message(MessageSummary):
    """Everything of one captured mail."""

    text: Annotated[str | None, "the text body, decoded; null when there is none"]
    html: Annotated[str | None, "the HTML body, decoded; null when there is none"]
    headers: Annotated[list[list[str]], "pairs of name and value, in the order of the mail"]
    attachments: list[AttachmentJson]
    explanation: list[ReasonJson]
    deliveries: list[DeliveryJson]


# --- what happened ------------------------------------------------------------------------------


class Rule(TypedDict):
    """What one of SES's rules said, and the fact it rested on."""

    rule: str
    verdict: str
    fact: str


class RequestEntry(TypedDict):
    """One SES call at any door; code, message and hint are the refusal's, null when it was accepted."""

    number: int
    at: Instant
    request_id: str
    account: str
    region: str
    door: Annotated[str, Door]
    operation: str
    caller: Annotated[str, "the access key id or user name"]
    source_ip: str
    accepted: bool
    status: int
    code: str | None
    message: str | None
    hint: str | None
    message_id: str | None
    rules: list[Rule]


class PublishedEvent(TypedDict):
    """An event of a mail, as one of those who asked was told of it."""

    number: int
    at: Annotated[Instant, "when it came to pass"]
    message_id: Annotated[str, "the mail's"]
    account: str
    region: str
    type: Annotated[str, ("enum", published.TYPES)]
    channel: Annotated[str, ("enum", _CHANNELS)]
    target: Annotated[str, "who was told: the ARN, of CloudWatch the namespace, of email the address, of S3 bucket/key"]
    of: Annotated[str, "who asked: configuration set/event destination, the identity, or rule set/receipt rule"]
    body: Annotated[str, "what was handed over: JSON; of CloudWatch metric and dimensions, of email its MessageId"]
    failure: Annotated[str | None, "why it was not taken, and is lost; null when it was taken"]


class OutcomeJson(TypedDict):
    """Data of the event ``outcome``: a recipient's copy ended."""

    message_id: str
    recipient: str
    outcome: Annotated[str, Outcome]
    reply: str
    account: str
    region: str


class Missed(TypedDict):
    """Data of the event ``missed``: how many events, wanted or not, went by unheard; null when nobody knows."""

    count: int | None


class Reset(TypedDict):
    """Data of the event ``reset``: the account that is as after the start; null when everything is."""

    account: str | None


# --- the world ----------------------------------------------------------------------------------


class DnsRecord(TypedDict):
    """A record of the world's zone."""

    name: Annotated[str, "lower case, without a final dot"]
    type: RecordType
    value: Annotated[str, "presentation form; of TXT the joined text without quotes"]
    ttl: int
    origin: Annotated[str, "who put it there: api, publish, ses, route53:<account>:<zone> …"]


class GivenRecord(TypedDict):
    """A record to be put; ``ttl`` is 300 unless given."""

    name: Annotated[str, ("examples", ("www.example.com",))]
    type: Annotated[str, ("examples", ("A",)), "in any case"]
    value: Annotated[str, ("examples", ("192.0.2.1",)), "presentation form"]
    ttl: NotRequired[Annotated[int | None, ("minimum", 0), ("maximum", 2**31 - 1)]]


class DnsQuery(TypedDict):
    """A query that the emulator's DNS answered."""

    at: Instant
    client: Annotated[str, "host:port"]
    protocol: Annotated[str, ("enum", ("udp", "tcp"))]
    name: str
    type: str
    status: Annotated[str, "NOERROR, NXDOMAIN …"]


class IdentityDkim(TypedDict):
    enabled: bool
    status: Annotated[str, Status]
    tokens: list[str]


class IdentityMailFrom(TypedDict):
    domain: Annotated[str | None, "null: SES's own is used"]
    status: Annotated[str | None, Status]


class IdentityJson(TypedDict):
    """An identity and the records that its owner has to publish."""

    identity: str
    kind: Annotated[str, IdentityKind]
    account: str
    region: str
    verification: Annotated[str, Status]
    dkim: IdentityDkim
    mail_from: IdentityMailFrom
    records: list[DnsRecord]


class IdentityEvent(IdentityJson):
    """Data of the event ``identity``; a deleted one as it was."""

    change: Annotated[str, ("enum", ("created", "changed", "deleted"))]


class Marked(TypedDict):
    """How many mails were not so marked before."""

    changed: int


class Marking(TypedDict):
    """Which mails, where no filter says so, and how to mark them. Ids that do not exist are passed over."""

    ids: NotRequired[Annotated[list[Annotated[str, ("pattern", "^[0-9]{1,18}$")]], ("examples", (["1", "2"],))]]
    unread: NotRequired[Annotated[bool, "false unless given"]]


class Deleted(TypedDict):
    deleted: Annotated[int, "how many"]


class Done(TypedDict):
    status: Annotated[str, ("const", "ok")]


class Fault(TypedDict):
    code: str
    message: Annotated[str, "a sentence for the caller"]


class ErrorJson(TypedDict):
    """Why the request was refused; nothing has changed."""

    error: Fault
