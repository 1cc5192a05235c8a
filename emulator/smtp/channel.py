"""One SMTP connection below the commands: lines and messages in, replies out, patience, TLS, the end.

aiosmtpd keeps the connection's life and its upgrade to TLS, and reads the PROXY header. How bytes become lines and
messages is ours:

- A command line ends with LF or CRLF. DATA ends with CRLF "." CRLF and with nothing else: a bare LF or CR is part of
  the message and kept as it came, so nobody can smuggle a second message past us (RFC 5321 4.1.1.4). Lines of any
  length and any byte are taken; a line's leading dot is removed after CRLF only (4.5.2).
- An oversize message is read to its end without being kept, then refused.
- Replies to pipelined commands leave together (RFC 2920).
- A client that closes its half of the connection still gets its answers.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

from aiosmtpd.proxy_protocol import get_proxy
from aiosmtpd.smtp import SMTP, TLSSetupException

from emulator.smtp import replies
from emulator.smtp.connections import Connections, T
from emulator.smtp.wire import host_of, unstuffed

log = logging.getLogger(__name__)

# RFC 4954 4: AUTH's lines may have 12288 octets. SES is seen to judge addresses of more than 320 characters after
# DATA, so other lines are not held to RFC 5321's 512 either.
LINE_LIMIT = 12288
_CHUNK = 65536
_FAREWELL = 5.0
_END = b"\r\n.\r\n"


class Goodbye(Exception):
    """The dialogue is over; what was said last is still sent."""


class NoCertificate(Exception):
    """TLS is not to be had now."""


class Channel(SMTP):
    """A subclass speaks in ``converse``; its exceptions end the connection, and never reach the client.

    ``size_limit`` is in bytes as sent. ``idle``: seconds without a byte from the client after which it is let go;
    the time that our own work takes does not count. ``proxied``: a PROXY header (v1 or v2) comes before everything
    and names the peer; without one that does, the connection is closed without a word. ``tls`` makes the context of
    STARTTLS; with ``wrapped`` the handshake comes before everything.
    """

    # aiosmtpd makes its stream with this limit: how much waits in it before reading is paused.
    line_length_limit = _CHUNK

    def __init__(
        self,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        *,
        hostname: str,
        ident: str,
        size_limit: int,
        idle: float,
        tls: Callable[[], ssl.SSLContext] | None = None,
        wrapped: bool = False,
        proxied: bool = False,
    ) -> None:
        super().__init__(None, hostname=hostname, ident=ident, loop=loop)
        self.size_limit = size_limit
        self.peer = ""
        self._connections = connections
        self._idle = idle
        self._tls = tls
        self._wrapped = wrapped
        self._proxied = proxied
        self._pending = bytearray()
        self._replies = bytearray()
        self._heard = 0.0
        self._admitted = False
        self._greeted = False
        self._upgrading = False
        self.in_message = False
        self._working = False
        self._leaving = False
        self._lost = False

    async def converse(self) -> None:
        raise NotImplementedError

    # --- the connection's life --------------------------------------------------------------------

    @property
    def encrypted(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is not None

    @property
    def offers_tls(self) -> bool:
        return self._tls is not None

    @property
    def closing(self) -> bool:
        return self._connections.closing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called a second time when STARTTLS has succeeded."""
        if self._upgrading:
            # RFC 3207 4.2: what came in the clear behind STARTTLS is no part of the encrypted dialogue.
            self._pending.clear()
        else:
            # asyncio does this itself only where the listening socket says that it is TCP. Without it each second
            # small reply in a row waits 40 ms for the client's acknowledgement.
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peer = host_of(transport.get_extra_info("peername"))
            self._admitted = self._connections.admit(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._connections.forget(self)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        super().data_received(data)

    def eof_received(self) -> bool:
        """Keeps our half open, where the transport can, until everything is answered."""
        self._reader.feed_eof()
        return not self.encrypted

    def retire(self) -> None:
        if self._upgrading or not self._greeted:
            self.abort()
        elif not self.in_message and not self._leaving:
            self._say_farewell(replies.SHUTTING_DOWN)

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _handle_client(self) -> None:
        try:
            if self._wrapped:
                await self.start_tls()
            if self._proxied and not await self._read_proxy_header():
                return
            self._greeted = True
            if self._admitted:
                await self.converse()
            else:
                self.say(replies.TOO_MANY_CONNECTIONS)
        except (Goodbye, EOFError, OSError, TLSSetupException):
            log.debug("%s left", self.peer)
        except Exception:
            log.exception("The SMTP dialogue with %s broke off", self.peer)
        finally:
            self._leave()

    async def _read_proxy_header(self) -> bool:
        proxy = await get_proxy(self._reader)
        source = getattr(proxy, "src_addr", None) if proxy else None
        if source is None:
            log.warning("%s spoke to the relay port without a PROXY header that names an address", self.peer)
            return False
        self.peer = str(source)
        return True

    async def start_tls(self) -> None:
        """Says 220 (not in the wrapper), then shakes hands. Raises NoCertificate with nothing said yet, and EOFError
        or aiosmtpd's TLSSetupException when the handshake comes to nothing."""
        assert self._tls is not None
        try:
            self.tls_context = self._tls()
        except Exception as error:
            raise NoCertificate("The certificate of the SMTP door could not be made or read") from error
        self._upgrading = True
        await super().smtp_STARTTLS("")
        if self.session is None or self.session.ssl is None:
            raise EOFError("the TLS handshake was cut off")
        self._upgrading = False

    def _leave(self) -> None:
        if self._lost:
            return
        if self._upgrading and self._original_transport is not None:
            # Before the handshake has succeeded nobody tells this protocol that the connection is lost.
            self._original_transport.close()
            self.connection_lost(None)
        elif not self._leaving:
            self._close()

    def _say_farewell(self, reply: str) -> None:
        self.say(reply)
        self._close()

    def _close(self) -> None:
        """Sends what was said, without waiting; a client that does not read it is cut off soon after."""
        self._leaving = True
        self._send_replies()
        assert self.transport is not None
        self.transport.close()
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self._timeout_handle = self.loop.call_later(_FAREWELL, self.abort)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """aiosmtpd winds its clock here, at each command. One timer of ours serves the whole connection."""
        self._heard = self.loop.time()
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_later(self._idle, self._timeout_cb)

    def _timeout_cb(self) -> None:
        left = self._idle if self._working else self._heard + self._idle - self.loop.time()
        if left > 0:
            self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
        elif self._upgrading or not self._greeted:
            self.abort()
        else:
            self._say_farewell(replies.TIMEOUT)

    # --- reading and speaking ---------------------------------------------------------------------

    def say(self, reply: str) -> None:
        """A reply line, sent as soon as there is nothing more of the client's to read. ASCII, without line end."""
        self._replies += reply.encode("ascii")
        self._replies += b"\r\n"

    async def push(self, status: str | bytes) -> None:
        """A reply line, sent at once. aiosmtpd's only word through this is the 220 that invites to the handshake."""
        if not self._wrapped:
            self.say(status if isinstance(status, str) else status.decode("ascii"))
            await self._flush()

    def _send_replies(self) -> None:
        if self._replies:
            self._writer.write(bytes(self._replies))
            self._replies.clear()

    async def _flush(self) -> None:
        if self._replies:
            self._send_replies()
            await self._writer.drain()

    async def _fill(self) -> None:
        await self._flush()
        chunk = await self._reader.read(_CHUNK)
        if not chunk:
            raise EOFError("the client has no more to say")
        self._pending += chunk

    async def read_line(self) -> bytes | None:
        """The next line without its end; None when it was longer than ``LINE_LIMIT`` (it is gone then)."""
        pending = self._pending
        too_long = False
        looked = 0
        while (end := pending.find(b"\n", looked)) < 0:
            if len(pending) > LINE_LIMIT:
                too_long = True
                pending.clear()
            looked = len(pending)
            await self._fill()
        line = bytes(pending[:end])
        del pending[: end + 1]
        return None if too_long or end > LINE_LIMIT else line.removesuffix(b"\r")

    async def read_message(self) -> bytes | None:
        """What stands before CRLF "." CRLF, unstuffed; None when it was longer than ``size_limit``."""
        pending = self._pending
        while len(pending) < 3 and b".\r\n".startswith(pending):
            await self._fill()
        if pending.startswith(b".\r\n"):
            del pending[:3]
            return b""
        too_long = False
        looked = 0
        while (end := pending.find(_END, looked)) < 0:
            if too_long or len(pending) > self.size_limit + len(_END):
                too_long = True
                del pending[: 1 - len(_END)]
            looked = max(0, len(pending) + 1 - len(_END))
            await self._fill()
        if too_long or end + 2 > self.size_limit:
            del pending[: end + len(_END)]
            return None
        with memoryview(pending) as view:
            body = bytes(view[: end + 2])
        del pending[: end + len(_END)]
        return unstuffed(body)

    async def in_thread(self, job: Callable[..., T], *arguments: object) -> T:
        """Blocking work. The client's silence meanwhile is not held against it."""
        await self._flush()
        self._working = True
        try:
            return await self._connections.in_thread(job, *arguments)
        finally:
            self._working = False
            self._heard = self.loop.time()
