"""The only place where the parts are joined: made, started, reset, stopped.

Whoever is asked first must be there first: store, DNS, HTTP, SMTP, delivery. The stop is the reverse.
"""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from emulator import ids
from emulator.aws.clients import Clients
from emulator.aws.model import Services
from emulator.aws.paging import Tokens
from emulator.clock import Clock, real_time
from emulator.dns import zone
from emulator.dns.amazonses import own_records
from emulator.dns.resolver import DnsResolver
from emulator.dns.responder import QueryLog
from emulator.dns.route53 import Route53Records
from emulator.dns.server import DnsServer
from emulator.http.inspection import Inspection
from emulator.http.neighbours import Neighbours
from emulator.http.plain_calls import Lazily, PlainCalls
from emulator.http.server import THREADS, HangingUp, HttpServer
from emulator.http.ses import AwsDoor
from emulator.listening import Addresses, in_url, pair, reachable, split_pair
from emulator.once import Once
from emulator.policy.ordered_faults import rules_of
from emulator.post.arrivals import Arrivals
from emulator.post.dkim_keys import amazonses_key
from emulator.post.fault_orders import ConnectionDropped, FaultOrders
from emulator.post.happenings import Happenings, WasReset
from emulator.post.identities import Identities
from emulator.post.indexing import Indexer
from emulator.post.journal import Journal
from emulator.post.keyring import Keyring
from emulator.post.published import PublishedLog
from emulator.post.watch import Watch
from emulator.ses.call import Desk
from emulator.settings import DEFAULT_ACCOUNT, DEFAULT_REGION, Settings
from emulator.store.ports import Store
from emulator.store.sql.engine import open_store, sqlite_url
from emulator.values import Scope

if TYPE_CHECKING:
    from flask import Flask

    from emulator.dns.forward import Upstream
    from emulator.post.accept import Acceptance
    from emulator.post.bounces import Bounces
    from emulator.post.deliver import DeliveryWorker
    from emulator.post.publishing import Publisher
    from emulator.post.receiving import ReceivingWorker
    from emulator.seed.plant import Seeds

log = logging.getLogger(__name__)


