"""No statement of the store reads more as the history grows: every plan of SQLite goes by an index."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event

from emulator.store.ports import MessageFilter
from emulator.store.sql.engine import open_store, sqlite_url
from emulator.store.sql.link import Link
from emulator.values import Account, Identity, IdentityKind, Outcome, Record


class Explaining:
    """A driver's connection, or a cursor of it, that asks for the plan of each statement before executing it."""

    def __init__(self, inner, explain):
        self._inner = inner
        self._explain = explain

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def execute(self, statement, parameters=()):
        self._explain(statement, parameters)
        return self._inner.execute(statement, parameters)

    def executemany(self, statement, parameters):
        self._explain(statement, parameters[0])
        return self._inner.executemany(statement, parameters)

    def cursor(self):
        return Explaining(self._inner.cursor(), self._explain)


@pytest.fixture
def plans(tmp_path):
    """A store that remembers the plan of each statement: ``(statement, steps)``."""
    store = open_store(sqlite_url(tmp_path))
    seen: list[tuple[str, list[str]]] = []

    def explaining(link):
        def explain(statement, parameters):
            if not statement.startswith(("PRAGMA", "BEGIN")):
                steps = link.driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                seen.append((statement, [row[3] for row in steps]))

        # What SQLAlchemy executes itself does not come by our driver.
        event.listen(
            link.connection,
            "before_cursor_execute",
            lambda connection, cursor, statement, parameters, context, many: explain(statement, parameters),
        )
        return Link(link.connection, Explaining(link.driver, explain))

    store._writer = explaining(store._writer)
    store._idle.append(explaining(store._connect()))
    yield store, seen
    store.close()


def test_every_statement_on_the_way_of_a_mail_goes_by_an_index(plans, scope, outbound_message, captured_mail):
    store, seen = plans
    with store.write() as writer:
        writer.account_for_update(scope)
        writer.save_account(Account(scope))
        writer.save_identity(Identity(scope, "x.org", IdentityKind.DOMAIN, 1.0))
        writer.identities(scope, ["a", "b"])
        writer.list_identities(scope, after="a", limit=2)
        writer.unsettled_identities()
        writer.delete_identity(scope, "x.org")
        writer.sent_before(scope, 1.0)
        writer.send_counts(scope, 1.0)
        writer.add_outbound(outbound_message(), 1)
        writer.outbound("m1")
        writer.deliveries("m1")
        writer.undelivered()
        writer.claim("w", 5.0, 1.0, 10)
        writer.postpone("m1", "to@example.org", "451", 1.0)
        writer.settle("m1", "to@example.org", Outcome.DELIVERED, "250", 1.0)
        number = writer.capture(captured_mail(message_id="m1"))
        writer.captured(number)
        writer.count(MessageFilter())
        writer.search(MessageFilter(after=0), 10)
        writer.search(MessageFilter(message_id="m1"), 10)
        writer.search(MessageFilter(account=scope.account, region=scope.region), 10)
        writer.delete_captured(MessageFilter(message_id="m1"))
        writer.delete_captured_id(number)
        writer.put_records([Record("x.org", "A", "1")])
        writer.records_at("x.org")
        writer.name_exists_below("x.org")
        writer.replace_origin("route53", [])
        writer.delete_records("x.org")
        writer.world("k")
        writer.set_world("k", "v")
    assert len(seen) > 30
    scans = {(step, statement) for statement, steps in seen for step in steps if step.startswith("SCAN")}
    # The serial, and how far the search index goes, are one row; the index that holds only the queue is read whole on
    # purpose, and counting everything walks the smallest index.
    allowed = ("SCAN emulator_state", "SCAN captured_indexing", "COVERING INDEX")
    assert {one for one in scans if not any(mark in one[0] for mark in allowed)} == set()
    sorts = {statement for statement, steps in seen if any("TEMP B-TREE FOR ORDER BY" in step for step in steps)}
    assert {one for one in sorts if "dns_record" not in one} == set()


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (
            lambda reader, scope: reader.sent_before(scope, 5.0),
            "COVERING INDEX outbound_window (account=? AND region=?",
        ),
        (lambda reader, scope: reader.undelivered(), "SCAN delivery USING COVERING INDEX delivery_queued"),
        (
            lambda reader, scope: reader.claim("w", 1.0, 1.0, 5),
            "SEARCH delivery USING INDEX delivery_queued (due_at<?)",
        ),
        (lambda reader, scope: reader.send_counts(scope, 5.0), "COVERING INDEX delivery_unhappy"),
        (lambda reader, scope: reader.name_exists_below("x.org"), "ix_dns_record_path (path>? AND path<?)"),
        (lambda reader, scope: reader.count(MessageFilter()), "SCAN captured USING COVERING INDEX"),
        (lambda reader, scope: reader.receiving(), "SCAN document USING INDEX document_receiving"),
    ],
)
def test_what_is_asked_often_goes_by_its_own_index(plans, scope, ask, index):
    store, seen = plans
    with store.read() as reader:
        ask(reader, scope)
    assert any(index in step for _, steps in seen for step in steps), seen


