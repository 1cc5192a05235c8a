"""The stream of what happens: heard at once, by whom it concerns, without a gap, and without harm to anybody else."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, Response, request

from emulator.http.resources.stream import frames
from emulator.http.server import CLIENT_GONE, HttpServer
from emulator.post.happenings import Happenings, WasReset
from tests.api.event_stream import Stream


@pytest.fixture
def listen() -> Iterator[Callable[..., Stream]]:
    """``listen(lab, last_id="", **query)``: an open stream, closed after the test."""
    opened: list[Stream] = []

    def start(lab: Any, last_id: str = "", **query: str) -> Stream:
        stream = Stream(lab, query, {"Last-Event-ID": last_id} if last_id else {})
        opened.append(stream)
        return stream

    yield start
    for one in opened:
        one.close()


def mine(lab: Any, **more: str) -> dict[str, str]:
    return {"account": lab.account, "region": lab.region, **more}


# --- what is told ---------------------------------------------------------------------------------


def test_a_mail_is_told_from_the_call_to_its_outcome_in_the_shapes_of_the_api(lab, listen):
    lab.verify("stream.example")
    stream = listen(lab, **mine(lab)).opened()
    message_id = lab.send("a@stream.example", "b@stream.example", subject="\u6d41\r\nevent: reset")
    heard = stream.until("outcome")
    if "request" not in {event.name for event in heard}:
        # The mail may be through before its call is answered.
        heard += stream.until("request")
    assert sorted(event.name for event in heard) == ["message", "outcome", "request"]
    by_name = {event.name: event.data for event in heard}
    assert by_name["request"] == lab.api("GET", f"requests?account={lab.account}&limit=1")["requests"][0]
    assert by_name["message"] == lab.api("GET", f"messages?message_id={message_id}")["messages"][0]
    assert by_name["outcome"]["reply"].startswith("250 ")
    del by_name["outcome"]["reply"]
    assert by_name["outcome"] == {
        "message_id": message_id,
        "recipient": "b@stream.example",
        "outcome": "DELIVERED",
        "account": lab.account,
        "region": lab.region,
    }


def test_a_refused_call_and_a_bounce_are_told(lab, listen):
    lab.verify("stream.example")
    stream = listen(lab, **mine(lab)).opened()
    with pytest.raises(lab.ses.exceptions.MessageRejected):
        lab.send("a@stream.example", "b@away.example")
    [refused] = stream.until("request")
    assert (refused.data["accepted"], refused.data["code"]) == (False, "MessageRejected")
    lab.send("a@stream.example", "bounce@simulator.amazonses.com")
    assert stream.until("outcome")[-1].data["outcome"] == "BOUNCED"


def test_the_life_of_an_identity_is_told(lab, listen):
    stream = listen(lab, **mine(lab, events="identity")).opened()
    told = []

    def after(step: Callable[[], Any], fits: Callable[[Any], bool] = lambda data: True) -> None:
        step()
        told.append(stream.until("identity", fits)[-1].data)

    domain = "life.example"
    after(lambda: lab.sesv2.create_email_identity(EmailIdentity=domain))
    assert told[-1]["verification"] == "PENDING"
    where = urlencode(mine(lab))
    after(
        lambda: lab.api("POST", f"identities/{domain}/publish?{where}"), lambda data: data["verification"] != "PENDING"
    )
    assert (told[-1]["verification"], told[-1]["dkim"]["status"]) == ("SUCCESS", "SUCCESS")
    assert told[-1] == {**lab.api("GET", f"identities/{domain}?{where}"), "change": "changed"}
    after(lambda: lab.ses.set_identity_dkim_enabled(Identity=domain, DkimEnabled=False))
    assert not told[-1]["dkim"]["enabled"]
    after(lambda: lab.ses.set_identity_mail_from_domain(Identity=domain, MailFromDomain=f"m.{domain}"))
    assert told[-1]["mail_from"] == {"domain": f"m.{domain}", "status": "PENDING"}
    after(lambda: lab.ses.delete_identity(Identity=domain))
    assert [one["change"] for one in told] == ["created", "changed", "changed", "changed", "deleted"]
    assert {one["identity"] for one in told} == {domain}


def test_what_changes_nothing_to_be_seen_is_not_told(lab, listen):
    lab.verify("same.example")
    stream = listen(lab, **mine(lab, events="identity")).opened()
    lab.verify("same.example")
    lab.ses.verify_email_identity(EmailAddress="next@other.example")
    assert [event.data["identity"] for event in stream.until("identity")] == ["next@other.example"]


def test_identities_that_auto_verify_makes_are_told_once(fresh, listen):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    stream = listen(lab, events="identity").opened()
    for recipient in ("b@auto.example", "c@auto.example"):
        lab.send("a@auto.example", recipient)
    heard = stream.until("identity", lambda data: data["identity"].startswith("c@"))
    assert [(event.data["identity"], event.data["change"]) for event in heard] == [
        (f"{name}@auto.example", "created") for name in "abc"
    ]


def test_a_strangers_mail_is_told_to_whoever_asks_for_no_account(lab, listen, post):
    everybody, only_mine = listen(lab, events="message").opened(), listen(lab, **mine(lab)).opened()
    mail = post(lab, b"From: x@away.example\r\nSubject: hi\r\n\r\nhi\r\n", to="stranger@stream.example")
    found = everybody.until("message", lambda data: data["id"] == mail["id"])[-1].data
    assert (found["account"], found["subject"]) == (None, "hi")
    lab.ses.get_send_quota()
    assert [event.name for event in only_mine.until("request")] == ["request"]


def test_only_what_is_asked_for_is_told(lab, account_numbers, listen):
    other = type(lab)(lab.emulator, str(next(account_numbers)), lab.region)
    stream = listen(lab, **mine(other, events="request,identity")).opened()
    # Another account in the same region, and the same account in another region.
    lab.ses.verify_email_identity(EmailAddress="a@here.example")
    other.client("ses", "us-east-1").verify_email_identity(EmailAddress="b@here.example")
    other.ses.verify_email_identity(EmailAddress="c@here.example")
    heard = stream.until("request")
    assert [event.name for event in heard] == ["identity", "request"]
    assert heard[0].data["identity"] == "c@here.example"


@pytest.mark.parametrize("query", ["events=mail", "events=", "events=message,,", "events=message%00", "account=%00"])
def test_what_cannot_be_heard_is_refused(lab, query):
    status, answer = lab.raw_api("GET", f"stream?{query}")
    assert (status, answer["error"]["code"]) == (400, "BadRequest")


def test_a_reset_is_told_to_all_whom_it_concerns(fresh, listen):
    lab = fresh()
    concerned = listen(lab, account="111122223333", events="message").opened()
    not_concerned = listen(lab, account="444455556666", events="message").opened()
    lab.api("POST", "reset?account=111122223333")
    lab.api("POST", "reset")
    assert [event.data["account"] for event in concerned.until("reset", lambda data: data["account"] is None)] == [
        "111122223333",
        None,
    ]
    assert [event.data["account"] for event in not_concerned.until("reset")] == [None]


# --- without a gap --------------------------------------------------------------------------------


def test_who_comes_back_misses_nothing(lab, listen):
    first = listen(lab, **mine(lab, events="request")).opened()
    assert first.retry > 0
    lab.ses.get_send_quota()
    [heard] = first.until("request")
    first.close()
    for _ in range(3):
        lab.ses.get_send_quota()
    expected = [one["number"] for one in lab.api("GET", f"requests?account={lab.account}&limit=3")["requests"]][::-1]
    again = listen(lab, heard.id, **mine(lab, events="request"))
    assert [
        event.data["number"] for event in again.until("request", lambda data: data["number"] == expected[-1])
    ] == expected
    # As a page does that was made before it listens.
    asked_for = listen(lab, **mine(lab, events="request", after=heard.id))
    assert asked_for.until("request")[0].data["number"] == expected[0]


def test_an_id_of_another_run_is_told_that_nobody_knows_what_was_missed(lab, listen):
    for id in ("somewhere.0-17", "17", "-", "x" * 500, f"{listen(lab).opened().last_id}9999"):
        stream = listen(lab, id, **mine(lab, events="request"))
        assert stream.until("missed")[0].data == {"count": None}, id
        lab.ses.get_send_quota()
        assert len(stream.until("request")) == 1


# --- without harm ---------------------------------------------------------------------------------


def eventually(reached: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_who_goes_in_silence_makes_room_for_the_next(fresh, listen):
    lab = fresh()
    for _ in range(3):
        streams = [listen(lab) for _ in range(16)]
        assert [one.answer.status for one in streams] == [200] * 16
        for one in streams:
            one.close()
    # As a person does who clicks through pages that listen.
    for _ in range(40):
        one = listen(lab)
        assert one.answer.status == 200
        one.close()
    assert lab.raw_api("GET", "messages/wait?timeout=0")[0] == 404


def test_more_than_can_listen_are_told_so_and_a_client_that_goes_makes_room(fresh, listen):
    lab = fresh()
    streams = [listen(lab) for _ in range(16)]
    assert {one.answer.status for one in streams} == {200}
    status, answer = lab.raw_api("GET", "stream")
    assert (status, answer["error"]["code"]) == (429, "TooManyRequests")
    assert lab.raw_api("GET", "messages/wait?timeout=0")[0] == 429
    assert lab.api("GET", "health")["status"] == "ok"
    streams[0].close()
    assert listen(lab).opened().answer.status == 200


def test_the_answer_is_a_stream_that_nobody_keeps_or_renders(lab, listen):
    answer = listen(lab).answer
    assert answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert answer.getheader("Cache-Control") == "no-store"
    assert "default-src 'none'" in answer.getheader("Content-Security-Policy")


def test_other_sites_are_refused(lab, ask):
    answer = ask(lab, "GET", "/_ses/api/stream", headers={"Origin": "http://evil.example"})
    assert answer.status == 403


def test_a_stopping_emulator_ends_its_streams_at_once(fresh, listen, caplog):
    lab = fresh()
    streams = [listen(lab).opened() for _ in range(5)]
    lab.emulator.stop()
    # What the HTTP server says of threads that are at work when its grace is over.
    assert "still running" not in caplog.text
    assert [list(one.events()) for one in streams] == [[]] * 5


def test_mail_is_accepted_while_a_client_does_not_read(fresh, listen):
    lab = fresh(auto_verify=True, max_send_rate=-1.0)
    listen(lab)
    for number in range(30):
        lab.send("a@deaf.example", f"b{number}@deaf.example", text="x" * 20_000)
    assert lab.wait(to="b29@deaf.example")


# --- silence --------------------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[tuple[int, Happenings]]:
    """The port of the emulator's server with nothing but a stream whose heart beats ten times a second."""
    happenings = Happenings("test")
    app = Flask("silent")

    @app.get("/")
    def stream() -> Response:
        listener = happenings.listen(gone=request.environ[CLIENT_GONE])
        response = Response(frames(listener, lambda taken: (), heartbeat=0.1), content_type="text/event-stream")
        response.call_on_close(listener.leave)
        return response

    server = HttpServer(app, "127.0.0.1", 0)
    server.start()
    yield server.port, happenings
    happenings.close()
    server.stop()


