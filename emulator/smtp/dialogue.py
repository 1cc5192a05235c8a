"""The commands of RFC 5321 that both doors share. A door says what it offers, refuses and does with a message.

No exception reaches the client: a message that cannot be handled is answered ``451``, and the dialogue goes on.
"""

from __future__ import annotations

import logging
import re

from emulator.post.fault_orders import ConnectionDropped
from emulator.smtp import replies
from emulator.smtp.channel import Channel, Goodbye, NoCertificate
from emulator.smtp.wire import is_text, one_line, parse_path

log = logging.getLogger(__name__)

RECIPIENT_LIMIT = 1000
_ERROR_LIMIT = 100
_SIZE = re.compile(r"\d{1,20}")
_BODIES = frozenset({"7BIT", "8BITMIME"})


class Dialogue(Channel):
    """aiosmtpd finds the ``smtp_…`` methods by their names. ``mail_from`` None: no MAIL yet; "" the null sender."""

    parameters: frozenset[str] = frozenset({"SIZE", "BODY"})

    helo = ""
    mail_from: str | None = None
    rcpt_to: tuple[str, ...] = ()

    # --- what a door decides ----------------------------------------------------------------------

    def extensions(self) -> list[str]:
        """The EHLO keywords."""
        raise NotImplementedError

    def refuse_command(self, command: str) -> str | None:
        """The reply when this command may not be given now."""
        return None

    def refuse_sender(self, address: str) -> str | None:
        """The reply when MAIL FROM names what cannot be a sender."""
        return None

    def refuse_recipient(self, address: str) -> str | None:
        """The reply when RCPT TO names what cannot be a recipient."""
        return None

    async def refuse_mailbox(self, address: str) -> str | None:
        """The reply when nobody takes mail for a recipient that could be one; for what has to be asked elsewhere."""
        return None

    async def deliver(self, mail_from: str, rcpt_to: tuple[str, ...], data: bytes) -> str:
        """Takes the message over and returns the reply. May raise anything: the client is told 451 then."""
        raise NotImplementedError

    # --- the dialogue -----------------------------------------------------------------------------

    async def converse(self) -> None:
        errors = 0
        self.say(f"220 {self.hostname} {self.__ident__}")
        while True:
            refusal = await self._obey(await self.read_line())
            if refusal is not None:
                self.say(refusal)
                errors += 1
            if self.closing or errors > _ERROR_LIMIT:
                self.say(replies.SHUTTING_DOWN if self.closing else replies.TOO_MANY_ERRORS)
                return

    async def _obey(self, line: bytes | None) -> str | None:
        """Does what the line asks; returns the refusal when it is not even a command that may be given."""
        if line is None:
            return replies.LINE_TOO_LONG
        verb, _, rest = line.partition(b" ")
        method = self._smtp_methods.get(verb.decode("ascii", "replace").upper())
        if method is None:
            return replies.UNKNOWN_COMMAND if verb.isalpha() else replies.BAD_SYNTAX
        refusal = self.refuse_command(verb.decode("ascii").upper())
        if refusal is None:
            await method(rest.decode("utf-8", "surrogateescape").strip())
        return refusal

    def _forget_message(self) -> None:
        self.mail_from = None
        self.rcpt_to = ()

    async def smtp_HELO(self, arg: str) -> None:
        if not arg:
            self.say(replies.HELO_SYNTAX)
            return
        self._forget_message()
        self.helo = one_line(arg)[:255]
        self.say(f"250 {self.hostname}")

    async def smtp_EHLO(self, arg: str) -> None:
        if not arg:
            self.say(replies.EHLO_SYNTAX)
            return
        self._forget_message()
        self.helo = one_line(arg)[:255]
        self.say(f"250-{self.hostname}")
        for keyword in self.extensions():
            self.say(f"250-{keyword}")
        self.say(replies.OK)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if arg:
            self.say(replies.NO_PARAMETER)
        elif not self.offers_tls:
            self.say(replies.NOT_IMPLEMENTED)
        elif self.encrypted:
            self.say(replies.TLS_ALREADY_ACTIVE)
        else:
            try:
                await self.start_tls()
            except NoCertificate:
                log.exception("STARTTLS failed")
                self.say(replies.TLS_NOT_AVAILABLE)
                return
            # RFC 3207 4.2: nothing that was said before the handshake counts.
            self._forget_message()
            self.helo = ""

    async def smtp_AUTH(self, arg: str) -> None:
        self.say(replies.NOT_IMPLEMENTED)

    async def smtp_MAIL(self, arg: str | None) -> None:
        argument = arg or ""
        if not self.helo:
            self.say(replies.EHLO_FIRST)
        elif self.mail_from is not None:
            self.say(replies.SENDER_GIVEN)
        elif argument[:5].upper() != "FROM:":
            self.say(replies.MAIL_SYNTAX)
        else:
            path = parse_path(argument[5:])
            if path is None or not is_text(path[0]):
                self.say(replies.INVALID_MAIL_FROM)
                return
            refusal = self.refuse_sender(path[0]) or self._refuse_parameters(path[1])
            if refusal is None:
                self.mail_from = path[0]
            self.say(refusal or replies.OK)

    async def smtp_RCPT(self, arg: str | None) -> None:
        argument = arg or ""
        if self.mail_from is None:
            self.say(replies.NEED_MAIL)
        elif argument[:3].upper() != "TO:":
            self.say(replies.RCPT_SYNTAX)
        elif len(self.rcpt_to) >= RECIPIENT_LIMIT:
            self.say(replies.TOO_MANY_RECIPIENTS)
        else:
            path = parse_path(argument[3:])
            if path is None or not path[0] or not is_text(path[0]):
                self.say(replies.INVALID_RCPT_TO)
                return
            refusal = self.refuse_recipient(path[0]) or self._refuse_parameters(path[1])
            if refusal is None:
                refusal = await self._refuse_mailbox(path[0])
            if refusal is None:
                self.rcpt_to += (path[0],)
            self.say(refusal or replies.OK)

    async def _refuse_mailbox(self, address: str) -> str | None:
        try:
            return await self.refuse_mailbox(address)
        except Exception:
            # DNS or the store may fail in any way: the client tries again, and the dialogue goes on.
            log.exception("Nobody could say who receives mail for %s", address)
            return replies.TEMPORARY_FAILURE

    def _refuse_parameters(self, given: str) -> str | None:
        """A SIZE that is too large is not refused here: SES judges the size after DATA (reference 7.1)."""
        for parameter in given.split():
            name, _, value = parameter.partition("=")
            name = name.upper()
            if (
                name not in self.parameters
                or (name == "SIZE" and not _SIZE.fullmatch(value))
                or (name == "BODY" and value.upper() not in _BODIES)
            ):
                return replies.UNKNOWN_PARAMETERS
        return None

    async def smtp_DATA(self, arg: str) -> None:
        if arg:
            self.say(replies.NO_PARAMETER)
        elif self.mail_from is None:
            self.say(replies.NEED_MAIL)
        elif not self.rcpt_to:
            self.say(replies.NEED_RCPT)
        else:
            mail_from, rcpt_to = self.mail_from, self.rcpt_to
            self._forget_message()
            self.say(replies.START_MAIL_INPUT)
            self.in_message = True
            message = await self.read_message()
            self.say(replies.MESSAGE_TOO_LONG if message is None else await self._outcome(mail_from, rcpt_to, message))
            self.in_message = False

    async def _outcome(self, mail_from: str, rcpt_to: tuple[str, ...], message: bytes) -> str:
        try:
            return one_line(await self.deliver(mail_from, rcpt_to, message))
        except ConnectionDropped:
            raise Goodbye from None
        except Exception:
            log.exception("A message from %s could not be handled", self.peer)
            return replies.TEMPORARY_FAILURE

    async def smtp_RSET(self, arg: str) -> None:
        self._forget_message()
        self.say(replies.OK)

    async def smtp_NOOP(self, arg: str) -> None:
        self.say(replies.OK)

    async def smtp_QUIT(self, arg: str) -> None:
        self.say(replies.BYE)
        raise Goodbye

    async def smtp_VRFY(self, arg: str) -> None:
        self.say(replies.CANNOT_VERIFY)

    async def smtp_EXPN(self, arg: str) -> None:
        self.say(replies.NOT_IMPLEMENTED)

    async def smtp_HELP(self, arg: str) -> None:
        self.say(replies.NOT_IMPLEMENTED)