SEARCHES = (
    "ice",
    "-ice",
    '"drift ice" from:ann@x.org -subject:snow',
    '-"drift ice"',
    "dkim:fail via:yes has:attachment tag:campaign",
    "is:unread",
    "is:read ice",
    "before:2026-01-31 after:2026-01-01T09:30",
    "message-id:m1",
)


def ask_all(reader, q, scope):
    """All that a list and a mail opened from it ask for."""
    for wanted in (MessageFilter(q=q), MessageFilter(q=q, account=scope.account, region=scope.region)):
        reader.count(wanted)
        reader.lines(wanted, 50)
        reader.lines(replace(wanted, before=5), 50)
        reader.lines(replace(wanted, after=5), 50, oldest=True)
        reader.neighbours(wanted, 5)


@pytest.mark.parametrize("q", SEARCHES)
def test_a_search_goes_by_the_search_index(plans, scope, captured_mail, q):
    store, seen = plans
    with store.write() as writer:
        for _ in range(20):
            writer.capture(captured_mail())
    assert store.index(19) == 19
    seen.clear()
    with store.read() as reader:
        ask_all(reader, q, scope)
    looked_up = [steps for statement, steps in seen if "MATCH" in statement]
    assert looked_up
    for steps in looked_up:
        # Where something is found is asked of FTS5, and in the order in which it is wanted.
        assert steps[0].startswith(("SCAN captured_words VIRTUAL TABLE INDEX", "CO-ROUTINE")), steps
        few = any("message_id=?" in step for step in steps)
        assert few or not any("TEMP B-TREE FOR ORDER BY" in step for step in steps), steps
    steps = [step for _, steps in seen for step in steps]
    allowed = ("captured_words", "captured_indexing", "captured_gone", "captured_times", "ids", "anon_1")
    assert [step for step in steps if step.startswith("SCAN") and step.split()[1] not in allowed] == []


def test_lists_read_neither_texts_nor_verdicts(plans, captured_mail):
    store, seen = plans
    with store.write() as writer:
        writer.capture(captured_mail())
    seen.clear()
    with store.read() as reader:
        assert reader.lines(MessageFilter(), 50)
        assert reader.lines(MessageFilter(q="dkim:fail"), 50)
        reader.count(MessageFilter(unread=True))
    statements = [statement for statement, _ in seen]
    assert statements
    for column in ("verdict", "raw", "text", "folded_text", "folded_to"):
        assert [one for one in statements if f"captured.{column}" in one] == []


@pytest.mark.parametrize("q", SEARCHES)
def test_on_postgresql_a_search_goes_by_the_search_index_too(postgresql, scope, captured_mail, q):
    store = open_store(postgresql())
    with store.write() as writer:
        for _ in range(20):
            writer.capture(captured_mail())
    assert store.index(19) == 19
    plans = []

    def explain(connection, cursor, statement, parameters, context, many):
        if "@@" in statement:
            rows = context.root_connection.connection.dbapi_connection.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(row[0] for row in rows))

    with store.read() as reader:
        event.listen(reader._connection, "before_cursor_execute", explain)
        ask_all(reader, q, scope)
    store.close()
    assert plans
    for plan in plans:
        assert "Bitmap Index Scan on captured_words_found" in plan
        assert "Seq Scan" not in plan
