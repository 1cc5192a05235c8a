"""``/_ses/account``: sandbox or production, the sending quota, sends over time, pausing, reset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.errors import Fault
from emulator.http.console.plot import SPANS, Plot, first_instant, plot, span_named
from emulator.http.console.shared import Console, Refusal, back_to, moment, refused, scope, word
from emulator.http.frame import nearest
from emulator.post.regions import display_name
from emulator.values import Scope

PATH = "/_ses/account"
_WARN_FROM = 0.8
_DONE = {
    "production": "Production access was asked for.",
    "sandbox": "The account is back in the sandbox.",
    "pause": "Sending is paused: whatever is handed in now is refused.",
    "resume": "Sending goes on.",
    "reset": "The account is as it was after the start, in all its regions.",
}
# What the button says in PutAccountDetails, where AWS's console asks for it in a form.
_REQUEST = {
    "MailType": "TRANSACTIONAL",
    "WebsiteURL": "https://example.com",
    "ContactLanguage": "EN",
    "UseCaseDescription": "Asked for with one click in the console of the emulator.",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """Recipients of the last 24 hours against the limit, and the rate, as texts; ``most`` None is unlimited. ``kind``
    is the colour: pass, warn (from 80 %) or fail (used up)."""

    used: int
    most: int | None
    left: str
    rate: str
    kind: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """``review`` is PENDING, GRANTED or "" (never asked for); ``details`` what was said when it was asked for."""

    scope: Scope
    region_name: str
    production: bool
    review: str
    enabled: bool
    quota: Quota
    details: tuple[tuple[str, str], ...]
    elsewhere: tuple[Scope, ...]
    used: bool
    now: str


def add_to(pages: Blueprint, console: Console) -> None:
    """Adds the page to the blueprint."""

    @pages.get(PATH)
    def account() -> Response:
        return _page(console)

    @pages.post(PATH)
    def change_account() -> WerkzeugResponse:
        do = word("do")
        action = _ACTIONS.get(do)
        if action is None:
            raise BadRequest("There is no such button on this page.")
        try:
            action(console)
        except Fault as fault:
            return _page(console, refused(fault, do))
        return back_to(PATH, done=do)


def _page(console: Console, refusal: Refusal | None = None) -> Response:
    view, curve = _view(console, scope()), _curve(console, scope())
    return console.pages.render(
        "console/account.html",
        section="account",
        status=refusal.status if refusal else 200,
        view=view,
        plot=curve,
        spans=SPANS,
        refusal=refusal,
        done=_DONE.get(request.args.get("done", "")) if refusal is None else None,
    )


def _view(console: Console, here: Scope) -> AccountView:
    found = console.look("GetAccount", {})
    details = found.get("Details") or {}
    with console.inspection.store.read() as reader:
        known = reader.scopes()
    return AccountView(
        scope=here,
        region_name=display_name(here.region),
        production=found["ProductionAccessEnabled"],
        review=details["ReviewDetails"]["Status"] if details else "",
        enabled=found["SendingEnabled"],
        quota=quota(found["SendQuota"]),
        details=_details(details),
        elsewhere=nearest((one for one in known if one != here), here.account),
        used=here in known,
        now=moment(console.inspection.clock.now()),
    )


def quota(given: Mapping[str, float]) -> Quota:
    """SES's ``SendQuota`` for people; -1 is unlimited."""
    used, most, rate = int(given["SentLast24Hours"]), given["Max24HourSend"], given["MaxSendRate"]
    shown_rate = "unlimited" if rate < 0 else f"{rate:,.10g} a second"
    if most < 0:
        return Quota(used, None, "unlimited", shown_rate, "pass")
    kind = "fail" if used >= most else "warn" if used >= _WARN_FROM * most else "pass"
    return Quota(used, int(most), f"{max(0, int(most) - used):,}", shown_rate, kind)


def _details(given: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    if not given:
        return ()
    review = given["ReviewDetails"]
    assert isinstance(review, dict)
    return (
        ("Review", str(review["Status"])),
        ("Case", str(review["CaseId"])),
        ("Mail type", str(given["MailType"])),
        ("Website", str(given["WebsiteURL"])),
        ("Use case", str(given.get("UseCaseDescription") or "not given")),
    )


def _curve(console: Console, here: Scope) -> Plot:
    span = span_named(request.args.get("span"))
    now = console.inspection.clock.now()
    with console.inspection.store.read() as reader:
        points = reader.send_counts(here, first_instant(span, now))
    return plot(points, span, now)


def _production(console: Console) -> None:
    console.ask("PutAccountDetails", {"ProductionAccessEnabled": True, **_REQUEST})


def _sandbox(console: Console) -> None:
    console.ask("PutAccountDetails", {"ProductionAccessEnabled": False, **_REQUEST})


def _pause(console: Console) -> None:
    console.ask("PutAccountSendingAttributes", {"SendingEnabled": False})


def _resume(console: Console) -> None:
    console.ask("PutAccountSendingAttributes", {"SendingEnabled": True})


def _reset(console: Console) -> None:
    console.inspection.reset(scope().account)


_ACTIONS: Mapping[str, Callable[[Console], None]] = {
    "production": _production,
    "sandbox": _sandbox,
    "pause": _pause,
    "resume": _resume,
    "reset": _reset,
}
