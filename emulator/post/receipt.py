"""What receipt rules do with one mail: action after action, rule after rule, in their order.

Source: reference events-and-api.md 6.1 to 6.4 (documented). Decided here, since no source says it:

- An action that fails is told in the log and in ``PublishedLog``, and the next one follows; SES tries S3, SNS and
  Lambda again for up to four hours. A topic is told of an action when that has been done, and only then.
- A Bounce action does not end a rule; only Stop and the answer of a function do. A function that fails, or answers
  with no disposition, lets the rules go on (CONTINUE). Nobody is bounced for the null sender (RFC 5321 4.5.5).
- A mail too large for S3 or SNS is bounced once (documented that it is), by the Bounce action's template for that. So
  is one that becomes larger than SNS takes (256 KB) as it is written into the notification.
- What AddHeader adds stays for the rules that come after, too. ``receipt.recipients`` are those that the rule matched.
- WorkMail and Connect are not emulated: their actions are not done, and it is said. With ``KmsKeyArn`` SES encrypts
  before it writes to S3; here the object is not encrypted, and that is said. ``IamRoleArn`` is not used.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from emulator.documents.receipt import BounceAction, LambdaAction, ReceiptAction, ReceiptRule, S3Action, SnsAction
from emulator.documents.received import ReceivedMail
from emulator.events import receipt as told
from emulator.events.event import as_text
from emulator.incoming import IncomingMail
from emulator.mail import inbound
from emulator.mail.bounce_reply import of_action
from emulator.mail.feedback import mailer_daemon
from emulator.post import own_mail
from emulator.post.bounces import Bounce, bounce_mail, names_of, signer_of
from emulator.post.event_channels import ChannelError, EventChannels
from emulator.post.keyring import Keyring
from emulator.post.published import RECEIVED, PublishedLog
from emulator.values import Identity, OutboundMessage

log = logging.getLogger(__name__)

BOUNCE_OPERATION = "BounceAction"

_TOO_LARGE = BounceAction("552", "Message too large", "", "5.3.4")


class _Stopped(Exception):
    """No further action of this rule, or of any (``everything``)."""

    def __init__(self, *, everything: bool) -> None:
        super().__init__()
        self.everything = everything


@dataclass(frozen=True, slots=True)
class Hands:
    """What actions are done with. ``identities`` gives the account's of these names; ``now`` is the emulator's time;
    ``since`` the mark of ``published`` at which the mail was there."""

    channels: EventChannels
    published: PublishedLog
    keyring: Keyring
    identities: Callable[[Sequence[str]], Sequence[Identity]]
    now: Callable[[], float]
    since: int


class Receipt:
    """One mail under the rules of an account's active set ``rule_set``. ``data`` is what came in SMTP; ``original``
    what is remembered of it for bounces. To be followed outside of any transaction."""

    def __init__(self, hands: Hands, mail: IncomingMail, data: bytes, rule_set: str, original: ReceivedMail) -> None:
        self.hands = hands
        self.mail = mail
        self._data = data
        self.rule_set = rule_set
        self._original = original
        self._added: list[tuple[str, str]] = []
        self._bounces: list[OutboundMessage] = []
        self._refused = False

    def follow(self, rules: Sequence[tuple[ReceiptRule, Sequence[str]]]) -> list[OutboundMessage]:
        """Does what the rules say, each for the recipients that it matched. Returns the bounces, which are for the
        caller to send: once, whatever is done twice when a process dies."""
        try:
            for rule, recipients in rules:
                self._follow(rule, recipients)
        except _Stopped:
            log.debug("%s went through no further rules", self.mail.message_id)
        return self._bounces

    def _follow(self, rule: ReceiptRule, recipients: Sequence[str]) -> None:
        for action in rule.actions:
            try:
                _Step(self, rule, recipients, action).take()
            except _Stopped as stopped:
                if stopped.everything:
                    raise
                return

    def add_header(self, name: str, value: str) -> None:
        self._added.append((name, value))

    def as_seen(self, rule: ReceiptRule) -> bytes:
        """The mail as an action of the rule gets it."""
        data = inbound.received(self.mail, self._data, scanned=rule.scan_enabled)
        for name, value in self._added:
            data = inbound.with_header(data, name, value)
        return data

    def refuse_size(self, recipients: Sequence[str]) -> None:
        """Tells the sender that the mail is too large, once."""
        if not self._refused:
            self._refused = True
            self.bounce(_TOO_LARGE, mailer_daemon(self.mail.scope.region), recipients, None)

    def bounce(self, action: BounceAction, sender: str, recipients: Sequence[str], signer: Identity | None) -> None:
        """Of the action, told in the name of ``sender``. Raises ChannelError for mail from the null sender."""
        if not self.mail.envelope.mail_from:
            raise ChannelError("it came from the null sender, who is never answered")
        mail = bounce_mail(
            Bounce(self._original, sender, tuple(of_action(action, recipients))),
            signer,
            operation=BOUNCE_OPERATION,
            caller=own_mail.SES,
            keyring=self.hands.keyring,
            now=self.hands.now(),
        )
        self._bounces.append(mail)


class _Step:
    """One action of one rule."""

    def __init__(self, receipt: Receipt, rule: ReceiptRule, recipients: Sequence[str], action: ReceiptAction) -> None:
        self._receipt = receipt
        self._hands = receipt.hands
        self._mail = receipt.mail
        self._of = f"{receipt.rule_set}/{rule.name}"
        self._rule = rule
        self._recipients = recipients
        self._action = action

    def take(self) -> None:
        """Raises ``_Stopped``; what goes wrong is only told."""
        action = self._action
        if action.add_header is not None:
            self._receipt.add_header(action.add_header.header_name, action.add_header.header_value)
        elif action.s3 is not None:
            self._s3(action.s3)
        elif action.sns is not None:
            self._sns(action.sns)
        elif action.lambda_ is not None:
            self._lambda(action.lambda_)
        elif action.bounce is not None:
            self._bounce(action.bounce)
        elif action.stop is not None:
            self._notify(action.stop.topic_arn)
            raise _Stopped(everything=True)
        elif action.workmail is not None:
            self._told("workmail", action.workmail.organization_arn, "", "WorkMail is not emulated: nothing was done")
        elif action.connect is not None:
            self._told("connect", action.connect.instance_arn, "", "Connect is not emulated: nothing was done")

    def _s3(self, s3: S3Action) -> None:
        data, bucket = self._receipt.as_seen(self._rule), s3.bucket_name
        key = told.object_key(s3.object_key_prefix, self._mail.message_id)
        if len(data) > told.LARGEST_S3_MAIL:
            self._too_large("s3", f"{bucket}/{key}", "40 MB")
            return
        if s3.kms_key_arn is not None:
            log.warning("%s: S3 objects are not encrypted here; %s is not used", self._of, s3.kms_key_arn)
        put = self._hands.channels.s3
        if self._done("s3", f"{bucket}/{key}", f"{len(data)} bytes", lambda: put(self._mail.scope, bucket, key, data)):
            self._notify(s3.topic_arn)

    def _sns(self, sns: SnsAction) -> None:
        data = self._receipt.as_seen(self._rule)
        if not told.fits_sns(data):
            self._too_large("sns", sns.topic_arn, "150 KB")
            return
        text = self._notification(data)
        if len(text.encode()) > told.LARGEST_SNS_MESSAGE:
            self._too_large("sns", sns.topic_arn, "256 KB in its notification")
        else:
            self._publish(sns.topic_arn, text)

    def _lambda(self, function: LambdaAction) -> None:
        event = self._as_told(told.lambda_event)
        text, answers = as_text(event), []
        invoke, wants_answer = self._hands.channels.invoke, function.invocation_type == "RequestResponse"

        def call() -> None:
            answers.append(invoke(self._mail.scope, function.function_arn, text.encode(), wants_answer))

        if not self._done("lambda", function.function_arn, text, call):
            return
        self._notify(function.topic_arn)
        disposition = _disposition(answers[0]) if wants_answer else ""
        if disposition in ("STOP_RULE", "STOP_RULE_SET"):
            raise _Stopped(everything=disposition == "STOP_RULE_SET")

    def _bounce(self, bounce: BounceAction) -> None:
        speaking = self._hands.identities(names_of(bounce.sender))

        def send() -> None:
            if not any(identity.verified for identity in speaking):
                raise ChannelError(f"{bounce.sender} is not verified")
            self._receipt.bounce(bounce, bounce.sender, self._recipients, signer_of(speaking, bounce.sender))

        if self._done("email", self._mail.envelope.mail_from, bounce.message, send):
            self._notify(bounce.topic_arn)

    def _too_large(self, channel: str, target: str, limit: str) -> None:
        self._told(channel, target, "", f"the mail is larger than {limit}: it is bounced")
        with suppress(ChannelError):
            self._receipt.refuse_size(self._recipients)

    def _notify(self, topic_arn: str | None) -> None:
        """A notification without the mail's content."""
        if topic_arn is not None:
            self._publish(topic_arn, self._notification(None))

    def _notification(self, content: bytes | None) -> str:
        return as_text(self._as_told(told.received_notification, content=content))

    def _publish(self, topic_arn: str, text: str) -> None:
        publish, scope = self._hands.channels.sns, self._mail.scope
        self._done("sns", topic_arn, text, lambda: publish(scope, topic_arn, text, told.SNS_SUBJECT))

    def _as_told(self, tell: Callable[..., dict[str, Any]], **more: bytes | None) -> dict[str, Any]:
        headers = inbound.fields_of(self._receipt.as_seen(self._rule))
        at = self._hands.now()
        return tell(self._mail, headers, self._rule, self._recipients, self._action, at=at, **more)

    def _done(self, channel: str, target: str, body: str, hand_over: Callable[[], None]) -> bool:
        """False when it was not taken."""
        failure = ""
        try:
            hand_over()
        except ChannelError as problem:
            failure = str(problem)
        self._told(channel, target, body, failure)
        return not failure

    def _told(self, channel: str, target: str, body: str, failure: str) -> None:
        if failure:
            log.warning("receipt rule %s: %s: %s", self._of, self._mail.message_id, failure)
        self._hands.published.note(
            at=self._hands.now(),
            scope=self._mail.scope,
            message_id=self._mail.message_id,
            type=RECEIVED,
            channel=channel,
            target=target,
            of=self._of,
            body=body,
            failure=failure,
            since=self._hands.since,
        )


def _disposition(answer: bytes) -> str:
    """Of a function's answer, in upper case; "" when it has none."""
    try:
        tree = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    given = tree.get("disposition") if isinstance(tree, dict) else None
    return given.upper() if isinstance(given, str) else ""
