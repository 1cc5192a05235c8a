"""The commands as a person or a script in CI uses them: the real command, what it prints and with what it ends."""

from __future__ import annotations

import json
import os
import pty
import select
import smtplib
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SENDER = "sender@cli.example"
READER = "reader@cli.example"


class Done:
    """What a command printed and how it ended."""

    def __init__(self, finished: subprocess.CompletedProcess[str]) -> None:
        self.code = finished.returncode
        self.out = finished.stdout
        self.err = finished.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


def environment(lab, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SES_EMULATOR_", "AWS_"))}
    return {
        **clean,
        "SES_EMULATOR_URL": lab.endpoint,
        "SES_EMULATOR_ACCOUNT": lab.account,
        "SES_EMULATOR_REGION": lab.region,
        **more,
    }


@pytest.fixture
def run(lab):
    """``run("inbox", "list")`` for this test's account, in a region that is not the default."""

    def call(*command: str, stdin: str | None = None, **more: str) -> Done:
        return Done(
            subprocess.run(
                [sys.executable, "-m", "emulator", *command],
                input=stdin,
                capture_output=True,
                text=True,
                timeout=60,
                env=environment(lab, **more),
                cwd=ROOT,
                check=False,
            )
        )

    return call


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and "Traceback" not in text


# --- sending and verifying ------------------------------------------------------------------------


def test_verify_makes_and_verifies(run, lab):
    done = run("verify", SENDER, "cli.example")
    assert (done.code, done.rows) == (
        0,
        [[SENDER, lab.region, lab.account, "SUCCESS"], ["cli.example", lab.region, lab.account, "SUCCESS"]],
    )
    assert lab.sesv2.get_email_identity(EmailIdentity=SENDER)["VerifiedForSendingStatus"] is True
    assert lab.sesv2.get_email_identity(EmailIdentity="cli.example")["DkimAttributes"]["Status"] == "SUCCESS"
    as_json = run("verify", SENDER, "--json")
    assert [one["verification"] for one in as_json.json["identities"]] == ["SUCCESS"]


def test_verify_refuses_what_can_be_no_identity(run):
    done = run("verify", "a b")
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err)
    assert "Invalid domain name a b." in done.err


def test_a_test_mail_is_sent_and_waited_for(run, lab):
    lab.verify(SENDER, READER)
    sent = run("send", "--from", SENDER, "--to", READER, "--subject", "Grüße", "--html", "<p>Hi</p>", "--text", "Hi")
    assert sent.code == 0, sent.err
    mail = run("inbox", "wait", "--to", READER, "--subject", "grüße", "--timeout", "20", "--json").json
    assert mail["message_id"] == sent.out.strip()
    assert (mail["subject"], mail["text"].strip(), mail["html"].strip()) == ("Grüße", "Hi", "<p>Hi</p>")
    assert (mail["account"], mail["region"]) == (lab.account, lab.region)


def test_a_refused_test_mail_tells_why_and_what_to_do(run, lab):
    done = run("send", "--from", SENDER, "--to", READER)
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err)
    assert "MessageRejected: Email address is not verified." in done.err
    assert "is not verified in" in done.err
    refused = run("requests", "--refused")
    assert [row[2:6] for row in refused.rows] == [["v2", "SendEmail", "refused", "MessageRejected"]]
    assert run("requests", "--accepted").out == ""
    assert run("requests", "--json").json["requests"][0]["rules"] != []


def test_a_raw_mail_is_sent_from_a_file_and_from_standard_input(run, lab, tmp_path):
    lab.verify(SENDER, READER)
    lab.production()
    raw = f"From: {SENDER}\nTo: {READER}\nSubject: raw {{}}\n\nbody\n"
    (tmp_path / "mail.eml").write_text(raw.format("file"))
    sent = run("send", "--raw", str(tmp_path / "mail.eml"), "--json")
    assert lab.wait(message_id=sent.json["message_id"])["subject"] == "raw file"
    sent = run("send", "--raw", "-", "--to", READER, stdin=raw.format("stdin"))
    assert lab.wait(message_id=sent.out.strip())["subject"] == "raw stdin"


