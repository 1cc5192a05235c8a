"""A disk that is full, a file that is damaged or read-only: told in words, and over when it is over."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from emulator.store.ports import StoreError
from emulator.store.sql.engine import SqlStore, open_store, sqlite_url


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write(store: SqlStore, value: str) -> None:
    """With a statement that goes by SQLAlchemy, whose transaction ends with the COMMIT."""
    with store.write() as writer:
        assert writer.scopes() == []
        writer.set_world("k", value)


def look_into(url: str) -> None:
    with closing(open_store(url)) as store, store.read() as reader:
        reader.world("k")


def test_a_full_disk_is_told_and_forgotten_when_there_is_room_again(tmp_path):
    store = open_store(sqlite_url(tmp_path))
    log = Path(f"{tmp_path}/ses-emulator.db-wal")
    with full_disk(log.stat().st_size), pytest.raises(StoreError, match="cannot be read or kept"):
        write(store, "v" * 100_000)
    for value in ("again", "and again"):
        write(store, value)
    with store.read() as reader:
        assert reader.world("k") == "and again"
    store.close()


def test_a_damaged_file_is_told(tmp_path):
    url = sqlite_url(tmp_path)
    open_store(url).close()
    file = tmp_path / "ses-emulator.db"
    pages = bytearray(file.read_bytes())
    pages[3 * 4096 :] = b"\xff" * (len(pages) - 3 * 4096)
    file.write_bytes(pages)
    with pytest.raises(StoreError, match="malformed"):
        look_into(url)


# Root may write what is read-only, unless it gives up that right (util-linux).
GIVEN_UP = ("setpriv", "--bounding-set", "-dac_override")


def test_a_read_only_file_is_refused_at_once(tmp_path):
    url = sqlite_url(tmp_path)
    open_store(url).close()
    file = tmp_path / "ses-emulator.db"
    file.chmod(0o444)
    command = (sys.executable, "-c", f"from emulator.store.sql.engine import open_store; open_store({url!r})")
    if os.access(file, os.W_OK):
        command = (*GIVEN_UP, *command)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert re.search(r"StoreError: cannot open .*the file is read-only", done.stderr)
