"""Delivery: takes copies from the outbox and hands each to the recipient's MX over SMTP, one transaction of SMTP per
recipient, until it is settled.

A copy is settled after the sink said 250. Killed in between, it is sent again after the lease, and the sink knows
the copy by its recipient and MessageId, which MAIL FROM bears, or Message-ID where a bounce has no sender. So no copy
is lost and none is stored twice.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.clock import Clock, real_time
from emulator.diagnostics import DELIVERY_SECONDS, expired
from emulator.documents.configuration_sets import ConfigurationSet
from emulator.post import suppression
from emulator.post.events import Change, queue_changed
from emulator.post.happenings import CopyEnded, Happenings
from emulator.post.patience import let_accepting_go_first
from emulator.post.queue_worker import QueueWorker
from emulator.post.simulator import simulated
from emulator.store.ports import Reader, Store
from emulator.values import Delivery, Outcome, Scope

_BATCH = 20
_LEASE = 5.0
_TIMEOUT = 60.0
# Seconds until the next try after 1, 2, 3 … temporary failures; the last one repeats. SES retries for hours; here the
# only MX is our own sink, and waiting longer would only hide its trouble.
_RETRY_AFTER = (1.0, 2.0, 5.0, 10.0, 30.0)


class PeerConnection(smtplib.SMTP):
    """An SMTP client that first says, in PROXY protocol v1, from which of SES's addresses the mail comes. With
    ``tls`` it goes on in TLS (whose certificate is not looked at, as SES does not), or not at all: without, STARTTLS is
    left alone, since both ends are in this process.

    ``dialogue`` is what both sides said: how the connection began, and the last transaction. A line each, ``C: `` and
    ``S: `` before it; of a message only its length."""

    def __init__(self, relay: tuple[str, int], client_ip: str, helo: str, tls: bool = False) -> None:
        super().__init__(local_hostname=helo, timeout=_TIMEOUT)
        self._beginning = ""
        self._said: list[str] = []
        self.sock = connected = socket.create_connection(relay, timeout=_TIMEOUT)
        try:
            self._begin(connected, relay, client_ip, tls)
        except BaseException:
            # Nobody has got it yet who could close it.
            self.close()
            raise

    def _begin(self, connected: socket.socket, relay: tuple[str, int], client_ip: str, tls: bool) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = connected.getsockname()[:2]
        connected.sendall(f"PROXY TCP4 {client_ip} {host} {port} {relay[1]}\r\n".encode("ascii"))
        code, line = self.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, line)
        self.ehlo_or_helo_if_needed()
        if tls:
            self._host = relay[0]
            self.starttls(context=_any_certificate())
            self.ehlo_or_helo_if_needed()
        self._beginning = "".join(self._said)
        self._said.clear()

    @property
    def dialogue(self) -> str:
        return self._beginning + "".join(self._said)

    def putcmd(self, cmd: str, args: str = "") -> None:
        self._said.append(f"C: {cmd} {args}\n" if args else f"C: {cmd}\n")
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()
        *before, last = text.decode("utf-8", "replace").split("\n")
        self._said += [f"S: {code}-{line}\n" for line in before]
        self._said.append(f"S: {code} {last}\n")
        return code, text

    def transact(self, mail_from: str, recipient: str, data: bytes) -> tuple[int, str]:
        """One MAIL, RCPT, DATA, sent in one write (RFC 2920). Returns the reply that decided; the session is usable
        again afterwards."""
        commands = (f"MAIL FROM:<{mail_from}> BODY=8BITMIME", f"RCPT TO:<{recipient}>", "DATA")
        self._said.clear()
        self.send("".join([f"{command}\r\n" for command in commands]).encode())
        replies = []
        for command in commands:
            self._said.append(f"C: {command}\n")
            replies.append(self.getreply())
        refused = next((reply for reply in replies[:2] if reply[0] >= 400), None)
        if replies[2][0] == 354:
            # Invited although the envelope was refused: there is no message then (RFC 2920 3.1).
            self._said.append("C: .\n" if refused else f"C: (a message of {len(data)} bytes)\n")
            self.send(b".\r\n" if refused else _dotted(data))
            replies.append(self.getreply())
        elif refused is None:
            refused = replies[2]
        if refused is not None:
            self.rset()
        code, line = refused or replies[-1]
        return code, line.decode("utf-8", "replace")


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _dotted(data: bytes) -> bytes:
    """The message as DATA sends it: leading dots doubled, and the line of one dot (RFC 5321 4.5.2)."""
    if data.startswith(b"."):
        data = b"." + data
    end = b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
    return data.replace(b"\r\n.", b"\r\n..") + end


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try at a copy: the MX's reply and what was said. ``outcome`` None means a temporary failure."""

    outcome: Outcome | None
    reply: str
    dialogue: str = ""


