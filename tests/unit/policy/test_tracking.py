"""tracking: what a configuration set has tracked."""

from __future__ import annotations

import pytest

from emulator.documents.configuration_sets import ConfigurationSet, EventDestination, Tracking, VdmOptions
from emulator.policy.tracking import NOT_TRACKED, Tracked, tracked
from emulator.values import Scope, TrackingOverrides

SCOPE = Scope("123456789012", "us-east-1")
OWN = Tracking("links.x.example")


def used(
    *types: str, enabled: bool = True, tracking: Tracking | None = None, vdm: str | None = None
) -> ConfigurationSet:
    return ConfigurationSet(
        scope=SCOPE,
        name="s",
        created_at=0.0,
        updated_at=0.0,
        destinations=(EventDestination("d", enabled, types, topic="t"),),
        tracking=tracking,
        vdm=VdmOptions(vdm),
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (None, NOT_TRACKED),
        (used("SEND", "DELIVERY"), NOT_TRACKED),
        (used("SEND", tracking=OWN), NOT_TRACKED),
        (used("OPEN", "CLICK", enabled=False), NOT_TRACKED),
        (used("SEND", "OPEN"), Tracked(opens=True)),
        (used("CLICK"), Tracked(clicks=True)),
        (used("OPEN", "CLICK", tracking=OWN), Tracked(opens=True, clicks=True, own_domain=True)),
        (used("CLICK", vdm="DISABLED"), Tracked(clicks=True)),
        (used(vdm="ENABLED"), Tracked(opens=True, clicks=True)),
    ],
)
def test_what_is_tracked(one: ConfigurationSet | None, expected: Tracked) -> None:
    assert tracked(one, None) == expected
    assert tracked(one, TrackingOverrides()) == expected


def test_a_call_decides_before_its_set() -> None:
    opens = used("OPEN", tracking=OWN)
    assert tracked(opens, TrackingOverrides(opens=False)) == NOT_TRACKED
    assert tracked(opens, TrackingOverrides(clicks=True)) == Tracked(opens=True, clicks=True, own_domain=True)
    assert tracked(None, TrackingOverrides(opens=True, clicks=False)) == Tracked(opens=True)
