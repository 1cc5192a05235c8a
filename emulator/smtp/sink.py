"""The recipient's MX: takes mail from anyone for anyone, and hands it to whoever judges and stores it.

Two listeners share it. The public one is a mail catcher: any sender, also the null one, any recipients, UTF-8
addresses (RFC 6531), any bytes. The relay listener is for SES's own deliveries: each connection begins with a PROXY
header that names the address SES would have delivered from, since the receiver's SPF rests on it. That one offers
STARTTLS, as nearly every MX does, for mail that must not go without; a catcher's clients would stumble over a
certificate that nobody signed, so the public one offers it only while a receipt rule requires it.

For some addresses the sink is SES's MX too (``post/mailboxes.py``), and refuses what SES would. SES's own deliveries
count as encrypted there: SES tries TLS with every MX, and the relay goes without only since both ends are here.

A bare LF or CR in a message is kept, not repaired and not refused: the receiver judges the bytes that came.
Google's reply names its queue id after the time; ours is ``250 2.0.0 OK <id>``.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Protocol

from emulator.post.mailboxes import Mailbox, Refusal
from emulator.smtp import replies
from emulator.smtp.connections import Connections
from emulator.smtp.dialogue import Dialogue
from emulator.values import Envelope, Scope

Takers = Mapping[Scope, tuple[str, ...]]
"""Who receives a mail by SES, each for which of its recipients."""

SIZE_LIMIT = 50 * 1024 * 1024
IDLE = 300.0
MAX_CONNECTIONS = 1000

_REFUSALS = {
    Refusal.BLOCKED: replies.CLIENT_BLOCKED,
    Refusal.NO_RULE: replies.MAILBOX_UNAVAILABLE,
    Refusal.NEEDS_TLS: replies.TLS_REQUIRED,
    Refusal.UNKNOWN: replies.TEMPORARY_FAILURE,
}


class Mailboxes(Protocol):
    def any(self) -> bool: ...

    def need_tls(self) -> bool: ...

    def at(self, address: str, client_ip: str, encrypted: bool) -> Mailbox: ...


class NoMailboxes:
    """Of a sink that is nobody's MX but the catcher's."""

    def any(self) -> bool:
        return False

    def need_tls(self) -> bool:
        return False

    def at(self, address: str, client_ip: str, encrypted: bool) -> Mailbox:
        return Mailbox()


class Sink:
    """``receive(envelope, message, ours, takers)`` judges and stores a message and returns its queue id; it may block.
    ``ours`` is True for what came by the relay listener. Whatever it raises is answered 451.
    ``refuse_recipient(sender, recipient)`` gives the reply when it is to be refused. ``mailboxes`` tells whose an
    address is at SES; ``at`` may block, the others must not."""

    def __init__(
        self,
        receive: Callable[[Envelope, bytes, bool, Takers], str],
        *,
        refuse_recipient: Callable[[str, str], str | None] = lambda sender, recipient: None,
        mailboxes: Mailboxes | None = None,
        idle: float = IDLE,
        size_limit: int = SIZE_LIMIT,
        max_connections: int = MAX_CONNECTIONS,
        hostname: str = "mx.ses-emulator",
    ) -> None:
        self.receive = receive
        self.refuse_recipient = refuse_recipient
        self.mailboxes: Mailboxes = mailboxes or NoMailboxes()
        self.idle = idle
        self.size_limit = size_limit
        self.max_connections = max_connections
        self.hostname = hostname

    def dialogue(
        self,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        ours: bool,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> SinkDialogue:
        """For one connection."""
        return SinkDialogue(self, connections, loop, ours, tls)


class SinkDialogue(Dialogue):
    parameters = frozenset({"SIZE", "BODY", "SMTPUTF8"})

    def __init__(
        self,
        sink: Sink,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        ours: bool,
        tls: Callable[[], ssl.SSLContext] | None,
    ) -> None:
        super().__init__(
            connections,
            loop,
            hostname=sink.hostname,
            ident="ESMTP ses-emulator sink",
            size_limit=sink.size_limit,
            idle=sink.idle,
            tls=tls,
            proxied=ours,
        )
        self._sink = sink
        self._ours = ours
        self._takers: dict[str, tuple[Scope, ...]] = {}

    @property
    def offers_tls(self) -> bool:
        return super().offers_tls and (self._ours or self._sink.mailboxes.need_tls())

    def extensions(self) -> list[str]:
        starttls = ["STARTTLS"] if self.offers_tls and not self.encrypted else []
        return ["8BITMIME", f"SIZE {self.size_limit}", *starttls, "PIPELINING", "SMTPUTF8"]

    def refuse_recipient(self, address: str) -> str | None:
        return self._sink.refuse_recipient(self.mail_from or "", address)

    async def refuse_mailbox(self, address: str) -> str | None:
        mailboxes = self._sink.mailboxes
        if not self.rcpt_to:
            # Addresses of a transaction that came to nothing.
            self._takers.clear()
        if not mailboxes.any():
            return None
        found = await self.in_thread(mailboxes.at, address, self.peer, self._ours or self.encrypted)
        self._takers[address] = found.takers
        return None if found.refusal is None else _REFUSALS[found.refusal]

    async def deliver(self, mail_from: str, rcpt_to: tuple[str, ...], data: bytes) -> str:
        envelope = Envelope(mail_from=mail_from, rcpt_to=rcpt_to, client_ip=self.peer, helo=self.helo)
        queue_id = await self.in_thread(self._sink.receive, envelope, data, self._ours, self._taken(rcpt_to))
        return f"250 2.0.0 OK {queue_id}"

    def _taken(self, rcpt_to: tuple[str, ...]) -> Takers:
        found: dict[Scope, tuple[str, ...]] = {}
        for address in dict.fromkeys(rcpt_to) if self._takers else ():
            for scope in self._takers.get(address, ()):
                found[scope] = (*found.get(scope, ()), address)
        return found
