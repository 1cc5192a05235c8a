"""The commands as a person or a script in CI uses them: what they do, what they print and with what they end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest
import yaml

SENDER = "sender@cli.example"
READER = "reader@cli.example"


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
    assert done.complains_in_one_line
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
    assert done.complains_in_one_line
    assert "MessageRejected: Email address is not verified." in done.err
    assert "is not verified in" in done.err
    refused = run("requests", "--refused")
    assert [row[2:6] for row in refused.rows] == [["v2", "SendEmail", "refused", "MessageRejected"]]
    assert run("requests", "--accepted").out == ""
    assert run("requests", "--json").json["requests"][0]["rules"] != []


def test_what_was_told_is_listed_and_to_whom_and_why_it_was_lost(run, lab):
    lab.verify("cli.example")
    sns = lab.client("sns")
    gone = {name: sns.create_topic(Name=name)["TopicArn"] for name in ("there", "gone")}
    for set_name, topic in gone.items():
        lab.sesv2.create_configuration_set(ConfigurationSetName=set_name)
        lab.sesv2.create_configuration_set_event_destination(
            ConfigurationSetName=set_name,
            EventDestinationName="to-sns",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": ["SEND", "BOUNCE"],
                "SnsDestination": {"TopicArn": topic},
            },
        )
    sns.delete_topic(TopicArn=gone["gone"])
    lab.production()
    taken, lost = (_bounced(lab, set_name) for set_name in gone)
    rows = _eventually(lambda: run("events").rows, 6)
    assert {(row[2], row[3], row[4], row[6], row[7]) for row in rows} == {
        *((type, taken, "sns", "there/to-sns", "taken") for type in ("SEND", "BOUNCE")),
        *((type, lost, "sns", "gone/to-sns", "lost") for type in ("SEND", "BOUNCE")),
        *(("BOUNCE", id, "email", "cli.example", "taken") for id in (taken, lost)),
    }
    assert {row[5] for row in rows} == {*gone.values(), SENDER}
    assert all(bool(row[8]) == (row[7] == "lost") for row in rows)
    assert [row[2:4] for row in run("events", "--message-id", taken, "--type", "send").rows] == [["SEND", taken]]
    assert len(run("events", "--limit", "2", "--json").json["events"]) == 2
    wrong = run("events", "--type", "nonsense")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.complains_in_one_line


def _bounced(lab, set_name):
    return lab.sesv2.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["bounce@simulator.amazonses.com"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        ConfigurationSetName=set_name,
    )["MessageId"]


def _eventually(rows, count):
    """So many rows, as soon as they are there; 20 s are far more than that takes."""
    deadline = time.monotonic() + 20
    while len(found := rows()) < count:
        assert time.monotonic() < deadline, found
    return found


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
        ("events",),
        ("reset",),
        ("clock",),
        ("dns", "list"),
        ("export",),
    ],
)
def test_no_emulator_is_exit_code_3(run, command):
    done = run(*command, SES_EMULATOR_URL="http://127.0.0.1:9")
    assert (done.code, done.out) == (3, "")
    assert done.complains_in_one_line
    assert done.err.startswith("Error: no emulator answers at http://127.0.0.1:9: ")


def test_somebody_else_there_is_exit_code_3(run, lab):
    host, _, port = lab.addresses.sink.rpartition(":")
    done = run("inbox", "list", SES_EMULATOR_URL=f"http://{host}:{port}")
    assert done.code == 3
    assert done.complains_in_one_line


def test_the_clock_is_shown_moved_and_put_back(fresh, environment):
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

    # The clock goes on meanwhile: by milliseconds where a command answers, by seconds from one to the next.
    assert re.fullmatch(r"2030-01-01T00:00:\d\d\.\d{3}Z", clock("set", "2030-01-01T00:00:00Z"))
    assert clock("advance", "1d12h").startswith("2030-01-02T12:0")
    assert clock("advance", "-1h").startswith("2030-01-02T11:0")
    assert clock("advance", "1800").startswith("2030-01-02T11:3")
    assert json.loads(clock("--json"))["now"].startswith("2030-01-02T11:3")
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
    assert (wrong.code, wrong.complains_in_one_line) == (1, True)
    assert run("dns", "remove", "mail.cli-dns.example", "MX", "10 mx.example").out == "1 removed\n"
    none = run("dns", "remove", "mail.cli-dns.example")
    assert (none.code, none.err) == (1, "Error: there is no such record at mail.cli-dns.example\n")
    assert run("dns", "queries", "--limit", "3", "--json").json.keys() == {"queries"}


def test_dns_zone_of_what_is_no_domain_here_is_refused(run, lab):
    none = run("dns", "zone", "none.example")
    assert (none.code, none.complains_in_one_line) == (1, True)
    assert "ses-emulator verify none.example" in none.err
    lab.verify(SENDER)
    address = run("dns", "zone", SENDER)
    assert (address.code, address.complains_in_one_line) == (1, True)


def test_export_prints_a_seed(run, lab):
    lab.verify(SENDER, "cli.example")
    state = yaml.safe_load(run("export").out)
    ours = {one["name"]: one for one in state["identities"] if one["account"] == lab.account}
    assert ours[SENDER]["verified"] is True
    assert len(ours["cli.example"]["dkim"]["tokens"]) == 3
    assert [one for one in run("export", "--json").json["identities"] if one["account"] == lab.account] == list(
        ours.values()
    )
