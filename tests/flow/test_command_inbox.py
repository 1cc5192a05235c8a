"""``inbox``: mail listed, shown, saved, followed and waited for from the shell, harmless to the terminal."""

from __future__ import annotations

import json
import select
import smtplib
import subprocess
import sys
import threading

import pytest

SENDER = "sender@cli.example"
READER = "reader@cli.example"


@pytest.fixture
def mail(lab):
    """Of a domain whose mail is signed, with everything in order."""
    lab.verify("cli.example")
    lab.production()
    return lab.wait(message_id=lab.send(SENDER, READER, subject="Drift ice", text="The ice has come."))


def test_the_list_is_tabs_for_a_pipe_and_json_for_a_program(run, mail):
    listed = run("inbox", "list")
    at = mail["received_at"][:19].replace("T", " ")
    assert listed.rows == [[mail["id"], at, SENDER, READER, "Drift ice", "pass", "pass", "none", ""]]
    assert [one["id"] for one in run("inbox", "list", "--json").json["messages"]] == [mail["id"]]
    assert run("inbox", "list", "--subject", "snow").rows == []
    assert run("inbox", "list", "-q", "from:sender@cli.example").rows == listed.rows
    assert run("inbox", "list", "--region", "eu-west-1").rows == []


def test_show_tells_what_the_receiver_concluded(run, mail):
    shown = run("inbox", "show", mail["id"]).out
    assert "Signed by   cli.example" in shown
    assert "DKIM        pass (cli.example), pass (amazonses.com)" in shown
    assert shown.endswith("\n\nThe ice has come.\n")
    assert run("inbox", "show", mail["id"], "--part", "text").out == "The ice has come.\n"
    assert "Subject: Drift ice" in run("inbox", "show", mail["id"], "--part", "headers").out.splitlines()
    assert run("inbox", "show", mail["id"], "--part", "raw").out.startswith("Return-Path: <")
    assert run("inbox", "show", mail["id"], "--json").json["id"] == mail["id"]
    none = run("inbox", "show", "999999999")
    assert (none.code, none.err) == (1, "Error: There is no message 999999999.\n")


def test_save_writes_the_bytes_that_the_receiver_stored(run, lab, mail, tmp_path):
    raw = lab.get(f"/_ses/api/messages/{mail['id']}/raw")
    assert run("inbox", "save", mail["id"], str(tmp_path / "a.eml")).code == 0
    assert (tmp_path / "a.eml").read_bytes() == raw
    assert run("inbox", "save", mail["id"], "-").out.encode() == raw.replace(b"\r\n", b"\n")
    assert run("inbox", "save", "999999999", str(tmp_path / "b.eml")).code == 1
    assert not (tmp_path / "b.eml").exists()
    assert run("inbox", "save", mail["id"], "/none/here/a.eml").code != 0


def test_wait_ends_with_4_when_nothing_comes(run, mail):
    done = run("inbox", "wait", "--to", "nobody@cli.example", "--timeout", "0.3")
    assert (done.code, done.out, done.err) == (4, "", "Error: no such mail came within 0.3 s\n")
    assert run("inbox", "wait", "--to", READER, "--timeout", "0").code == 0
    assert run("inbox", "wait", "--to", READER, "--after", mail["id"], "--timeout", "0").code == 4


def test_follow_prints_each_mail_as_it_comes(lab, environment, mail):
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", "inbox", "follow", "--count", "2", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(lab),
    ) as process:
        kill = threading.Timer(60, process.kill)
        kill.start()
        try:
            seen: list[str] = []
            sent = 0
            assert process.stdout is not None
            # When it has begun to listen cannot be known from outside: mail is sent until one has come.
            while not seen and sent < 60:
                lab.send(SENDER, READER, subject=f"follow {sent}")
                sent += 1
                if select.select([process.stdout], [], [], 0.5)[0]:
                    seen.append(process.stdout.readline())
            lab.send(SENDER, READER, subject="another")
            seen += process.stdout.readlines()
            assert process.wait(30) == 0
        finally:
            kill.cancel()
    assert len(seen) == 2
    assert all(json.loads(line)["from"] == SENDER for line in seen)


def test_a_mail_cannot_command_the_terminal(run, lab):
    host, _, port = lab.addresses.sink.rpartition(":")
    to = f"evil-{lab.account}@cli.example"
    evil = "\x1b]0;owned\x07\x9b31m‮\x7f"
    data = f"From: x@away.example\r\nTo: {to}\r\nSubject: =?utf-8?q?=1B]0;owned=07=C2=9B31m=E2=80=AE=7F?=\r\n"
    data += f"Content-Type: text/plain; charset=utf-8\r\n\r\n{evil}\r\n"
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.sendmail("x@away.example", [to], data.encode())
    id = lab.api("GET", f"messages/wait?timeout=20&to={to}")["id"]
    nobody = {"SES_EMULATOR_ACCOUNT": "", "SES_EMULATOR_REGION": ""}
    for command in (
        ("inbox", "list", "--to", to),
        ("inbox", "show", id),
        ("inbox", "show", id, "--part", "raw"),
        ("inbox", "show", id, "--part", "text"),
        ("inbox", "show", id, "--part", "headers"),
        ("inbox", "wait", "--to", to, "--json"),
        ("inbox", "list", "--to", to, "--json"),
    ):
        done = run(*command, **nobody)
        assert done.code == 0, done.err
        assert not set(done.out) & set("\x1b\x07\x9b‮\x7f"), command
    assert "\\x1b]0;owned\\x07\\x9b31m\\u202e\\x7f" in run("inbox", "show", id, **nobody).out


def test_a_terminal_gets_a_table_with_colour_unless_it_wants_none(on_terminal, mail):
    listed = on_terminal("inbox", "list").splitlines()
    assert listed[0].startswith("\x1b[1mID")
    assert all(len(line) <= 110 for line in listed)
    assert "Drift ice" in listed[1]
    assert "\t" not in listed[1]
    assert "\x1b[32mpass\x1b[0m" in on_terminal("inbox", "show", mail["id"])
    assert "\x1b" not in on_terminal("inbox", "list", NO_COLOR="1")
    assert "\x1b" not in on_terminal("inbox", "show", mail["id"], NO_COLOR="1")


def test_a_raw_mail_is_not_poured_over_a_terminal(on_terminal, mail):
    assert on_terminal("inbox", "save", mail["id"], "-") == ""
