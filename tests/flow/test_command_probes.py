"""``ready`` and ``demo``, and whom ``--url`` names: what a health check and a newcomer may point them at."""

from __future__ import annotations

import pytest

# Of the world outside, where an emulator is not.
PROXY = "http://127.0.0.1:9"


def test_ready_says_so(run, lab):
    bare = lab.endpoint.removeprefix("http://")
    for command in (("ready",), ("ready", "--url", bare), ("ready", "--url", f"{lab.endpoint}/", "--timeout", "inf")):
        done = run(*command, http_proxy=PROXY)
        assert (done.code, done.out, done.err) == (0, "ready\n", "")


def test_a_health_check_finds_the_port_that_the_container_was_given(run, lab):
    port = lab.endpoint.rpartition(":")[2]
    assert run("ready", SES_EMULATOR_URL="", SES_EMULATOR_PORT=port).out == "ready\n"


@pytest.mark.parametrize("door", ["sink", "smtps", "dns"])
def test_another_server_there_is_not_ready(run, lab, door):
    done = run("ready", "--timeout", "0", SES_EMULATOR_URL=getattr(lab.addresses, door))
    assert (done.code, done.out, done.complains_in_one_line) == (1, "", True)
    assert done.err.startswith("Error: not ready: no emulator answers at http://127.0.0.1:")


def test_nobody_there_is_not_ready(run):
    done = run("ready", "--timeout", "0.2", "--url", PROXY)
    assert (done.code, done.out, done.complains_in_one_line) == (1, "", True)


def test_the_demo_needs_an_emulator(run, lab):
    for nobody in (PROXY, lab.addresses.sink):
        done = run("demo", "--url", nobody)
        assert (done.code, done.out, done.complains_in_one_line) == (3, "", True)


def test_the_demo_goes_past_proxies(run, fresh):
    lab = fresh()
    done = run("demo", SES_EMULATOR_URL=lab.endpoint, HTTP_PROXY=PROXY, http_proxy=PROXY)
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()] == ["DKIM", "Enabled", "Disabled", "Disabled", "Enabled"]


def test_the_demo_needs_no_link_where_everybody_is_verified(run, fresh):
    lab = fresh(auto_verify=True)
    done = run("demo", SES_EMULATOR_URL=lab.endpoint)
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 5)


@pytest.mark.parametrize(
    "url",
    ["", "nowhere:port", "http://127.0.0.1:99999", "http://[::1", "http://a b:1", "ftp://127.0.0.1", "http://", ":0"],
)
def test_an_address_that_can_be_none_is_wrong_use_of_every_command(run, url):
    for command in (("ready",), ("demo",), ("inbox", "list"), ("send", "--from", "a@b.example", "--to", "a@b.example")):
        done = run(*command, "--url", url)
        assert (done.code, done.out) == (2, "")
        assert done.err.endswith(
            f"Error: Invalid value for '--url': {url!r} is no address like http://127.0.0.1:4579\n"
        )


@pytest.mark.parametrize("seconds", ["nan", "-1", "soon"])
def test_a_time_that_is_none_is_wrong_use(run, seconds):
    for command in (("ready",), ("inbox", "wait", "--to", "x")):
        done = run(*command, "--timeout", seconds)
        assert (done.code, done.out) == (2, "")
        assert "Error: Invalid value for '--timeout': " in done.err


def test_the_clock_takes_its_options_before_and_after_what_to_do_with_it(run, fresh):
    lab, nobody = fresh(), PROXY
    for command in (
        ("--json", "advance", "1h"),
        ("advance", "-1h", "--json"),
        ("--url", nobody, "set", "2030-01-01", "--url", lab.endpoint, "--json"),
        ("reset", "--json", "--url", lab.endpoint),
    ):
        done = run("clock", *command, SES_EMULATOR_URL=lab.endpoint)
        assert (done.code, done.err, done.json.keys()) == (0, "", {"now"})
    assert run("clock", "show", "--url", nobody, SES_EMULATOR_URL=lab.endpoint).code == 3


def test_help_says_whose_a_command_shows_or_changes(run):
    for command in (("inbox", "list"), ("inbox", "follow"), ("inbox", "wait"), ("requests",)):
        assert "Only of this account" in run(*command, "--help").out
    assert "Only this account" in run("reset", "--help").out
    assert "12 digits. [123456789012]" in run("verify", "--help").out
