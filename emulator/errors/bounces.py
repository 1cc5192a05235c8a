"""Refusals of v1's SendBounce. No source has SES's texts: ours but for the codes, of which the model has
MessageRejected; what parameters must be is documented (API1 and its types).
"""

from __future__ import annotations

from emulator.errors import Fault, invalid_parameter


def _rejected(message: str, hint: str) -> Fault:
    return Fault(message, v1="MessageRejected", v2="MessageRejected", smtp="554 Message rejected", hint=hint)


def not_received(message_id: str) -> Fault:
    return _rejected(
        f"Message {message_id} was not received in the last 24 hours.",
        "OriginalMessageId is mail.messageId of a Received notification or Lambda event (40 letters and digits), of "
        "this account and region; a MessageId that a send returned is of another kind.",
    )


def no_answer_wanted(message_id: str) -> Fault:
    """RFC 5321 4.5.5."""
    return _rejected(
        f"Message {message_id} has no sender that could get a bounce.",
        "It came from the null sender, as bounces do, or from something that is no address.",
    )


def not_a_recipient(recipient: str) -> Fault:
    return invalid_parameter(
        f"Recipient <{recipient}> is not a recipient of the original message.",
        "Recipient or FinalRecipient must be an address that the account received the message for.",
    )


def no_bounced_recipients() -> Fault:
    return invalid_parameter("At least one BouncedRecipientInfo must be specified.")


def no_bounce_type() -> Fault:
    return invalid_parameter("Either BounceType or RecipientDsnFields must be specified for each BouncedRecipientInfo.")


def invalid_status(status: str) -> Fault:
    return invalid_parameter(
        f"Invalid status code: {status}", "An enhanced code of RFC 3463, as 5.1.1; of class 2, 4 or 5."
    )


def invalid_mta(member: str, mta: str) -> Fault:
    return invalid_parameter(f"Invalid {member}: {mta}", "mta-name-type; mta-name, as dns; mx.example.com.")
