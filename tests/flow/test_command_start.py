"""``start`` with seeds and its banner, and ``seed``, which helps to write them."""

from __future__ import annotations

import json
import os
import re
import smtplib
import socket
import subprocess
import sys

import pytest


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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--max-send-rate", "nan"), "'nan' is neither a number from 0 on nor -1"),
        (("--max-send-rate", "-5"), "'-5' is neither a number from 0 on nor -1"),
        (("--max-24-hour-send", "inf"), "'inf' is neither a number from 0 on nor -1"),
        (("--public-url", "javascript:alert(1)"), "'javascript:alert(1)' is no address like"),
        (("--public-url", "http://x:99999"), "'http://x:99999' is no address like"),
        (("--resolver", "127.0.0.1:99999"), "--resolver '127.0.0.1:99999' is not HOST:PORT"),
        (("--fault", "earthquake"), "--fault 'earthquake'"),
        (("--database", "nonsense"), "'nonsense' is no database URL"),
        (("--database", "mysql://u:geheim@host/db"), "mysql is not supported"),
    ],
)
def test_an_option_that_makes_no_sense_is_exit_code_2(options, told):
    with start(*options) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.parametrize("option", ["--port", "--smtp-port", "--smtps-port", "--sink-port", "--dns-port"])
def test_a_port_that_is_taken_is_told_with_its_listener(option):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with start(option, address.rpartition(":")[2]) as process:
            _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.fullmatch(rf"Error: The \w+ (server|listener) cannot have {address}: Address already in use\n", err)


def test_a_host_that_is_none_is_told():
    with start("--host", "nowhere.invalid") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("Error: The DNS server cannot have nowhere.invalid:0: ")


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


def test_proxies_of_the_environment_are_for_the_world_outside(run):
    """The demo asks SES and Route 53, and SES asks Route 53."""
    proxy = "http://127.0.0.1:9"
    around = {"HTTP_PROXY": proxy, "http_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
    with start("--json", "--demo", "--auto-verify", **around) as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        command = ("inbox", "list", "--from", "mail@abashiri.domain", "--json")
        found = run(*command, SES_EMULATOR_ACCOUNT="123456789012", SES_EMULATOR_URL=addresses["endpoint"], **around)
        assert found.json["total"] == 4
        process.communicate(timeout=60)
    assert process.returncode == 0
