"""The mail that asks whether an address may be used, and the link in it.

Text, sender and link parameters as observed (reference 6.2). The link leads to this emulator instead of
``email-verification.<region>.amazonaws.com``; its parameters and their order are SES's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from emulator import ids
from emulator.mail import compose
from emulator.post import own_mail
from emulator.post.keyring import Keyring
from emulator.post.regions import display_name
from emulator.values import Identity, OutboundMessage, SimpleContent, Text

SENDER = "Amazon Web Services <no-reply-aws@amazon.com>"
LINK_PATH = "/_ses/verify"

_BODY = """\
Dear Amazon Web Services Customer,

We have received a request to authorize this email address for use with Amazon SES and Amazon Pinpoint in region \
{region}. If you requested this verification, please go to the following URL to confirm that you are authorized to \
use this email address:

{link}

Your request will not be processed unless you confirm the address using this URL. This link expires 24 hours after \
your original verification request.

If you did NOT request to verify this email address, do not click on the link. Please note that many times, the \
situation isn't a phishing attempt, but either a misunderstanding of how to use our service, or someone setting up \
email-sending capabilities on your behalf as part of a legitimate service, but without having fully communicated the \
procedure first. If you are still concerned, please forward this notification to \
aws-email-domain-verification@amazon.com and let us know in the forward that you did not request the verification.

To learn more about sending email from Amazon Web Services, please refer to the Amazon SES Developer Guide at \
http://docs.aws.amazon.com/ses/latest/DeveloperGuide/Welcome.html and Amazon Pinpoint Developer Guide at \
http://docs.aws.amazon.com/pinpoint/latest/userguide/welcome.html.

Sincerely,

The Amazon Web Services Team.
"""


def link(identity: Identity, base_url: str, caller: str) -> str:
    """The URL that verifies ``identity`` when opened; ``base_url`` without a final slash."""
    asked = datetime.fromtimestamp(identity.verification.started_at, UTC)
    region = identity.scope.region
    credential = f"{caller}/{asked:%Y%m%d}/{region}/ses/aws4_request"
    return (
        f"{base_url}{LINK_PATH}?Context={identity.scope.account}"
        f"&X-Amz-Date={asked:%Y%m%dT%H%M%SZ}"
        f"&Identity.IdentityName={quote(identity.name, safe='')}"
        "&X-Amz-Algorithm=AWS4-HMAC-SHA256&Identity.IdentityType=EmailAddress&X-Amz-SignedHeaders=host"
        f"&X-Amz-Credential={quote(credential, safe='')}"
        "&Operation=ConfirmVerification&Namespace=Bacon"
        f"&X-Amz-Signature={identity.verification.token}"
    )


def verification_mail(identity: Identity, base_url: str, caller: str, keyring: Keyring, now: float) -> OutboundMessage:
    """The finished mail to ``identity.name``, signed by amazonses.com alone: amazon.com's key is not ours."""
    scope = identity.scope
    region = display_name(scope.region)
    content = SimpleContent(
        subject=Text(f"Amazon Web Services – Email Address Verification Request in region {region}"),
        text=Text(_BODY.format(region=region, link=link(identity, base_url, caller))),
    )
    composed = compose.compose(
        content, from_=SENDER, to=(identity.name,), cc=(), reply_to=(), now=now, boundaries=ids.boundary_numbers
    )
    return own_mail.finished(
        composed,
        scope=scope,
        to=identity.name,
        source=SENDER,
        operation="VerifyEmailIdentity",
        caller=caller,
        keyring=keyring,
        now=now,
    )