class Emulator:
    """The whole emulator in this process. ``start`` returns when everything accepts connections; it raises OSError
    when a port is taken and ValueError when a setting makes no sense. ``stop`` may be called at any time, twice too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = ExitStack()
        self._addresses: Addresses | None = None
        self._endpoint = ""
        self._base = lambda: settings.public_url or self._endpoint
        self._delivery: DeliveryWorker | None = None
        self._publisher: Publisher | None = None
        self._receiving: ReceivingWorker | None = None
        self._seeds: Seeds | None = None

    @property
    def addresses(self) -> Addresses:
        if self._addresses is None:
            raise RuntimeError("the emulator is not running")
        return self._addresses

    def start(self) -> None:
        settings = self._settings
        self._seeds = _seeds(settings.seeds)
        folder = self._folder()
        store = open_store(settings.database or sqlite_url(folder), production=settings.production)
        self._running.callback(store.close)
        self._store = store
        secret, offset = _world_of(store)
        self._clock = clock = Clock(offset)
        if self._seeds is not None:
            self._seeds.sow(store, clock.now())
        keyring = Keyring(partial(amazonses_key, store), secret)
        self._queries = QueryLog(clock.now)
        dns_host, dns_port = self._start_dns(keyring)
        resolver = DnsResolver(reachable(dns_host), dns_port)
        self._running.callback(resolver.close)

        self._arrivals = Arrivals(most_waiting=THREADS - 8)
        self._indexer = Indexer(store)
        self._happenings = happenings = Happenings(ids.session_id())
        self._journal = Journal(happenings)
        self._published = PublishedLog()
        self._watch = Watch(store, clock, resolver.session, happenings)
        self._faults = faults = FaultOrders(rules_of(settings.faults), settings.fault_seed)
        acceptance = Once(partial(self._acceptance, keyring))
        identities = Identities(
            store,
            clock,
            settings,
            keyring,
            base_url=self._base,
            woken=self._wake_delivery,
            changed=self._watch.wake,
            happenings=happenings,
        )
        self._neighbour = neighbour = Clients(lambda: self._endpoint, settings.secret_of)
        bounces = Once(partial(self._bounces, keyring))
        desk = Desk(
            store, clock, settings, acceptance, identities, bounces, Tokens(secret), faults, neighbour, resolver.session
        )
        self._route53 = Route53Records(store, neighbour, self._watch.check)
        self._neighbours = Neighbours(self._route53.read)
        inspection = Inspection(
            store=store,
            clock=clock,
            identities=identities,
            journal=self._journal,
            published=self._published,
            arrivals=self._arrivals,
            happenings=happenings,
            faults=faults,
            queries=self._queries,
            resolver=resolver.session,
            set_clock=self._set_clock,
            zone_changed=self._watch.check,
            reset=self.reset,
            catch_up=self._indexer.catch_up,
        )
        door = AwsDoor(desk, self._journal, Services())
        app = PlainCalls(door, Lazily(partial(self._flask, door, inspection)))
        http = HttpServer(HangingUp(app, ConnectionDropped), settings.host, settings.port)
        self._endpoint = f"http://{in_url(settings.host)}:{http.port}"
        http.start()
        self._running.callback(http.stop)
        # Before the server stops: it would wait for whoever listens.
        self._running.callback(happenings.close)
        self._running.callback(faults.end)
        self._watch.start()
        self._running.callback(self._watch.stop)
        self._indexer.start()
        self._running.callback(self._indexer.stop)
        # HTTP answers by now; what only mail needs is loaded while the first calls come in.
        smtp, smtps, sink = self._start_mail(folder, acceptance(), resolver, keyring)
        self._addresses = Addresses(
            endpoint=self._endpoint,
            ui=f"{self._endpoint}/_ses/",
            smtp=smtp,
            smtps=smtps,
            sink=sink,
            dns=pair((dns_host, dns_port)),
            pid=os.getpid(),
        )

    def _flask(self, door: AwsDoor, inspection: Inspection) -> Flask:
        from emulator.http.app import create_app

        return create_app(door, self._neighbours, inspection, self._own_hosts)

    def _acceptance(self, keyring: Keyring) -> Acceptance:
        from emulator.post.accept import Acceptance

        return Acceptance(
            self._store,
            self._clock,
            self._settings,
            keyring,
            self._wake_delivery,
            self._happenings,
            self._faults,
            self._base,
            told=self._wake_publisher,
        )

    def _bounces(self, keyring: Keyring) -> Bounces:
        from emulator.post.bounces import Bounces

        return Bounces(self._store, self._clock, keyring, self._wake_delivery)

    def _start_mail(
        self, folder: Path, acceptance: Acceptance, resolver: DnsResolver, keyring: Keyring
    ) -> tuple[str, str, str]:
        """SES's SMTP doors, the sink with its receiver, and the delivery between them; returns where the first three
        listen."""
        from emulator.post.deliver import DeliveryWorker
        from emulator.post.event_channels import EventChannels
        from emulator.post.mailboxes import Mailboxes
        from emulator.post.publishing import Publisher
        from emulator.post.receive import Reception
        from emulator.post.receiving import ReceivingWorker
        from emulator.receiver.verdict import Receiver
        from emulator.smtp.acceptance import SmtpAcceptance
        from emulator.smtp.certificate import server_context
        from emulator.smtp.servers import SmtpServers
        from emulator.smtp.sink import Sink
        from emulator.smtp.submission import SubmissionDoor

        keyring.ready()
        settings = self._settings
        reception = Reception(
            self._store,
            self._clock,
            Receiver(resolver.session),
            self._mail_came,
            self._happenings,
            received=self._wake_receiving,
        )
        smtp = SmtpServers(
            settings.host,
            smtp_port=settings.smtp_port,
            smtps_port=settings.smtps_port,
            sink_port=settings.sink_port,
            door=SubmissionDoor(
                SmtpAcceptance(acceptance, self._faults, self._journal, self._clock).accept,
                settings.secret_of,
                DEFAULT_ACCOUNT,
                DEFAULT_REGION,
            ),
            sink=Sink(
                reception.receive,
                refuse_recipient=self._faults.at_mx,
                mailboxes=Mailboxes(self._store, resolver.session),
            ),
            context_factory=lambda: server_context(folder, real_time()),
        )
        smtp.start()
        self._running.callback(smtp.stop)
        self._delivery = DeliveryWorker(
            self._store,
            self._clock,
            smtp.addresses.relay,
            owner=f"{os.getpid()}-{ids.session_id()}",
            last_accepted=acceptance.last,
            happenings=self._happenings,
            told=self._wake_publisher,
        )
        self._delivery.start()
        self._running.callback(self._delivery.stop)
        self._publisher = Publisher(
            self._store,
            self._clock,
            EventChannels(self._neighbour),
            keyring,
            self._published,
            owner=f"{os.getpid()}-{ids.session_id()}",
            last_accepted=acceptance.last,
            mailed=self._wake_delivery,
        )
        self._publisher.start()
        self._running.callback(self._publisher.stop)
        self._receiving = ReceivingWorker(
            self._store,
            self._clock,
            EventChannels(self._neighbour),
            resolver.session,
            keyring,
            self._published,
            owner=f"{os.getpid()}-{ids.session_id()}",
            mailed=self._wake_delivery,
        )
        self._receiving.start()
        self._running.callback(self._receiving.stop)
        return pair(smtp.addresses.smtp), pair(smtp.addresses.smtps), pair(smtp.addresses.sink)

    def _mail_came(self) -> None:
        self._arrivals.tell()
        self._indexer.came()

    def _wake_delivery(self) -> None:
        """A mail accepted before there is a worker waits in the outbox, where the worker looks first."""
        if self._delivery is not None:
            self._delivery.wake()

    def _wake_publisher(self) -> None:
        if self._publisher is not None:
            self._publisher.wake()

    def _wake_receiving(self) -> None:
        if self._receiving is not None:
            self._receiving.wake()

    def stop(self) -> None:
        self._running.close()
        self._addresses = None

    def reset(self, account: str | None = None) -> None:
        """Back to the state after start: of one account with its hosted zones, or of everything, the clock and all
        neighbours too."""
        if self._seeds is not None:
            self._seeds.draw(account)
        if account is None:
            with self._route53.unread():
                self._neighbours.reset()
                self._forget(None)
        else:
            if self._neighbours.loaded:
                self._route53.delete_zones(account)
            self._forget(account)
        self._journal.clear(account)
        self._published.clear(account)
        if account is None:
            self._queries.clear()
            self._faults.back_to_start()
            self._set_clock(0.0)
        else:
            self._watch.check()
        self._happenings.publish(WasReset(account))

    def _forget(self, account: str | None) -> None:
        with self._store.write() as writer:
            writer.forget(Scope(account, "") if account is not None else None)
            if self._seeds is not None:
                # A reset of everything puts the clock back as well.
                now = self._clock.now() - (self._clock.offset if account is None else 0.0)
                self._seeds.plant(writer, now, account)

    def _folder(self) -> Path:
        """Where files are kept: ``--data``, or a folder that goes with this process."""
        if self._settings.data is not None:
            self._settings.data.mkdir(parents=True, exist_ok=True)
            return self._settings.data
        return Path(self._running.enter_context(tempfile.TemporaryDirectory(prefix="ses-emulator-")))

    def _start_dns(self, keyring: Keyring) -> tuple[str, int]:
        own = cache(lambda: own_records(keyring.amazonses_public_key()))
        upstream = _upstream(self._settings.resolver)
        if upstream is not None:
            self._running.callback(upstream.close)

        def read(name: str, type: str) -> zone.ZoneAnswer:
            own()
            with self._store.read() as reader:
                world = zone.World(own(), reader.records_at, reader.name_exists_below)
                return zone.answer(name, type, world.records_at, world.exists_below, reader.dns_serial)

        server = DnsServer(self._settings.host, self._settings.dns_port, read, self._queries, upstream)
        server.start()
        self._running.callback(server.stop)
        return server.address

    def _set_clock(self, offset: float) -> None:
        """Moves the clock, remembers it, and draws the consequences before anybody looks."""
        back = offset < self._clock.offset
        self._clock.set_offset(offset)
        with self._store.write() as writer:
            writer.set_world("clock_offset", repr(offset))
            if back:
                writer.pull_back(self._clock.now())
        self._watch.check()

    def _own_hosts(self) -> frozenset[str]:
        public = urlsplit(self._settings.public_url or "").hostname
        return frozenset(host for host in (self._settings.host, public) if host)


def _world_of(store: Store) -> tuple[str, float]:
    """The secret and the clock's offset; the secret is made on the first start on this store."""
    with store.write() as writer:
        secret = writer.world("secret")
        if secret is None:
            secret = ids.secret()
            writer.set_world("secret", secret)
        return secret, float(writer.world("clock_offset") or 0.0)


def _seeds(paths: tuple[Path, ...]) -> Seeds | None:
    if not paths:
        return None
    from emulator.seed.files import read_seeds
    from emulator.seed.plant import Seeds

    return Seeds(read_seeds(paths))


def _upstream(resolver: str | None) -> Upstream | None:
    if resolver is None:
        return None
    from emulator.dns.forward import Upstream

    where = split_pair(resolver)
    if where is None:
        raise ValueError(f"--resolver {resolver!r} is not HOST:PORT")
    return Upstream(*where)