class DeliveryWorker(QueueWorker):
    """One thread. ``relay`` is the sink's PROXY listener; ``last_accepted`` tells when the last mail was accepted
    (monotonic). ``told`` is called when there may be something to publish."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        relay: tuple[str, int],
        owner: str,
        last_accepted: Callable[[], float],
        happenings: Happenings,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__("delivery")
        self._store = store
        self._clock = clock
        self._relay = relay
        self._owner = owner
        self._last_accepted = last_accepted
        self._happenings = happenings
        self._told = told
        self._connections: dict[tuple[str, str, bool], PeerConnection] = {}

    def stop(self) -> None:
        super().stop()
        self._hang_up()

    def _round(self) -> bool:
        """Delivers one batch; False when the outbox was empty. An empty outbox is found by reading: only work
        takes the write lock."""
        with self._store.read() as reader:
            if reader.undelivered() == 0:
                return False
        with self._store.write() as writer:
            batch = writer.claim(self._owner, real_time(), _LEASE, _BATCH)
            withheld = suppression.withheld(writer, batch)
            sets = _sets(writer, batch)
        results = []
        for delivery in batch:
            if self._stopping.is_set():
                break
            suppressed = withheld.get((delivery.message_id, delivery.recipient))
            if suppressed is not None:
                results.append((delivery, _Attempt(*suppressed)))
                continue
            let_accepting_go_first(self._last_accepted, self._stopping)
            results.append((delivery, self._deliver(delivery, sets.get((delivery.scope, delivery.configuration_set)))))
        for copy in self._written_down(results):
            self._happenings.publish(copy)
        return bool(batch)

    def _written_down(self, results: Sequence[tuple[Delivery, _Attempt]]) -> list[CopyEnded]:
        """Settles what has come to an end and gives the rest back; returns what ended. Of a copy that a reset forgot
        meanwhile, or that somebody else has settled, nothing follows any more."""
        ended = []
        changes = []
        with self._store.write() as writer:
            now = self._clock.now()
            for one, tried in results:
                if tried.outcome is None:
                    due_at = real_time() + _RETRY_AFTER[min(one.attempts, len(_RETRY_AFTER) - 1)]
                    if writer.postpone(one.message_id, one.recipient, tried.reply, due_at, tried.dialogue):
                        changes.append(Change(one, Outcome.QUEUED, tried.reply))
                elif writer.settle(one.message_id, one.recipient, tried.outcome, tried.reply, now, tried.dialogue):
                    suppression.learn(writer, one, tried.outcome, tried.reply, now)
                    changes.append(Change(one, tried.outcome, tried.reply))
                    ended.append(CopyEnded(one.scope, one.message_id, one.recipient, tried.outcome, tried.reply))
            heard = queue_changed(writer, changes, now)
        if heard:
            self._told()
        return ended

    def _deliver(self, delivery: Delivery, used: ConfigurationSet | None) -> _Attempt:
        fate = simulated(delivery.recipient)
        if fate is not None and not fate.delivered:
            return _Attempt(fate.outcome, fate.reply)
        code, reply, dialogue = self._transact(delivery, used is not None and used.requires_tls)
        if 200 <= code < 300:
            if fate is not None:
                return _Attempt(fate.outcome, fate.reply, dialogue)
            return _Attempt(Outcome.DELIVERED, f"{code} {reply}", dialogue)
        if 500 <= code < 600:
            return _Attempt(Outcome.BOUNCED, f"{code} {reply}", dialogue)
        longest = (used.max_delivery_seconds if used is not None else None) or DELIVERY_SECONDS
        if self._clock.now() - delivery.accepted_at >= longest:
            return _Attempt(Outcome.BOUNCED, expired(longest, f"{code} {reply}"), dialogue)
        return _Attempt(None, f"{code} {reply}", dialogue)

    def _transact(self, delivery: Delivery, tls: bool) -> tuple[int, str, str]:
        """The reply that decided, and the dialogue."""
        key = (delivery.client_ip, delivery.helo, tls)
        for fresh in (False, True):
            connection = None if fresh else self._connections.get(key)
            try:
                if connection is None:
                    connection = self._connections[key] = PeerConnection(self._relay, *key)
                code, reply = connection.transact(delivery.mail_from, delivery.recipient, delivery.data)
                return code, reply, connection.dialogue
            except (smtplib.SMTPException, OSError) as problem:
                # A kept connection may have been closed meanwhile: one try on a new one decides.
                said = connection.dialogue if connection is not None else ""
                self._drop(key)
                failure = 451, f"4.4.2 {problem}", said
        return failure

    def _drop(self, key: tuple[str, str, bool]) -> None:
        connection = self._connections.pop(key, None)
        if connection is not None:
            connection.close()

    def _hang_up(self) -> None:
        for key in list(self._connections):
            self._drop(key)


def _sets(reader: Reader, batch: Sequence[Delivery]) -> dict[tuple[Scope, str | None], ConfigurationSet]:
    """The configuration sets of those that were sent with one and whose set is still there."""
    wanted = {(one.scope, one.configuration_set): None for one in batch if one.configuration_set is not None}
    found = ((key, reader.document(ConfigurationSet, key[0], key[1] or "")) for key in wanted)
    return {key: one for key, one in found if one is not None}
