"""The plugin is loaded by every pytest run of whoever has the distribution: it must weigh nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import emulator.testing

HEAVY = ("moto", "flask", "werkzeug", "sqlalchemy", "boto3", "botocore", "cryptography", "dns", "aiosmtpd", "click")


def loaded_after(*statements: str) -> list[str]:
    """Modules that came with the statements, beside those of pytest."""
    program = "; ".join(("import pytest, sys", "before = set(sys.modules)", *statements))
    program += "; print(*(set(sys.modules) - before), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_loading_the_plugin_loads_nothing_else_of_ours():
    came = [name for name in loaded_after("import emulator.testing.plugin") if name.startswith("emulator")]
    assert sorted(came) == ["emulator", "emulator.testing", "emulator.testing.plugin"]


def test_a_test_s_own_objects_need_the_standard_library_alone():
    came = loaded_after("from emulator.testing import Inbox, Mail, Server, Ses", "import emulator.testing.servers")
    assert "emulator.testing.inbox" in came
    assert [name for name in came if name.partition(".")[0] in HEAVY] == []


def test_what_is_not_there_is_an_attribute_error():
    assert emulator.testing.Mail.__name__ == "Mail"
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        emulator.testing.Nothing  # noqa: B018
