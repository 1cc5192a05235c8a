"""The clients that the channels keep, and what they make of a function's answer."""

from __future__ import annotations

from io import BytesIO

import pytest

from emulator.post.event_channels import ChannelError, EventChannels
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


class Function:
    """A client of Lambda whose function answers with ``answer``."""

    def __init__(self, answer: bytes, **more: str) -> None:
        self.answer = {"Payload": BytesIO(answer), **more}
        self.asked: list[dict[str, object]] = []

    def invoke(self, **asked: object) -> dict[str, object]:
        self.asked.append(asked)
        return self.answer

    def close(self) -> None:
        pass


def invoke(function: Function, wants_answer: bool) -> bytes:
    return EventChannels(lambda service, scope: function).invoke(Scope("a", "r"), "arn", b"{}", wants_answer)


def test_a_function_is_asked_for_its_answer_only_where_one_is_wanted():
    function = Function(b"null")
    assert invoke(function, True) == b"null"
    assert function.asked == [{"FunctionName": "arn", "InvocationType": "RequestResponse", "Payload": b"{}"}]
    function = Function(b"null")
    assert invoke(function, False) == b""
    assert function.asked[0]["InvocationType"] == "Event"


@pytest.mark.parametrize("wants_answer", [True, False])
def test_a_function_that_could_not_be_run_or_failed_is_told_apart(wants_answer):
    """moto says both in the answer, also of a call that wants none."""
    docker = Function(b"error running docker: no daemon", FunctionError="Unhandled")
    with pytest.raises(ChannelError, match=r"^Lambda function arn cannot be run, which takes Docker: error running"):
        invoke(docker, wants_answer)
    with pytest.raises(ChannelError, match=r'^Lambda function arn failed: \{"errorMessage": "x"\}$'):
        invoke(Function(b'{"errorMessage":\n "x"}', FunctionError="Unhandled"), wants_answer)
