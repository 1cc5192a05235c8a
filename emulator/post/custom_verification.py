"""Asking for an address with a customer's own mail, and where its link leads afterwards.

Source: API1 SendCustomVerificationEmail: it "adds an email address to the list of identities", so the identity is there
at once, pending (the guide's FAQ can be read as: only when the link was opened).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator import ids
from emulator.clock import Clock
from emulator.documents.templates import CustomVerification, CustomVerificationTemplate
from emulator.mail import custom_verification
from emulator.post.identities import Identities
from emulator.store.ports import Store
from emulator.values import Identity, IdentityKind, Scope, SimpleContent, Status, Verification


def ask(
    identities: Identities,
    clock: Clock,
    scope: Scope,
    address: str,
    caller: str,
    template: CustomVerificationTemplate,
    send: Callable[[SimpleContent], str],
) -> str:
    """Mails the link in the template's content by ``send``, which returns the MessageId; then the identity is pending,
    unless it is verified already. When ``send`` raises, nothing has changed."""
    now = clock.now()
    known = identities.get(scope, address)
    identity = known or Identity(scope, address, IdentityKind.EMAIL_ADDRESS, created_at=now)
    before = identity.verification
    kept = before.token if identity.verified or before.status is Status.PENDING else ""
    token = kept or ids.link_signature()
    if identity.verified:
        identity = replace(identity, verification=replace(before, token=token))
    else:
        identity = replace(identity, verification=Verification(Status.PENDING, token, started_at=now))
    link = identities.link_to(identity, caller)
    message_id = send(custom_verification.content(template.subject, template.content, link))
    identities.asked(
        identity,
        CustomVerification(
            scope=scope,
            name=address,
            token=token,
            success_url=template.success_url,
            failure_url=template.failure_url,
            created_at=now,
            updated_at=now,
        ),
    )
    return message_id


def redirection(store: Store, scope: Scope, address: str, token: str, verified: bool) -> str | None:
    """Where the link of that secret leads now; None when it was not sent in a custom mail."""
    with store.read() as reader:
        asked = reader.document(CustomVerification, scope, address)
    if asked is None or asked.token != token:
        return None
    return asked.success_url if verified else asked.failure_url
