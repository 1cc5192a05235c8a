"""Receiving: takes mail that SES has received from its queue, and does with it what the receipt rules say.

The rules are those of the active set at that moment. A mail is ended after all actions were done; killed in between,
they are done again after the lease: an object in S3 is then written twice, under the same key, and a topic may be told
twice, as SNS itself may deliver twice. Bounces are put into the outbox in the transaction that ends the mail, so there
is only one of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from emulator.clock import Clock, real_time
from emulator.dns.resolver import Resolver
from emulator.documents.received import ReceivedMail
from emulator.incoming import WaitingMail
from emulator.policy.receipt_rules import matching
from emulator.policy.virus import is_infected
from emulator.post.bounces import BOUNCEABLE_SECONDS, received_mail
from emulator.post.event_channels import EventChannels
from emulator.post.keyring import Keyring
from emulator.post.mailboxes import active_rules, verified_domains
from emulator.post.published import PublishedLog
from emulator.post.queue_worker import QueueWorker
from emulator.store.ports import Store
from emulator.values import Identity, OutboundMessage, Scope

# Renewed by nobody: a mail whose actions take longer is done twice where several processes share a database.
_LEASE = 30.0
_NAMELESS = "unknown"


class ReceivingWorker(QueueWorker):
    """One thread. ``session`` gives a resolver, ``mailed`` is called when a bounce stands in the outbox."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        channels: EventChannels,
        session: Callable[[], Resolver],
        keyring: Keyring,
        published: PublishedLog,
        owner: str,
        mailed: Callable[[], None],
    ) -> None:
        super().__init__("receiving")
        self._store = store
        self._clock = clock
        self._channels = channels
        self._session = session
        self._keyring = keyring
        self._published = published
        self._owner = owner
        self._mailed = mailed

    def _round(self) -> bool:
        """Works off one mail; False when there was none to be had. An empty queue is found by reading."""
        with self._store.read() as reader:
            if reader.waiting_inbound() == 0:
                return False
        # Before the mail is read: where it was there, and a reset came then, nothing is noted.
        since = self._published.mark()
        with self._store.write() as writer:
            waiting = writer.claim_inbound(self._owner, real_time(), _LEASE)
        if waiting is None:
            return False
        self._end(waiting, self._follow(waiting, since))
        return True

    def _follow(self, waiting: WaitingMail, since: int) -> list[OutboundMessage]:
        mail = waiting.mail
        with self._store.read() as reader:
            account = next((one for one in reader.receiving() if one.scope == mail.scope), None)
            original = reader.document(ReceivedMail, mail.scope, mail.message_id)
            if original is None and self._clock.now() - mail.received_at > BOUNCEABLE_SECONDS:
                # It has waited for so long that SendBounce knows it no more; the rules are to be followed all the same.
                original = received_mail(waiting)
            if account is None or original is None:
                # No set is active any more, so nothing says what to do; or a reset has forgotten the mail meanwhile,
                # and whatever set is active now is another one.
                return []
            rules = active_rules(reader, account)
            domains = verified_domains(reader, mail.scope, waiting.recipients)
        # Loaded with the first mail that is received: most accounts receive none.
        from emulator.post.receipt import Hands, Receipt

        hands = Hands(
            channels=self._channels,
            published=self._published,
            keyring=self._keyring,
            identities=self._identities_of(mail.scope),
            now=self._clock.now,
            since=since,
        )
        known = replace(
            mail, client_name=self._client_name(mail.envelope.client_ip), infected=is_infected(waiting.data)
        )
        receipt = Receipt(hands, known, waiting.data, account.active_rule_set or "", original)
        return receipt.follow(matching(rules, waiting.recipients, domains))

    def _identities_of(self, scope: Scope) -> Callable[[Sequence[str]], Sequence[Identity]]:
        def read(names: Sequence[str]) -> Sequence[Identity]:
            with self._store.read() as reader:
                return reader.identities(scope, names)

        return read

    def _end(self, waiting: WaitingMail, bounces: Sequence[OutboundMessage]) -> None:
        with self._store.write() as writer:
            # The account first, as in accepting and in a reset: else the two could wait for each other.
            sent_total = writer.account_for_update(waiting.mail.scope).sent_total if bounces else 0
            if not writer.end_inbound(waiting.id):
                return
            for bounce in bounces:
                writer.add_outbound(bounce, sent_total)
        if bounces:
            self._mailed()

    def _client_name(self, ip: str) -> str:
        from ipaddress import ip_address

        try:
            pointer = ip_address(ip).reverse_pointer
        except ValueError:
            return _NAMELESS
        values = self._session().query(pointer, "PTR").values
        return values[0].removesuffix(".") if values else _NAMELESS
