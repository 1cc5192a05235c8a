"""v1's SendBounce: the account refuses a mail that it has received, after it was taken.

Source: API1 SendBounce, BouncedRecipientInfo, RecipientDsnFields, MessageDsn and ExtensionField. Decided, since no
source says it:

- Parameters are checked first, then the sender, then the original.
- RecipientDsnFields beat what BounceType says; where they have no DiagnosticCode, the type's stands.
- Status may be of any class (2.x.x for ``delivered``). RecipientArn must be an ARN of an identity, and is not followed.
- The sender needs the permission of ``ses:SendBounce`` for another account's identity (BounceSenderArn).
- Neither sandbox, quota nor pausing is asked: SES writes the mail, to somebody who has written before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from emulator.documents.received import ReceivedMail
from emulator.errors import Fault, email_address_not_verified
from emulator.errors import bounces as errors
from emulator.errors import identity_policies as policy_errors
from emulator.errors import receipt as receipt_errors
from emulator.mail.bounce_reply import EXPLANATION, BouncedRecipient, of_type
from emulator.mail.raw import letter
from emulator.policy.addresses import Mailbox, parse
from emulator.policy.authorization import Authority
from emulator.policy.borrowing import borrowed
from emulator.policy.identity import covers
from emulator.policy.identity_arns import parse as parse_arn
from emulator.policy.suppression import listed
from emulator.post import circumstances
from emulator.post.bounces import Bounce, bounceable, names_of, signer_of
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader
from emulator.values import Header, Identity, IdentityArns, SimpleContent, Submission, Text

_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MTA = re.compile(r"[A-Za-z][A-Za-z0-9-]*; *[!-~][ -~]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,50}")
_HEADER_VALUE = 2048


@dataclass(frozen=True, slots=True)
class _Known:
    """What borrowing asks."""

    identities: Mapping[str, Identity]
    authorities: Mapping[str, Authority]
    now: float


def send_bounce(desk: Desk, call: Call, params: Params) -> Result:
    """Source: API1 SendBounce. Of a mail that was received in the last 24 hours; once a second is not enforced."""
    recipients = tuple([_recipient(one) for one in params["BouncedRecipientInfoList"]])
    if not recipients:
        raise errors.no_bounced_recipients()
    dsn = params.get("MessageDsn") or {}
    mta = dsn.get("ReportingMta")
    _require_mta("ReportingMta", mta)
    extensions = _extensions(dsn)
    sender, message_id, now = params["BounceSender"], params["OriginalMessageId"], desk.clock.now()
    mailbox, sender_arn = parse(sender), params.get("BounceSenderArn") or None
    _require_arn("BounceSenderArn", sender_arn)
    with desk.store.read() as reader:
        original = bounceable(reader, call.scope, message_id, now)
        to = original.mail_from if original is not None else ""
        signer = _signer(reader, call, sender, mailbox, sender_arn, to, now)
    if original is None:
        raise errors.not_received(message_id)
    _require_answerable(original)
    for one in recipients:
        _require_recipient(original, one)
    bounce = Bounce(
        original,
        sender,
        recipients,
        explanation=params.get("Explanation") or EXPLANATION,
        reporting_mta=mta,
        arrived_at=dsn.get("ArrivalDate"),
        extensions=extensions,
    )
    return {"MessageId": desk.bounces().send(bounce, signer, operation=call.operation, caller=call.caller)}


def _signer(
    reader: Reader, call: Call, sender: str, mailbox: Mailbox, arn: str | None, to: str, now: float
) -> Identity | None:
    """The identity whose key signs. Raises where the sender may not be used."""
    identities = {one.name: one for one in reader.identities(call.scope, names_of(sender))}
    arns = IdentityArns(source=arn) if arn else None
    submission = Submission(
        scope=call.scope,
        door=call.door,
        operation=call.operation,
        caller=call.caller,
        source_ip=call.source_ip,
        source=sender,
        content=SimpleContent(Text("")),
        to=(to,) if to else (),
        arns=arns,
    )
    known = _Known(identities, circumstances.authorities(reader, call.scope, arns, identities), now)
    told = [(to, parse(to))] if _is_address(to) else []
    lent = borrowed(submission, letter(submission, None), arns, [(sender, mailbox)], told, known).get(sender)
    if lent is not None:
        verified, identities = lent.covers(mailbox.addr_spec), dict(lent.identities)
    else:
        verified = covers(mailbox.addr_spec, identities) is not None
    if not verified:
        hint = "A bounce is sent from a verified address or domain of this account and region."
        raise email_address_not_verified([sender], call.scope.region, hint)
    return signer_of(tuple(identities.values()), sender)


def _recipient(given: Params) -> BouncedRecipient:
    address, bounce_type = parse(given["Recipient"]).addr_spec, given.get("BounceType")
    dsn = given.get("RecipientDsnFields")
    _require_arn("RecipientArn", given.get("RecipientArn") or None)
    of_its_type = of_type(bounce_type, address) if bounce_type is not None else None
    if dsn is None:
        if of_its_type is None:
            raise errors.no_bounce_type()
        return of_its_type
    if not _STATUS.fullmatch(dsn["Status"]):
        raise errors.invalid_status(dsn["Status"])
    _require_mta("RemoteMta", dsn.get("RemoteMta"))
    return replace(
        of_its_type or BouncedRecipient(address, dsn["Status"]),
        status=dsn["Status"],
        diagnostic_code=dsn.get("DiagnosticCode") or (of_its_type.diagnostic_code if of_its_type else None),
        action=dsn["Action"],
        final=dsn.get("FinalRecipient") or None,
        remote_mta=dsn.get("RemoteMta"),
        last_attempt_at=dsn.get("LastAttemptDate"),
        extensions=_extensions(dsn),
    )


def _extensions(dsn: Params) -> tuple[Header, ...]:
    """In the limits of API1 ExtensionField."""
    fields: Sequence[Params] = dsn.get("ExtensionFields") or ()
    for field in fields:
        name, value = field["Name"], field["Value"]
        if not _HEADER_NAME.fullmatch(name):
            raise receipt_errors.invalid_header_name(name)
        if len(value) > _HEADER_VALUE or "\r" in value or "\n" in value:
            raise receipt_errors.invalid_header_value(value)
    return tuple([Header(field["Name"], field["Value"]) for field in fields])


def _require_arn(member: str, arn: str | None) -> None:
    if arn is not None and parse_arn(arn) is None:
        raise policy_errors.not_an_identity_arn(member, arn)


def _require_mta(member: str, mta: str | None) -> None:
    if mta is not None and not _MTA.fullmatch(mta):
        raise errors.invalid_mta(member, mta)


def _require_answerable(original: ReceivedMail) -> None:
    if not _is_address(original.mail_from):
        raise errors.no_answer_wanted(original.name)


def _require_recipient(original: ReceivedMail, one: BouncedRecipient) -> None:
    known = {listed(recipient) for recipient in original.recipients}
    given = (one.address, *([one.final] if one.final else []))
    if not any(listed(address) in known for address in given):
        raise errors.not_a_recipient(one.address)


def _is_address(text: str) -> bool:
    try:
        parse(text)
    except Fault:
        return False
    return True


V1: dict[str, Operation] = {"SendBounce": send_bounce}
V2: dict[str, Operation] = {}