@pytest.mark.parametrize(
    "command",
    [
        ("send",),
        ("send", "--from", SENDER),
        ("send", "--raw", "none.eml"),
        ("inbox", "list", "--limit", "0"),
        ("inbox", "list", "--account", "12"),
        ("inbox", "list", "--url", "file:///etc/hostname"),
        ("inbox", "wait", "--timeout", "x"),
        ("clock", "advance", "soon"),
        ("clock", "set", "yesterday"),
        ("dns", "zone", "cli.example", "--format", "bind"),
        ("verify",),
        ("nothing",),
    ],
)
def test_wrong_use_is_exit_code_2(run, command):
    done = run(*command)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "command",
    [
        ("inbox", "list"),
        ("inbox", "wait", "--to", "x"),
        ("inbox", "follow"),
        ("verify", SENDER),
        ("send", "--from", SENDER, "--to", READER),
        ("requests",),
        ("reset",),
        ("clock",),
        ("dns", "list"),
        ("export",),
    ],
)
def test_no_emulator_is_exit_code_3(run, command):
    done = run(*command, SES_EMULATOR_URL="http://127.0.0.1:9")
    assert (done.code, done.out) == (3, "")
    assert one_line(done.err)
    assert done.err.startswith("Error: no emulator answers at http://127.0.0.1:9: ")


def test_somebody_else_there_is_exit_code_3(run, lab):
    host, _, port = lab.addresses.sink.rpartition(":")
    done = run("inbox", "list", SES_EMULATOR_URL=f"http://{host}:{port}")
    assert done.code == 3
    assert one_line(done.err)


# --- the inbox ------------------------------------------------------------------------------------


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


def test_follow_prints_each_mail_as_it_comes(lab, mail):
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", "inbox", "follow", "--count", "2", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(lab),
        cwd=ROOT,
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


def on_terminal(lab, *command: str, **more: str) -> str:
    """What the command prints where standard output is a terminal of 100 columns."""
    primary, secondary = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "emulator", *command],
            stdin=subprocess.DEVNULL,
            stdout=secondary,
            stderr=subprocess.PIPE,
            timeout=60,
            env=environment(lab, COLUMNS="100", TERM="xterm", **more),
            cwd=ROOT,
            check=False,
        )
        # A terminal holds 4 kB, which is more than what is asked for here.
        printed = os.read(primary, 65536) if select.select([primary], [], [], 1)[0] else b""
    finally:
        os.close(secondary)
        os.close(primary)
    assert done.returncode == 0 or not printed, done.stderr
    return printed.decode()


def test_a_terminal_gets_a_table_with_colour_unless_it_wants_none(lab, mail):
    listed = on_terminal(lab, "inbox", "list").splitlines()
    assert listed[0].startswith("\x1b[1mID")
    assert all(len(line) <= 110 for line in listed)
    assert "Drift ice" in listed[1]
    assert "\t" not in listed[1]
    assert "\x1b[32mpass\x1b[0m" in on_terminal(lab, "inbox", "show", mail["id"])
    assert "\x1b" not in on_terminal(lab, "inbox", "list", NO_COLOR="1")
    assert "\x1b" not in on_terminal(lab, "inbox", "show", mail["id"], NO_COLOR="1")


def test_a_raw_mail_is_not_poured_over_a_terminal(lab, mail):
    assert on_terminal(lab, "inbox", "save", mail["id"], "-") == ""


# --- the world ------------------------------------------------------------------------------------


def test_the_clock_is_shown_moved_and_put_back(fresh):
    lab = fresh()

    def clock(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "emulator", "clock", *command],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment(lab),
            check=True,
        )
        return done.stdout.strip()

    assert clock("set", "2030-01-01T00:00:00Z") == "2030-01-01T00:00:00.000Z"
    assert clock("advance", "1d12h").startswith("2030-01-02T12:00:")
    assert clock("advance", "-1h").startswith("2030-01-02T11:00:")
    assert clock("advance", "90").startswith("2030-01-02T11:0")
    assert json.loads(clock("--json"))["now"].startswith("2030-01-02T11:0")
    assert not clock("reset").startswith("2030")
    assert not clock().startswith("2030")
    assert not clock("show").startswith("2030")


def test_reset_is_of_one_account_or_of_everything(run, lab, fresh):
    lab.verify(SENDER)
    assert run("reset").out == f"account {lab.account} is reset\n"
    assert lab.sesv2.list_email_identities()["EmailIdentities"] == []
    other = fresh()
    other.verify(SENDER)
    assert run("reset", "--json", SES_EMULATOR_URL=other.endpoint, SES_EMULATOR_ACCOUNT="").json == {"status": "ok"}
    assert other.sesv2.list_email_identities()["EmailIdentities"] == []


def test_dns_records_are_added_listed_and_removed(run):
    assert run("dns", "add", "Mail.CLI-dns.example.", "mx", "010 mx.example").out == (
        "mail.cli-dns.example 300 MX 10 mx.example\n"
    )
    assert run("dns", "list", "cli-dns.example").rows == [["mail.cli-dns.example", "300", "MX", "10 mx.example", "api"]]
    assert run("dns", "list", "cli-dns.example", "--type", "A").rows == []
    wrong = run("dns", "add", "cli-dns.example", "A", "oops")
    assert (wrong.code, one_line(wrong.err)) == (1, True)
    assert run("dns", "remove", "mail.cli-dns.example", "MX", "10 mx.example").out == "1 removed\n"
    none = run("dns", "remove", "mail.cli-dns.example")
    assert (none.code, none.err) == (1, "Error: there is no such record at mail.cli-dns.example\n")
    assert run("dns", "queries", "--limit", "3", "--json").json.keys() == {"queries"}


