"""What the console's pages have in common: whose account a page is about, what a button asked for, how SES is called
and how its refusals are shown.

A page is shown by GET; its buttons POST to the same address with ``do`` naming the button. What was done is answered
with a redirect to the page; what was refused with the page itself, its fields as they were filled in, and the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import request
from werkzeug.exceptions import BadRequest
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.aws import sigv4
from emulator.errors import Fault
from emulator.http import asked
from emulator.http.frame import Pages, address, kept_query
from emulator.http.inspection import Inspection
from emulator.http.ses import AwsDoor
from emulator.ses.call import Params, Result
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION
from emulator.values import Door, Scope, Status

CALLER = "console"
_SEE_OTHER = 303
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Console:
    """What every page of the console works with."""

    pages: Pages
    inspection: Inspection
    door: AwsDoor

    def ask(self, operation: str, params: Params, door: Door = Door.V2) -> Result:
        """Calls SES for the account and region that the address names, as any client would. Raises ``Fault``."""
        return self.door.ask(
            scope(), operation, params, caller=CALLER, source_ip=request.remote_addr or "127.0.0.1", door=door
        )

    def look(self, operation: str, params: Params) -> Result:
        """As ``ask`` for what only reads: a page that is shown is no call."""
        return self.door.look(scope(), operation, params)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a button did nothing, for people: ``code`` and ``message`` are SES's ("" where SES was not asked, or says
    nothing), ``hint`` is what to do. ``about`` is the button, so that the reason stands beside it."""

    about: str
    code: str
    message: str
    hint: str
    status: int


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as a word and a colour: ``pass``, ``warn``, ``fail`` or "" (neither)."""

    word: str
    kind: str


_KIND = {
    Status.SUCCESS: "pass",
    Status.PENDING: "warn",
    Status.TEMPORARY_FAILURE: "warn",
    Status.FAILED: "fail",
    Status.NOT_STARTED: "",
}


def badge(status: Status, success: str = "Successful") -> Badge:
    """A state as SES's console words it; ``success`` is "Verified" for whole identities."""
    word = success if status is Status.SUCCESS else status.value.replace("_", " ").capitalize()
    return Badge(word, _KIND[status])


def scope() -> Scope:
    """Whose SES the address names. Raises 400 for what can be no account or region."""
    named = asked.scope()
    account = named.account or DEFAULT_ACCOUNT
    region = named.region or DEFAULT_REGION
    if not sigv4.is_region(region):
        raise BadRequest("region must be a region of AWS, as ap-northeast-1.")
    return Scope(asked.account_number(account), region)


def filled_in(name: str) -> str:
    """A field of the form as it was sent; "" when it is not there. Raises 400 for NUL, which no field can hold."""
    value = request.form.get(name, "")
    if "\x00" in value:
        raise BadRequest(f"{name} must be a text without NUL.")
    return value


def word(name: str) -> str:
    """As ``filled_in``, without blanks around it."""
    return filled_in(name).strip()


def form() -> dict[str, str]:
    """Every field as it was filled in, to be shown again."""
    return {name: filled_in(name) for name in request.form}


def refused(problem: Fault | BadRequest, about: str) -> Refusal:
    """SES's refusal, or ours of a form that means nothing."""
    if isinstance(problem, Fault):
        return Refusal(about, problem.v2, problem.message or "", problem.hint, problem.status or _REFUSED)
    return Refusal(about, "", problem.description or "This cannot be read.", "", problem.code)


def back_to(path: str, **query: object) -> WerkzeugResponse:
    """After a button did its work: the page, in the same account and region."""
    return redirect(address(kept_query(), path, **query), _SEE_OTHER)


def moment(at: float | None) -> str:
    """An instant for people, in UTC; "" for None."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def page_number() -> int:
    """Which page of a list the address names, from 1."""
    return asked.whole("page", 1, 1, 100_000)
