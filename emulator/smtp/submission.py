"""SES's SMTP door: whoever knows a secret key's SMTP password hands in a message, and hears SES's own words.

Every judgement of the message comes after DATA (reference sending.md 7.1), and is made by whoever ``accept`` is.
Decided here, where the reference is silent or divided:

- EHLO's SIZE is the 40 MB (41943040) that are enforced, today's documented limit. The captures of 2016 to 2020 show
  the 10485760 of their time; to announce that would keep obedient clients from sending what SES now takes.
- One door acts for all regions: the password tells which. The legacy form stands for the default region.
- MAIL and RCPT refuse what can be no address: ``501 Invalid … address provided`` (observed) where there is no
  ``local@domain`` in ASCII at all, the null sender included; ``553`` (documented) where there is one and it has
  blanks, nothing before or after the ``@``, or brackets in it. What JavaMail would say of the rest is said after DATA.
- The dialogue is idle after 10 s, before and after AUTH (both observed).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
import ssl
from collections.abc import Callable

from emulator import ids
from emulator.aws.sigv4 import account_of
from emulator.errors import Fault
from emulator.smtp import replies
from emulator.smtp.connections import Connections
from emulator.smtp.credentials import REGIONS, region_of
from emulator.smtp.dialogue import Dialogue
from emulator.smtp.wire import one_line
from emulator.values import Door, RawContent, Scope, Submission

log = logging.getLogger(__name__)

SIZE_LIMIT = 40 * 1024 * 1024
IDLE = 10.0
MAX_CONNECTIONS = 500

_ADDRESS = re.compile(r'(?:"(?:[^"\\]|\\.)+"|[^\s<>"]+)@[^\s<>"@]+')
_IN_TLS_ONLY = frozenset({"AUTH", "MAIL", "RCPT", "DATA"})
_AUTHENTICATED_ONLY = frozenset({"MAIL", "RCPT", "DATA"})


class SubmissionDoor:
    """``accept`` takes a Submission and returns its MessageId, or raises a Fault; it may block. ``secret_of`` returns
    the secret key of an access key id, None when there is no such key; it must not block.

    A 12-digit access key id is the account; any other acts for ``default_account``.
    """

    def __init__(
        self,
        accept: Callable[[Submission], str],
        secret_of: Callable[[str], str | None],
        default_account: str,
        default_region: str,
        *,
        idle: float = IDLE,
        size_limit: int = SIZE_LIMIT,
        max_connections: int = MAX_CONNECTIONS,
        hostname: str = "email-smtp.amazonaws.com",
    ) -> None:
        self.accept = accept
        self.secret_of = secret_of
        self.default_account = default_account
        self.default_region = default_region
        self.idle = idle
        self.size_limit = size_limit
        self.max_connections = max_connections
        self.hostname = hostname
        # The host behind the name: one to a door, as one to a machine at SES.
        self.server = f"SimpleEmailService-d-{ids.session_id()[:9].upper()}"

    def dialogue(
        self,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        tls: Callable[[], ssl.SSLContext],
        wrapped: bool,
    ) -> SubmissionDialogue:
        """For one connection; ``wrapped`` when it is in TLS from its first byte."""
        return SubmissionDialogue(self, connections, loop, tls, wrapped)

    def scope_of(self, user: str, password: str) -> Scope | None:
        """Whose SES these credentials open; None when they are wrong."""
        secret = self.secret_of(user)
        if secret is None:
            return None
        region = region_of(secret, password, REGIONS, self.default_region)
        if region is None:
            return None
        return Scope(account_of(user, self.default_account), region)


class SubmissionDialogue(Dialogue):
    # RFC 4954 5: whoever offers AUTH takes MAIL's AUTH parameter; it is not acted on.
    parameters = frozenset({"SIZE", "BODY", "AUTH"})

    def __init__(
        self,
        door: SubmissionDoor,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        tls: Callable[[], ssl.SSLContext],
        wrapped: bool,
    ) -> None:
        super().__init__(
            connections,
            loop,
            hostname=door.hostname,
            ident=f"ESMTP {door.server} {ids.session_id()}",
            size_limit=door.size_limit,
            idle=door.idle,
            tls=tls,
            wrapped=wrapped,
        )
        self._door = door
        self._user = ""
        self._scope: Scope | None = None

    def extensions(self) -> list[str]:
        starttls = [] if self.encrypted else ["STARTTLS"]
        return ["8BITMIME", f"SIZE {self.size_limit}", *starttls, "AUTH PLAIN LOGIN"]

    def refuse_command(self, command: str) -> str | None:
        if command in _IN_TLS_ONLY and not self.encrypted:
            return replies.STARTTLS_FIRST
        if command in _AUTHENTICATED_ONLY and self._scope is None:
            return replies.AUTHENTICATION_REQUIRED
        return None

    def refuse_sender(self, address: str) -> str | None:
        return _refuse_address(address, replies.INVALID_MAIL_FROM, replies.INVALID_EMAIL_ADDRESS)

    def refuse_recipient(self, address: str) -> str | None:
        return _refuse_address(address, replies.INVALID_RCPT_TO, replies.ADDRESS_UNKNOWN)

    async def deliver(self, mail_from: str, rcpt_to: tuple[str, ...], data: bytes) -> str:
        assert self._scope is not None
        submission = Submission(
            scope=self._scope,
            door=Door.SMTP,
            operation="SendRawEmail",
            caller=self._user,
            source_ip=self.peer,
            source=mail_from,
            content=RawContent(data),
            to=rcpt_to,
            trace=f"from {self.helo} ([{self.peer}]) by {self._door.hostname} with SMTP ({self._door.server}) "
            f"id {ids.session_id()}",
        )
        try:
            message_id = await self.in_thread(self._door.accept, submission)
        except Fault as fault:
            return fault.reply()
        return f"{replies.OK} {message_id}"

    # --- AUTH (RFC 4954) --------------------------------------------------------------------------

    async def smtp_AUTH(self, arg: str) -> None:
        mechanism, _, initial = arg.partition(" ")
        mechanism = mechanism.upper()
        if not mechanism or " " in initial.strip():
            self.say(replies.AUTH_SYNTAX)
        elif not self.helo:
            self.say(replies.EHLO_FIRST)
        elif self._scope is not None:
            self.say(replies.AUTHENTICATED_ALREADY)
        elif mechanism == "PLAIN":
            await self._auth_plain(initial.strip())
        elif mechanism == "LOGIN":
            await self._auth_login(initial.strip())
        else:
            self.say(replies.UNKNOWN_MECHANISM)

    async def _auth_plain(self, initial: str) -> None:
        response = self._decoded(initial) if initial else await self._ask(replies.AUTH_PLAIN_CHALLENGE)
        if response is None:
            return
        parts = response.split("\0")
        if len(parts) != 3:
            self.say(replies.CREDENTIALS_INVALID)
            return
        self._log_in(parts[1], parts[2])

    async def _auth_login(self, initial: str) -> None:
        user = self._decoded(initial) if initial else await self._ask(replies.AUTH_LOGIN_USERNAME)
        if user is None:
            return
        password = await self._ask(replies.AUTH_LOGIN_PASSWORD)
        if password is not None:
            self._log_in(user, password)

    async def _ask(self, challenge: str) -> str | None:
        """The client's answer; None when there is none, which it has then been told."""
        self.say(challenge)
        line = await self.read_line()
        if line is None:
            self.say(replies.LINE_TOO_LONG)
            return None
        if line.strip() == b"*":
            self.say(replies.AUTH_CANCELED)
            return None
        return self._decoded(line.decode("ascii", "replace").strip())

    def _decoded(self, response: str) -> str | None:
        """Base64 undone; ``=`` is the empty initial response (RFC 4954 4)."""
        try:
            return base64.b64decode("" if response == "=" else response, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            self.say(replies.NOT_BASE64)
            return None

    def _log_in(self, user: str, password: str) -> None:
        try:
            self._scope = self._door.scope_of(user, password)
        except Exception:
            log.exception("The credentials of %r could not be checked", user)
            self.say(replies.TEMPORARY_AUTH_FAILURE)
            return
        if self._scope is None:
            log.info("Wrong SMTP credentials for %r. The password is derived from the secret key and the region.", user)
            self.say(replies.CREDENTIALS_INVALID)
            return
        self._user = user
        self.say(replies.AUTH_SUCCESSFUL)


def _refuse_address(address: str, invalid: str, malformed: str) -> str | None:
    if "@" not in address or not address.isascii():
        return invalid
    return None if _ADDRESS.fullmatch(address) else one_line(malformed.format(address))
