"""What the collections share: the connection of the transaction they are part of."""

from __future__ import annotations

from sqlalchemy import Connection

from emulator.store.sql.upserts import Upserts


class Collection:
    """``production`` is what new accounts start with. Valid only while the transaction is open."""

    def __init__(self, connection: Connection, upserts: Upserts, production: bool) -> None:
        self._connection = connection
        self._upserts = upserts
        self._production = production
