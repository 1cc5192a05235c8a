"""What forms of the console do to an identity, whichever page they stand on."""

from __future__ import annotations

import re
from typing import Final

from emulator.http.console.shared import Console, filled_in, scope, word
from emulator.ses.lookup import key
from emulator.values import OnMxFailure

MX_BEHAVIOURS: Final = (
    (OnMxFailure.USE_DEFAULT_VALUE.value, "Use default MAIL FROM domain"),
    (OnMxFailure.REJECT_MESSAGE.value, "Reject message"),
)
_ARMOUR: Final = re.compile(r"-----[A-Z ]+-----")


def publish(console: Console, name: str, what: str) -> None:
    """Puts an identity's records into DNS, as the inspection API's ``publish`` does: ``dkim``, ``mail_from``,
    ``verification``. What they lead to is there when this returns."""
    console.inspection.identities.publish(scope(), key(name), what)
    console.inspection.zone_changed()


def set_mail_from(console: Console, name: str) -> None:
    """Sets the custom MAIL FROM that the form names. Raises ``Fault``."""
    console.ask(
        "PutEmailIdentityMailFromAttributes",
        {
            "EmailIdentity": name,
            "MailFromDomain": word("mail_from"),
            "BehaviorOnMxFailure": word("on_mx_failure"),
        },
    )


def signing() -> dict[str, object]:
    """v2 DkimSigningAttributes as the form has them: Easy DKIM's key length, or a selector and a key without the lines
    around it, as SES wants it."""
    if word("signing") == "byo":
        key_text = "".join(_ARMOUR.sub("", filled_in("private_key")).split())
        return {"DomainSigningSelector": word("selector"), "DomainSigningPrivateKey": key_text}
    return {"NextSigningKeyLength": word("bits")}
