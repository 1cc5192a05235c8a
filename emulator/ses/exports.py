"""What an export job writes: metrics by day, or what became of each recipient's copy.

Which columns SES writes is in no source; ours are named by the API's members. JSON is an object a line. A RATE is the
metric over what was sent on the day; dimensions are those of BatchGetMetricData, ``*`` stands for any value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.policy import insights
from emulator.ses.call import Params
from emulator.ses.insights import subject_of
from emulator.ses.metrics import counted
from emulator.store.ports import Reader, SentCopy
from emulator.values import Scope

METRICS: tuple[str, ...] = ("Date", "Metric", "Aggregation", "Value")
INSIGHTS: tuple[str, ...] = (
    "MessageId",
    "FromEmailAddress",
    "Destination",
    "Subject",
    "Isp",
    "TenantName",
    "SendTimestamp",
    "LastDeliveryEvent",
)
_MOST_RESULTS = 10_000


def metrics(reader: Reader, scope: Scope, source: Params) -> list[dict[str, Any]]:
    """A record for each metric on each day on which it counted."""
    since, until = source["StartDate"], source["EndDate"]
    choices = [{name: value} for name, values in source["Dimensions"].items() for value in values if value != "*"]
    found = []
    for metric in source["Metrics"]:
        name, aggregation = metric.get("Name", "SEND"), metric.get("Aggregation", "VOLUME")
        for dimensions in choices or [{}]:
            sent = counted(reader, scope, "SEND", dimensions, since, until)
            for day, number in sorted(counted(reader, scope, name, dimensions, since, until).items()):
                value = number if aggregation == "VOLUME" else number / max(sent[day], 1)
                record = {"Date": day, "Metric": name, "Aggregation": aggregation, "Value": value}
                found.append({**record, **dimensions})
    return found


def message_insights(reader: Reader, scope: Scope, source: Params) -> Iterator[dict[str, Any]]:
    """A record for each copy, oldest first, that every part of Include holds for and no part of Exclude."""
    include, exclude = source.get("Include", {}), source.get("Exclude", {})
    left = source.get("MaxResults", _MOST_RESULTS)
    for copy in reader.sent(scope, source["StartDate"], source["EndDate"]):
        if left == 0:
            return
        record = _record(reader, copy)
        if not all(_holds(record, name, values) for name, values in include.items()):
            continue
        if any(_holds(record, name, values) for name, values in exclude.items()):
            continue
        left -= 1
        yield record


def written(records: Sequence[Mapping[str, Any]], columns: Sequence[str], format: str) -> str:
    """The file. Columns that only some records have come last."""
    if format == "JSON":
        return "".join(json.dumps(record) + "\n" for record in records)
    names = list(dict.fromkeys([*columns, *(name for record in records for name in record)]))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, restval="")
    writer.writeheader()
    writer.writerows(records)
    return file.getvalue()


def _record(reader: Reader, copy: SentCopy) -> dict[str, Any]:
    message = reader.outbound(copy.message_id)
    return {
        "MessageId": copy.message_id,
        "FromEmailAddress": copy.source,
        "Destination": copy.recipient,
        "Subject": "" if message is None else subject_of(message),
        "Isp": insights.UNKNOWN_ISP,
        "TenantName": copy.tenant or "",
        "SendTimestamp": copy.accepted_at,
        "LastDeliveryEvent": insights.last_event(copy),
    }


def _holds(record: Mapping[str, Any], name: str, values: Sequence[str]) -> bool:
    """No mail has an engagement event yet."""
    return not values or str(record.get(name, "")).casefold() in {value.casefold() for value in values}
