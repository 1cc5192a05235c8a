"""Documents: one table for all kinds, each whole as JSON beside the columns by which it is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, func, select, tuple_

from emulator.documents.document import Document
from emulator.store.sql.collection import Collection
from emulator.store.sql.document_json import document_json, document_of
from emulator.store.sql.schema import document
from emulator.values import Scope

D = TypeVar("D", bound=Document)

_COLUMNS = (
    document.c.parent,
    document.c.name,
    document.c.created_at,
    document.c.updated_at,
    document.c.body,
)
_OF_PARENT = (
    document.c.account == bindparam("account"),
    document.c.region == bindparam("region"),
    document.c.kind == bindparam("kind"),
    document.c.parent == bindparam("parent"),
)
_THE_ONE = (*_OF_PARENT, document.c.name == bindparam("name"))
_ONE = select(*_COLUMNS).where(*_THE_ONE)
_LOCKED = _ONE.with_for_update()
_BY_NAME = select(*_COLUMNS).where(*_OF_PARENT).order_by(document.c.name)
_NEWEST = select(*_COLUMNS).where(*_OF_PARENT).order_by(document.c.created_at.desc(), document.c.name.desc())
_NUMBER = select(func.count()).select_from(document).where(*_OF_PARENT)
_DELETE = delete(document).where(*_THE_ONE)
_DELETE_CHILDREN = delete(document).where(*_OF_PARENT)
# Any number that no other lock has as its first.
_NAMES_LOCK = 5_327_003
_MOST_NAMES = 100


class Documents(Collection):
    def document(self, cls: type[D], scope: Scope, name: str, parent: str = "") -> D | None:
        row = self._run(_ONE, _key(cls, scope, parent) | {"name": name}).fetchone()
        return None if row is None else self._document(cls, scope, row)

    def documents(self, cls: type[D], scope: Scope, names: Iterable[str], parent: str = "") -> Sequence[D]:
        wanted = list(dict.fromkeys(names))
        if len(wanted) == 1:
            one = self.document(cls, scope, wanted[0], parent)
            return [] if one is None else [one]
        found: list[D] = []
        for start in range(0, len(wanted), _MOST_NAMES):
            some = wanted[start : start + _MOST_NAMES]
            statement = select(*_COLUMNS).where(*_OF_PARENT, document.c.name.in_(some))
            rows = self._connection.execute(statement, _key(cls, scope, parent))
            found.extend(self._document(cls, scope, tuple(row)) for row in rows)
        return found

    def list_documents(
        self, cls: type[D], scope: Scope, parent: str = "", after: str | None = None, limit: int | None = None
    ) -> Sequence[D]:
        statement = _BY_NAME if after is None else _BY_NAME.where(document.c.name > after)
        rows = self._connection.execute(statement.limit(limit), _key(cls, scope, parent))
        return [self._document(cls, scope, tuple(row)) for row in rows]

    def newest_documents(
        self,
        cls: type[D],
        scope: Scope,
        parent: str = "",
        before: tuple[float, str] | None = None,
        limit: int | None = None,
    ) -> Sequence[D]:
        statement = _NEWEST
        if before is not None:
            statement = statement.where(tuple_(document.c.created_at, document.c.name) < tuple_(*before))
        rows = self._connection.execute(statement.limit(limit), _key(cls, scope, parent))
        return [self._document(cls, scope, tuple(row)) for row in rows]

    def count_documents(self, cls: type[Document], scope: Scope, parent: str = "") -> int:
        return int(self._run(_NUMBER, _key(cls, scope, parent)).fetchone()[0])

    def document_for_update(self, cls: type[D], scope: Scope, name: str, parent: str = "") -> D | None:
        self._alone_with(_NAMES_LOCK, cls.KIND, scope.account, scope.region, parent, name)
        row = self._run(_LOCKED, _key(cls, scope, parent) | {"name": name}).fetchone()
        return None if row is None else self._document(cls, scope, row)

    def save_document(self, document: Document) -> None:
        self._run(
            self._shared.upserts.document,
            {
                **_key(type(document), document.scope, document.parent),
                "name": document.name,
                "created_at": document.created_at,
                "updated_at": document.updated_at,
                "body": document_json(document),
            },
        )

    def delete_document(self, cls: type[Document], scope: Scope, name: str, parent: str = "") -> bool:
        return self._run(_DELETE, _key(cls, scope, parent) | {"name": name}).rowcount > 0

    def delete_documents(self, cls: type[Document], scope: Scope, parent: str = "") -> int:
        return self._run(_DELETE_CHILDREN, _key(cls, scope, parent)).rowcount

    def _document(self, cls: type[D], scope: Scope, row: tuple[Any, ...]) -> D:
        parent, name, created_at, updated_at, body = row
        columns = {
            "scope": scope,
            "parent": parent,
            "name": name,
            "created_at": created_at,
            "updated_at": updated_at,
        }
        return document_of(cls, columns, body)


def _key(cls: type[Document], scope: Scope, parent: str) -> dict[str, object]:
    return {"account": scope.account, "region": scope.region, "kind": cls.KIND, "parent": parent}
