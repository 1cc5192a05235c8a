"""Opening a store, and what is refused in words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from emulator.store.ports import StoreError
from emulator.store.sql.engine import open_store, sqlite_url


def test_what_was_stored_is_there_when_it_is_opened_again(url):
    first = open_store(url)
    with first.write() as writer:
        writer.set_world("k", "v")
    first.close()
    first.close()
    second = open_store(url)
    with second.read() as reader:
        assert reader.world("k") == "v"
    second.close()


def test_a_newer_schema_is_left_alone(url):
    open_store(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE emulator_state SET schema_version = 99"))
    with pytest.raises(StoreError, match=r"schema version 99.*newer emulator"):
        open_store(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT schema_version FROM emulator_state")).scalar() == 99
    engine.dispose()


def test_several_processes_may_start_on_an_empty_database(url):
    script = "import sys; from emulator.store.sql.engine import open_store; open_store(sys.argv[1]).close()"
    starting = [subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE, text=True) for _ in "abc"]
    problems = [process.communicate(timeout=60)[1] for process in starting]
    assert [process.returncode for process in starting] == [0, 0, 0], problems


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / "new" / "a b?c=%20#é"
    store = open_store(sqlite_url(folder))
    with store.write() as writer:
        writer.set_world("k", "v")
    store.close()
    assert (folder / "ses-emulator.db").stat().st_size > 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "no database URL"),
        ("mysql://u:geheim@host/db", "mysql is not supported"),
        ("postgresql+asyncpg://u:geheim@host/db", "not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////no/such/folder/x.db", "cannot open sqlite:////no/such/folder/x.db"),
        ("postgresql+psycopg://u:geheim@127.0.0.1:1/db", "cannot open postgresql"),
    ],
)
def test_what_cannot_be_opened_is_told_without_passwords(url, words):
    with pytest.raises(StoreError, match=words) as refusal:
        open_store(url)
    assert "geheim" not in str(refusal.value)


def test_a_file_that_is_no_database_is_told(tmp_path):
    file = tmp_path / "x.db"
    file.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{file}")
    assert file.read_bytes().startswith(b"no database")


def test_sqlite_files_are_written_ahead(tmp_path):
    store = open_store(sqlite_url(tmp_path))
    connection = sqlite3.connect(tmp_path / "ses-emulator.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    store.close()


def test_a_closed_store_says_so(url):
    store = open_store(url)
    store.close()
    with pytest.raises(StoreError, match="closed"), store.write():
        pass
    with pytest.raises(StoreError, match="closed"), store.read():
        pass


def test_connections_that_the_server_has_closed_meanwhile_are_replaced(postgresql):
    url = postgresql()
    store = open_store(url)
    with store.write() as writer:
        writer.set_world("k", "v")
    # This store's only: the server is the whole test run's.
    kept = [link.driver.info.backend_pid for link in store._idle]
    assert kept
    engine = create_engine(url)
    with engine.begin() as connection:
        for pid in kept:
            # Waits, at most 5 s, until it is gone.
            assert connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar()
    engine.dispose()
    with store.read() as reader:
        assert reader.world("k") == "v"
    store.close()


def test_a_read_under_way_outlives_the_closing_and_leaves_no_connection(url):
    store = open_store(url)
    with store.read() as reader:
        store.close()
        assert reader.world("k") is None
    assert not store._idle
