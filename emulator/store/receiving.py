"""What of the store is asked for mail that SES receives: a part of ``ports``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from emulator.documents.receiving import Receiving

if TYPE_CHECKING:
    from emulator.incoming import WaitingMail


class ReceivingReader(Protocol):
    def receiving(self) -> Sequence[Receiving]:
        """Of every account and region that receives mail. Cheap: asked for each recipient of each mail."""
        ...

    def waiting_inbound(self) -> int:
        """How many received mails wait for their receipt rules, claimed ones included."""
        ...


class ReceivingWriter(ReceivingReader, Protocol):
    def queue_inbound(self, waiting: Iterable[WaitingMail]) -> None:
        """To be worked off by receipt rules. They go when their account is forgotten."""
        ...

    def claim_inbound(self, owner: str, now: float, lease: float) -> WaitingMail | None:
        """The oldest that nobody holds; as ``claim`` does copies. Who its client is, and what is in it, is not found
        out yet."""
        ...

    def end_inbound(self, id: int) -> bool:
        """The rules have been followed. False when somebody else has ended it, or it has been forgotten."""
        ...
