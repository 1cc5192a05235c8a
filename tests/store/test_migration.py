"""A database that an older version made is brought to this version, with all that is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from emulator.sending_events import EventType, SendingEvent
from emulator.store.ports import DeliveryState, MessageFilter
from emulator.store.sql.engine import open_store
from emulator.values import Outcome

SCHEMAS = Path(__file__).with_name("schemas")
VERDICT = {
    "spf": {"result": "softfail", "domain": "x.org", "client_ip": "1.2.3.4"},
    "dkim": [
        {"result": result, "domain": "x.org", "selector": "s", "identity": "@x.org", "tag_b": "abc"}
        for result in ("fail", "pass", "fail")
    ],
    "dmarc": {"result": "fail", "from_domain": "x.org"},
    "display": {"mailed_by": None, "signed_by": None, "via": "amazonses.com"},
    "header": "mx",
}
ENVELOPE = {"mail_from": "b@x.org", "rcpt_to": ["to@y.org"], "client_ip": "1.2.3.4", "helo": "h"}
HEADING = {"from_": "Ann <ann@x.org>", "to": ["to@y.org"], "cc": [], "reply_to": [], "subject": "Drift ice", "size": 9}
MAILS = 250


def make_tables(connection, version):
    """The tables as that version made them."""
    file = SCHEMAS / f"version_{version}_{connection.dialect.name}.sql"
    for statement in file.read_text(encoding="utf-8").split(";"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def accept_mail(connection):
    """An accepted mail, by the columns that every version has."""
    connection.execute(
        text(
            "INSERT INTO outbound (message_id, account, region, accepted_at, sent_total, copies, door, operation, "
            "caller, source, feedback_to, counted, envelope, tags, size, data) VALUES ('m1', '123456789012', "
            "'us-east-1', 5.0, 1, 1, 'v2', 'SendEmail', 'c', 's', 'f', 1, :envelope, '[]', 4, :data)"
        ),
        {"envelope": json.dumps(ENVELOPE), "data": b"data"},
    )


@pytest.fixture
def version_1(url):
    """The URL of a database of version 1 that holds an accepted mail and 250 captured ones; of the ids that it gave the
    last is gone."""
    engine = create_engine(url)
    with engine.begin() as connection:
        make_tables(connection, 1)
        connection.execute(text("INSERT INTO emulator_state VALUES (1, 1, 77)"))
        connection.execute(text("INSERT INTO world VALUES ('secret', 's')"))
        accept_mail(connection)
        connection.execute(
            text("INSERT INTO delivery VALUES (1, 'to@y.org', 'DELIVERED', '250 ok', 1, 6.0, 0, NULL, NULL)")
        )
        capture = text(
            "INSERT INTO captured (received_at, account, region, message_id, delivery_key, folded_from, folded_to, "
            "folded_subject, envelope, verdict, header, text, folded_text, raw) VALUES (:at, '123456789012', "
            "'us-east-1', 'm1', :key, 'ann <ann@x.org>', 'to@y.org', 'drift ice', :envelope, :verdict, :header, :text, "
            ":folded, :raw)"
        )
        connection.execute(
            capture,
            [
                {
                    "at": float(number),
                    "key": f"k{number}",
                    "envelope": json.dumps(ENVELOPE),
                    "verdict": json.dumps(VERDICT),
                    "header": json.dumps(HEADING),
                    "text": f"The ÅNGSTRÖM\r\nnumber{number}",
                    "folded": f"the ångström\r\nnumber{number}",
                    "raw": b"raw\x00%d" % number,
                }
                for number in range(1, MAILS + 2)
            ],
        )
        connection.execute(text("DELETE FROM captured WHERE id = :last"), {"last": MAILS + 1})
    engine.dispose()
    return url


def test_all_that_version_1_knew_is_there(version_1, scope):
    store = open_store(version_1)
    with store.read() as reader:
        assert reader.dns_serial() == 77
        assert reader.world("secret") == "s"
        assert reader.deliveries("m1") == [DeliveryState("to@y.org", Outcome.DELIVERED, "250 ok", 1, 6.0, "")]
        assert reader.count(MessageFilter()) == MAILS
        mail = reader.captured(123)
        assert mail is not None
        assert (mail.text, mail.raw, mail.subject) == ("The ÅNGSTRÖM\r\nnumber123", b"raw\x00123", "Drift ice")
        assert (mail.verdict.header, mail.unread, mail.attachments) == ("mx", True, 0)
        line = reader.lines(MessageFilter(before=124), 1)[0]
        assert (line.id, line.snippet, line.received_at) == (123, "The ÅNGSTRÖM number123", 123.0)
        assert (line.spf, line.dkim, line.dmarc, line.via) == ("softfail", ("fail", "pass"), "fail", "amazonses.com")
        assert [one.id for one in reader.search(MessageFilter(text="ÅNGSTRÖM\r\nnumber77"), 9)] == [77]
    store.close()


def test_its_mails_are_searched_and_new_ones_are_added(version_1, outbound_message, captured_mail):
    store = open_store(version_1)
    wanted = MessageFilter(q="number77 via:yes dkim:fail spf:softfail")
    with store.read() as reader:
        assert reader.unindexed() == MAILS
        assert [line.id for line in reader.lines(wanted, 9)] == [77]
    while store.index(100):
        pass
    with store.write() as writer:
        assert [line.id for line in writer.lines(wanted, 9)] == [77]
        writer.mark_read(wanted)
        assert writer.count(MessageFilter(unread=True)) == MAILS - 1
        # An id that was given before is not given again, though its mail is gone.
        assert writer.capture(captured_mail()) == MAILS + 2
        assert writer.capture(captured_mail(delivery_key="k7")) is None
        writer.add_outbound(outbound_message("m2"), 2)
        writer.postpone("m2", "to@example.org", "451", 0.0, "said at first")
        writer.settle("m2", "to@example.org", Outcome.DELIVERED, "250", 1.0, "said at last")
        assert [one.dialogue for one in writer.deliveries("m2")] == ["said at last"]
    store.close()


def test_its_tables_are_then_those_of_a_new_database(version_1, url, request, tmp_path_factory):
    open_store(version_1).close()
    if "postgresql" in url:
        other = request.getfixturevalue("postgresql")()
    else:
        other = f"sqlite:///{tmp_path_factory.mktemp('new')}/new.db"
    open_store(other).close()
    assert shape(version_1) == shape(other)


def test_rejected_copies_are_in_its_index_then(version_1):
    """Columns say nothing of the rows that an index holds."""
    open_store(version_1).close()
    engine = create_engine(version_1)
    asked = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE name = 'delivery_unhappy'",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = 'delivery_unhappy' "
        "AND schemaname = current_schema()",
    }
    with engine.connect() as connection:
        assert "REJECTED" in connection.execute(text(asked[engine.dialect.name])).scalar_one()
    engine.dispose()


def shape(url):
    """Columns and indexes of every table, whatever their order."""
    engine = create_engine(url)
    seen = inspect(engine)
    tables = {
        name: (
            sorted((one["name"], str(one["type"]), one["nullable"], one["default"]) for one in seen.get_columns(name)),
            sorted((one["name"], one["column_names"], one["unique"]) for one in seen.get_indexes(name)),
        )
        for name in seen.get_table_names()
    }
    engine.dispose()
    return tables


@pytest.fixture
def version_2(url):
    """The URL of a database of version 2 with an accepted mail."""
    engine = create_engine(url)
    with engine.begin() as connection:
        make_tables(connection, 2)
        connection.execute(text("INSERT INTO emulator_state VALUES (1, 2, 77)"))
        connection.execute(text("INSERT INTO captured_indexing VALUES (1, 0)"))
        accept_mail(connection)
    engine.dispose()
    return url


def test_a_mail_of_version_2_has_neither_caller_nor_headers(version_2, scope):
    store = open_store(version_2)
    with store.write() as writer:
        mail = writer.outbound("m1")
        assert mail is not None
        assert (mail.source_ip, mail.headers, mail.data) == ("", (), b"data")
        writer.queue_events([SendingEvent(EventType.SEND, "m1", mail.scope, 5.0, ("to@y.org",))])
        assert writer.unpublished() == 1
    store.close()


def test_the_tables_of_version_2_are_then_those_of_a_new_database(version_2, url, request, tmp_path_factory):
    test_its_tables_are_then_those_of_a_new_database(version_2, url, request, tmp_path_factory)