def test_a_silent_stream_beats_and_its_beats_move_the_place_to_come_back_to(silent):
    port, happenings = silent
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client, client.makefile("rb") as answer:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while answer.readline() != b"id: test.0-0\n":
            pass
        # Not wanted here: it is not told, but the place moves beyond it.
        happenings.publish(WasReset(None))
        # There may have been beats before it.
        lines = [answer.readline()]
        while not lines[-1].startswith(b"id: ") or lines[-1] == b"id: test.0-0\n":
            lines.append(answer.readline())
        assert lines[-2:] == [b":\n", b"id: test.0-1\n"]
        assert set(lines[:-2]) <= {b"\n", b":\n", b"id: test.0-0\n"}


def test_a_client_that_went_in_silence_is_found_out_by_one_beat(silent):
    port, happenings = silent
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert eventually(lambda: happenings.count() == 1)
    assert eventually(lambda: happenings.count() == 0)


def test_mails_from_many_senders_at_once_are_all_told(fresh, listen):
    lab = fresh()
    stream = listen(lab, events="message").opened()
    host, _, port = lab.addresses.sink.rpartition(":")

    def bring(number: int) -> None:
        with smtplib.SMTP(host, int(port), timeout=20) as client:
            for part in range(5):
                client.sendmail("a@many.example", [f"{number}.{part}@many.example"], b"Subject: x\r\n\r\nx\r\n")

    senders = [threading.Thread(target=bring, args=(number,)) for number in range(6)]
    for one in senders:
        one.start()
    heard: list[str] = []
    while len(heard) < 30:
        heard += [event.data["envelope"]["rcpt_to"][0] for event in stream.until("message")]
    for one in senders:
        one.join(20)
    assert sorted(heard) == sorted(f"{number}.{part}@many.example" for number in range(6) for part in range(5))
