"""BatchGetMetricData (v2): what became of the account's mail, a day (UTC) at a time.

Source: API2, events-and-api.md 8 (texts and days observed). An event counts on its own day; days on which nothing
happened are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from emulator.errors import configuration_sets as set_errors
from emulator.errors import insights as errors
from emulator.errors import tenants as tenant_errors
from emulator.policy import insights
from emulator.ses import account_attributes, lookup
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.store.ports import Reader, SentCopy
from emulator.values import Scope

_DAY = 86400.0
_MOST_DAYS = 60
# A copy may end that long after its message was accepted (SES gives up after 14 hours).
_LATEST_END = 2 * _DAY
_DIMENSIONS = frozenset({"EMAIL_IDENTITY", "CONFIGURATION_SET", "ISP", "TENANT_NAME"})
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def batch_get_metric_data(desk: Desk, call: Call, params: Params) -> Result:
    """A result for each query, in their order. VDM must be on. What is wrong of any query's dimensions is told before
    what is wrong of a period (observed)."""
    queries: Sequence[Params] = params["Queries"]
    with desk.store.read() as reader:
        require_vdm(reader, call.scope)
        if not queries:
            raise errors.no_queries()
        if len({query["Id"] for query in queries}) < len(queries):
            raise errors.ids_not_unique()
        for query in queries:
            require_dimension_names(query.get("Dimensions", {}))
        for query in queries:
            require_dimensions(query.get("Dimensions", {}))
        for query in queries:
            require_interval(query["StartDate"], query["EndDate"])
            require_whole_days(query["StartDate"], query["EndDate"])
        results = []
        for query in queries:
            period = query["StartDate"], query["EndDate"]
            days = counted(reader, call.scope, query["Metric"], query.get("Dimensions", {}), *period)
            found = sorted(days.items())
            results.append(
                {
                    "Id": query["Id"],
                    "Timestamps": [day for day, _ in found],
                    "Values": [number for _, number in found],
                }
            )
    return {"Results": results, "Errors": []}


def counted(
    reader: Reader, scope: Scope, metric: str, dimensions: Mapping[str, str], since: float, until: float
) -> Counter[float]:
    """How often the metric counted, by the instant at which the day began."""
    days: Counter[float] = Counter()
    for copy in reader.sent(scope, since - _LATEST_END, until):
        if matches(copy, dimensions):
            days.update(
                at // _DAY * _DAY for name, at in insights.metrics(copy) if name == metric and since <= at < until
            )
    return days


def require_vdm(reader: Reader, scope: Scope) -> None:
    if not vdm_enabled(reader, scope):
        raise errors.vdm_not_enabled()


def vdm_enabled(reader: Reader, scope: Scope) -> bool:
    return account_attributes.of(reader, scope).vdm_enabled


def require_interval(since: float, until: float) -> None:
    """Raises unless it is of 60 days at most, and not empty."""
    if since >= until:
        raise errors.start_after_end()
    if until - since > _MOST_DAYS * _DAY:
        raise errors.interval_too_long()


def require_whole_days(since: float, until: float) -> None:
    """Raises unless both are midnight UTC."""
    if since % _DAY or until % _DAY:
        raise errors.partial_day()


def require_dimension_names(names: Iterable[str]) -> None:
    """Raises unless mail is counted by each of them."""
    if not _DIMENSIONS.issuperset(names):
        raise errors.unsupported_dimension()


def require_dimensions(dimensions: Mapping[str, str]) -> None:
    """Raises for the first that is none of its kind. An ISP that nobody has is one of them all the same (observed)."""
    require_dimension_names(dimensions)
    for name, value in dimensions.items():
        if name == "ISP" and not _NAME.fullmatch(value):
            raise errors.invalid_isp()
        if name == "CONFIGURATION_SET" and not _NAME.fullmatch(value):
            raise set_errors.invalid_name(value) if value else set_errors.name_must_be_specified()
        if name == "TENANT_NAME" and not _NAME.fullmatch(value):
            raise tenant_errors.invalid_tenant_name(value) if value else tenant_errors.tenant_name_cannot_be_empty()
        if name == "EMAIL_IDENTITY":
            local, at, domain = value.partition("@")
            empty = not local or (at and not domain)
            if empty or "@" in domain or "*" in value or any(letter.isspace() for letter in value):
                raise errors.invalid_email_identity()


def matches(copy: SentCopy, dimensions: Mapping[str, str]) -> bool:
    """Whether all of them are the copy's."""
    for name, value in dimensions.items():
        if name == "EMAIL_IDENTITY":
            found: str | None = (copy.source_arn or "").partition(":identity/")[2]
            value = lookup.key(value)
        else:
            known = {"CONFIGURATION_SET": copy.configuration_set, "TENANT_NAME": copy.tenant}
            found = {**known, "ISP": insights.UNKNOWN_ISP}.get(name)
        if found != value:
            return False
    return True


V1: dict[str, Operation] = {}
V2 = {"BatchGetMetricData": batch_get_metric_data}
