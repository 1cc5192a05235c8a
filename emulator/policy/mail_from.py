"""The custom MAIL FROM domain: what may be set, and what a message leaves with. Source: reference sending.md 5.1.

``Provided MAIL-FROM domain <x> is not subdomain of the domain of the identity <y>.`` is observed, angle brackets and
all, in several unrelated deployments through Terraform and CloudFormation; moto's tests have quotes instead, which no
capture shows.
"""

from __future__ import annotations

from emulator import errors
from emulator.policy.identity_names import domain_name
from emulator.values import Identity, OnMxFailure, Status


def check_domain(mail_from_domain: str, identity: Identity) -> str:
    """The MAIL FROM domain in lower case; raises when it is no domain or not below the identity's domain. The
    identity's own domain is not below itself (observed)."""
    domain = domain_name(mail_from_domain)
    of_identity = identity.name.rpartition("@")[2].lower()
    if not domain.endswith("." + of_identity):
        raise errors.invalid_parameter(
            f"Provided MAIL-FROM domain <{mail_from_domain}> is not subdomain of the domain of the identity "
            f"<{of_identity}>.",
            f"Use a name below {of_identity}, as mail.{of_identity}.",
        )
    return domain


def expected_mx(region: str) -> str:
    """The one MX value that makes it work, in presentation form without final dot."""
    return f"10 feedback-smtp.{region}.amazonses.com"


def effective_domain(identity: Identity | None) -> str | None:
    """The custom domain a message leaves with, None for SES's own.

    In every state but SUCCESS the fallback applies: SES's own domain, or, with REJECT_MESSAGE,
    ``mail_from_domain_not_verified``. ``identity`` is the one whose settings count.
    """
    if identity is None or identity.mail_from.domain is None:
        return None
    custom = identity.mail_from
    if custom.status is Status.SUCCESS:
        return custom.domain
    if custom.on_mx_failure is OnMxFailure.REJECT_MESSAGE:
        raise errors.mail_from_domain_not_verified(identity.mail_from.domain, identity.scope.region)
    return None
