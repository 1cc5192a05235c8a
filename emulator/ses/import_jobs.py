"""Import jobs (v2): addresses from a file in S3 onto the suppression list or into a contact list, or off it.

Source: API2 CreateImportJob, reference events-and-api.md 5.1 and 7. The file is read before the call returns, so a job
is COMPLETED or FAILED when it is first looked at. Records that cannot be taken count as failed, and stand in the file
behind ``FailedRecordsS3Url``; a file that cannot be read, or has too many records, fails the job as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from emulator import ids
from emulator.documents.contacts import Contact, ContactList
from emulator.documents.jobs import COMPLETED, FAILED, ImportJob
from emulator.documents.suppression import SuppressedDestination
from emulator.errors import contacts as contact_errors
from emulator.errors import jobs as errors
from emulator.policy import import_records
from emulator.policy.contacts import merged
from emulator.policy.import_records import Row
from emulator.ses import job_files, job_pages
from emulator.ses.call import Call, Desk, Operation, Params, Result
from emulator.ses.suppression import require_production
from emulator.store.ports import Writer

_MOST_SUPPRESSED = 100_000
_MOST_CONTACTS = 1_000_000
_AT_A_TIME = 500
_KIND = "import jobs"


def create_import_job(desk: Desk, call: Call, params: Params) -> Result:
    """Not in the sandbox. A contact list that is missing is a 404, a missing file a FAILED job."""
    require_production(desk, call)
    job = _asked(desk, call, params)
    if job.contact_list is not None:
        with desk.store.read() as reader:
            if reader.document(ContactList, call.scope, job.contact_list) is None:
                raise contact_errors.list_of_import_does_not_exist(job.contact_list)
    try:
        text = job_files.read(desk, call.scope, job.s3_url)
        job = _run(desk, job, list(import_records.rows(text, job.format, contacts=job.contact_list is not None)))
    except job_files.Unreadable as problem:
        job = replace(job, status=FAILED, error=str(problem))
    with desk.store.write() as writer:
        writer.save_document(job)
    return {"JobId": job.name}


def get_import_job(desk: Desk, call: Call, params: Params) -> Result:
    """Counters of what was done; ``FailureInfo`` where something failed."""
    with desk.store.read() as reader:
        job = reader.document(ImportJob, call.scope, params["JobId"])
    if job is None:
        raise errors.job_does_not_exist("Import", params["JobId"])
    result = {
        **_summary(job),
        "ImportDataSource": {"S3Url": job.s3_url, "DataFormat": job.format},
        "CompletedTimestamp": job.completed_at,
    }
    failure = {}
    if job.error is not None:
        failure["ErrorMessage"] = job.error
    if job.failed_key is not None:
        failure["FailedRecordsS3Url"] = job_files.url(desk, call.scope, job.failed_key)
    return {**result, "FailureInfo": failure} if failure else result


def list_import_jobs(desk: Desk, call: Call, params: Params) -> Result:
    """Newest first, 100 a page; ``ImportDestinationType`` filters."""
    wanted = params.get("ImportDestinationType")

    def matches(job: ImportJob) -> bool:
        return wanted is None or (wanted == "CONTACT_LIST") == (job.contact_list is not None)

    jobs, token = job_pages.newest(desk, call, params, ImportJob, _KIND, matches)
    return {"ImportJobs": [_summary(job) for job in jobs], **token}


def _asked(desk: Desk, call: Call, params: Params) -> ImportJob:
    into, now = params["ImportDestination"], desk.clock.now()
    suppression, contacts = into.get("SuppressionListDestination"), into.get("ContactListDestination")
    if (suppression is None) == (contacts is None):
        raise errors.one_destination()
    source = params["ImportDataSource"]
    return ImportJob(
        scope=call.scope,
        name=ids.job_id(),
        created_at=now,
        updated_at=now,
        contact_list=None if contacts is None else contacts["ContactListName"],
        action=(suppression or {}).get("SuppressionListImportAction") or contacts["ContactListImportAction"],
        s3_url=source["S3Url"],
        format=source["DataFormat"],
        status=COMPLETED,
        completed_at=now,
    )


def _run(desk: Desk, job: ImportJob, rows: Sequence[Row]) -> ImportJob:
    most = _MOST_SUPPRESSED if job.contact_list is None else _MOST_CONTACTS
    if len(rows) > most:
        raise job_files.Unreadable(f"The file has {len(rows)} records, {most} are allowed.")
    failed: list[str] = []
    waiting = iter(rows)
    # In parts, so that nobody who sends meanwhile waits for all of it.
    while part := list(islice(waiting, _AT_A_TIME)):
        with desk.store.write() as writer:
            failed += [row.text for row in part if not _taken(writer, job, row)]
    if not failed:
        return replace(job, processed=len(rows))
    key = f"import/{job.name}/failed-records"
    job = replace(job, processed=len(rows), failed=len(failed))
    try:
        job_files.write(desk, job.scope, key, "".join(f"{text}\n" for text in failed))
    except job_files.Unwritable as problem:
        return replace(job, error=str(problem))
    return replace(job, failed_key=key)


def _taken(writer: Writer, job: ImportJob, row: Row) -> bool:
    """Deleting what is not there is no failure."""
    if job.contact_list is not None:
        return _contact_taken(writer, job, row, job.contact_list)
    record = import_records.suppressed(row, job.action)
    if record is None:
        return False
    address, reason = record
    if job.action == "DELETE":
        writer.delete_document(SuppressedDestination, job.scope, address)
    else:
        writer.save_document(
            SuppressedDestination(
                scope=job.scope,
                name=address,
                created_at=job.created_at,
                updated_at=job.created_at,
                reason=reason,
            )
        )
    return True


def _contact_taken(writer: Writer, job: ImportJob, row: Row, list_name: str) -> bool:
    """PUT replaces all that the contact said, unlike UpdateContact (observed)."""
    of = writer.document(ContactList, job.scope, list_name)
    record = None if of is None else import_records.contact(row, of)
    if record is None:
        return False
    if job.action == "DELETE":
        writer.delete_document(Contact, job.scope, record.address, list_name)
        return True
    before = writer.document_for_update(Contact, job.scope, record.address, list_name)
    writer.save_document(
        Contact(
            scope=job.scope,
            name=record.address,
            parent=list_name,
            created_at=job.created_at if before is None else before.created_at,
            updated_at=job.created_at,
            preferences=merged((), record.preferences),
            unsubscribe_all=record.unsubscribe_all,
            attributes=record.attributes,
        )
    )
    return True


def _summary(job: ImportJob) -> dict[str, Any]:
    if job.contact_list is None:
        into: dict[str, Any] = {"SuppressionListDestination": {"SuppressionListImportAction": job.action}}
    else:
        into = {
            "ContactListDestination": {
                "ContactListName": job.contact_list,
                "ContactListImportAction": job.action,
            }
        }
    return {
        "JobId": job.name,
        "ImportDestination": into,
        "JobStatus": job.status,
        "CreatedTimestamp": job.created_at,
        "ProcessedRecordsCount": job.processed,
        "FailedRecordsCount": job.failed,
    }


V1: dict[str, Operation] = {}
V2 = {
    "CreateImportJob": create_import_job,
    "GetImportJob": get_import_job,
    "ListImportJobs": list_import_jobs,
}
