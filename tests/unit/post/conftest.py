"""A store of the test's own, opened as the emulator opens it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.store.sql.engine import SqlStore, open_store, sqlite_url


@pytest.fixture
def store(tmp_path) -> Iterator[SqlStore]:
    opened = open_store(sqlite_url(tmp_path))
    yield opened
    opened.close()
