"""Where the commands write to: encodings without all letters, full disks, streams that were closed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SENDER = "sender@cli.example"
READER = "reader@cli.example"


def test_letters_that_an_encoding_has_not_are_shown_by_number(run, lab):
    lab.verify(SENDER, READER)
    lab.send(SENDER, READER, subject="Ice 流氷")
    for encoding, subject in (("latin-1", "Ice \\u6d41\\u6c37"), ("utf-8", "Ice 流氷")):
        done = run("inbox", "wait", "--to", READER, "--text", "test-body", PYTHONIOENCODING=encoding)
        assert (done.code, done.err) == (0, "")
        assert f"Subject     {subject}\n" in done.out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no disk that is always full")
def test_a_full_disk_is_told_in_one_line(lab, environment):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "emulator", "export"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(lab),
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "Error: [Errno 28] No space left on device\n")


def test_a_closed_standard_output_is_nobody_who_listens(lab, environment):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "emulator", "inbox", "list"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(lab),
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
