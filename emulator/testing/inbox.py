"""The captured mail of one account: waited for, not wanted, listed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from emulator.testing.api import Api, Refused
from emulator.testing.calls import Call, printable, table
from emulator.testing.golden import Goldens
from emulator.testing.mail import Mail

_PAGE = 200
_SHOWN = 20
_LONGEST = 300
# The emulator lets only so many wait at once; whoever finds no room asks again this often, in seconds.
_AGAIN = 0.1


class NoMail(AssertionError):
    """What was waited for did not come; the text says what did, and what SES refused."""


class UnwantedMail(AssertionError):
    """What was not to come did."""


class Inbox:
    """All that reached any recipient from this account, in every region. ``to``, ``subject``, ``from_`` and ``text``
    are looked for without regard to case, anywhere in what they name; ``q`` is the search language of the inbox page;
    all that are given must hold."""

    def __init__(self, api: Api, account: str, goldens: Goldens) -> None:
        self._api = api
        self._account = account
        self._goldens = goldens

    def wait_for(
        self,
        *,
        to: str | None = None,
        subject: str | None = None,
        from_: str | None = None,
        text: str | None = None,
        q: str | None = None,
        after: Mail | None = None,
        timeout: float = 5.0,
    ) -> Mail:
        """The newest mail that matches, at once when it is there, or as soon as it comes. ``after`` passes over that
        mail and all before it. NoMail when ``timeout`` seconds (0 to 300) are over."""
        __tracebackhide__ = True
        wanted = _wanted(to, subject, from_, text, q)
        mail = self._come(wanted, after, timeout)
        if mail is None:
            raise NoMail(self._told(f"No mail {_words(wanted, after)}came within {timeout:g} s."))
        return mail

    def expect_none(
        self,
        *,
        within: float = 1.0,
        to: str | None = None,
        subject: str | None = None,
        from_: str | None = None,
        text: str | None = None,
        q: str | None = None,
        after: Mail | None = None,
    ) -> None:
        """Returns after ``within`` seconds (0 to 300) in which nothing that matches was there or came; UnwantedMail as
        soon as something is. 0 looks only at what is there."""
        __tracebackhide__ = True
        wanted = _wanted(to, subject, from_, text, q)
        mail = self._come(wanted, after, within)
        if mail is not None:
            raise UnwantedMail(
                printable(f"No mail {_words(wanted, after)}was to come within {within:g} s; this one did:\n  {mail}")
            )

    def all(self) -> list[Mail]:
        """Every mail, the oldest first."""
        found: list[Mail] = []
        cursor = None
        while True:
            page = self._api.get("messages", {"account": self._account, "limit": _PAGE, "cursor": cursor})
            found += [self._mail(one) for one in page["messages"]]
            cursor = page["next"]
            if cursor is None:
                return found[::-1]

    def _come(self, wanted: Mapping[str, str], after: Mail | None, timeout: float) -> Mail | None:
        __tracebackhide__ = True
        if not 0 <= timeout <= _LONGEST:
            raise ValueError(f"A mail can be waited for from 0 to {_LONGEST} seconds, not {timeout}.")
        query = {**wanted, "account": self._account, "after": after.id if after else None, "timeout": timeout}
        # Tries are counted, not time: a test may have stopped the clock of its own process.
        for _ in range(int(timeout / _AGAIN) + 1):
            try:
                return self._mail(self._api.get("messages/wait", query, timeout=timeout + 30.0))
            except Refused as problem:
                if problem.status == 404:
                    return None
                if problem.status != 429:
                    raise
            threading.Event().wait(_AGAIN)
        return None

    def _mail(self, data: Mapping[str, Any]) -> Mail:
        return Mail(self._api, data, self._goldens)

    def _told(self, headline: str) -> str:
        """The headline, what did arrive, what was refused, and what was accepted but is in no inbox."""
        mails = self.all()
        entries = self._api.get("requests", {"account": self._account, "limit": 2000})["requests"]
        calls = [Call.of(entry) for entry in reversed(entries)]
        refused = [call for call in calls if not call.accepted]
        there = {mail.message_id for mail in mails}
        lost = [call for call in calls if call.message_id and call.message_id not in there]
        lines = [headline]
        lines += [f"{len(mails)} arrived in this test's account:" if mails else "None arrived in this test's account."]
        lines += [f"  {mail}" for mail in mails[-_SHOWN:]]
        if refused:
            lines += [f"{len(refused)} of {len(calls)} calls were refused:", table(refused)]
        if lost:
            lines += [f"{len(lost)} were accepted, but have reached nobody yet:", table(lost)]
        if not calls:
            lines += ["Nothing called SES with this test's access key."]
        return printable("\n".join(lines))


def _wanted(
    to: str | None, subject: str | None, from_: str | None, text: str | None, q: str | None
) -> Mapping[str, str]:
    given = {"to": to, "subject": subject, "from": from_, "text": text, "q": q}
    return {name: value for name, value in given.items() if value is not None}


def _words(wanted: Mapping[str, str], after: Mail | None) -> str:
    told = [f"{name} {value!r}" for name, value in wanted.items()]
    told += [f"after {after}"] if after else []
    return f"with {', '.join(told)} " if told else ""
