"""The clients that the channels keep."""

from __future__ import annotations

from emulator.post.event_channels import EventChannels
from emulator.values import Scope


class Client:
    """Counts what is published, and knows whether it was closed."""

    def __init__(self) -> None:
        self.published = 0
        self.closed = False

    def publish(self, **_: str) -> None:
        assert not self.closed
        self.published += 1

    def close(self) -> None:
        self.closed = True


def test_the_clients_used_last_are_kept_and_the_others_closed():
    made: list[tuple[str, Client]] = []

    def neighbour(service: str, scope: Scope) -> Client:
        made.append((f"{service} {scope.account}", Client()))
        return made[-1][1]

    channels = EventChannels(neighbour, most_clients=2)
    for account in ("a", "b", "a", "c", "a", "b"):
        channels.sns(Scope(account, "eu-west-1"), "arn", "message", None)
    # b was used before a when c came, so b went, and came back in place of c.
    assert [(name, client.published, client.closed) for name, client in made] == [
        ("sns a", 3, False),
        ("sns b", 1, True),
        ("sns c", 1, True),
        ("sns b", 1, False),
    ]


def test_an_account_has_a_client_in_each_region():
    scopes: list[Scope] = []

    def neighbour(_: str, scope: Scope) -> Client:
        scopes.append(scope)
        return Client()

    channels = EventChannels(neighbour)
    for region in ("eu-west-1", "us-east-1", "eu-west-1"):
        channels.sns(Scope("a", region), "arn", "message", None)
    assert scopes == [Scope("a", "eu-west-1"), Scope("a", "us-east-1")]
