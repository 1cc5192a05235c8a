"""Bringing captured mails into the search index."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from emulator.store.sql.schema import captured
from emulator.store.sql.searching import document, documents
from emulator.store.sql.shelf import Shelf
from emulator.store.words import Document

# The index is built anew when more than this, and more than half of it, is of mails that are gone.
_WORN = 5_000
_NUMBER = select(func.count()).select_from(captured)


@dataclass(frozen=True, slots=True)
class Batch:
    """The mails that follow the id ``up_to``, taken apart. ``worn``: rather begin anew."""

    up_to: int
    documents: tuple[Document, ...]
    worn: bool

    @property
    def worth_writing(self) -> bool:
        return self.worn or bool(self.documents)


class Indexing(Shelf):
    def unindexed_documents(self, most: int) -> Batch:
        """Up to ``most``, oldest first."""
        up_to = self._indexed()
        rows = self._connection.execute(documents(up_to, most)).all()
        return Batch(up_to, tuple(document(tuple(row)) for row in rows), not rows and self._worn())

    def add_to_index(self, batch: Batch) -> int:
        """Returns how many mails of the batch have been dealt with, or 0 when somebody else was faster."""
        if self._hold_if_free() != batch.up_to:
            return 0
        if batch.worn:
            self._shared.index.clear(self._connection)
            self._index_goes_to(0)
            return 1
        last = batch.documents[-1].id
        still_there = select(captured.c.id).where(captured.c.id > batch.up_to, captured.c.id <= last)
        alive = set(self._connection.execute(still_there).scalars())
        self._shared.index.add(self._driver, [one for one in batch.documents if one.id in alive])
        self._index_goes_to(last)
        return len(batch.documents)

    def _worn(self) -> bool:
        gone = self._shared.index.worn(self._connection)
        return gone > _WORN and gone > int(self._connection.execute(_NUMBER).scalar_one())
