"""Export jobs (v2): metrics and message insights as a file in S3, fetched by a presigned URL.

Source: API2 CreateExportJob, reference events-and-api.md 7 and 8. A job is PROCESSING for three seconds of the
emulator's clock; whoever asks after that finds it COMPLETED, with what the account's mail had become by then. VDM must
be on.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from emulator import ids
from emulator.documents.jobs import CANCELLED, COMPLETED, FAILED, PROCESSING, ExportJob
from emulator.errors import jobs as errors
from emulator.errors.insights import vdm_not_enabled_for_exports
from emulator.ses import exports, job_files, job_pages
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.ses.metrics import require_dimension_names, require_dimensions, require_whole_days, vdm_enabled

_PROCESSING_SECONDS = 3.0
_MOST_RUNNING = 20
_MOST_METRICS = 10
_KIND = "export jobs"
_TYPES = {"MetricsDataSource": "METRICS_DATA", "MessageInsightsDataSource": "MESSAGE_INSIGHTS"}


def create_export_job(desk: Desk, call: Call, params: Params) -> Result:
    """Exactly one source, no S3 URL of the caller's, VDM, a period that is not empty: in this order (observed). Metrics
    are of whole days."""
    source = params["ExportDataSource"]
    given = [name for name in _TYPES if source.get(name) is not None]
    if len(given) != 1:
        raise errors.one_data_source()
    if params["ExportDestination"].get("S3Url") is not None:
        raise errors.custom_url_not_supported()
    chosen = source[given[0]]
    with desk.store.read() as reader:
        if not vdm_enabled(reader, call.scope):
            raise vdm_not_enabled_for_exports()
    if len(chosen.get("Metrics", ())) > _MOST_METRICS:
        raise errors.too_many_metrics(_MOST_METRICS)
    require_dimension_names(chosen.get("Dimensions", {}))
    for name, values in chosen.get("Dimensions", {}).items():
        for value in values:
            require_dimensions({name: value} if value != "*" else {})
    if chosen["StartDate"] >= chosen["EndDate"]:
        raise errors.invalid_date_range()
    if "Metrics" in chosen:
        require_whole_days(chosen["StartDate"], chosen["EndDate"])
    now = desk.clock.now()
    _finish_all(desk, call)
    with desk.store.write() as writer:
        running = writer.newest_documents(ExportJob, call.scope, limit=_MOST_RUNNING)
        if len(running) == _MOST_RUNNING and all(job.status == PROCESSING for job in running):
            raise errors.too_many_jobs(_TYPES[given[0]])
        job = ExportJob(
            scope=call.scope,
            name=ids.job_id(),
            created_at=now,
            updated_at=now,
            type=_TYPES[given[0]],
            source=json.dumps(source),
            format=params["ExportDestination"]["DataFormat"],
        )
        writer.save_document(job)
    return {"JobId": job.name}


def get_export_job(desk: Desk, call: Call, params: Params) -> Result:
    """``ExportDestination.S3Url`` and ``Statistics`` are there once it is COMPLETED, ``FailureInfo`` once it FAILED."""
    with desk.store.read() as reader:
        found = reader.document(ExportJob, call.scope, params["JobId"])
    if found is None:
        raise errors.job_does_not_exist("Export", params["JobId"])
    job = _finished(desk, found)
    destination: dict[str, Any] = {"DataFormat": job.format}
    result: Result = {**_summary(job), "ExportDataSource": json.loads(job.source), "ExportDestination": destination}
    if job.key is not None:
        destination["S3Url"] = job_files.url(desk, call.scope, job.key)
        result["Statistics"] = {"ProcessedRecordsCount": job.processed, "ExportedRecordsCount": job.exported}
    if job.error is not None:
        result["FailureInfo"] = {"ErrorMessage": job.error}
    return result


def cancel_export_job(desk: Desk, call: Call, params: Params) -> Result:
    """Only while it is PROCESSING."""
    with desk.store.write() as writer:
        job = writer.document_for_update(ExportJob, call.scope, params["JobId"])
        if job is None:
            raise errors.job_does_not_exist("Export", params["JobId"])
        if job.status != PROCESSING or _due(desk, job):
            raise errors.cannot_cancel(job.name, job.status if job.status != PROCESSING else COMPLETED)
        now = desk.clock.now()
        writer.save_document(replace(job, status=CANCELLED, completed_at=now, updated_at=now))
    return {}


def list_export_jobs(desk: Desk, call: Call, params: Params) -> Result:
    """Newest first; filters ``ExportSourceType`` and ``JobStatus``."""
    type, status = params.get("ExportSourceType"), params.get("JobStatus")
    _finish_all(desk, call)

    def matches(job: ExportJob) -> bool:
        return type in (None, job.type) and status in (None, job.status)

    jobs, token = job_pages.newest(desk, call, params, ExportJob, _KIND, matches)
    return {"ExportJobs": [_summary(job) for job in jobs], **token}


def _due(desk: Desk, job: ExportJob) -> bool:
    return desk.clock.now() >= job.created_at + _PROCESSING_SECONDS


def _finish_all(desk: Desk, call: Call) -> None:
    """At most as many as may run are unfinished, and they are the newest."""
    with desk.store.read() as reader:
        jobs = reader.newest_documents(ExportJob, call.scope, limit=_MOST_RUNNING)
    for job in jobs:
        _finished(desk, job)


def _finished(desk: Desk, job: ExportJob) -> ExportJob:
    """The job, done when it is due. Two who ask at once write the same file."""
    if job.status != PROCESSING or not _due(desk, job):
        return job
    source = json.loads(job.source)
    with desk.store.read() as reader:
        if job.type == "METRICS_DATA":
            records, columns = exports.metrics(reader, job.scope, source["MetricsDataSource"]), exports.METRICS
        else:
            chosen = source["MessageInsightsDataSource"]
            records, columns = list(exports.message_insights(reader, job.scope, chosen)), exports.INSIGHTS
    done: dict[str, Any] = {"status": COMPLETED, "key": f"export/{job.name}.{job.format.lower()}"}
    done["processed"] = done["exported"] = len(records)
    try:
        job_files.write(desk, job.scope, done["key"], exports.written(records, columns, job.format))
    except job_files.Unwritable as problem:
        done = {"status": FAILED, "error": str(problem)}
    with desk.store.write() as writer:
        kept = writer.document_for_update(ExportJob, job.scope, job.name)
        if kept is None or kept.status != PROCESSING:
            return kept or job
        now = desk.clock.now()
        kept = replace(kept, completed_at=now, updated_at=now, **done)
        writer.save_document(kept)
    return kept


def _summary(job: ExportJob) -> dict[str, Any]:
    told: dict[str, Any] = {
        "JobId": job.name,
        "ExportSourceType": job.type,
        "JobStatus": job.status,
        "CreatedTimestamp": job.created_at,
    }
    return told if job.completed_at is None else {**told, "CompletedTimestamp": job.completed_at}


V1: dict[str, Operation] = {}
V2 = {
    "CreateExportJob": create_export_job,
    "GetExportJob": get_export_job,
    "CancelExportJob": cancel_export_job,
    "ListExportJobs": list_export_jobs,
}
