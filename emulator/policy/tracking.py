"""Whether opens of a mail, and clicks in it, are tracked: that its configuration set decides, and its own call before.

Source: reference events-and-api.md 4 (DG:faqs-metrics), API2 TrackingConfigurationOverrides. Decided: of VDM the set's
own engagement metrics count; the account's alone track nothing, since a mail would have to be rewritten for metrics
that nobody keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.documents.configuration_sets import ENABLED, ConfigurationSet
from emulator.policy.event_publishing import destinations
from emulator.sending_events import EventType
from emulator.values import TrackingOverrides


@dataclass(frozen=True, slots=True)
class Tracked:
    """``own_domain``: the set has a redirect domain of the sender's own."""

    opens: bool = False
    clicks: bool = False
    own_domain: bool = False


NOT_TRACKED = Tracked()


def tracked(used: ConfigurationSet | None, overrides: TrackingOverrides | None) -> Tracked:
    """What is tracked of a mail that is sent with this set."""
    if used is None and overrides is None:
        return NOT_TRACKED
    engagement = used is not None and used.vdm is not None and used.vdm.engagement_metrics == ENABLED
    opens = engagement or bool(destinations(used, EventType.OPEN))
    clicks = engagement or bool(destinations(used, EventType.CLICK))
    if overrides is not None:
        opens = opens if overrides.opens is None else overrides.opens
        clicks = clicks if overrides.clicks is None else overrides.clicks
    own_domain = used is not None and used.tracking is not None
    return Tracked(opens, clicks, own_domain) if opens or clicks else NOT_TRACKED
