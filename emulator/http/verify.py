"""The link in a verification mail, and the two pages SES's link ends at, or the customer's own where it was sent in a
custom mail. Source: reference 6.2 and 6.4."""

from __future__ import annotations

import re

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.http.inspection import Inspection
from emulator.http.small_page import small_page
from emulator.post.custom_verification import redirection
from emulator.post.verification_mail import LINK_PATH
from emulator.values import Scope

_CREDENTIAL = re.compile(r"\A[^/]+/[0-9]{8}/([a-z0-9-]+)/ses/aws4_request\Z")
_SUCCESS = "/_ses/verifysuccess"
_FAILURE = "/_ses/verifyfailure"


def verification_pages(inspection: Inspection) -> Blueprint:
    """Opening the link verifies, as it does at SES, from wherever the mail is read; the secret in it is the proof."""
    pages = Blueprint("verification", __name__)

    @pages.get(LINK_PATH)
    def open_link() -> WerkzeugResponse:
        asked = request.args
        credential = _CREDENTIAL.match(asked.get("X-Amz-Credential", ""))
        if credential is None or asked.get("Operation") != "ConfirmVerification":
            return redirect(_FAILURE)
        scope = Scope(asked.get("Context", ""), credential.group(1))
        address, token = asked.get("Identity.IdentityName", ""), asked.get("X-Amz-Signature", "")
        verified = inspection.identities.confirm_address(scope, address, token)
        elsewhere = redirection(inspection.store, scope, address, token, verified)
        return redirect(elsewhere or (_SUCCESS if verified else _FAILURE))

    @pages.get(_SUCCESS)
    def success() -> Response:
        return small_page(
            "Congratulations!",
            "<p>You have successfully verified an email address. You can now start sending email from this address."
            "</p>",
        )

    @pages.get(_FAILURE)
    def failure() -> Response:
        return small_page(
            "This link does not verify an email address.",
            "<p>It is older than 24 hours, or a newer verification mail was asked for. Ask for another one "
            "(VerifyEmailIdentity) and open the link in it.</p>",
            status=400,
        )

    return pages
