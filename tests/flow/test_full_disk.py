"""A disk that is full while the emulator runs: it says so, and goes on when there is room again."""

from __future__ import annotations

import json
import os
import resource
import signal
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.flow.child import Child

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process are Linux's")


def verified(child: Child, name: str) -> str:
    """The identity's status, or what is said instead."""
    try:
        with urlopen(Request(f"{child.endpoint}/_ses/api/identities/{name}", method="PUT"), timeout=30) as answer:
            return json.load(answer)["verification"]
    except HTTPError as problem:
        with problem:
            return json.load(problem)["error"]["message"]


def test_a_full_disk_is_told_and_over_when_there_is_room_again(tmp_path: Path):
    child = Child(tmp_path)
    try:
        assert verified(child, "before.example") == "SUCCESS"
        most = os.stat(tmp_path / "ses-emulator.db-wal").st_size
        before = resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        # "database or disk is full", or "disk I/O error" where the limit falls between two blocks of the log.
        assert verified(child, "meanwhile.example").startswith("the state cannot be read or kept: d")
        with pytest.raises(ClientError) as caught:
            child.client("ses").verify_domain_identity(Domain="refused.example")
        hint = caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-ses-emulator-hint"]
        assert caught.value.response["Error"]["Code"] == "InternalFailure"
        assert hint.startswith("the state cannot be read or kept: d")
        resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, before)
        assert [verified(child, name) for name in ("meanwhile.example", "after.example")] == ["SUCCESS"] * 2
    finally:
        assert child.end(signal.SIGTERM) == 0