def test_dns_zone_of_what_is_no_domain_here_is_refused(run, lab):
    none = run("dns", "zone", "none.example")
    assert (none.code, one_line(none.err)) == (1, True)
    assert "ses-emulator verify none.example" in none.err
    lab.verify(SENDER)
    address = run("dns", "zone", SENDER)
    assert (address.code, one_line(address.err)) == (1, True)


def test_export_prints_a_seed(run, lab):
    lab.verify(SENDER, "cli.example")
    state = yaml.safe_load(run("export").out)
    ours = {one["name"]: one for one in state["identities"] if one["account"] == lab.account}
    assert ours[SENDER]["verified"] is True
    assert len(ours["cli.example"]["dkim"]["tokens"]) == 3
    assert [one for one in run("export", "--json").json["identities"] if one["account"] == lab.account] == list(
        ours.values()
    )


# --- seeds and start ------------------------------------------------------------------------------


def test_seed_prints_schema_and_example_and_checks_files(run, tmp_path):
    assert json.loads(run("seed", "schema").out)["$id"] == "urn:ses-emulator:seed:1"
    example = tmp_path / "example.yaml"
    example.write_text(run("seed", "example").out)
    assert run("seed", "check", str(example)).out == "1 accounts, 3 identities, 3 DNS records\n"
    example.write_text(example.read_text().replace("2048", "512"))
    wrong = run("seed", "check", str(example))
    assert (wrong.code, wrong.err) == (2, f"{example}:11: identities[2].dkim.bits: expected 1024 or 2048, found 512\n")


FREE = [word for port in ("port", "smtp-port", "smtps-port", "sink-port", "dns-port") for word in (f"--{port}", "0")]


def start(*options: str, **variables: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SES_EMULATOR_")}
    return subprocess.Popen(
        [sys.executable, "-m", "emulator", "start", *FREE, "--stop-with-stdin", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean, **variables},
        cwd=ROOT,
    )


def test_a_mistake_in_a_seed_stops_the_start_with_exit_code_2(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("identities:\n  - name: example.com\n    dkim: {bits: 512}\n")
    with start("--seed", str(file)) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err == (
        f"Error: the seeds cannot be used:\n{file}:3: identities[0].dkim.bits: expected 1024 or 2048, found 512\n"
    )


def test_seeds_come_from_options_and_from_the_environment(run, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"identities: [{name}@seed.example]\n")

    def names(*options: str, **variables: str) -> list[str]:
        with start("--json", *options, **variables) as process:
            assert process.stdout is not None
            addresses = json.loads(process.stdout.readline())
            found = run("export", "--json", SES_EMULATOR_URL=addresses["endpoint"]).json["identities"]
            process.communicate(timeout=60)
        assert process.returncode == 0
        return [one["name"] for one in found]

    both = [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]
    assert names("--seed", both[0], "--seed", both[1]) == ["a@seed.example", "b@seed.example"]
    assert names(SES_EMULATOR_SEED=os.pathsep.join(both)) == ["a@seed.example", "b@seed.example"]
    assert names(SES_EMULATOR_SEED=str(tmp_path)) == ["a@seed.example", "b@seed.example"]
    assert names("--seed", both[1], SES_EMULATOR_SEED=both[0]) == ["b@seed.example"]


def test_the_banner_has_settings_that_work(lab):
    """The environment that it prints is all that boto3 needs, and its SMTP password logs in."""
    with start() as process:
        assert process.stdout is not None
        banner = [process.stdout.readline() for _ in range(13)]
        exports = dict(
            pair.split("=", 1) for line in banner if "export " in line for pair in line.partition("export ")[2].split()
        )
        assert set(exports) == {
            *("AWS_ENDPOINT_URL_SES", "AWS_ENDPOINT_URL_SESV2"),
            *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"),
        }
        code = "import boto3; print(boto3.client('ses').get_send_quota()['Max24HourSend'])"
        asked = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **exports},
            check=False,
        )
        assert asked.stdout == "200.0\n", asked.stderr
        words = banner[-1].replace(",", "").split()
        assert words[0] == "SMTP"
        given = dict(zip(words[1::2], words[2::2], strict=True))
        with smtplib.SMTP(given["host"], int(given["port"]), timeout=20) as client:
            client.starttls()
            assert client.login(given["user"], given["password"])[0] == 235
        process.communicate(timeout=60)
    assert process.returncode == 0
