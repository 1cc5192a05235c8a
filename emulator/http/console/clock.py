"""``/_ses/clock``: the emulator's time, moved by buttons, and what followed from moving it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as WerkzeugResponse

from emulator.clock import LAST_INSTANT, real_time
from emulator.http.console.shared import Badge, Console, Refusal, back_to, badge, form, moment, refused, scope, word
from emulator.http.resources.world import new_offset
from emulator.values import Identity, Scope, Status

PATH = "/_ses/clock"
_DAY = 86400.0
_STEPS = (("60", "1 minute"), ("3600", "1 hour"), ("86400", "24 hours"))
_MOST_NAMED = 10
_ROWS = 20


@dataclass(frozen=True, slots=True)
class Used:
    """Recipients that an account's last 24 hours hold, before the clock was moved and now."""

    scope: Scope
    before: int
    now: int

    @property
    def unchanged(self) -> bool:
        return self.before == self.now


@dataclass(frozen=True, slots=True)
class Moved:
    """An identity that is in another state since the clock was moved, and in which."""

    scope: Scope
    name: str
    states: tuple[tuple[str, Badge], ...]


@dataclass(frozen=True, slots=True)
class ClockView:
    """``ahead`` in words, "" when the emulator's time is the real one. ``came_from`` is what the clock showed before it
    was moved, "" when it was not."""

    now: str
    field: str
    real: str
    ahead: str
    came_from: str
    used: tuple[Used, ...]
    moved: tuple[Moved, ...]


def add_to(pages: Blueprint, console: Console) -> None:
    """Adds the page to the blueprint."""

    @pages.get(PATH)
    def clock() -> Response:
        return _page(console)

    @pages.post(PATH)
    def move_clock() -> WerkzeugResponse:
        do = word("do")
        scope()
        before = console.inspection.clock.now()
        with console.inspection.store.read() as reader:
            states = {(one.scope, one.name): _states_of(one) for one in reader.unsettled_identities()}
        try:
            offset = new_offset(console.inspection.clock, _wanted(do))
        except BadRequest as problem:
            return _page(console, refused(problem, do))
        console.inspection.set_clock(offset)
        changed = [_name(one) for one in _again(console, states) if _states_of(one) != states[one.scope, one.name]]
        named = {f"changed{number}": name for number, name in enumerate(changed[:_MOST_NAMED])}
        return back_to(PATH, **{"from": f"{before:.3f}", **named})


def _wanted(do: str) -> dict[str, Any]:
    """The button in the words of the inspection API's ``POST /clock``."""
    if do == "set":
        return {"now": word("now")}
    if do == "reset":
        return {"reset": True}
    if do not in dict(_STEPS):
        raise BadRequest("There is no such button on this page.")
    return {"advance_seconds": float(do)}


def _page(console: Console, refusal: Refusal | None = None) -> Response:
    return console.pages.render(
        "console/clock.html",
        section="clock",
        status=refusal.status if refusal else 200,
        view=_view(console, scope()),
        steps=_STEPS,
        refusal=refusal,
        form=form() if refusal else {},
    )


def _view(console: Console, here: Scope) -> ClockView:
    clock = console.inspection.clock
    now, offset = clock.now(), clock.offset
    before = _came_from()
    with console.inspection.store.read() as reader:
        accounts = sorted(reader.accounts(), key=lambda one: (one.scope != here, one.scope.account, one.scope.region))
        used = tuple(
            Used(
                one.scope,
                one.sent_total - reader.sent_before(one.scope, (now if before is None else before) - _DAY),
                one.sent_total - reader.sent_before(one.scope, now - _DAY),
            )
            for one in accounts[:_ROWS]
        )
    return ClockView(
        now=moment(now),
        field=moment(now).replace(" ", "T"),
        real=moment(real_time()),
        ahead=_in_words(offset),
        came_from=moment(before),
        used=used,
        moved=tuple(_moved(one) for one in _named(console)) if before is not None else (),
    )


def _came_from() -> float | None:
    """What the clock showed before; None when the address does not say, or nothing that a clock can show."""
    try:
        before = float(request.args.get("from", ""))
    except ValueError:
        return None
    return before if 0 <= before <= LAST_INSTANT else None


def _in_words(offset: float) -> str:
    """``1 d 2 h 0 min ahead of real time``; "" for less than a second."""
    seconds = round(abs(offset))
    if seconds == 0:
        return ""
    days, rest = divmod(seconds, int(_DAY))
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    shown = " ".join(f"{number} {unit}" for number, unit in parts if number)
    return f"{shown} {'ahead of' if offset > 0 else 'behind'} real time"


def _states_of(one: Identity) -> tuple[Status, Status, Status | None]:
    return one.verification.status, one.dkim.status, one.mail_from.status


def _again(console: Console, names: Iterable[tuple[Scope, str]]) -> list[Identity]:
    """Those of ``names`` that are there now."""
    by_scope: dict[Scope, list[str]] = {}
    for scope_of, name in names:
        by_scope.setdefault(scope_of, []).append(name)
    with console.inspection.store.read() as reader:
        return [one for scope_of, wanted in by_scope.items() for one in reader.identities(scope_of, wanted)]


def _name(one: Identity) -> str:
    return f"{one.scope.account}/{one.scope.region}/{one.name}"


def _named(console: Console) -> list[Identity]:
    """The identities that the address says have changed, as they are now."""
    names = []
    for number in range(_MOST_NAMED):
        account, _, rest = request.args.get(f"changed{number}", "").replace("\x00", "").partition("/")
        region, _, name = rest.partition("/")
        if name:
            names.append((Scope(account, region), name))
    return _again(console, names)


def _moved(one: Identity) -> Moved:
    states = [("identity", badge(one.verification.status, "Verified"))]
    if one.dkim.tokens:
        states.append(("DKIM", badge(one.dkim.status)))
    if one.mail_from.status is not None:
        states.append(("MAIL FROM", badge(one.mail_from.status)))
    return Moved(one.scope, one.name, tuple(states))
