"""The sample projects' own suites pass, as their users run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@pytest.mark.parametrize("options", [(), ("-n4",)], ids=["alone", "four workers"])
def test_the_sign_up_app_s_suite_passes(tmp_path, options):
    folder = tmp_path / "signup"
    shutil.copytree(SAMPLES / "signup", folder)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b8 passed in ", done.stdout), done.stdout
